"""An index that follows the store: loaded from its snapshot, brought up to date before each search."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.errors import Damaged
from assistant.knowledge.forms import CELLS, PER_CELL, cells_for
from assistant.knowledge.index import RESCORED, Manifest, VectorIndex
from assistant.knowledge.recall import Neighbours, questions_from
from assistant.store import Store

log = logging.getLogger(__name__)
BATCH = 8192  # vectors read from the store at once: 12 MB of 384 dimensions


class LiveIndex:
    """Vectors of one encoder, at one revision of the store; `refresh` applies what changed since."""

    def __init__(self, store: Store, encoder: str, dimension: int, folder: Path):
        self._store = store
        self.encoder = encoder
        self._dimension = dimension
        self._folder = folder
        self._lock = threading.Lock()
        self._index = VectorIndex(dimension)
        self.revision = 0

    def open(self) -> str:
        """Load the snapshot where it is whole, else start empty; returns a sentence on what was done."""
        try:
            index, manifest = VectorIndex.load(self._folder, self.encoder)
            known = self._store.knowledge.revision()
            if manifest.revision > known:  # the store was set back to a copy: its ids mean other texts
                raise Damaged(
                    f"The index in {self._folder} is of revision {manifest.revision}, the store of {known}."
                )
            self._index, self.revision = index, manifest.revision
            whole, said = True, f"Index loaded: {manifest.count} vectors at revision {manifest.revision}."
        except Damaged as error:
            whole = False
            said = f"{error} It is built again from the stored vectors."
            if self._folder.exists():
                aside = self._folder.with_name(self._folder.name + ".damaged")
                shutil.rmtree(aside, ignore_errors=True)
                with contextlib.suppress(FileNotFoundError):  # another process may have done so just now
                    self._folder.rename(aside)
                said += f" The old folder was set aside as {aside.name}."
                log.warning(said)
        if whole:
            self.refresh()
        if not whole or not self._index.fits:
            with self._lock:
                self._make()
        return said

    def __len__(self) -> int:
        return len(self._index)

    @property
    def form(self) -> str:
        return self._index.form

    @property
    def recall(self) -> float:
        """The share of the ten nearest vectors that a search finds, as measured when the index was made."""
        return self._index.recall

    @property
    def device(self) -> str:
        return self._index.device

    def refresh(self) -> bool:
        """Apply what changed in the store since; returns whether anything did."""
        with self._lock:
            if self._store.knowledge.revision() == self.revision:
                return False
            revision, ids, gone = self._store.knowledge.changed(self.encoder, self.revision)
            if self.revision < self._store.knowledge.forgotten():
                gone = np.setdiff1d(self._index.ids(), self._store.knowledge.changed(self.encoder, -1)[1])
            self._index.remove(gone)
            for some, vectors in self._batches(ids):
                self._index.add(some, vectors)
            self.revision = revision
        return True

    def _batches(self, ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (ids (n,), vectors (n, d)) of those passages, a few thousand at a time."""
        for start in range(0, len(ids), BATCH):
            some, vectors = self._store.knowledge.vectors(self.encoder, ids[start : start + BATCH])
            if len(some):
                yield some, vectors

    def _make(self) -> None:
        """Make the index anew from the stored vectors, in the form that suits their number.

        Of cells, the recall against exact search is measured on the way, over the same batches.
        """
        revision, ids, _ = self._store.knowledge.changed(self.encoder, -1)
        index = VectorIndex(self._dimension)
        neighbours = None
        if index.wants(len(ids)) == CELLS:
            sample = self._sample(ids, cells_for(len(ids)) * PER_CELL)
            index = VectorIndex.trained(sample, len(ids))
            neighbours = Neighbours(questions_from(sample))
        for some, vectors in self._batches(ids):
            index.add(some, vectors)
            if neighbours:
                neighbours.show(some, vectors)
        if neighbours:
            index.tune(neighbours.questions, neighbours.ids)
        self._index, self.revision = index, revision

    def _sample(self, ids: np.ndarray, wanted: int) -> np.ndarray:
        """Return up to `wanted` vectors (n, d), taken evenly over all passages."""
        step = -(-len(ids) // wanted)
        return np.concatenate([vectors for _, vectors in self._batches(ids[::step])])

    def search(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """Return (passage id, cosine) of the best k, best first."""
        with self._lock:  # else a search of another thread could see a change half applied
            ids, scores = self._index.search(vector, k)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return found if self._index.exact else self._rescored(vector, found)

    def _rescored(self, vector: np.ndarray, found: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """Return the hits with the first 32 compared again with the vectors in the store."""
        best = {id for id, _ in found[:RESCORED]}
        ids, vectors = self._store.knowledge.vectors(self.encoder, sorted(best))
        exact = list(zip(ids.tolist(), (vectors @ vector).tolist(), strict=True)) if len(ids) else []
        left = [hit for hit in found[:RESCORED] if hit[0] not in set(ids.tolist())]
        return sorted([*exact, *left], key=lambda hit: -hit[1]) + found[RESCORED:]

    def cosines(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return the cosines (n,) of a question with the passages `ids` (n,); NaN where one has no vector."""
        with self._lock:
            return self._index.cosines(vector, ids)

    def snapshot(self) -> Manifest:
        """Write the present state as the new snapshot; made anew first where its form no longer fits."""
        with self._lock:
            if not self._index.fits:
                self._make()
            return self._index.save(self._folder, self.encoder, self.revision)

    def rebuild(self) -> Manifest:
        """Make the index anew from the stored vectors, encoding nothing, and write it."""
        with self._lock:
            self._make()
            return self._index.save(self._folder, self.encoder, self.revision)

    def verify(self) -> dict[str, list[int]]:
        """Compare with the store; returns ids that are missing here and ids that shouldn't be here."""
        _, wanted, _ = self._store.knowledge.changed(self.encoder, -1)
        here, there = set(self._index.ids().tolist()), set(wanted.tolist())
        return {"missing": sorted(there - here), "surplus": sorted(here - there)}
