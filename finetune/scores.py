"""How near a written reply is to a reference: ROUGE-L and chrF. Pure, for both languages."""

from __future__ import annotations

from collections import Counter

from assistant.text import normalise, terms


def rouge_l(written: str, reference: str) -> float:
    """Return the F1 (0 to 1) of the longest common subsequence of words and Han characters.

    Lin, ROUGE: A Package for Automatic Evaluation of Summaries (2004), section 3.
    """
    one, other = terms(written)[0], terms(reference)[0]
    if not one or not other:
        return float(one == other)
    row = [0] * (len(other) + 1)
    for term in one:
        before = 0
        for place, wanted in enumerate(other, 1):
            held = row[place]
            row[place] = before + 1 if term == wanted else max(row[place], row[place - 1])
            before = held
    return 2 * row[-1] / (len(one) + len(other))


def chrf(written: str, reference: str, order: int = 6, beta: float = 2.0) -> float:
    """Return the mean F-beta (0 to 1) of character n-grams, n from 1 to `order`, without blanks.

    Popović, chrF: character n-gram F-score for automatic MT evaluation (2015).
    """
    one, other = ("".join(normalise(t).split()) for t in (written, reference))
    scores = []
    for n in range(1, order + 1):
        a, b = _grams(one, n), _grams(other, n)
        if not a and not b:
            continue
        shared = sum((a & b).values())
        precision, recall = shared / max(a.total(), 1), shared / max(b.total(), 1)
        below = beta**2 * precision + recall
        scores.append((1 + beta**2) * precision * recall / below if below else 0.0)
    return sum(scores) / len(scores) if scores else 1.0


def _grams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))
