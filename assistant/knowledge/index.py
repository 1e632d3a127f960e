"""The vector index: exact inner product over unit vectors with ids. The only file that knows faiss.

A snapshot is a folder with `index.faiss` and a manifest that is written last. faiss' reader trusts
its input, so size and hash are checked before it is called.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.errors import Damaged, KefuError, MissingPart
from assistant.manifest import sha256_of

FILE, MANIFEST = "index.faiss", "manifest.json"


def load_faiss():
    """Return the faiss module; raises MissingPart with the line that installs it."""
    try:
        import faiss
    except ImportError as error:
        raise MissingPart(
            "FAISS is not installed. Run: pip install 'kefu[cpu]' (or 'kefu[gpu]' beside an NVIDIA GPU)."
        ) from error
    return faiss


def gpu_count() -> int:
    """Return how many GPUs this FAISS can use; 0 for faiss-cpu."""
    faiss = load_faiss()
    return faiss.get_num_gpus() if hasattr(faiss, "StandardGpuResources") else 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds; `sha256` and `size` (bytes) are those of the index file."""

    encoder: str
    revision: int
    count: int
    dimension: int
    sha256: str
    size: int


class VectorIndex:
    """Flat inner product with ids. Changes and searches of several threads are serialised.

    With a GPU the vectors are searched there on a copy that is renewed after a change; ids and
    removals stay on the CPU side, since a flat index on a GPU knows neither.
    """

    def __init__(self, dimension: int, *, use_gpu: bool | None = None):
        self._faiss = load_faiss()
        self.dimension = dimension
        self._index = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(dimension))
        self._lock = threading.RLock()
        self._use_gpu = gpu_count() > 0 if use_gpu is None else use_gpu
        self._gpu_copy = None
        self._resources = None
        self._sorted_ids: np.ndarray | None = None

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def device(self) -> str:
        return "gpu" if self._use_gpu else "cpu"

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors (n, dimension) under ids (n,); an id that is there is replaced."""
        if len(ids) == 0:
            return
        vectors = np.ascontiguousarray(vectors, np.float32)
        if vectors.shape != (len(ids), self.dimension):
            raise ValueError(f"expected vectors of shape ({len(ids)}, {self.dimension}), found {vectors.shape}")
        ids = np.ascontiguousarray(ids, np.int64)
        with self._lock:
            self._index.remove_ids(ids)
            self._index.add_with_ids(vectors, ids)
            self._gpu_copy = self._sorted_ids = None

    def remove(self, ids: np.ndarray) -> int:
        """Remove ids; returns how many were there."""
        if len(ids) == 0:
            return 0
        with self._lock:
            self._gpu_copy = self._sorted_ids = None
            return int(self._index.remove_ids(np.ascontiguousarray(ids, np.int64)))

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and scores, both (n, k), best first; places without a hit hold id -1."""
        vectors = np.ascontiguousarray(np.atleast_2d(vectors), np.float32)
        with self._lock:
            if len(self) == 0:
                shape = (len(vectors), k)
                return np.full(shape, -1, np.int64), np.full(shape, -np.inf, np.float32)
            if self._use_gpu:
                return self._search_gpu(vectors, k)
            scores, ids = self._index.search(vectors, k)
        return ids, scores

    def _search_gpu(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        if self._gpu_copy is None:
            self._resources = self._resources or self._faiss.StandardGpuResources()
            flat = self._faiss.downcast_index(self._index.index)
            self._gpu_copy = self._faiss.index_cpu_to_gpu(self._resources, 0, flat)
        scores, places = self._gpu_copy.search(vectors, k)
        table = np.append(self._faiss.vector_to_array(self._index.id_map), -1)
        return table[places], scores

    def cosines(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return the inner products (n,) of one vector (d,) with those of `ids` (n,); NaN for unknown ids."""
        ids = np.ascontiguousarray(ids, np.int64)
        out = np.full(len(ids), np.nan, np.float32)
        with self._lock:
            if self._sorted_ids is None:
                self._sorted_ids = np.sort(self.ids())
            known = self._sorted_ids
            places = np.searchsorted(known, ids)
            here = (places < len(known)) & (known[np.minimum(places, len(known) - 1)] == ids) if len(known) else []
            if np.any(here):
                out[here] = self._index.reconstruct_batch(ids[here]) @ vector
        return out

    def ids(self) -> np.ndarray:
        """Return all ids (n,), in the order they were added."""
        with self._lock:
            return self._faiss.vector_to_array(self._index.id_map).copy()

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
            self._faiss.write_index(self._index, str(path))
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
        # Already of its own class; a downcast would be a view into an object that is freed at once.
        made._index = made._faiss.read_index(str(path))
        if len(made) != manifest.count:
            raise Damaged(f"The index file {path} holds {len(made)} vectors, its manifest says {manifest.count}.")
        return made, manifest


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a snapshot; raises Damaged where it is missing or not readable."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        if not all(type(n) is int for n in (manifest.revision, manifest.count, manifest.dimension)):
            raise ValueError("revision, count and dimension must be numbers")
        return manifest
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Damaged(f"There is no whole index in {folder}.") from error
    except (ValueError, TypeError) as error:
        raise Damaged(f"The manifest of the index in {folder} can't be read: {error}.") from error
