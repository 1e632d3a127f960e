"""How replies are counted by `evaluate --replies`."""

from dataclasses import replace

import pytest

from assistant.errors import UsageError
from assistant.evaluate import Outcome, Question
from assistant.measuring import evaluate_files, worded
from assistant.records import Action, Decision, Hit, Kind, Passage, Reply, Source
from assistant.settings import load

PASSAGE = Passage(1, Kind.FAQ, "r", "question", "returns", "Returns take 30 days.", "returns", "en")
QUESTION = Question("q", "how long", frozenset({"r"}), True, "en")


def reply(text, origin, **more):
    decision = Decision(Action.ANSWER, "sure", (Hit(PASSAGE, 0.9),))
    return Reply(text, decision, "en", origin, sources=(Source("faq", "r", "returns", PASSAGE.said, 0.9),), **more)


def test_shares_and_speed():
    said = [
        reply("Returns take 30 days.", "verbatim"),
        reply("It takes 30 days.", "model", ms={"first_word": 40.0, "speak": 100.0}, trace={"tokens": 5}),
        reply("It takes 31 days.", "model", ms={"first_word": 80.0, "speak": 100.0}, trace={"tokens": 7, "refused": "x"}),
        reply("退货30天。", "template"),
    ]
    found = worded([(QUESTION, r) for r in said])
    assert (found["own_words"], found["verbatim"], found["template"]) == (0.5, 0.25, 0.25)
    assert found["supported"] == 0.5  # 31 stands nowhere, and the last one answers English in Chinese
    assert found["right_language"] == 0.75 and found["refused"] == 0.25
    assert found["first_word_ms"] == {"p50": 80.0, "p95": 80.0} and found["tokens_per_second"] == 60.0


def test_nothing_answered_has_no_shares():
    assert worded([])["supported"] is None and worded([])["tokens_per_second"] is None


def test_an_outcome_tells_whether_the_top_faq_was_right():
    outcome = Outcome(QUESTION, ("x", "r"), 0.71234, Action.CLARIFY, 12.3456, "en")
    assert outcome.told() == {
        "id": "q", "query": "how long", "language": "en", "kind": "", "action": "clarify", "confidence": 0.7123,
        "ranked": ["x", "r"], "right": False, "ms": 12.35,
    }
    assert Outcome(QUESTION, ("r",), 0.9, Action.ANSWER, 1.0).told()["right"]
    assert not Outcome(replace(QUESTION, answerable=False), ("r",), 0.9, Action.ANSWER, 1.0).told()["right"]


def test_without_a_knowledge_base_the_home_is_asked_and_takes_none_of_its_options(tmp_path):
    with pytest.raises(UsageError, match="go with --kb"):
        evaluate_files(load(tmp_path, environ={}), tmp_path / "q.jsonl", kb_language="en")
