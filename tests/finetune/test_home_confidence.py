"""A home's own confidence: what it learns from, what it must not see, what the dial stands on."""

import pytest

from assistant.errors import BadInput
from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
from assistant.knowledge.fusion import PARTS, PLAIN, Fusion
from assistant.records import Example, Faq, Hit, Kind, Passage, PastReply, Query
from finetune import home_confidence
from finetune.asking import Observation
from finetune.dataset import Dataset
from ingest.pipeline import import_faqs, import_past_replies

WORDS = ["refund", "invoice", "parcel", "coupon", "battery", "voucher", "speaker", "charger"]
SHIPPED = Confidence(
    {"en": Logistic((0.0,) * len(FEATURES), 0.0, 1000)}, "enc", {"en": ((0.9, True), (0.2, False)) * 50}
)


def faq(word: str) -> Faq:
    similar = tuple(f"{word} {tail}" for tail in ("please", "status now", "where is it", "problem today", "help"))
    return Faq(f"{word}-en", f"What about my {word}?", f"The {word} is ready.", "en", word, similar)


@pytest.fixture
def filled(store, embedder, monkeypatch):
    import_faqs(store, [faq(w) for w in WORDS], embedder)
    monkeypatch.setattr(home_confidence, "_shipped", lambda settings, store: (SHIPPED, PLAIN))
    return store


def dataset(tmp_path, train=(), test=()):
    return Dataset("dataset-1", tmp_path, tuple(train), (), tuple(test))


def example(conversation: str, question: str, *faqs: str) -> Example:
    return Example(conversation, question, "en", (), (), faqs, "reply")


def test_a_question_does_not_see_the_past_reply_that_was_made_of_it(filled, settings, embedder):
    replies = [PastReply("r1", "my box is wet", "Sorry.", "en", "parcel-en", "c1")]
    import_past_replies(filled, replies, embedder)
    retriever = home_confidence.retriever_of(settings, filled, embedder, PLAIN)
    asked = home_confidence.asked_of(filled, retriever, [
        example("c1", "my box is wet", "parcel-en"), example("c2", "my box is wet", "parcel-en"),
        example("c3", "two things", "parcel-en", "refund-en"), example("c4", "gone", "no-such-faq"),
    ])
    assert [a.pair for a in asked] == ["parcel", "parcel"]
    seen, unseen = asked[1], asked[0]
    assert len(unseen.hidden) == 1 and not seen.hidden
    found = lambda a: [h.passage.pair for h in retriever.search(a.query, 3, exclude=a.hidden)]  # noqa: E731
    assert found(seen)[0] == "parcel" and "parcel" not in found(unseen)[:1]


def test_a_candidate_is_kept_whole_and_measured_on_held_out_questions(filled, settings, embedder, tmp_path):
    held = dataset(tmp_path, test=[example(f"t{w}", f"{w} where", f"{w}-en") for w in WORDS])
    version = home_confidence.train_candidate(settings, filled, embedder, held)
    folder = settings.models_folder / version.path
    assert (version.part, version.base) == ("confidence", embedder.name)
    again = Confidence.load(folder)
    assert Fusion.load(folder).weights == dict(PLAIN.weights)
    assert version.metrics["questions"] == 40 == again.own["en"] < again.models["en"].questions - 1000
    told = home_confidence.measure(settings, filled, embedder, held, folder)
    assert told["n"] >= 6 and 0.5 < told["calibrated"] <= 1.0


def test_too_few_questions_are_refused(filled, settings, embedder, tmp_path, monkeypatch):
    monkeypatch.setattr(home_confidence, "LEAST", 41)
    with pytest.raises(BadInput, match="needs at least 41 questions whose FAQ is known; found 40"):
        home_confidence.train_candidate(settings, filled, embedder, dataset(tmp_path))
    assert not list(settings.models_folder.glob("*")) if settings.models_folder.exists() else True


def seen(n: int) -> Observation:
    right = n % 2 == 0
    parts = {name: 0.9 if right else 0.1 for name in PARTS}
    passage = Passage(n, Kind.FAQ, "f", "question", "t", "s", "t", "en", pair="p")
    return Observation(Query(f"q{n}", f"q{n}", "en"), (Hit(passage, parts["dense"], parts),), 0 if right else None)


def test_the_dial_stands_on_the_homes_questions_alone_once_they_are_enough():
    some = [seen(n) for n in range(199)]
    few, told = home_confidence.refine(some, SHIPPED, "enc")
    enough, _ = home_confidence.refine([*some, seen(199)], SHIPPED, "enc")
    assert len(few.judged["en"]) == 100 + 199 and len(enough.judged["en"]) == 200
    assert told["auroc"] == 1.0 and few.own == {"en": 199}
    assert few.dial("en", 0.1).estimate and not enough.dial("en", 0.1).estimate
