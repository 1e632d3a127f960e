import numpy as np
import pytest

from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
from assistant.knowledge.fusion import PARTS, PLAIN, READING, Fusion
from assistant.records import Hit, Kind, Passage, Query
from finetune.asking import Observation
from finetune.confidence import calibration_error, figures, fit, fit_both, row_of
from finetune.fusion import fit as fit_fusion
from finetune.fusion import reranked

SIZE = len(FEATURES)


def test_a_fitted_confidence_is_calibrated_and_survives_its_file(tmp_path):
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(2000):
        x = rng.uniform(size=SIZE)
        p = 1 / (1 + np.exp(-(6 * x[0] - 3)))
        rows.append(("en", x.tolist(), bool(rng.uniform() < p)))
    model = fit(rows, "enc")
    model.save(tmp_path)
    again = Confidence.load(tmp_path)
    for want in (0.2, 0.5, 0.8):
        x = [(np.log(want / (1 - want)) + 3) / 6, *[0.5] * (SIZE - 1)]
        assert again.models["en"].probability(x) == pytest.approx(want, abs=0.06)


def test_a_homes_own_questions_move_the_shipped_weights_as_far_as_they_are_many():
    shipped = Confidence({"en": Logistic((0.0,) * SIZE, 0.0, 1000)}, "enc")
    rows = [("en", [float(n % 2), *[0.0] * (SIZE - 1)], n % 2 == 1) for n in range(2000)]
    few, many = (fit(some, "enc", prior=shipped).models["en"] for some in (rows[:60], rows))
    assert 0 < few.weights[0] < many.weights[0]
    assert (few.questions, many.questions) == (1060, 3000)
    assert fit([], "enc", prior=shipped).models == shipped.models


def test_calibration_error_is_the_distance_of_what_is_said_and_what_is():
    honest = [(0.25, n % 4 == 0) for n in range(400)]
    assert calibration_error(honest) == pytest.approx(0.0, abs=0.01)
    assert calibration_error([(0.9, n % 2 == 0) for n in range(400)]) == pytest.approx(0.4, abs=0.01)


def test_figures_tell_a_signal_from_noise():
    clear = figures([(0.99, True)] * 50 + [(0.01, False)] * 50)
    assert clear["auroc"] == 1.0 and clear["brier"] == pytest.approx(0.0001)
    assert figures([(0.5, n % 2 == 0) for n in range(100)])["auroc"] == 0.5


def hit(id: int, **parts) -> Hit:
    passage = Passage(id, Kind.FAQ, f"f{id}", "question", "t", "s", "t", "en", pair=f"p{id}")
    return Hit(passage, 0.5, {name: parts.get(name, 0.0) for name in PARTS})


def seen(base: str = "", right: int | None = 1) -> Observation:
    """The dense part misleads, the lexical part is right."""
    query = Query("how much", "how much", "en")
    return Observation(query, (hit(1, dense=0.8, lexical=0.1), hit(2, dense=0.5, lexical=0.6)), right, base)


def test_fusion_learns_which_part_to_trust():
    found = fit_fusion([seen() for _ in range(80)], "enc")
    weights = dict(zip(PARTS, found.weights["en"], strict=True))
    plain = dict(zip(PARTS, PLAIN.weights["en"], strict=True))
    assert weights["lexical"] > 3 * plain["lexical"] and weights["dense"] < plain["dense"]
    assert min(weights.values()) >= 0.0 and sum(weights.values()) == pytest.approx(1.0, abs=0.001)
    again = reranked(seen(), found)
    assert again.right == 0 and again.hits[0].passage.id == 2
    assert row_of(again)[2] and not row_of(reranked(seen(right=None), found))[2]


def test_dense_parts_count_as_far_as_the_question_is_readable():
    parts = hit(1, dense=1.0, lexical=0.2).why
    assert PLAIN.score("en", 0.0, parts) < PLAIN.score("en", 0.5, parts) < PLAIN.score("en", 1.0, parts)


def test_weights_survive_their_file_and_strange_ones_are_refused(tmp_path):
    PLAIN.save(tmp_path)
    assert Fusion.load(tmp_path).weights == dict(PLAIN.weights)
    (tmp_path / "fusion.json").write_text('{"parts": ["dense"], "weights": {"en": [1]}}')
    with pytest.raises(Exception, match="it weighs"):
        Fusion.load(tmp_path)


def test_each_base_is_judged_by_a_fit_that_left_it_out():
    """Where two bases teach the contrary of each other, each is judged by what the other taught."""
    def base(name: str, sure: bool):
        hits = lambda score: (hit(1, best_dense=score, dense=score), hit(2, best_dense=0.1, dense=0.1))  # noqa: E731
        yes, no = (0.9, 0.3) if sure else (0.3, 0.9)
        query = Query("how much", "how much", "en")
        return [Observation(query, hits(yes), 0, name), Observation(query, hits(no), None, name)] * 40

    alike = fit_both(base("a", True) + base("b", True), "enc")
    assert alike.figures["en"]["n"] == 160 == len(alike.confidence.judged["en"])
    assert alike.figures["en"]["auroc"] == 1.0 and alike.figures["en"]["hit@1"] == 1.0
    contrary = fit_both(base("a", True) + base("b", False), "enc")
    assert contrary.figures["en"]["auroc"] <= 0.5


def test_what_was_read_counts_in_the_order():
    first, second = hit(1, dense=0.6), hit(2, dense=0.55)
    weighed = Fusion({"en": tuple(float(name == "dense") for name in PARTS)})
    read = [Hit(h.passage, 0.0, {**h.why, "read": r}) for h, r in ((first, 0.0), (second, 0.9))]
    seen = reranked(Observation(Query("q", "q", "en", coverage=1.0), tuple(read), 1), weighed)
    assert seen.right == 0 and seen.hits[0].score == pytest.approx((1 - READING) * 0.55 + READING * 0.9)
