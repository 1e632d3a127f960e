"""What a customer wants: a linear head, neighbours, and a calibrated word on whether they are right.

Serves with numpy alone. Knows nothing of stores and of training (`finetune/intent.py` fits it);
the question's vector is handed in, so that a question is encoded once.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from assistant.errors import BadInput, Damaged
from assistant.records import Intent
from assistant.text import detect_language, normalise, terms

OOS = "oos"
RANKED = 5
NEIGHBOURS = 10
BLOCK = 500  # rows a product; larger ones wake BLAS threads, which wait on a busy machine
SHARPNESS = 10.0  # how fast a neighbour's vote falls with its distance: exp(10 (cos - 1))
WEIGHTS, CARD = "head.safetensors", "head.json"
SIGNALS = (
    "top", "gap", "over_oos", "nearest", "near_five", "vote", "known", "length", "readable",
)


def word_grams(text: str) -> Iterator[str]:
    """Yield stemmed words, Han characters, Han pairs, and pairs of neighbouring words."""
    single, pairs = terms(text)
    yield from single
    yield from pairs
    yield from (f"{a} {b}" for a, b in pairwise(single) if len(a + b) > 2)


def character_grams(text: str) -> Iterator[str]:
    """Yield stretches of 2 to 5 characters, inside blank-padded words, marked with `#`."""
    for word in normalise(text).split():
        padded = f" {word} "
        for size in range(2, min(5, len(padded)) + 1):
            yield from ("#" + padded[i : i + size] for i in range(len(padded) - size + 1))


def count_grams(text: str) -> tuple[Counter, Counter]:
    """Return the counts of (word grams, character grams) of a text."""
    return Counter(word_grams(text)), Counter(character_grams(text))


@dataclass(frozen=True)
class Grams:
    """Tf-idf (sublinear) over a fixed vocabulary; words and characters each form a unit vector."""

    column: dict[str, int]
    idf: np.ndarray
    weight: float = 0.6

    def encode(self, text: str) -> tuple[np.ndarray, np.ndarray, float]:
        """Return (columns, values, share of the words' idf mass that the vocabulary knows)."""
        return self.encode_counts(*count_grams(text))

    def encode_counts(
        self, words: Counter, characters: Counter
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Like `encode`, for grams that were counted before."""
        columns: list[int] = []
        values: list[float] = []
        found = [(self.column[g], n) for g, n in words.items() if g in self.column]
        known = self._known(found, len(words))
        for part in (found, [(self.column[g], n) for g, n in characters.items() if g in self.column]):
            if not part:
                continue
            tfidf = np.array([(1 + math.log(n)) * self.idf[c] for c, n in part])
            columns += [c for c, _ in part]
            values += (tfidf * (self.weight / np.linalg.norm(tfidf))).tolist()
        return np.array(columns, np.int64), np.array(values, np.float32), known

    def _known(self, found: Sequence[tuple[int, int]], distinct: int) -> float:
        """An unknown gram weighs as much as the rarest known one."""
        if not distinct:
            return 0.0
        mass = sum(float(self.idf[c]) for c, _ in found)
        return mass / (mass + (distinct - len(found)) * float(self.idf.max()))


@dataclass(frozen=True)
class Judge:
    """Logistic regression on the signals of one decision: P(right), P(wrong), P(out of scope)."""

    mean: np.ndarray
    scale: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray

    def probabilities(self, signals: np.ndarray) -> np.ndarray:
        """Return (n, 3) for signals of shape (n, len(SIGNALS))."""
        z = (np.atleast_2d(signals) - self.mean) / self.scale @ self.coef.T + self.intercept
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return z / z.sum(axis=1, keepdims=True)


@dataclass
class IntentHead:
    """The served classifier of one home. Shapes: L labels, V grams, D dimensions, N neighbours.

    `readable` names the languages that the encoder can read; in others the vector is ignored.
    `base` is the encoder's name. `notes` says what training found (rows, folds, figures).
    """

    labels: tuple[str, ...]
    base: str
    grams: Grams
    sparse: np.ndarray  # (V, L)
    dense: np.ndarray  # (D, L)
    intercept: np.ndarray  # (L,)
    readable: tuple[str, ...]
    near: np.ndarray  # (N, D), unit rows
    near_label: np.ndarray  # (N,), places in `labels`
    near_weight: float
    temperature: float
    threshold: float
    judge: Judge
    notes: dict = field(default_factory=dict)

    def classify(self, text: str, vector: np.ndarray) -> Intent:
        """Return the best label with the probability that it is right, or `oos` where refused.

        `vector` is the (D,) unit vector of the normalised text. `ranked` holds up to five
        in-scope labels and the probability of each, best first. Text without a letter is `oos`.
        """
        return self.decide(*self.score(text, vector))

    def score(self, text: str, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (scores (L,), signals (len(SIGNALS),)) of one text."""
        if vector.shape != (self.dense.shape[0],):
            raise BadInput(
                f"The intent head expects vectors of {self.dense.shape[0]} dimensions from the "
                f"encoder {self.base}, found {vector.shape}. Run: finetune intent"
            )
        columns, values, known = self.grams.encode(text)
        readable = detect_language(text) in self.readable
        scores = self.intercept + values @ self.sparse[columns]
        votes, similar = np.zeros(len(self.labels), np.float32), np.zeros(1, np.float32)
        if readable:
            scores = scores + vector @ self.dense
            votes, similar = neighbour_votes(vector, self.near, self.near_label, len(self.labels))
        return combine(scores, votes, similar, known, len(columns), readable, self.labels, self.near_weight)

    def decide(self, scores: np.ndarray, signals: np.ndarray, refuse: bool = True) -> Intent:
        """Return the intent for scores and signals; with `refuse` off the best in-scope label."""
        right, _, outside = self.judge.probabilities(signals)[0]
        inside = np.array([i for i, label in enumerate(self.labels) if label != OOS])
        order = inside[np.argsort(-scores[inside])]
        share = np.exp((scores[order] - scores[order[0]]) / self.temperature)
        rest = share[1:].sum() or 1.0
        others = (1 - right - outside) * share[1:] / rest
        probability = [float(right), *np.minimum(others, right).tolist()]
        ranked = tuple((self.labels[i], p) for i, p in zip(order[:RANKED], probability, strict=False))
        if refuse and right < self.threshold:
            return Intent(OOS, float(1 - right), ranked)
        return Intent(ranked[0][0], float(right), ranked)

    def by_words(self, dimension: int) -> IntentHead:
        """Return this head without vectors, for an encoder (of `dimension`) that it was not fitted on."""
        size = len(self.labels)
        return replace(
            self, readable=(), dense=np.zeros((dimension, size), np.float32),
            near=np.empty((0, dimension), np.float32), near_label=self.near_label[:0],
        )

    def save(self, folder: Path) -> None:
        """Write `head.safetensors` and `head.json`; the registry adds the manifest."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        arrays = {
            "idf": self.grams.idf.astype(np.float32),
            "sparse": self.sparse.astype(np.float16),
            "dense": self.dense.astype(np.float32),
            "intercept": self.intercept.astype(np.float32),
            "near": self.near.astype(np.float16),
            "near_label": self.near_label.astype(np.int32),
        }
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, str(folder / WEIGHTS))
        card = {
            "labels": self.labels, "base": self.base, "readable": self.readable,
            "near_weight": self.near_weight, "temperature": self.temperature,
            "threshold": self.threshold, "gram_weight": self.grams.weight,
            "judge": {k: v.tolist() for k, v in asdict(self.judge).items()},
            "notes": self.notes, "grams": list(self.grams.column),
        }
        (folder / CARD).write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentHead:
        """Read a saved head; raises Damaged where a file is missing or does not fit the others."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            a = load_file(str(folder / WEIGHTS))
            return cls(
                labels=tuple(card["labels"]), base=card["base"],
                grams=Grams({g: i for i, g in enumerate(card["grams"])}, a["idf"], card["gram_weight"]),
                sparse=a["sparse"].astype(np.float32), dense=a["dense"], intercept=a["intercept"],
                readable=tuple(card["readable"]), near=a["near"].astype(np.float32),
                near_label=a["near_label"], near_weight=card["near_weight"],
                temperature=card["temperature"], threshold=card["threshold"],
                judge=Judge(**{k: np.array(v) for k, v in card["judge"].items()}),
                notes=card["notes"],
            )._checked(folder)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise Damaged(
                f"The intent head in {folder} can't be read ({error}). Run `finetune intent` to make "
                "a new one, or `finetune rollback`."
            ) from error

    def _checked(self, folder: Path) -> IntentHead:
        wanted = (len(self.grams.column), len(self.labels))
        if self.sparse.shape != wanted or self.dense.shape[1] != wanted[1]:
            raise Damaged(f"The intent head in {folder} has weights {self.sparse.shape}, expected {wanted}.")
        return self


def neighbour_votes(
    vector: np.ndarray, near: np.ndarray, labels: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (votes (count,) that sum to 1, cosines of the nearest rows, best first)."""
    votes = np.zeros(count, np.float32)
    if not len(near):
        return votes, np.zeros(1, np.float32)
    cosines = np.concatenate([near[i : i + BLOCK] @ vector for i in range(0, len(near), BLOCK)])
    k = min(NEIGHBOURS, len(cosines))
    best = np.argpartition(-cosines, k - 1)[:k]
    best = best[np.argsort(-cosines[best])]
    weight = np.exp(SHARPNESS * (cosines[best] - 1))
    np.add.at(votes, labels[best], weight / weight.sum())
    return votes, cosines[best]


def combine(
    scores: np.ndarray, votes: np.ndarray, similar: np.ndarray, known: float, length: int,
    readable: bool, labels: Iterable[str], near_weight: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (scores with the neighbours' votes, signals in the order of SIGNALS)."""
    total = scores + near_weight * votes
    outside = np.array([label == OOS for label in labels])
    inside = np.where(outside, -np.inf, total)
    best = int(inside.argmax())
    second = np.partition(inside, -2)[-2] if (~outside).sum() > 1 else inside[best] - 1.0
    over_oos = inside[best] - total[outside][0] if outside.any() else 0.0
    signals = np.array([
        inside[best], inside[best] - second, over_oos, similar[0], similar[:5].mean(),
        votes[best], known, math.log1p(length), float(readable),
    ])
    return total, signals
