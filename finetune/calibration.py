"""Chooses what a fitted intent head can't learn from rows it has seen: weights, judge, threshold.

Pure: takes decisions on rows that each fold's head had not seen. Fitting is `intent.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.understanding.intent import OOS, SIGNALS, Judge, combine

OUTSIDE_SHARE = 0.1  # the share of out-of-scope questions that the probability reckons with
NEAR_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
MAY_LOSE = {True: 0.03, False: 0.02}  # right answers given up for refusals, with / without oos rows
TEMPERATURES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0)


@dataclass(frozen=True)
class Seen:
    """Decisions on rows that the fold's head had not seen; `kind` is in, held (intent held out) or oos."""

    scores: list[np.ndarray]
    votes: list[np.ndarray]
    rest: list[tuple]  # similar, known, length, readable
    labels: list[tuple[str, ...]]
    truth: list[str]
    kind: list[str]


def tune(seen: Seen) -> dict:
    """Return near_weight, temperature, threshold and judge that suit the unseen rows best."""
    if not seen.truth:
        return {"near_weight": 0.5, "judge": _plain_judge(), "notes": {"rows": 0}}
    weight, accuracy = max(
        ((w, _accuracy(seen, w)) for w in NEAR_WEIGHTS), key=lambda pair: (pair[1], -pair[0])
    )
    both = [
        combine(s, v, *rest, labels, weight)
        for s, v, rest, labels in zip(seen.scores, seen.votes, seen.rest, seen.labels, strict=True)
    ]
    kind = np.array(seen.kind)
    signals = np.array([b[1] for b in both])
    right = np.array([
        _best(b[0], labels) == truth for b, labels, truth in zip(both, seen.labels, seen.truth, strict=True)
    ])
    outcome = np.where(kind != "in", 2, np.where(right, 0, 1))
    judge = _fit_judge(signals, outcome)
    has_oos = bool((kind == OOS).any())
    p = judge.probabilities(signals)[:, 0]
    outside = kind == OOS if has_oos else kind == "held"
    threshold = _threshold(p, outcome == 0, outside, kind == "in", MAY_LOSE[has_oos])
    refused = p < threshold
    inside = kind == "in"
    notes = {
        "rows": int(inside.sum()), "accuracy": round(accuracy, 4),
        "in_scope_accuracy": share((outcome == 0) & ~refused, inside),
        "oos_recall": share(refused, outside),
        "oos_measured_on": "oos rows" if has_oos else "intents held out",
    }
    temperature = _temperature([b[0] for b in both], seen)
    return {
        "near_weight": weight, "temperature": temperature, "threshold": threshold, "judge": judge,
        "notes": notes,
    }


def share(part: np.ndarray, whole: np.ndarray) -> float | None:
    return round(float(part[whole].mean()), 4) if whole.any() else None


def _best(scores: np.ndarray, labels: Sequence[str]) -> str:
    order = np.argsort(-scores)
    return next(labels[i] for i in order if labels[i] != OOS)


def _accuracy(seen: Seen, weight: float) -> float:
    right = [
        _best(s + weight * v, labels) == truth
        for s, v, labels, truth, kind in zip(
            seen.scores, seen.votes, seen.labels, seen.truth, seen.kind, strict=True
        )
        if kind == "in"
    ]
    return float(np.mean(right)) if right else 0.0


def _plain_judge() -> Judge:
    """Too few rows to learn from: the probability grows with the gap between the best two."""
    coef = np.zeros((3, len(SIGNALS)))
    coef[0, SIGNALS.index("gap")], coef[2, SIGNALS.index("known")] = 3.0, -3.0
    size = len(SIGNALS)
    return Judge(np.zeros(size), np.ones(size), coef, np.array([0.0, 0.0, 0.0]))


def _fit_judge(signals: np.ndarray, outcome: np.ndarray) -> Judge:
    """Multinomial logistic regression, with out-of-scope rows weighed to OUTSIDE_SHARE of all."""
    from sklearn.linear_model import LogisticRegression

    present = sorted(set(outcome))
    if len(outcome) < 20 or 0 not in present or len(present) < 2:
        return _plain_judge()
    mean, scale = signals.mean(axis=0), signals.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    weight = np.ones(len(outcome))
    out = (outcome == 2).sum()
    if out and out < len(outcome):
        weight[outcome == 2] = (len(outcome) - out) * OUTSIDE_SHARE / (1 - OUTSIDE_SHARE) / out
    model = LogisticRegression(C=1.0, max_iter=1000).fit((signals - mean) / scale, outcome, weight)
    coef, intercept = np.zeros((3, signals.shape[1])), np.full(3, -30.0)
    if len(present) == 2:
        coef[present[1]], intercept[present[1]] = model.coef_[0], model.intercept_[0]
        intercept[present[0]] = 0.0
    else:
        coef[present], intercept[present] = model.coef_, model.intercept_
    return Judge(mean, scale, coef, intercept)


def _threshold(
    p: np.ndarray, right: np.ndarray, outside: np.ndarray, inside: np.ndarray, may_lose: float
) -> float:
    """Return the threshold with the best mean of in-scope accuracy and oos recall.

    At most `may_lose` of the right answers are given up, whatever the recall would gain.
    """
    good = np.sort(p[right])
    if not len(good):
        return 0.0
    highest = float(good[int(may_lose * len(good))])
    if not outside.any():
        return float(good[int(0.01 * len(good))])
    steps = np.unique(np.quantile(p, np.linspace(0, 1, 400)))
    steps = np.append(steps[steps <= highest], highest)
    gain = [(right & (p >= t)).sum() / inside.sum() + (p[outside] < t).mean() for t in steps]
    return float(steps[int(np.argmax(gain))])


def _temperature(totals: Sequence[np.ndarray], seen: Seen) -> float:
    """Return the temperature whose softmax gives the true labels the highest likelihood."""
    def loss(t: float) -> float:
        out = 0.0
        for total, labels, truth, kind in zip(totals, seen.labels, seen.truth, seen.kind, strict=True):
            if kind == "in" and truth in labels:
                z = (total - total.max()) / t
                out += float(np.log(np.exp(z).sum()) - z[labels.index(truth)])
        return out

    return float(min(TEMPERATURES, key=loss))
