"""What the reader learns from: questions of a company beside the passages that a search might mistake for theirs.

Knows how a question gets its candidates; some questions have no right one among them. Learning is `reader`'s.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.knowledge.reranker import passage_of
from assistant.text import normalise
from finetune.companies import Entry, Firm
from finetune.encoder.measure import Encode, joined

CANDIDATES = 8
NEAR = 10  # nearest passages that hard candidates are drawn from
HARD = 5
OTHER_LANGUAGE, HIDDEN, STRANGE, BARE = 0.2, 0.12, 0.06, 0.2  # shares of questions and passages


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passages; `right` is the place of the one that answers it, None where none does."""

    question: str
    passages: tuple[str, ...]
    right: int | None


def questions_of(entry: Entry, language: str) -> list[tuple[str, bool]]:
    """Return (text, whether the entry answers it): phrasings, follow-ups joined, and what it does not answer."""
    side = entry.side(language)
    return [(t, True) for t in (*side.phrasings, *joined(side))] + [(t, False) for t in side.unanswered]


class Cases:
    """Draws batches of cases, each batch of one company in one language."""

    def __init__(self, firms: Sequence[Firm], encode: Encode, size: int = 10, seed: int = 7):
        self._firms = [f for f in firms if len(f.entries) > CANDIDATES + 2]
        self._encode, self._size, self._rng = encode, size, random.Random(seed)
        self._vectors: dict[tuple[int, str], np.ndarray] = {}

    def batch(self) -> list[Case]:
        rng = self._rng
        number, language = rng.randrange(len(self._firms)), rng.choice(("zh", "en"))
        firm = self._firms[number]
        asked = [self._question(firm, language) for _ in range(self._size)]
        scores = self._encode([normalise(text) for text, _ in asked]) @ self._known(number, language).T
        return [self._case(firm, language, text, right, row) for (text, right), row in zip(asked, scores, strict=True)]

    def _question(self, firm: Firm, language: str) -> tuple[str, int | None]:
        rng = self._rng
        if rng.random() < OTHER_LANGUAGE:
            language = "en" if language == "zh" else "zh"
        if rng.random() < STRANGE:
            other = rng.choice([f for f in self._firms if f.trade != firm.trade] or [firm])
            if other is not firm:
                return rng.choice(rng.choice(other.entries).side(language).phrasings), None
        place = rng.randrange(len(firm.entries))
        text, answered = rng.choice(questions_of(firm.entries[place], language))
        return text, place if answered else None

    def _case(self, firm: Firm, language: str, text: str, right: int | None, scores: np.ndarray) -> Case:
        rng = self._rng
        near = [int(n) for n in np.argsort(-scores)[: NEAR + 1] if n != right][:NEAR]
        wrong = rng.sample(near, HARD)
        rest = [n for n in range(len(firm.entries)) if n != right and n not in wrong]
        shown = [*wrong, *rng.sample(rest, CANDIDATES - HARD)]
        if right is not None and rng.random() >= HIDDEN:
            shown[-1] = right
        rng.shuffle(shown)
        bare = rng.random() < BARE
        passages = tuple(_passage(firm.entries[n], language, bare) for n in shown)
        return Case(normalise(text), passages, shown.index(right) if right in shown else None)

    def _known(self, number: int, language: str) -> np.ndarray:
        """Return the vectors (n, d) of a company's standard questions, encoded once."""
        if (number, language) not in self._vectors:
            questions = [normalise(e.side(language).question) for e in self._firms[number].entries]
            self._vectors[number, language] = self._encode(questions)
        return self._vectors[number, language]


def exam(firms: Sequence[Firm], encode: Encode, language: str, size: int, depth: int, seed: int = 7):
    """Return (cases, cosines) of held-out companies: each question with its `depth` nearest passages, best first.

    About a fifth are questions that no entry answers; the others may lack their right passage, as in service.
    """
    rng = random.Random(seed)
    cases, cosines = [], []
    for firm in firms:
        known = encode([normalise(e.side(language).question) for e in firm.entries])
        asked = [(t, n if yes else None) for n, e in enumerate(firm.entries) for t, yes in questions_of(e, language)]
        asked = rng.sample(asked, min(len(asked), size // len(firms)))
        scores = encode([normalise(t) for t, _ in asked]) @ known.T
        for (text, right), row in zip(asked, scores, strict=True):
            shown = [int(n) for n in np.argsort(-row)[:depth]]
            passages = tuple(_passage(firm.entries[n], language, False) for n in shown)
            place = None if right is None else shown.index(right) if right in shown else depth
            cases.append(Case(normalise(text), passages, place))
            cosines.append(row[shown])
    return cases, np.array(cosines)


def _passage(entry: Entry, language: str, bare: bool) -> str:
    side = entry.side(language)
    return normalise(passage_of(side.question, "" if bare else side.answer))
