"""A request for a person in any wording becomes the hand-off, whatever the intent head says."""

from dataclasses import replace

import pytest

from assistant.dialogue.considered import in_turn
from assistant.dialogue.policy import decide
from assistant.records import Action, Intent
from assistant.understanding.person import Wish
from tests.dialogue.test_considered import part
from tests.dialogue.test_engine import engine  # noqa: F401
from tests.dialogue.test_policy import HIT, SETTINGS


@pytest.mark.parametrize("intent", [None, Intent("question", 0.99), Intent("oos", 0.9), Intent("greeting", 0.99)])
@pytest.mark.parametrize(("wish", "confidence", "action"), [
    (Wish.PLAIN, 0.1, Action.HANDOFF), (Wish.PLAIN, 0.99, Action.HANDOFF), (Wish.VOICED, 0.89, Action.HANDOFF),
    (Wish.VOICED, 0.9, Action.ANSWER), (Wish.NONE, 0.9, Action.ANSWER),
])
def test_a_known_answer_goes_before_a_wish_that_is_not_plain(intent, wish, confidence, action):
    assert decide(intent, [HIT], confidence, SETTINGS, wish=wish).action == action


def test_the_reason_tells_the_wording_from_the_intent():
    by_wording = decide(Intent("person", 0.9), [HIT], 0.1, SETTINGS, wish=Wish.PLAIN)
    assert by_wording.reason == "The customer asks for a person: plain by the wording."
    assert decide(Intent("person", 0.9), [HIT], 0.1, SETTINGS).reason == "The customer asks for a person."


def test_a_wish_in_one_of_several_questions_is_never_lost():
    whole = part("time and someone?", "time", 0.95)
    wished = replace(part("someone?", "x", 0.1, Action.HANDOFF), wish=Wish.VOICED)
    got = in_turn(whole, [part("time?", "time", 0.95), wished], plainly=True)
    assert (got.decision.action, got.wish, got.parts) == (Action.HANDOFF, Wish.VOICED, ())


@pytest.mark.parametrize("text", ["put me through to an operator", "叫你们经理来跟我说", "zhuan rengong",
"How do I return an item? Also get me a real agent."])
def test_the_engine_hands_over_on_the_wording_alone_and_the_trace_says_so(engine, store, text):  # noqa: F811
    reply = engine.reply("c1", text)
    assert reply.intent.label == "question" and reply.decision.action == Action.HANDOFF
    assert store.conversations.get("c1").state == "queued"
    trace = store.conversations.turns("c1")[1].trace
    assert trace["asks_for_a_person"] == "plain" and "by the wording" in trace["reason"]


def test_other_messages_carry_no_such_trace(engine, store):  # noqa: F811
    assert engine.reply("c1", "How do I return an item?").decision.action == Action.ANSWER
    assert "asks_for_a_person" not in store.conversations.turns("c1")[1].trace
