"""Which questions a company is asked as a knowledge base, and what must not be answered."""

import random
from dataclasses import replace

from assistant.settings import Retrieval
from finetune.asking import Shape, firms_observed, shaped, strange
from finetune.companies import Entry, Firm, Side
from tests.fakes import BagEmbedder

TALK = ("tell me about parcels", "They are blue.", "what about parcel 3")


def firm(name: str, trade: str) -> Firm:
    def entry(n: int) -> Entry:
        en = Side(f"{name} parcel {n}", f"Answer {n}.", (f"{name} box {n}", f"{name} pack {n}"), "", (f"{name} near {n}",))
        return Entry(Side(f"{name}包裹{n}", f"答案{n}", (f"{name}箱{n}", f"{name}袋{n}"), ""), en)

    entries = [entry(n) for n in range(12)]
    entries[3] = replace(entries[3], en=replace(entries[3].en, followups=(TALK,)))
    return Firm(trade, name, name, tuple(entries))


A, B, SAME = firm("alpha", "one"), firm("beta", "two"), firm("gamma", "one")


def test_a_phrasing_that_the_base_holds_is_not_asked():
    faqs, questions = shaped(A, Shape(("en",), 1), random.Random(1))
    told = {t for f in faqs for t in f.similar}
    assert len(told) == 12 and not told & {t for t, *_ in questions}
    assert ("alpha near 2", "en", "") in questions


def test_questions_of_other_trades_are_asked_as_what_nothing_answers():
    some = strange([B], Shape(("en",)), 5, random.Random(1))
    assert len(some) == 5 and all(text.startswith("beta") and pair == "" for text, _, pair in some)
    seen = firms_observed([A, B, SAME], BagEmbedder(), Retrieval(), limit=20)
    of_alpha = [o for o in seen if o.base == f"alpha, {Shape(('en',), 2, False)}"]
    foreign = [o for o in of_alpha if o.query.text.startswith("beta")]
    assert len(foreign) == 5 and all(o.right is None for o in foreign)
    assert not any(o.query.text.startswith("gamma") for o in of_alpha)


def test_a_follow_up_is_asked_with_its_conversation():
    seen = firms_observed([A], BagEmbedder(), Retrieval(), limit=5)
    asked = [o for o in seen if o.query.text == TALK[-1]]
    assert asked and all(len(o.query.readings) == 3 for o in asked)
    assert {o.right for o in asked if "('en',), phrasings=2" in o.base} & {0, 1, 2}
