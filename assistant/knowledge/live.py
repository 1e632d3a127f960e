"""An index that follows the store: loaded from its snapshot, brought up to date before each search."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from pathlib import Path

import numpy as np

from assistant.errors import Damaged
from assistant.knowledge.index import Manifest, VectorIndex
from assistant.store import Store

log = logging.getLogger(__name__)


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
            said = f"Index loaded: {manifest.count} vectors at revision {manifest.revision}."
        except Damaged as error:
            said = f"{error} It is built again from the stored vectors."
            if self._folder.exists():
                aside = self._folder.with_name(self._folder.name + ".damaged")
                shutil.rmtree(aside, ignore_errors=True)
                with contextlib.suppress(FileNotFoundError):  # another process may have done so just now
                    self._folder.rename(aside)
                said += f" The old folder was set aside as {aside.name}."
                log.warning(said)
        self.refresh()
        return said

    def __len__(self) -> int:
        return len(self._index)

    @property
    def device(self) -> str:
        return self._index.device

    def refresh(self) -> bool:
        """Apply the store's changes; returns whether there were any. No search sees half of them."""
        if self._store.knowledge.revision() == self.revision:
            return False
        with self._lock:
            revision, ids, vectors, gone = self._store.knowledge.changes(self.encoder, self.revision)
            self._index.remove(gone)
            if len(ids):
                self._index.add(ids, vectors)
            self.revision = revision
        return True

    def search(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """Return (passage id, cosine) of the best k, best first."""
        ids, scores = self._index.search(vector, k)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def cosines(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return the cosines (n,) of a question with the passages `ids` (n,); NaN where one has no vector."""
        return self._index.cosines(vector, ids)

    def snapshot(self) -> Manifest:
        """Write the present state as the new snapshot."""
        with self._lock:
            return self._index.save(self._folder, self.encoder, self.revision)

    def rebuild(self) -> Manifest:
        """Make the index anew from the stored vectors, encoding nothing, and write it."""
        with self._lock:
            self._index, self.revision = VectorIndex(self._dimension), -1
        self.refresh()
        return self.snapshot()

    def verify(self) -> dict[str, list[int]]:
        """Compare with the store; returns ids that are missing here and ids that shouldn't be here."""
        _, wanted, _, _ = self._store.knowledge.changes(self.encoder, -1)
        here, there = set(self._index.ids().tolist()), set(wanted.tolist())
        return {"missing": sorted(there - here), "surplus": sorted(here - there)}
