"""Training and measuring the intent head, on words whose meaning is their own direction."""

import json

import numpy as np
import pytest

from assistant.errors import BadInput
from assistant.records import Example, IntentSpec
from assistant.understanding.intent import OOS, IntentHead
from finetune.calibration import _threshold
from finetune.dataset import current
from finetune.intent import (
    Row,
    _folds,
    evaluate,
    home_rows,
    prepare,
    rows_of,
    tidy,
    train,
    train_candidate,
)
from tests.finetune.learning import INTENTS, TAILS, WordVectors, fill, open_home, rows


@pytest.fixture(scope="module")
def embedder():
    return WordVectors()


@pytest.fixture(scope="module")
def head(embedder):
    return train(rows(tails=TAILS[:6]), embedder)


def test_unseen_phrasings_are_recognised(head, embedder):
    figures = evaluate(head, rows(tails=TAILS[6:]), embedder)
    assert figures["n"] == 5 * 5 * 2
    assert figures["accuracy"] > 0.95
    assert figures["oos_recall"] is None


def test_words_never_seen_are_refused(head, embedder):
    foreign = [(t, OOS) for t in ("quantum zebra theorem", "volcano opera tickets", "bake sourdough bread")]
    assert evaluate(head, rows()[:20] + foreign, embedder)["oos_recall"] == 1.0


def test_training_twice_gives_the_same_head(head, embedder):
    again = train(rows(tails=TAILS[:6]), embedder)
    assert np.array_equal(again.sparse, head.sparse) and again.threshold == head.threshold


def test_figures_follow_their_definitions(head, embedder):
    """Definitions computed here by hand on a test of three rows."""
    asked = [("refund my money", "refund"), ("where is my parcel", "invoice"), ("zebra volcano", OOS)]
    figures = evaluate(head, asked, embedder)
    assert (figures["accuracy"], figures["in_scope_accuracy"], figures["oos_recall"]) == (0.5, 0.5, 1.0)
    # labels refund 1, invoice 0, parcel 0 (served, never true), oos 1
    assert figures["macro_f1"] == 0.5
    assert figures["confused"] == [{"intent": "invoice", "taken_for": "parcel", "n": 1}]


def test_probability_and_ranks_are_consistent(head, embedder):
    text = "refund my money quickly"
    found = head.classify(text, embedder.encode([text])[0])
    assert found.label == "refund" and found.ranked[0] == ("refund", found.confidence)
    shares = [p for _, p in found.ranked]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("bad", "said"),
    [([], "found|hold 0"), ([("a", "x"), ("b", "x")], "at least two intents"), ([("", "x"), (" ", "y")], "hold 0")],
)
def test_too_few_intents_are_refused_with_what_to_do(bad, said, embedder):
    with pytest.raises(BadInput, match=said) as error:
        train(bad, embedder)
    assert "Add examples" in str(error.value)


def test_empty_repeated_and_conflicting_rows_are_counted():
    kept, dropped = tidy([("Hi", "a"), ("hi ", "b"), ("HI", "b"), ("", "a"), ("bye", "c")])
    assert [(r.text, r.intent) for r in kept] == [("Hi", "b"), ("bye", "c")]
    assert dropped == {"empty": 1, "repeated": 2, "conflicting": 1}


def test_intents_with_one_example_train(embedder):
    small = train([("where is my parcel", "parcel"), ("refund my money", "refund"), ("need an invoice", "invoice")], embedder)
    assert small.classify("my parcel", embedder.encode(["my parcel"])[0]).ranked[0][0] == "parcel"


def test_a_language_that_the_encoder_cannot_read_goes_by_characters():
    class Blind(WordVectors):
        def encode(self, texts, *, query=False, progress=None):
            return np.tile(np.eye(self.dimension, dtype=np.float32)[0], (len(texts), 1))

    zh = {"parcel": "快递到哪了 物流不动 包裹丢了 查快递单号", "refund": "什么时候退款 退款没到账 钱退到哪里 申请退款"}
    labelled = [(f"{t}{s}", label) for label, texts in zh.items() for t in texts.split() for s in ("", "啊", "呢", "急")]
    head = train(labelled, Blind())
    assert "zh" not in head.readable
    assert head.classify("我的退款呢", Blind().encode(["x"])[0]).ranked[0][0] == "refund"


def test_the_threshold_gives_up_no_more_than_allowed():
    p = np.concatenate([np.linspace(0.2, 1.0, 100), np.full(50, 0.9)])
    right = np.arange(150) < 100
    threshold = _threshold(p, right, ~right, right, 0.03)
    assert (p[right] < threshold).mean() <= 0.03


def test_a_saved_head_answers_the_same(head, embedder, tmp_path):
    head.save(tmp_path / "head")
    assert not list((tmp_path / "head").glob("*.pkl"))
    loaded = IntentHead.load(tmp_path / "head")
    for text, _ in rows()[::17]:
        vector = embedder.encode([text])[0]
        before, after = head.classify(text, vector), loaded.classify(text, vector)
        assert before.label == after.label and abs(before.confidence - after.confidence) < 0.01


def test_a_candidate_learns_from_nothing_held_out(tmp_path, embedder):
    settings, store = open_home(tmp_path)
    fill(store)
    store.meaning.save_intents([IntentSpec("parcel", examples=(("en", "where is it"),))])
    dataset = current(settings, store)
    taught, held = home_rows(store.meaning.intents(every=True), dataset)
    held_texts = {e.question for e in dataset.test}
    assert held and not held_texts & {r.text for r in taught}
    version = train_candidate(settings, store, embedder, dataset)
    assert version.base == "words" and version.metrics["n"] == len(held)
    assert store.releases.current() is None
    told = json.loads((settings.models_folder / version.path / "metrics.json").read_text("utf-8"))
    assert told["per_intent"] and told["macro_f1"] == version.metrics["macro_f1"]


def test_a_retired_intent_is_not_taught(tmp_path):
    settings, store = open_home(tmp_path)
    fill(store)
    store.meaning.save_intents([IntentSpec("refund", examples=(("en", "my money"),))])
    store.meaning.retire_intent("refund")
    taught, held = home_rows(store.meaning.intents(every=True), current(settings, store))
    assert {r.intent for r in taught + held} == set(INTENTS) - {"refund"}


def test_follow_ups_are_encoded_as_in_serving():
    example = Example("c", "and if it is late?", "en", (("customer", "where is my parcel"),), ("greeting", "parcel"))
    assert rows_of([example]) == [Row("and if it is late?", "parcel", "where is my parcel and if it is late?", "c")]


def test_a_conversation_stays_in_one_fold(embedder):
    """Whatever the labels: rows of a group share a fold, rows without one spread over all."""
    grouped = [Row(f"{t} {n}", i, group=f"c{n // 3}") for n, (t, i) in enumerate(rows())]
    fold = _folds(prepare(grouped, embedder), 5, np.random.default_rng(1))
    assert all(len(set(fold[n : n + 3])) == 1 for n in range(0, len(fold) - 2, 3))
    loose = _folds(prepare([Row(t, i) for t, i in rows()], embedder), 5, np.random.default_rng(1))
    assert set(np.bincount(loose)) == {len(rows()) // 5}
