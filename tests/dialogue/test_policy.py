from dataclasses import replace

import pytest

from assistant.dialogue.policy import decide, speaks_verbatim
from assistant.records import Action, Hit, Intent, Kind, Passage, Template
from assistant.settings import Policy

PASSAGE = Passage(1, Kind.FAQ, "a-en", "question", "How?", "So.", "How?", "en", pair="a")
HIT = Hit(PASSAGE, 0.9)
SETTINGS = Policy(answer_at=0.6, clarify_at=0.3, smalltalk_at=0.5, known_at=0.9)


@pytest.mark.parametrize(
    ("intent", "confidence", "action"),
    [
        (None, 0.6, Action.ANSWER), (None, 0.59, Action.CLARIFY), (None, 0.29, Action.DECLINE),
        (Intent("person", 0.9), 0.7, Action.HANDOFF), (Intent("person", 0.4), 0.1, Action.DECLINE),
        (Intent("greeting", 0.9), 0.2, Action.TEMPLATE), (Intent("greeting", 0.99), 0.6, Action.ANSWER),
        (Intent("complaint", 0.9), 0.2, Action.HANDOFF), (Intent("complaint", 0.9), 0.8, Action.ANSWER),
    ],
)
def test_what_is_done(intent, confidence, action):
    assert decide(intent, [HIT], confidence, SETTINGS).action == action


def test_nothing_found_is_declined_however_sure():
    assert decide(None, [], 0.99, SETTINGS).action == Action.DECLINE


def test_a_bound_template_needs_high_confidence():
    bound = Template("t1", "x", "en", "So it is.", faq="a-en")
    assert decide(None, [HIT], 0.95, SETTINGS, [bound]).template == "t1"
    assert decide(None, [HIT], 0.8, SETTINGS, [bound]).action == Action.ANSWER
    other = Template("t2", "x", "en", "No.", faq="b-en")
    assert decide(None, [HIT], 0.95, SETTINGS, [other]).action == Action.ANSWER


def test_guesses_are_at_most_three():
    assert len(decide(None, [HIT] * 6, 0.4, SETTINGS).hits) == 3


def test_verbatim_by_mode_by_category_or_without_a_generator():
    legal = replace(HIT.passage, category="legal")
    assert speaks_verbatim(legal, 0.7, Policy(verbatim_categories=("legal",)), True)
    assert speaks_verbatim(legal, 0.7, Policy(answer_mode="verbatim"), True)
    assert speaks_verbatim(legal, 0.7, Policy(), False)
    assert not speaks_verbatim(HIT.passage, 0.7, Policy(verbatim_categories=("legal",)), True)


def test_a_known_question_gets_its_approved_answer_and_a_document_is_put_into_words():
    assert speaks_verbatim(HIT.passage, 0.9, Policy(known_at=0.9), True)
    assert not speaks_verbatim(HIT.passage, 0.89, Policy(known_at=0.9), True)
    assert not speaks_verbatim(HIT.passage, 0.99, Policy(known_at=0.9, answer_mode="generated"), True)
    assert not speaks_verbatim(replace(HIT.passage, kind=Kind.DOCUMENT), 0.99, Policy(), True)
