"""Which passages speak together, and how much of a question their words cover together.

Follows the store: a change costs what changed, not what is known. Ranking is the retriever's.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable

import numpy as np

from assistant.knowledge.lexical import Lexicon
from assistant.store import Store

WORDS = 4_000  # words whose groups are remembered between two changes


class Roster:
    """The groups of passages (a FAQ in all languages, a document piece, a past reply), and their words."""

    def __init__(self, store: Store):
        self._store = store
        self._lock = threading.RLock()
        self.lexicon = Lexicon(store.words)
        self._clear()

    def _clear(self) -> None:
        self.revision = -1
        self._group = np.full(1, -1, np.int32)
        self._answer = np.zeros(1, bool)
        self._numbers: dict[str, int] = {}
        self._members: list[list[int]] = []
        self._alive = 0
        self._holders: OrderedDict[str, np.ndarray] = OrderedDict()
        self.lexicon.clear()

    def __len__(self) -> int:
        """How many groups have a searchable passage."""
        return self._alive

    # Following

    def follow(self, revision: int) -> Roster:
        """Bring it to a revision of the store; returns itself. Searches of other threads wait meanwhile."""
        with self._lock:
            if revision != self.revision:
                self._follow(revision)
        return self

    def _follow(self, revision: int) -> None:
        if self.revision < self._store.knowledge.forgotten() or revision < self.revision:
            self._clear()
        rows = self._store.knowledge.speakers(self.revision)
        gone = [id for id, _, _, alive in rows if not alive]
        self._make_room(max((id for id, *_ in rows), default=0) + 1)
        for id, name, answer, alive in rows:
            self._leave(id)
            if alive:
                self._join(id, name, answer)
        self.lexicon.follow(gone)
        self._holders.clear()
        self.revision = revision

    def _make_room(self, size: int) -> None:
        more = max(size, len(self._group) * 5 // 4) - len(self._group)
        if size > len(self._group):
            self._group = np.append(self._group, np.full(more, -1, np.int32))
            self._answer = np.append(self._answer, np.zeros(more, bool))

    def _leave(self, id: int) -> None:
        group = self._group[id]
        if group >= 0:
            self._members[group].remove(id)
            self._alive -= not self._members[group]
            self._group[id] = -1

    def _join(self, id: int, name: str | None, answer: int) -> None:
        group = len(self._members) if name is None else self._numbers.setdefault(name, len(self._members))
        if group == len(self._members):
            self._members.append([])
        self._alive += not self._members[group]
        self._members[group].append(id)
        self._group[id], self._answer[id] = group, bool(answer)

    # Asking

    def members(self, id: int) -> np.ndarray:
        """Return the ids (n,) of all passages that speak together with this one."""
        with self._lock:
            group = self._group[id] if id < len(self._group) else -1
            return np.array([id] if group < 0 else self._members[group], np.int64)

    def is_answer(self, id: int) -> bool:
        return bool(self._answer[id])

    def covered(self, words: Iterable[str], exclude: Collection[int] = ()) -> Covered:
        """Return how much of a question's content words each group knows, without `exclude`.

        A word counts with its inverse document frequency over groups (Sparck Jones 1972), so a
        rare word weighs more than one that most FAQs hold.
        """
        with self._lock:
            shares, total = np.zeros(len(self._members)), 0.0
            for word in words:
                groups = self._holding(word, exclude)
                weight = math.log(1 + len(self) / (1 + len(groups)))
                shares[groups] += weight
                total += weight
            return Covered(self._group, shares, max(total, 1e-9))

    def _holding(self, word: str, exclude: Collection[int]) -> np.ndarray:
        """Return the groups (n,) that hold a word in a searchable passage, found once between changes."""
        if exclude:
            return self._groups_of(np.setdiff1d(self.lexicon.holding(word), list(exclude)))
        if word not in self._holders:
            self._holders[word] = self._groups_of(self.lexicon.holding(word))
            if len(self._holders) > WORDS:
                self._holders.popitem(last=False)
        return self._holders[word]

    def _groups_of(self, ids: np.ndarray) -> np.ndarray:
        groups = self._group[ids[ids < len(self._group)]]
        marked = np.zeros(len(self._members), bool)
        marked[groups[groups >= 0]] = True
        return np.flatnonzero(marked)


class Covered:
    """The share (0 to 1) of one question's content that each passage's group covers."""

    def __init__(self, group: np.ndarray, shares: np.ndarray, total: float):
        self._group = group
        self._shares = shares
        self._total = total

    def of(self, id: int) -> float:
        """Return the share of this passage's group; 0 for a passage made after the roster."""
        group = self._group[id] if id < len(self._group) else -1
        return float(self._shares[group] / self._total) if 0 <= group < len(self._shares) else 0.0
