"""What may be learned from, and how a dataset is frozen."""

import json

import pytest

from assistant.errors import Damaged
from assistant.records import Conversation, Example, Review, Turn
from finetune.dataset import SPLITS, current, freeze, key, prepare, read, split_of
from finetune.examples import main_intent, make_examples
from tests.finetune.learning import open_home, talk

TALK = Conversation("c1", "2026-01-01", "en", "closed")


def turn(n, role, text, **more):
    return Turn(f"t{n}", "c1", "", role, text, "en", **more)


def only(turns, *reviews) -> Example | None:
    found = make_examples([(TALK, turns)], reviews)
    return found[0] if found else None


ASKED = turn(1, "customer", "when?")


def test_a_persons_reply_is_learned():
    example = only([ASKED, turn(2, "agent", "On Monday.", faqs=("f1",))])
    assert (example.question, example.reply, example.faqs) == ("when?", "On Monday.", ("f1",))


def test_a_bots_reply_is_learned_only_once_staff_judged_it_right():
    bot = turn(2, "bot", "On Monday.", intents=("delivery_time",))
    assert only([ASKED, bot]) is None
    example = only([ASKED, bot], Review("t2", "right", "mia"))
    assert (example.reply, example.intents) == ("On Monday.", ("delivery_time",))


def test_the_better_text_replaces_a_wrong_reply_and_its_label_is_not_trusted():
    bot = turn(2, "bot", "On Monday.", intents=("delivery_time",))
    example = only([ASKED, bot], Review("t2", "wrong", "mia", better="On Friday."))
    assert (example.reply, example.intents) == ("On Friday.", ())


def test_a_wrong_reply_without_a_better_one_teaches_nothing_even_from_a_person():
    assert only([ASKED, turn(2, "agent", "Never.")], Review("t2", "wrong", "mia")) is None


def test_the_last_verdict_counts():
    bot = turn(2, "bot", "On Monday.")
    assert only([ASKED, bot], Review("t2", "right", "mia"), Review("t2", "wrong", "li")) is None


def test_a_reply_belongs_to_the_last_question_before_it():
    turns = [ASKED, turn(2, "customer", "hello?"), turn(3, "bot", "…"), turn(4, "agent", "Here I am.")]
    found = make_examples([(TALK, turns)])
    assert [(e.question, e.reply, e.history) for e in found] == [("hello?", "Here I am.", (("customer", "when?"),))]


def test_courtesies_give_way():
    assert main_intent(("greeting", "refund_time", "complaint")) == "refund_time"
    assert main_intent(("thanks", "goodbye")) == "thanks"
    assert main_intent(()) == ""


def test_a_conversation_is_in_one_split_for_ever():
    splits = [split_of(f"c{n}") for n in range(2000)]
    assert {s: round(splits.count(s) / 2000, 1) for s in SPLITS} == {"train": 0.8, "validation": 0.1, "test": 0.1}
    assert split_of("c1") == "train" and split_of("c7") == split_of("c7")


def test_duplicates_are_dropped_and_contacts_masked():
    one = Example("a", "call 13812345678", "en", (("customer", "me@x.com"),), ("person",), (), "Ring 400-820-1188.")
    kept, dropped = prepare([one, Example(**{**vars_of(one), "conversation": "b"})], keep=["400 820 1188"])
    assert dropped == 1
    assert (kept[0].question, kept[0].history, kept[0].reply) == ("call [phone]", (("customer", "[email]"),), "Ring 400-820-1188.")


def vars_of(example):
    return {name: getattr(example, name) for name in example.__dataclass_fields__}


def test_a_frozen_dataset_reads_back_and_is_reused_until_something_changes(tmp_path):
    settings, store = open_home(tmp_path)
    for n in range(40):
        talk(store, f"c{n}", ("customer", f"问题 {n}\u2028第二行", ("refund",)), ("agent", f"答案 {n}", (), ("f",)), language="zh")
    first = current(settings, store)
    assert len(first) == 40 and len(first.test) == sum(split_of(f"c{n}") == "test" for n in range(40))
    assert sorted(map(key, read(first.folder).train)) == sorted(map(key, first.train))
    assert current(settings, store).id == first.id
    talk(store, "new", ("customer", "另一个问题", ("refund",)), language="zh")
    assert current(settings, store).id != first.id
    assert [d["rows"] for d in store.releases.datasets()] == [40, 41]


def test_an_empty_dataset_is_reused_too(tmp_path):
    settings, store = open_home(tmp_path)
    assert current(settings, store).id == current(settings, store).id


def test_a_changed_dataset_is_not_read(tmp_path):
    settings, store = open_home(tmp_path)
    made = freeze(settings, store, [Example("c", "hi", "en", (), ("greeting",))], 1)
    assert set(json.loads((made.folder / "manifest.json").read_text())["files"]) == {"card.md", *(f"{s}.jsonl" for s in SPLITS)}
    (made.folder / "train.jsonl").write_text("{}\n")
    with pytest.raises(Damaged, match=r"train\.jsonl"):
        read(made.folder)
