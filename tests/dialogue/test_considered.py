import pytest

from assistant.dialogue.considered import Considered, in_turn
from assistant.records import Action, Decision, Hit, Intent, Kind, Passage, Query


def part(text, owner, confidence, action=None, label="question"):
    passage = Passage(sum(map(ord, owner)), Kind.FAQ, owner, "question", owner, owner, owner, "en")
    action = action or (Action.ANSWER if confidence >= 0.55 else Action.DECLINE)
    hits = (Hit(passage, confidence),)
    decision = Decision(action, "…", hits if action == Action.ANSWER else ())
    return Considered(Query(text, text, "en"), Intent(label, 0.9), hits, confidence, decision, {})


def asked(considered):
    return [p.query.text for p in considered.parts]


WHOLE = part("time and fee?", "time", 0.6)


def test_two_answered_parts_are_said_in_order_and_the_lowest_confidence_counts():
    got = in_turn(WHOLE, [part("time?", "time", 0.7), part("fee?", "fee", 0.9)], plainly=False)
    assert asked(got) == ["time?", "fee?"] and got.confidence == 0.7
    assert [h.passage.owner for h in got.hits] == ["fee", "time"]  # the most certain first
    assert got.decision.hits == got.hits
    assert got.decision.action == Action.ANSWER and "2 of 2" in got.decision.reason


def test_parts_with_the_same_source_are_one_question():
    assert in_turn(WHOLE, [part("time?", "time", 0.7), part("days?", "time", 0.9)], plainly=True) is WHOLE
    got = in_turn(WHOLE, [part("a", "time", 0.7), part("b", "fee", 0.8), part("c", "time", 0.9)], False)
    assert asked(got) == ["c", "b"]


def test_a_part_without_an_answer_is_named_where_the_customer_set_it_apart():
    parts = [part("time?", "time", 0.7), part("visa?", "embassy", 0.1)]
    assert in_turn(WHOLE, parts, plainly=False) is WHOLE
    got = in_turn(WHOLE, parts, plainly=True)
    assert [(p.query.text, p.answered) for p in got.parts] == [("time?", True), ("visa?", False)]
    assert got.confidence == 0.7


def test_a_guessed_split_stands_where_the_whole_has_no_answer():
    unsure = part("time and visa?", "time", 0.3)
    got = in_turn(unsure, [part("time?", "time", 0.7), part("visa?", "embassy", 0.1)], plainly=False)
    assert asked(got) == ["time?", "visa?"] and got.answered


def test_an_unanswered_part_that_an_answer_covers_is_not_named():
    guess, nothing = part("days??", "time", 0.3, Action.CLARIFY), part("zebra??", "time", 0.1)
    parts = [part("time?", "time", 0.7), guess, nothing, part("fee?", "fee", 0.8)]
    assert asked(in_turn(WHOLE, parts, plainly=True)) == ["time?", "zebra??", "fee?"]


@pytest.mark.parametrize("action", [Action.DECLINE, Action.CLARIFY])
def test_where_no_part_is_answered_the_whole_message_counts(action):
    parts = [part("a?", "a", 0.3, action), part("b?", "b", 0.3, action)]
    assert in_turn(WHOLE, parts, plainly=True) is WHOLE


def test_smalltalk_is_no_question():
    thanks = part("thanks a lot", "x", 0.1, Action.TEMPLATE, "thanks")
    assert in_turn(WHOLE, [part("time?", "time", 0.7), thanks], plainly=True) is WHOLE


def test_a_request_for_a_person_is_never_lost():
    person = part("a human please", "x", 0.1, Action.HANDOFF, "person")
    got = in_turn(WHOLE, [part("time?", "time", 0.7), person], plainly=False)
    assert got.decision.action == Action.HANDOFF and not got.parts
    complaint = part("awful!", "x", 0.1, Action.HANDOFF, "complaint")
    assert in_turn(WHOLE, [part("time?", "time", 0.7), complaint], plainly=False) is WHOLE
