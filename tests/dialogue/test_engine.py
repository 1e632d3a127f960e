from dataclasses import replace

import pytest

from assistant.dialogue.engine import Engine, Parts, _question
from assistant.dialogue.handoff import Handoff
from assistant.errors import BadInput
from assistant.evaluate import Question, auroc, best_threshold, figures, run
from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Action, Event, Faq, Intent, Query
from ingest.pipeline import import_faqs

FAQS = [
    Faq("ret-zh", "怎么退货？", "7天内可以申请退货。", "zh", pair="ret"),
    Faq("ret-en", "How do I return an item?", "You may return goods within 7 days.", "en", pair="ret"),
    Faq("inv-en", "How do I get an invoice?", "Ask for the invoice in your order.", "en", pair="inv"),
]


class ByWord:
    """Takes a message that holds the word `human` as a request for a person."""

    def classify(self, text, vector):
        return Intent("person" if "human" in text else "question", 0.9)


@pytest.fixture
def engine(store, embedder, settings, tmp_path):
    import_faqs(store, FAQS, embedder)
    index = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "index")
    index.open()
    weights = tuple(8.0 if name == "dense" else 0.0 for name in FEATURES)
    judged = ((0.55, True),) * 100 + ((0.1, False),) * 100
    models = {"en": Logistic(weights, -3.0), "zh": Logistic(weights, -3.0)}
    confidence = Confidence(models, judged={"en": judged, "zh": judged})
    retriever = Retriever(store, embedder, index, settings.retrieval)
    parts = Parts(retriever, confidence, ByWord(), None, {"encoder": embedder.name})
    return Engine(settings, store, lambda: parts)


def test_the_approved_text_goes_out_word_for_word_with_its_source(engine, store):
    pieces = []
    reply = engine.reply("c1", "How do I return an item?", pieces.append)
    assert "".join(pieces) == reply.text == "You may return goods within 7 days."
    assert (reply.decision.action, reply.origin) == (Action.ANSWER, "verbatim")
    assert reply.sources[0].id == "ret-en" and reply.sources[0].kind == "faq"
    question, answer = store.conversations.turns("c1")
    assert (question.role, answer.id, answer.faqs) == ("customer", reply.turn, ("ret-en",))
    assert answer.trace["hits"][0]["id"] == "ret-en"


def test_each_message_is_answered_in_its_own_language(engine):
    assert engine.reply("c1", "怎么退货").text == "7天内可以申请退货。"
    assert engine.reply("c1", "how do i return an item").language == "en"


def test_the_risk_dial_where_it_is_set_says_what_is_answered(engine):
    policy = replace(engine.settings.policy, risk=0.05, answer_at=0.999)
    engine.settings = replace(engine.settings, policy=policy)
    considered = engine.consider("How do I return an item?")
    assert considered.decision.action == Action.ANSWER and "at least 0.55" in considered.decision.reason
    engine.settings = replace(engine.settings, policy=replace(policy, risk=0.0))
    assert engine.consider("How do I return an item?").decision.action != Action.ANSWER


def test_what_is_unknown_is_declined(engine):
    reply = engine.reply("c1", "zebra quantum lasagne")
    assert reply.decision.action == Action.DECLINE and not reply.sources


def test_a_person_is_called_and_the_assistant_falls_silent(engine, store):
    assert engine.reply("c1", "human please").decision.action == Action.HANDOFF
    assert store.conversations.get("c1").state == "queued"
    Handoff(store).apply("c1", "take", "li")
    pieces = []
    reply = engine.reply("c1", "How do I return an item?", pieces.append)
    assert reply.decision.action == Action.HOLD and pieces == [] and reply.text == ""
    assert [t.role for t in store.conversations.turns("c1")] == ["customer", "bot", "customer"]


def test_a_reply_that_comes_after_a_person_took_over_is_not_kept(engine, store, monkeypatch):
    spoken = engine._spoken

    def slowly(*args):
        store.conversations.add_event(Event("c1", "", "take", "li"), "human", "li")
        return spoken(*args)

    monkeypatch.setattr(engine, "_spoken", slowly)
    assert engine.reply("c1", "How do I return an item?").decision.action == Action.HOLD
    assert [t.role for t in store.conversations.turns("c1")] == ["customer"]


def test_a_model_that_fails_becomes_a_hand_off_and_the_turn_is_kept(engine, store, monkeypatch):
    monkeypatch.setattr(engine, "consider", lambda *a, **k: 1 / 0)
    reply = engine.reply("c1", "How do I return an item?")
    assert reply.decision.action == Action.HANDOFF and "ZeroDivisionError" in reply.decision.reason
    assert store.conversations.get("c1").state == "queued"
    assert [t.role for t in store.conversations.turns("c1")] == ["customer", "bot"]


@pytest.mark.parametrize("text", ["", "  \u200b ", "x" * 20_000])
def test_empty_and_endless_messages_are_refused_and_nothing_is_stored(engine, store, text):
    with pytest.raises(BadInput, match=r"empty|20,000 characters; at most 2,000"):
        engine.reply("c9", text)
    assert not store.conversations.exists("c9")


def test_a_follow_up_is_made_whole(engine):
    engine.reply("c1", "How do I return an item?")
    history = [("customer", "How do I return an item?"), ("bot", "…")]
    considered = engine.consider("and how long?", history)
    assert considered.query.whole == "How do I return an item? and how long?"
    assert considered.hits[0].passage.owner == "ret-en"


def test_a_follow_up_with_a_new_question_finds_another_faq_than_the_one_before(engine):
    history = [("customer", "How do I return an item?"), ("bot", "You may return goods within 7 days.")]
    assert engine.consider("and the invoice?", history).hits[0].passage.owner == "inv-en"
    assert engine.consider("and how?", history).hits[0].passage.owner == "ret-en"


def test_a_message_is_encoded_in_one_batch_with_its_readings(engine, embedder):
    before = len(embedder.encoded)
    engine.consider("and how?", [("customer", "How do I return an item?"), ("bot", "Within 7 days.")])
    assert embedder.encoded[before:] == [
        "how do i return an item? and how?", "and how?", "within 7 days. and how?"
    ]


def test_each_question_of_a_message_is_answered_in_turn(engine, store):
    pieces = []
    reply = engine.reply("c1", "How do I return an item? How do I get an invoice?", pieces.append)
    assert reply.text == "".join(pieces)
    assert reply.text == "You may return goods within 7 days.\n\nAsk for the invoice in your order."
    assert [s.id for s in reply.sources] == ["ret-en", "inv-en"]
    assert (reply.decision.action, reply.origin) == (Action.ANSWER, "verbatim")
    parts = reply.trace["parts"]
    assert [p["question"] for p in parts] == ["How do I return an item?", "How do I get an invoice?"]
    assert reply.confidence == pytest.approx(min(p["confidence"] for p in parts), abs=1e-4)
    assert store.conversations.turns("c1")[1].faqs == ("ret-en", "inv-en")


def test_a_part_that_has_no_answer_is_named_and_a_person_offered(engine):
    reply = engine.reply("c1", "1) How do I return an item? 2) Which zebra on the moon eats purple {lasagne} with sauce?")
    first, second = reply.text.split("\n\n")
    assert first == "You may return goods within 7 days."
    assert "“Which zebra on the moon eats purple {lasagne} with sauce?”" in second and "person" in second
    assert [s.id for s in reply.sources] == ["ret-en"]
    reply = engine.reply("c2", "怎么退货？另外斑马为什么喜欢吃千层面")
    assert reply.text.startswith("7天内可以申请退货。\n\n关于“斑马为什么喜欢吃千层面”") and "人工" in reply.text


def test_a_part_that_leans_is_made_whole_by_the_one_before_it(engine):
    considered = engine.consider("1) How do I return an item? 2) and the invoice, how do I get it?")
    assert [p.query.whole for p in considered.parts] == [
        "How do I return an item?", "How do I return an item? and the invoice, how do I get it?"
    ]
    assert [h.passage.owner for h in considered.decision.hits] == ["ret-en", "inv-en"]


def test_a_model_is_asked_the_whole_question_where_the_turn_it_continues_is_cut_off():
    query = Query("and how long?", "How do I return an item? and how long?", "en")
    assert _question(query, [("customer", "How do I return an item?"), ("bot", "…")]) == "and how long?"
    assert _question(query, [("bot", "…")]) == _question(query, []) == query.whole


def test_the_desks_faq_is_published_by_the_engine(engine, store):
    store.knowledge.save_faqs([Faq("gift-en", "Do you wrap gifts?", "Yes, for 12 yuan.", "en")], "")
    assert engine.publish_pending() == 2
    assert engine.reply("c1", "do you wrap gifts").text == "Yes, for 12 yuan."


def test_figures_of_a_run(engine):
    questions = [
        Question("1", "how do i return an item", frozenset({"ret-en"}), True),
        Question("2", "how do i get an invoice", frozenset({"ret-en"}), True),
        Question("3", "zebra quantum lasagne", frozenset(), False),
    ]
    got = figures(run(engine, questions))
    assert (got["n"], got["hit@1"], got["hit@5"], got["mrr"]) == (3, 0.5, 1.0, 0.75)
    assert (got["answered_right"], got["answered_wrong"], got["false_answers"]) == (0.5, 0.5, 0.0)
    assert got["coverage"] == pytest.approx(2 / 3, abs=1e-4) and got["auroc"] == 1.0


def test_auroc_counts_ties_half():
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert auroc([], [0.1]) is None


def test_the_threshold_keeps_wrong_answers_below_the_limit(engine):
    outcomes = run(engine, [
        Question("1", "how do i return an item", frozenset({"ret-en"}), True),
        Question("2", "how do i get an invoice", frozenset({"ret-en"}), True),
    ])
    assert best_threshold(outcomes, 0.0) in (None, outcomes[0].confidence)
    assert best_threshold(outcomes, 0.5) == min(o.confidence for o in outcomes)


def test_half_a_character_is_replaced_and_the_turn_is_stored(engine, store):
    engine.reply("c1", "How do I return \ud83d\ude00 an item? \ud83d")
    asked, answered = store.conversations.turns("c1")
    assert asked.text == "How do I return 😀 an item? \ufffd"
    assert answered.role == "bot"


def test_warming_up_leaves_nothing_behind(engine, store):
    engine.warm()
    assert store.conversations.all_with_turns() == []
