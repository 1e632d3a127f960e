"""The dial keeps its promise on questions that it has not seen, in nine of ten splits."""

import random

import pytest

from assistant.knowledge.dial import NEVER, curve, set_dial


def judged(n: int, rng: random.Random) -> list[tuple[float, bool]]:
    """Confidences that mean what they say."""
    return [(p, rng.random() < p) for p in (rng.betavariate(0.4, 0.3) for _ in range(n))]


def test_of_new_questions_at_most_the_allowed_share_is_answered_wrongly_in_nine_of_ten_splits():
    rng, kept, covered = random.Random(4), 0, 0.0
    for _ in range(100):
        dial = set_dial(judged(800, rng), 0.05)
        answered = [right for p, right in judged(4000, rng) if p >= dial.threshold]
        kept += sum(not right for right in answered) <= 0.05 * len(answered)
        covered += len(answered) / 4000 / 100
    assert kept >= 88
    assert 0.25 < covered < 0.5


def test_five_hundred_sharp_questions_let_a_third_be_answered():
    rng = random.Random(2)
    sharp = lambda: [(p, rng.random() < p) for p in (rng.betavariate(0.8, 0.3) for _ in range(500))]  # noqa: E731
    assert sum(set_dial(sharp(), 0.05).coverage for _ in range(30)) / 30 > 1 / 3


def test_a_wider_dial_answers_more():
    rng = random.Random(1)
    some = judged(2000, rng)
    thresholds = [set_dial(some, risk).threshold for risk in (0.02, 0.05, 0.1, 0.2)]
    assert thresholds == sorted(thresholds, reverse=True) and len(set(thresholds)) == 4


def test_too_few_questions_promise_nothing():
    assert set_dial([(0.9, True)] * 20, 0.05).threshold == NEVER
    assert set_dial([], 0.05).threshold == NEVER
    assert set_dial([(0.9, True)] * 80, 0.05).threshold == 0.9


def test_questions_of_one_confidence_are_answered_together():
    dial = set_dial([(0.9, True)] * 100 + [(0.4, n % 2 == 0) for n in range(100)], 0.05)
    assert (dial.threshold, dial.coverage, dial.wrong) == (0.9, 0.5, 0.0)


def test_below_two_hundred_of_ones_own_it_is_an_estimate():
    assert set_dial([(0.9, True)] * 500, 0.05, own=199).estimate
    assert not set_dial([(0.9, True)] * 500, 0.05, own=200).estimate


def test_the_curve_goes_from_the_surest_to_all():
    points = curve([(0.9, True), (0.8, True), (0.7, False), (0.6, False)], points=4)
    assert points == [(0.9, 0.25, 0.0), (0.8, 0.5, 0.0), (0.7, 0.75, pytest.approx(1 / 3)), (0.6, 1.0, 0.5)]
