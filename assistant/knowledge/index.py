"""The vector index: unit vectors with ids, in the form that fits their number, and its snapshots.

A snapshot is a folder with `index.faiss` and a manifest that is written last. faiss' reader trusts
its input, so size and hash are checked before it is called. What the forms are is known to `forms`.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from bisect import bisect_left
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.errors import Damaged, KefuError
from assistant.knowledge.forms import (
    EXACT,
    FORMS,
    Cells,
    Exact,
    fitting,
    gpu_count,
    load_faiss,
    probe_steps,
    still_fits,
)
from assistant.knowledge.recall import found_share
from assistant.manifest import sha256_of

FILE, MANIFEST = "index.faiss", "manifest.json"
WANTED_RECALL = 0.99
RESCORED = 32  # of what an index of codes finds, so many are compared again in full by `live`


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds; `sha256` and `size` (bytes) are those of the index file.

    `recall` is the share of the ten nearest vectors that the form finds, measured against exact
    search when it was made; `probes` is how many cells a search opens, 0 for the exact form.
    """

    encoder: str
    revision: int
    count: int
    dimension: int
    sha256: str
    size: int
    form: str = EXACT
    recall: float = 1.0
    probes: int = 0


class VectorIndex:
    """Inner product with ids. Changes and searches of several threads are serialised.

    Starts exact; `trained` makes one of cells. With a GPU the vectors are searched there on a copy
    that is renewed after a change.
    """

    def __init__(self, dimension: int, *, use_gpu: bool | None = None):
        self._faiss = load_faiss()
        self.dimension = dimension
        self._form: Exact | Cells = Exact(self._faiss, dimension)
        self._lock = threading.RLock()
        self._use_gpu = gpu_count() > 0 if use_gpu is None else use_gpu
        self._gpu_copy = None
        self._resources = None
        self.recall = 1.0

    @classmethod
    def trained(cls, sample: np.ndarray, count: int, *, use_gpu: bool | None = None) -> VectorIndex:
        """Return an empty index of cells for `count` vectors like those of the sample (m, dimension)."""
        made = cls(sample.shape[1], use_gpu=use_gpu)
        made._form = Cells.trained(made._faiss, sample, count)
        return made

    def __len__(self) -> int:
        return len(self._form)

    @property
    def device(self) -> str:
        return "gpu" if self._use_gpu else "cpu"

    @property
    def form(self) -> str:
        return self._form.name

    @property
    def exact(self) -> bool:
        return self.form == EXACT

    def wants(self, count: int) -> str:
        """Return the form that suits `count` vectors on this index's device."""
        return fitting(count, self._use_gpu)

    @property
    def fits(self) -> bool:
        """Whether its form still suits what it holds."""
        return still_fits(self.form, len(self), self._form.trained_for, self._use_gpu)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors (n, dimension) under ids (n,); an id that is there is replaced."""
        if len(ids) == 0:
            return
        vectors = np.ascontiguousarray(vectors, np.float32)
        if vectors.shape != (len(ids), self.dimension):
            raise ValueError(f"expected vectors of shape ({len(ids)}, {self.dimension}), found {vectors.shape}")
        with self._lock:
            self._form.add(np.ascontiguousarray(ids, np.int64), vectors)
            self._gpu_copy = None

    def remove(self, ids: np.ndarray) -> int:
        """Remove ids; returns how many were there."""
        if len(ids) == 0:
            return 0
        with self._lock:
            self._gpu_copy = None
            return self._form.remove(np.ascontiguousarray(ids, np.int64))

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and scores, both (n, k), best first; places without a hit hold id -1."""
        vectors = np.ascontiguousarray(np.atleast_2d(vectors), np.float32)
        with self._lock:
            if len(self) == 0:
                shape = (len(vectors), k)
                return np.full(shape, -1, np.int64), np.full(shape, -np.inf, np.float32)
            if self._use_gpu:
                return self._search_gpu(vectors, k)
            return self._form.search(vectors, k)

    def _search_gpu(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        if self._gpu_copy is None:
            self._resources = self._resources or self._faiss.StandardGpuResources()
            self._gpu_copy = self._form.on_gpu(self._faiss, self._resources)
        copy, table = self._gpu_copy
        scores, found = copy.search(vectors, k)
        return (found if table is None else table[found]), scores

    def cosines(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return the inner products (n,) of one vector (d,) with those of `ids` (n,); NaN for unknown ids.

        An index of cells knows its vectors to 8 bits, which moves a cosine by some thousandths.
        """
        ids = np.ascontiguousarray(ids, np.int64)
        out = np.full(len(ids), np.nan, np.float32)
        with self._lock:
            here = self._form.known(ids)
            if here.any():
                out[here] = self._form.vectors(ids[here]) @ vector
        return out

    def ids(self) -> np.ndarray:
        """Return all ids (n,); those of the exact form in the order they were added."""
        with self._lock:
            found = self._form.ids()
            return found[found >= 0]

    def tune(self, questions: np.ndarray, nearest: np.ndarray) -> float:
        """Open as few cells as find 0.99 of the nearest ids (n, 10) of questions (n, d); returns the recall.

        Counted is what is among the first 32, since these are compared again in full. An eighth of
        the cells is the most that are opened.
        """
        if self.exact:
            return self.recall
        with self._lock:
            steps = probe_steps(self._form.cells)
            place = bisect_left(steps, WANTED_RECALL, key=lambda n: self._recall_with(n, questions, nearest))
            self.recall = self._recall_with(steps[min(place, len(steps) - 1)], questions, nearest)
            self._gpu_copy = None
        return self.recall

    def _recall_with(self, probes: int, questions: np.ndarray, nearest: np.ndarray) -> float:
        self._form.probes = probes
        return found_share(self._form.search(questions, RESCORED)[0], nearest)

    def save(self, folder: Path, encoder: str, revision: int) -> Manifest:
        """Write a snapshot; the folder is replaced as a whole, so that no half of one is ever seen."""
        fresh = folder.with_name(f"{folder.name}.new-{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            with self._lock:
                self._write(fresh / FILE)
                count = len(self)
            manifest = Manifest(
                encoder, revision, count, self.dimension,
                sha256_of(fresh / FILE), (fresh / FILE).stat().st_size,
                self.form, round(self.recall, 4), 0 if self.exact else self._form.probes,
            )
            (fresh / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                folder.unlink()
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return manifest

    def _write(self, path: Path) -> None:
        try:
            self._form.write(path)
        except RuntimeError as error:
            raise KefuError(
                f"The index can't be written to {path} ({str(error).splitlines()[-1][:120]}). The store is"
                " whole; check that the disk has space, then run: ingest rebuild"
            ) from error

    @classmethod
    def load(cls, folder: Path, encoder: str, *, use_gpu: bool | None = None) -> tuple[VectorIndex, Manifest]:
        """Read a snapshot; raises Damaged where it is incomplete, changed or of another encoder."""
        manifest = read_manifest(folder)
        if manifest.encoder != encoder:
            raise Damaged(f"The index in {folder} belongs to the encoder {manifest.encoder}, not {encoder}.")
        path = folder / FILE
        if not path.exists() or path.stat().st_size != manifest.size or sha256_of(path) != manifest.sha256:
            raise Damaged(f"The index file {path} does not match its manifest.")
        made = cls(manifest.dimension, use_gpu=use_gpu)
        try:
            made._form = FORMS[manifest.form].read(made._faiss, path, manifest.dimension)
        except (AttributeError, RuntimeError, ValueError) as error:
            raise Damaged(f"The index file {path} is not of the form {manifest.form!r}: {error}.") from error
        made.recall = manifest.recall
        if len(made) != manifest.count:
            raise Damaged(f"The index file {path} holds {len(made)} vectors, its manifest says {manifest.count}.")
        return made, manifest


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a snapshot; raises Damaged where it is missing or not readable."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        if not all(type(n) is int for n in (manifest.revision, manifest.count, manifest.dimension)):
            raise ValueError("revision, count and dimension must be numbers")
        if manifest.form not in FORMS:
            raise ValueError(f"form must be {' or '.join(FORMS)}, found {manifest.form!r}")
        return manifest
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Damaged(f"There is no whole index in {folder}.") from error
    except (ValueError, TypeError) as error:
        raise Damaged(f"The manifest of the index in {folder} can't be read: {error}.") from error
