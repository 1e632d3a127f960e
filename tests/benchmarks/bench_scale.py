"""A million vectors of 384 dimensions: recall@10 against exact search, p50, resident memory, one change.

    python bench_scale.py [--count 1000000]

The peer is FAISS' IndexFlatIP, which LangChain's FAISS store keeps: all vectors in full, all compared.
Vectors lie as those of sentences do (tests/knowledge/vectors.py). Each side is loaded in a process of its
own, so that memory is what serving takes; questions are new vectors, none that the index was tuned with.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import faiss
import numpy as np

from assistant.knowledge.forms import EXACT, PER_CELL, cells_for, fitting
from assistant.knowledge.index import VectorIndex
from assistant.knowledge.recall import Neighbours, found_share, questions_from
from tests.benchmarks.made import p50, resident_mb, seconds, table
from tests.knowledge.vectors import sentences

DIMENSION, BATCH, QUESTIONS = 384, 50_000, 300


def batches(count: int):
    """Yield (ids, vectors) of the made-up passages, in the same order every time."""
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        yield np.arange(start, start + size) + 1, sentences(size, DIMENSION, seed=start + 1)


def build(folder: Path, count: int) -> dict:
    """Write both indexes, the questions and their exact neighbours; returns seconds and what was tuned."""
    questions, took = sentences(QUESTIONS, DIMENSION, seed=0), {}
    truth, flat = Neighbours(questions), faiss.IndexFlatIP(DIMENSION)
    for ids, vectors in batches(count):
        truth.show(ids, vectors)
        flat.add(vectors)
    faiss.write_index(flat, str(folder / "flat.faiss"))
    np.savez(folder / "questions.npz", questions=questions, nearest=truth.ids)
    del flat
    step = max(count // (cells_for(count) * PER_CELL), 1)
    sample = np.concatenate([vectors[::step] for _, vectors in batches(count)])
    began = time.perf_counter()
    exact = fitting(count, False) == EXACT
    made = VectorIndex(DIMENSION, use_gpu=False) if exact else VectorIndex.trained(sample, count, use_gpu=False)
    took["train"] = time.perf_counter() - began
    own = Neighbours(questions_from(sample))
    took["add"] = 0.0
    for ids, vectors in batches(count):
        took["add"] += seconds(lambda ids=ids, vectors=vectors: made.add(ids, vectors))
        own.show(ids, vectors)
    took["tune"] = seconds(lambda: made.tune(own.questions, own.ids))
    manifest = made.save(folder / "index", "bench", 1)
    return {"took": took, "form": manifest.form, "recall": manifest.recall, "probes": manifest.probes}


def serve(folder: Path, side: str) -> dict:
    """Load one side and measure it; to be called in a fresh process."""
    held = np.load(folder / "questions.npz")
    before = resident_mb()
    if side == "flat":
        index = faiss.read_index(str(folder / "flat.faiss"))
        def search(v, k):
            return index.search(np.atleast_2d(v), k)[1] + 1
    else:
        index, _ = VectorIndex.load(folder / "index", "bench", use_gpu=False)
        def search(v, k):
            return index.search(v, k)[0]
    found = np.concatenate([search(v, 32) for v in held["questions"]])
    out = {"recall": found_share(found[:, :10], held["nearest"]), "recall32": found_share(found, held["nearest"])}
    out |= {"p50": p50(lambda v: search(v, 10), held["questions"]), "p50_200": p50(lambda v: search(v, 200), held["questions"])}
    out |= {"resident": resident_mb(), "index": resident_mb() - before}
    if side != "flat":
        fresh = sentences(40, DIMENSION, seed=9)
        out["remove"] = p50(lambda i: index.remove(np.array([i])), range(1, 41))
        out["add"] = p50(lambda i: index.add(np.array([10**7 + i]), fresh[i : i + 1]), range(40))
        out["found"] = sum(int(search(v, 1)[0, 0]) == 10**7 + i for i, v in enumerate(fresh))
    return out


def elsewhere(folder: str, side: str) -> dict:
    done = subprocess.run([sys.executable, __file__, "--serve", side, "--folder", folder], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--serve", choices=("index", "flat"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        print(json.dumps(serve(Path(wanted.folder), wanted.serve)))
        return
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        built = build(Path(folder), wanted.count)
        ours, flat = elsewhere(folder, "index"), elsewhere(folder, "flat")
    rows = [
        ("recall@10", ours["recall"], flat["recall"], ours["recall"] / flat["recall"]),
        ("of the ten nearest among the first 32 (compared in full by LiveIndex)", ours["recall32"], flat["recall32"], ours["recall32"] / flat["recall32"]),
        ("p50 of the best 10, ms", ours["p50"], flat["p50"], ours["p50"] / flat["p50"]),
        ("p50 of the best 200, ms", ours["p50_200"], flat["p50_200"], ours["p50_200"] / flat["p50_200"]),
        ("memory of the index, MB", ours["index"], flat["index"], ours["index"] / flat["index"]),
        ("resident memory of the process, MB", ours["resident"], flat["resident"], ours["resident"] / flat["resident"]),
    ]
    title = f"{wanted.count:,} vectors of {DIMENSION}: {built['form']}, {built['probes']} cells opened, recall in its manifest {built['recall']}"
    table(title, ("", "Kefu", "IndexFlatIP", "ratio"), rows)
    made = ", ".join(f"{name} {s:.0f} s" for name, s in built["took"].items())
    print(f"\nMade in: {made}. One vector removed in {ours['remove']:.2f} ms, added in {ours['add']:.2f} ms; {ours['found']} of 40 added were found.")


if __name__ == "__main__":
    main()
