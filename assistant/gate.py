"""May this candidate replace what serves? Pure: two sets of figures in, a ruling with reasons out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.records import Ruling

LEAST = 30
Metrics = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watched:
    """A figure from 0 to 1, the more the better, and how far it may fall."""

    figure: str
    name: str
    tolerance: float


WATCHED = (
    Watched("accuracy", "right without refusal", 0.01),
    Watched("in_scope_accuracy", "right with refusal", 0.01),
    Watched("macro_f1", "macro F1 over all intents", 0.02),
    Watched("oos_recall", "out of scope recognised", 0.05),
    Watched("auroc", "answerable told from not (AUROC of the confidence)", 0.01),
    Watched("calibrated", "confidence against outcome (1 - Brier score)", 0.01),
    Watched("supported", "replies that their passages support", 0.005),
    Watched("right_language", "replies in the customer's language", 0.005),
    Watched("hit@1", "held-out questions that find their FAQ first", 0.01),
    Watched("mrr", "mean reciprocal rank of the right FAQ", 0.01),
    Watched("rouge_l", "likeness to what people replied", 0.03),
)


def rule(current: Metrics | None, candidate: Metrics) -> Ruling:
    """Return whether a candidate may serve, with a reason for each figure.

    Both hold `n` and figures of the same held-out examples; `current` is None where nothing serves
    that could be measured. No figure may fall below the current one by more than its tolerance, or by one example
    where that is more.
    """
    n = int(candidate.get("n") or 0)
    if n < LEAST:
        return Ruling(False, (
            f"Only {n} held-out examples; at least {LEAST} are needed to tell better from worse. "
            "Import or review more conversations, or promote it by hand: finetune promote.",
        ))
    known = [w for w in WATCHED if candidate.get(w.figure) is not None]
    if not known:
        return Ruling(False, (f"Nothing was measured on the {n} held-out examples.",))
    if current is None:
        figures = tuple(f"{w.name}: {candidate[w.figure]:.1%}." for w in known)
        return Ruling(True, ("Nothing of its kind serves that could be measured.", *figures))
    if int(current.get("n") or 0) != n:
        return Ruling(False, (
            f"The current version was measured on {current.get('n') or 0} examples and the candidate "
            f"on {n}; they must be the same ones. Run: finetune retrain",
        ))
    lost = [w for w in WATCHED if current.get(w.figure) is not None and candidate.get(w.figure) is None]
    judged = [_judge(w, current.get(w.figure), candidate[w.figure], n) for w in known]
    judged += [(False, f"{w.name}: not measured for the candidate, so not comparable.") for w in lost]
    reasons = (f"Measured on {n} held-out examples.", *(reason for _, reason in judged))
    return Ruling(all(fine for fine, _ in judged), reasons)


def _judge(watched: Watched, before: float | None, after: float, n: int) -> tuple[bool, str]:
    if before is None:
        return True, f"{watched.name}: {after:.1%}, not measured for the current version."
    tolerance = max(watched.tolerance, 1 / n)
    change = after - before
    fine = change >= -tolerance - 1e-9
    word = "better" if change > 1e-9 else "the same" if change > -1e-9 else "worse"
    verdict = word if fine and word != "worse" else (
        f"worse, within the tolerance of {100 * tolerance:.1f} points" if fine
        else f"worse by more than the tolerance of {100 * tolerance:.1f} points"
    )
    return fine, f"{watched.name}: {before:.1%} before, {after:.1%} now ({100 * change:+.1f} points): {verdict}."
