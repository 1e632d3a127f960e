"""Figures of an encoder alone: does a text find its twin, a question its FAQ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assistant.text import normalise
from finetune.companies import Firm

Encode = Callable[[Sequence[str]], np.ndarray]


def twins_found(encode: Encode, pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of first texts whose nearest among all second texts is their own."""
    one, other = encode([a for a, _ in pairs]), encode([b for _, b in pairs])
    return round(float(((one @ other.T).argmax(1) == np.arange(len(pairs))).mean()), 4)


def found_in_firms(encode: Encode, firms: Sequence[Firm], asked: str, known: str) -> float:
    """Return the share of phrasings in `asked` whose nearest standard question in `known` is theirs.

    Each company is searched by itself, as it would be in service.
    """
    right = total = 0
    for firm in firms:
        questions = encode([normalise(e.side(known).question) for e in firm.entries])
        phrasings = [(normalise(p), n) for n, e in enumerate(firm.entries) for p in e.side(asked).phrasings]
        found = (encode([p for p, _ in phrasings]) @ questions.T).argmax(1)
        right += int((found == np.array([n for _, n in phrasings])).sum())
        total += len(phrasings)
    return round(right / max(total, 1), 4)


def figures(encode: Encode, pairs: Sequence[tuple[str, str]], firms: Sequence[Firm]) -> dict[str, float]:
    """Return hit@1 of held-out sentences (Chinese finds its English) and of held-out companies."""
    return {
        "sentences": twins_found(encode, pairs),
        "zh": found_in_firms(encode, firms, "zh", "zh"), "en": found_in_firms(encode, firms, "en", "en"),
        "zh_en": found_in_firms(encode, firms, "zh", "en"), "en_zh": found_in_firms(encode, firms, "en", "zh"),
    }
