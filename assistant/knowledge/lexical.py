"""BM25 over the words of all passages, held in memory and following the store.

Scores equal those of SQLite's FTS5 (k1 1.2, b 0.75; Robertson and Zaragoza 2009), which reads every
row that holds any word of a question. Here a word's postings are read from the store once, and rows that
common words alone can't lift among the best are passed over (MaxScore, Turtle and Flood 1995).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np

from assistant.sounds import searched_terms
from assistant.store.words import Words

K1, B = 1.2, 0.75
MOST_TERMS = 256
KEPT = 12_000_000  # postings kept in memory, 6 bytes each
FOLLOWED = 2_000  # new passages whose words are added one by one; after more, postings are read again
COMMON = 2_000  # postings of a word from which on it pays to ask whether they can still matter

Postings = tuple[np.ndarray, np.ndarray]
"""Ids (n,) int32 ascending, and how often each holds the word (n,) uint16."""


class Lexicon:
    """The words of one store's passages. `follow` brings it up to date; searches change nothing."""

    def __init__(self, words: Words):
        self._words = words
        self._lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything; the next `follow` reads it again."""
        self._size = np.zeros(0, np.int32)  # terms of each passage by id; 0 where there is none
        self._last = 0
        self._rows = self._total = self._drops = 0
        self._postings: OrderedDict[str, Postings] = OrderedDict()
        self._counts: dict[str, tuple[int, int]] = {}
        self._kept = 0

    def __len__(self) -> int:
        return self._rows

    # Following

    def follow(self, gone: Iterable[int] = ()) -> None:
        """Take in passages that are new in the store, and take out those that are `gone`."""
        with self._lock:
            ids, sizes = self._words.sizes(self._last)
            if len(ids):
                self._append(ids, sizes)
            gone = np.fromiter(gone, np.int64)
            gone = np.unique(gone[gone < len(self._size)])
            gone = gone[self._size[gone] > 0]
            if len(gone):
                self._rows -= len(gone)
                self._total -= int(self._size[gone].sum())
                self._size[gone] = 0
                self._drops += 1

    def _append(self, ids: np.ndarray, sizes: np.ndarray) -> None:
        before, self._last = self._last, int(ids[-1])
        if self._last >= len(self._size):
            room = max(self._last + 1, len(self._size) + len(self._size) // 4)
            self._size = np.append(self._size, np.zeros(room - len(self._size), np.int32))
        self._size[ids] = np.maximum(sizes, 1)
        self._rows += len(ids)
        self._total += int(self._size[ids].sum())
        if len(ids) > FOLLOWED:
            self._postings.clear()
            self._counts.clear()
            self._kept = 0
        if self._postings:
            self._extend(before)

    def _extend(self, before: int) -> None:
        """Add the new passages to the postings that are in memory."""
        new: dict[str, dict[int, int]] = {}
        for id, words in self._words.entries(before):
            for word in words:
                if word in self._postings and id <= self._last:
                    held = new.setdefault(word, {})
                    held[id] = held.get(id, 0) + 1
        for word, held in new.items():
            ids, counts = self._postings[word]
            self._postings[word] = (
                np.append(ids, np.fromiter(held, np.int32)),
                np.append(counts, np.fromiter(held.values(), np.uint16)),
            )
            self._kept += len(held)
        self._counts = {w: c for w, c in self._counts.items() if w not in new}

    # Asking

    def holding(self, word: str) -> np.ndarray:
        """Return the ids (n,) of the passages that hold a word."""
        with self._lock:
            ids = self._of(word)[0]
            return ids[self._size[ids] > 0]

    def frequency(self, word: str) -> int:
        """Return how many passages hold a word."""
        with self._lock:
            drops, count = self._counts.get(word, (-1, 0))
            if drops != self._drops:
                count = int(np.count_nonzero(self._size[self._of(word)[0]]))
                self._counts[word] = (self._drops, count)
            return count

    def idf(self, word: str) -> float:
        """Return FTS5's inverse document frequency, which never falls to 0 or below."""
        holding = self.frequency(word)
        return max(math.log((self._rows - holding + 0.5) / (holding + 0.5)), 1e-6)

    def search(self, text: str, limit: int, pair_weight: float) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score) of the best `limit` passages, best first.

        An occurrence of a pair of Han characters or syllables counts `pair_weight`, one of any other term 1.
        """
        single, pairs = searched_terms(text)
        words = dict.fromkeys([*single, *pairs][: MOST_TERMS * 4])
        alone = set(single)
        with self._lock:
            wanted = [(w, 1.0 if w in alone else pair_weight) for w in list(words)[:MOST_TERMS]]
            found = [(*self._of(w), self.idf(w), weight) for w, weight in wanted]
            found = sorted((f for f in found if len(f[0])), key=lambda f: len(f[0]))
            ids, scores = self._scored(found, limit)
        if len(ids) > limit:
            least = np.partition(scores, -limit)[-limit]
            ids, scores = ids[scores >= least], scores[scores >= least]
        order = np.lexsort((ids, -scores))[:limit]
        return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))

    def _scored(self, found: list, limit: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids (n,) and scores (n,) among which the best `limit` are; rarest words come first."""
        scores = np.zeros(len(self._size), np.float64)
        seen = np.empty(0, np.int64)
        ahead = np.cumsum([idf * (K1 + 1) for _, _, idf, _ in found][::-1])[::-1]
        for n, (ids, counts, idf, weight) in enumerate(found):
            if len(ids) > COMMON and len(seen) > limit:
                least = np.partition(scores[seen], -limit)[-limit]
                if ahead[n] < least:
                    seen = seen[scores[seen] + ahead[n] >= least]
                    return seen, self._completed(seen, scores[seen], found[n:])
            alive = self._size[ids] > 0
            ids, counts = ids[alive], counts[alive]
            new = ids[scores[ids] == 0]
            scores[ids] += idf * self._impact(ids, counts * weight)
            seen = np.append(seen, new)
        return seen, scores[seen]

    def _completed(self, ids: np.ndarray, scores: np.ndarray, found: list) -> np.ndarray:
        """Return the scores (n,) of some passages with the words that are left added."""
        scores, ids = scores.copy(), ids.astype(np.int32)  # of the postings' type, else each is copied
        for held, counts, idf, weight in found:
            places = np.minimum(np.searchsorted(held, ids), len(held) - 1)
            here = held[places] == ids
            scores[here] += idf * self._impact(ids[here], counts[places[here]] * weight)
        return scores

    def _impact(self, ids: np.ndarray, frequency: np.ndarray) -> np.ndarray:
        average = self._total / max(self._rows, 1)
        return frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * self._size[ids] / average))

    def _of(self, word: str) -> Postings:
        """Return a word's postings, read from the store where they are not in memory."""
        held = self._postings.get(word)
        if held is None:
            ids, counts = self._words.postings(word)
            known = np.searchsorted(ids, self._last, side="right")
            held = ids[:known].astype(np.int32), np.minimum(counts[:known], 65_535).astype(np.uint16)
            self._kept += len(held[0]) + 1
            self._postings[word] = held
            while self._kept > KEPT and len(self._postings) > 1:
                _, (dropped, _) = self._postings.popitem(last=False)
                self._kept -= len(dropped) + 1
        self._postings.move_to_end(word)
        return held
