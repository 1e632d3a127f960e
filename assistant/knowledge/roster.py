"""Which passages speak together, and how much of a question their words cover together.

Made from the store at one revision; after a change a new one is made. Ranking is the retriever's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np

from assistant.store import Store


class Roster:
    """The groups of passages (a FAQ in all languages, a document piece, a past reply)."""

    def __init__(self, store: Store, revision: int):
        self._store = store
        self.revision = revision
        rows = store.knowledge.speakers()
        numbers: dict[str, int] = {}
        groups = np.array([numbers.setdefault(name, len(numbers)) for _, name, _ in rows], np.int64)
        ids = np.array([id for id, _, _ in rows], np.int64)
        size = int(ids.max()) + 1 if len(ids) else 1
        self._group = np.full(size, -1, np.int64)
        self._answer = np.zeros(size, bool)
        self._group[ids] = groups
        self._answer[ids] = [answer for _, _, answer in rows]
        self._sorted = ids[np.argsort(groups, kind="stable")]
        self._starts = np.append(0, np.cumsum(np.bincount(groups, minlength=len(numbers))))
        self._holders: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._starts) - 1

    def members(self, id: int) -> np.ndarray:
        """Return the ids (n,) of all passages that speak together with this one."""
        group = self._group[id] if id < len(self._group) else -1
        if group < 0:
            return np.array([id], np.int64)
        return self._sorted[self._starts[group] : self._starts[group + 1]]

    def is_answer(self, id: int) -> bool:
        return bool(self._answer[id])

    def covered(self, words: Iterable[str], exclude: Collection[int] = ()) -> Covered:
        """Return how much of a question's content words each group knows, without `exclude`.

        A word counts with its inverse document frequency over groups (Sparck Jones 1972), so a
        rare word weighs more than one that most FAQs hold.
        """
        shares, total = np.zeros(len(self)), 0.0
        hidden = np.fromiter(exclude, np.int64, len(exclude))
        for word in words:
            ids = self._holding(word)
            if len(hidden):
                ids = np.setdiff1d(ids, hidden)
            groups = np.unique(self._group[ids])
            weight = math.log(1 + len(self) / (1 + len(groups)))
            shares[groups] += weight
            total += weight
        return Covered(self._group, shares / max(total, 1e-9))

    def _holding(self, word: str) -> np.ndarray:
        """Return the ids of the searchable passages that hold a word; asked of the store once."""
        if word not in self._holders:
            ids = self._store.knowledge.holding(word)
            ids = ids[ids < len(self._group)]
            self._holders[word] = ids[self._group[ids] >= 0]
        return self._holders[word]


class Covered:
    """The share (0 to 1) of one question's content that each passage's group covers."""

    def __init__(self, group: np.ndarray, shares: np.ndarray):
        self._group = group
        self._shares = shares

    def of(self, id: int) -> float:
        """Return the share of this passage's group; 0 for a passage made after the roster."""
        group = self._group[id] if id < len(self._group) else -1
        return float(self._shares[group]) if group >= 0 else 0.0
