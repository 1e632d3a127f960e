"""The two forms that a vector index takes, and which one fits. The only file that knows faiss.

`Exact` compares a question with every vector; `Cells` (an inverted file of 8-bit codes) only with those
near it, and takes a fifth of the memory. Both add and remove one vector without touching the others.
Snapshots, locks and measuring are left to `index`.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from assistant.errors import MissingPart

EXACT, CELLS = "exact", "cells"
# A scan took 1 ms for 30,000 vectors of 384 dimensions on one core, so 3 to 4 ms here; cells take 1 to 2.
EXACT_UP_TO = 100_000
EXACT_UP_TO_ON_GPU = 2_000_000  # 3 GB of 384 dimensions
GROWTH = 4  # cells serve until the index holds this many times what they were trained for
DEAD = 256  # removed vectors that `Exact` carries along before it closes the gaps
MARGIN = 16  # candidates beyond k that the half-precision scan hands on to be compared in full
PER_CELL = 40  # vectors a cell that training looks at; faiss advises 39 at least
ROUNDS = 6  # of k-means; more did not raise the recall
SEED = 7


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


def fitting(count: int, use_gpu: bool) -> str:
    """Return the form for so many vectors: exact while a scan is quick on that device, else cells."""
    return EXACT if count <= (EXACT_UP_TO_ON_GPU if use_gpu else EXACT_UP_TO) else CELLS


def still_fits(form: str, count: int, trained_for: int, use_gpu: bool) -> bool:
    """Return whether an index that changed may stay as it is; sizes near the limit don't flap."""
    limit = EXACT_UP_TO_ON_GPU if use_gpu else EXACT_UP_TO
    if form == EXACT:
        return count <= 2 * limit
    return limit // 2 <= count <= GROWTH * trained_for


def cells_for(count: int) -> int:
    """Return the number of cells for so many vectors: the power of two nearest to four times the root."""
    return 1 << max(round(math.log2(4 * max(count, 1) ** 0.5)), 0)


class Exact:
    """Every vector in full, beside a half-precision copy that is scanned four times as fast.

    What the scan finds is compared in full, so scores are those of float32. A removed vector is
    marked, passed over, and swept out together with others.
    """

    name = EXACT
    trained_for = 0

    def __init__(self, faiss, dimension: int):
        self._faiss = faiss
        self.dimension = dimension
        self._fill(np.empty(0, np.int64), np.empty((0, dimension), np.float32))

    def _fill(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        self._flat = self._faiss.IndexFlatIP(self.dimension)
        quantiser = self._faiss.ScalarQuantizer.QT_fp16
        self._half = self._faiss.IndexScalarQuantizer(
            self.dimension, quantiser, self._faiss.METRIC_INNER_PRODUCT
        )
        self._ids, self._places, self._dead = np.empty(0, np.int64), {}, 0
        self.add(ids, vectors)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Append vectors (n, dimension) under ids (n,); those that are there are replaced."""
        self.remove(ids)
        start = self._flat.ntotal
        if start + len(ids) > len(self._ids):
            more = max(len(ids), len(self._ids) // 2)
            self._ids = np.append(self._ids[:start], np.full(more, -1, np.int64))
        self._flat.add(vectors)
        self._half.add(vectors)
        self._ids[start : start + len(ids)] = ids
        self._places.update(zip(ids.tolist(), range(start, start + len(ids)), strict=True))
        if len(self._places) + self._dead < self._flat.ntotal:  # an id came twice in one call: the last holds
            kept = np.fromiter(self._places.values(), np.int64, len(self._places))
            lost = np.setdiff1d(np.flatnonzero(self._ids[: self._flat.ntotal] >= 0), kept)
            self._ids[lost] = -1
            self._dead += len(lost)

    def remove(self, ids: np.ndarray) -> int:
        """Mark those of the ids that are here as removed; returns how many."""
        places = [p for p in (self._places.pop(int(i), None) for i in ids) if p is not None]
        self._ids[places] = -1
        self._dead += len(places)
        if self._dead > DEAD:
            self.sweep()
        return len(places)

    def sweep(self) -> None:
        """Close the gaps of removed vectors."""
        if self._dead:
            alive = self.ids() >= 0
            self._fill(self.ids()[alive], self._rows()[alive])

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and inner products, both (n, k), best first; id -1 where there is no hit."""
        wide = min(k + self._dead + MARGIN, self._flat.ntotal)
        _, places = self._half.search(vectors, wide)
        rows = self._rows()
        scores = np.stack([rows[p] @ v for p, v in zip(places, vectors, strict=True)])
        found = self._ids[places]
        scores[(found < 0) | (places < 0)] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return _padded(np.take_along_axis(found, order, 1), np.take_along_axis(scores, order, 1), k)

    def known(self, ids: np.ndarray) -> np.ndarray:
        """Return which of the ids (n,) are here, as booleans (n,)."""
        return np.fromiter((int(i) in self._places for i in ids), bool, len(ids))

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors (n, dimension) of ids that are here."""
        return self._rows()[[self._places[int(i)] for i in ids]]

    def ids(self) -> np.ndarray:
        return self._ids[: self._flat.ntotal]

    def on_gpu(self, faiss, resources):
        """Return (a copy on the first GPU, the table from its places to ids)."""
        self.sweep()
        return faiss.index_cpu_to_gpu(resources, 0, self._flat), np.append(self.ids(), -1)

    def write(self, path: Path) -> None:
        self.sweep()
        whole = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(self.dimension))
        whole.add_with_ids(self._rows(), np.ascontiguousarray(self.ids()))
        self._faiss.write_index(whole, str(path))

    @classmethod
    def read(cls, faiss, path: Path, dimension: int) -> Exact:
        # Already of its own class; a downcast would be a view into an object that is freed at once.
        whole = faiss.read_index(str(path))
        flat = faiss.downcast_index(whole.index)
        made = cls(faiss, dimension)
        made._fill(faiss.vector_to_array(whole.id_map), _rows_of(faiss, flat, dimension).copy())
        return made

    def _rows(self) -> np.ndarray:
        return _rows_of(self._faiss, self._flat, self.dimension)


class Cells:
    """An inverted file: vectors as 8-bit codes in the cell of their nearest centre (k-means).

    A search opens the cells nearest to the question, `probes` of them. Jégou, Douze, Schmid (2011),
    "Product quantization for nearest neighbor search", with scalar codes in place of product codes.
    """

    name = CELLS

    def __init__(self, faiss, dimension: int, index=None):
        self._faiss = faiss
        self.dimension = dimension
        self._index = index
        self._largest = int(self.ids().max(initial=-1)) if index is not None else -1

    @classmethod
    def trained(cls, faiss, sample: np.ndarray, count: int) -> Cells:
        """Return an empty index whose cells suit `count` vectors like those of the sample (m, d)."""
        made, dimension = cls(faiss, sample.shape[1]), sample.shape[1]
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension), dimension, min(cells_for(count), max(len(sample) // 39, 1)),
            faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False,
        )
        index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = SEED, ROUNDS, PER_CELL
        index.train(np.ascontiguousarray(sample, np.float32))
        index.set_direct_map_type(faiss.DirectMap.Hashtable)
        index.parallel_mode = 1  # one question's cells are shared out among the cores
        made._index = index
        return made

    @property
    def cells(self) -> int:
        return self._index.nlist

    @property
    def probes(self) -> int:
        return self._index.nprobe

    @probes.setter
    def probes(self, number: int) -> None:
        self._index.nprobe = number

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors (n, dimension) under ids (n,); those that are there are replaced."""
        last = np.unique(ids[::-1], return_index=True)[1]
        places = np.sort(len(ids) - 1 - last)
        ids, vectors = np.ascontiguousarray(ids[places]), np.ascontiguousarray(vectors[places])
        self.remove(ids[ids <= self._largest])
        self._index.add_with_ids(vectors, ids)
        self._largest = max(self._largest, int(ids.max()))

    def remove(self, ids: np.ndarray) -> int:
        """Remove those of the ids that are here; returns how many."""
        here = np.unique(ids[self.known(ids)])
        if not len(here):
            return 0
        return int(self._index.remove_ids(self._faiss.IDSelectorArray(len(here), self._faiss.swig_ptr(here))))

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and inner products with the codes, both (n, k), best first; id -1 without a hit."""
        scores, ids = self._index.search(vectors, k)
        scores[ids < 0] = -np.inf
        return ids, scores

    def known(self, ids: np.ndarray) -> np.ndarray:
        """Return which of the ids (n,) are here, as booleans (n,)."""
        return np.fromiter((self._has(int(i)) for i in ids), bool, len(ids))

    def _has(self, id: int) -> bool:
        if id > self._largest:
            return False
        try:
            self._index.direct_map.get(id)
        except RuntimeError:
            return False
        return True

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return what the codes keep of the vectors (n, dimension) of ids that are here."""
        return self._index.reconstruct_batch(ids)

    def ids(self) -> np.ndarray:
        lists = self._index.invlists
        parts = [
            self._faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy()
            for cell in range(self.cells) if lists.list_size(cell)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def on_gpu(self, faiss, resources):
        """Return (a copy on the first GPU, None: it knows ids itself)."""
        return faiss.index_cpu_to_gpu(resources, 0, self._index), None

    def write(self, path: Path) -> None:
        self._faiss.write_index(self._index, str(path))

    @classmethod
    def read(cls, faiss, path: Path, dimension: int) -> Cells:
        index = faiss.read_index(str(path))
        index.parallel_mode = 1
        return cls(faiss, dimension, index)

    @property
    def trained_for(self) -> int:
        """Return the largest number of vectors that `cells_for` gives so many cells: (cells √2 / 4)²."""
        return self.cells**2 // 8


FORMS: dict[str, type[Exact] | type[Cells]] = {EXACT: Exact, CELLS: Cells}


def probe_steps(cells: int) -> list[int]:
    """Return the numbers of probes worth trying, smallest first: up to an eighth of the cells."""
    most = max(cells // 8, 1)
    steps = {step for n in range(3, 32) for step in (1 << n, 3 << n - 1)}
    return sorted({most, *(s for s in steps if s < most)})


def _rows_of(faiss, flat, dimension: int) -> np.ndarray:
    """Return a view of a flat index's vectors (n, dimension); valid until the next change."""
    if not flat.ntotal:
        return np.empty((0, dimension), np.float32)
    return faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * dimension).reshape(flat.ntotal, dimension)


def _padded(ids: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both as (n, k), places without a hit holding id -1 and score -inf."""
    short = ((0, 0), (0, k - ids.shape[1]))
    return np.pad(ids, short, constant_values=-1), np.pad(scores, short, constant_values=-np.inf)
