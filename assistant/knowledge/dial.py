"""The risk dial: from which confidence on answers are wrong at most as often as allowed. Pure.

Fixed-sequence testing of thresholds from several starts, with exact binomial bounds: Geifman and El-Yaniv, "Selective
Classification for Deep Neural Networks" (2017), and Angelopoulos et al., "Learn then Test" (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

DELTA = 0.1  # the chance that the promise fails for the questions at hand
ENOUGH = 200  # labelled questions of one's own below which the promise is called an estimate
STEPS = 60
START, MIDDLE = 0.1, 0.4  # shares answered from which the search begins
WRONG = 5  # answers that may be wrong from which on a test can pass at all; fewer answers begin no search
NEVER = 1.01  # a threshold that no probability reaches

Judged = Sequence[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the dial comes to: `threshold` on the confidence, `coverage` the share that it lets answer.

    `questions` are the labelled ones behind it, `own` those of this home; `wrong` is the share of wrong
    answers among those answered.
    """

    threshold: float
    coverage: float
    wrong: float
    questions: int
    own: int

    @property
    def estimate(self) -> bool:
        """Whether too few of the home's own questions stand behind it to call it a promise."""
        return self.own < ENOUGH


def set_dial(judged: Judged, risk: float, own: int = 0, delta: float = DELTA) -> Setting:
    """Return the lowest threshold whose answers are wrong at most `risk` (0 to 1), with chance 1 - delta.

    `judged` are (confidence, whether the answer was right) of questions that the confidence was not
    fitted on. From each start the share answered grows until a test fails; the starts divide `delta`
    among them. Where none passes, nothing is answered.
    """
    ranked = sorted(judged, key=lambda pair: -pair[0])
    wrong = list(accumulate(not right for _, right in ranked))
    counts = [n for n in _counts(len(ranked)) if n == len(ranked) or ranked[n][0] < ranked[n - 1][0]]
    best = 0
    starts = _starts(len(ranked), risk)
    for start in starts:
        for count in (n for n in counts if n >= start * len(ranked)):
            if _chance_of_so_few(wrong[count - 1], count, risk) > delta / len(starts):
                break
            best = max(best, count)
    if not best:
        return Setting(NEVER, 0.0, 0.0, len(ranked), own)
    return Setting(ranked[best - 1][0], best / len(ranked), wrong[best - 1] / best, len(ranked), own)


def fixed(judged: Judged, threshold: float, own: int = 0) -> Setting:
    """Return what a fixed threshold comes to: nothing is promised of the share of wrong answers."""
    answered = [right for p, right in judged if p >= threshold]
    wrong = sum(not right for right in answered) / max(len(answered), 1)
    return Setting(threshold, len(answered) / max(len(judged), 1), wrong, len(judged), own)


def curve(judged: Judged, points: int = 50) -> list[tuple[float, float, float]]:
    """Return (threshold, share answered, share of answers that are wrong), from few to all answered."""
    ranked = sorted(judged, key=lambda pair: -pair[0])
    out = []
    for count in sorted({max(1, round(len(ranked) * n / points)) for n in range(1, points + 1)}):
        if ranked:
            wrong = sum(not right for _, right in ranked[:count])
            out.append((ranked[count - 1][0], count / len(ranked), wrong / count))
    return out


def _starts(total: int, risk: float) -> tuple[float, ...]:
    """Return the shares that searches begin with: chosen before any outcome is seen, by the count alone."""
    first = max(START, WRONG / max(risk * total, 1e-9))
    return (first, MIDDLE) if first < MIDDLE else (MIDDLE,)


def _counts(total: int) -> list[int]:
    return sorted({round(total * n / STEPS) for n in range(1, STEPS + 1)} - {0})


def _chance_of_so_few(wrong: int, count: int, risk: float) -> float:
    """Return the chance of at most `wrong` errors in `count` answers if each were wrong with `risk`."""
    from scipy.stats import binom

    return float(binom.cdf(wrong, count, risk))
