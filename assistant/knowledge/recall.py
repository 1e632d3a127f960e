"""How much of the exact answer an index finds: questions, their true neighbours, the share found.

Pure arithmetic over vectors that pass by in batches; knows no index and no store.
"""

from __future__ import annotations

import numpy as np

NEAREST = 10
QUESTIONS = 256
SEED = 11


def questions_from(vectors: np.ndarray, count: int = QUESTIONS) -> np.ndarray:
    """Return up to `count` made-up questions (n, d) of length 1.

    Each is a stored vector moved halfway towards another one at random: a question resembles what is
    known, but lies off it, and one that stood on a stored vector would find its cell too easily.
    """
    chance = np.random.default_rng(SEED)
    chosen = chance.permutation(len(vectors))[:count]
    others = chance.integers(0, len(vectors), len(chosen))
    mixed = vectors[chosen] + 0.5 * vectors[others]
    return (mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)).astype(np.float32)


class Neighbours:
    """The nearest ids of some questions (n, d) among all vectors shown to it so far, by exact arithmetic."""

    def __init__(self, questions: np.ndarray):
        self.questions = questions
        self.ids = np.full((len(questions), NEAREST), -1, np.int64)
        self._scores = np.full((len(questions), NEAREST), -np.inf, np.float32)

    def show(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Take in vectors (m, d) with their ids (m,)."""
        scores = np.concatenate([self._scores, self.questions @ vectors.T], axis=1)
        both = np.concatenate([self.ids, np.broadcast_to(ids, (len(self.questions), len(ids)))], axis=1)
        best = np.argpartition(-scores, NEAREST - 1, axis=1)[:, :NEAREST]
        self.ids, self._scores = np.take_along_axis(both, best, 1), np.take_along_axis(scores, best, 1)


def found_share(found: np.ndarray, nearest: np.ndarray) -> float:
    """Return the share (0 to 1) of the nearest ids (n, k) that stand in found (n, m); -1 is no id."""
    wanted = [set(row[row >= 0].tolist()) for row in nearest]
    total = sum(map(len, wanted))
    hits = sum(len(want & set(row.tolist())) for want, row in zip(wanted, found, strict=True))
    return hits / total if total else 1.0
