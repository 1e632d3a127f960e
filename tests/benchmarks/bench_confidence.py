"""Prints how far the confidence can be trusted on test questions, and what the risk dial buys with them.

    python -m tests.benchmarks.bench_confidence [--home DIR] [--kb FILE --queries FILE] [--risk 0.05]

By default a home of the sample company is set up and asked as it serves; with --kb a throw-away home. The calibration error is the debiased one of Kumar, Liang and Ma, "Verified
Uncertainty Calibration" (2019), over 15 bins of equal count, with a bootstrap interval. The dial is set on
one half of the questions and judged on the other, in 500 random splits.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.knowledge.dial import set_dial
from assistant.settings import SAMPLE
from tests.benchmarks.bench_evaluate import run
from tests.benchmarks.made import table

BINS, RESAMPLED, SPLITS = 15, 1000, 500
Pairs = Sequence[tuple[float, bool]]


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Return the root of the mean squared distance of both over bins, less what chance adds to it."""
    total = 0.0
    for some in np.array_split(np.argsort(confidence, kind="stable"), bins):
        if len(some) > 1:
            share = right[some].mean()
            chance = share * (1 - share) / (len(some) - 1)
            total += len(some) / len(right) * ((confidence[some].mean() - share) ** 2 - chance)
    return float(np.sqrt(max(total, 0.0)))


def interval(confidence: np.ndarray, right: np.ndarray, seed: int = 7) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the calibration error."""
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(right), len(right)) for _ in range(RESAMPLED))
    low, high = np.quantile([calibration_error(confidence[d], right[d]) for d in drawn], [0.025, 0.975])
    return float(low), float(high)


def splits(pairs: Pairs, risk: float, seed: int = 7) -> tuple[float, float, float, float]:
    """Return (share of splits that kept the promise, mean wrong, coverage by the dial, by confidence 1 - risk)."""
    rng, kept, wrong, covered, plain = random.Random(seed), 0, [], [], []
    for _ in range(SPLITS):
        mixed = rng.sample(pairs, len(pairs))
        half = len(mixed) // 2
        dial, other = set_dial(mixed[:half], risk), mixed[half:]
        answered = [right for p, right in other if p >= dial.threshold]
        errors = sum(not right for right in answered)
        kept += errors <= risk * len(answered)
        wrong.append(errors / max(len(answered), 1))
        covered.append(len(answered) / len(other))
        plain.append(sum(p >= 1 - risk for p, _ in other) / len(other))
    return kept / SPLITS, float(np.mean(wrong)), float(np.mean(covered)), float(np.mean(plain))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a home of the sample that is set up already")
    parser.add_argument("--kb", type=Path)
    parser.add_argument("--queries", type=Path, default=SAMPLE / "test.jsonl")
    parser.add_argument("--risk", type=float, default=0.05)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, home = Path(folder) / "outcomes.jsonl", wanted.home or Path(folder) / "home"
        if not wanted.kb and not wanted.home:
            run("init", "--home", str(home))
        where = ("--kb", str(wanted.kb)) if wanted.kb else ("--home", str(home))
        run("evaluate", *where, "--queries", str(wanted.queries), "--outcomes", str(path))
        rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    rows = [r for r in rows if r["kind"] != "cross"]  # those ask a knowledge base of the other language alone
    groups = {"all": rows} | {g: [r for r in rows if r["language"] == g] for g in ("zh", "en")}
    errors, dials = [], []
    for name, some in groups.items():
        if not some:
            continue
        pairs = [(r["confidence"], r["right"]) for r in some]
        confidence, right = (np.array(column) for column in zip(*pairs, strict=True))
        low, high = interval(confidence, right)
        errors.append((name, len(some), round(calibration_error(confidence, right), 3), f"{low:.3f} to {high:.3f}"))
        dials.append((name, *(round(v, 3) for v in splits(pairs, wanted.risk))))
    table("Calibration error", ("questions", "n", "error", "95 %"), errors)
    head = ("questions", "splits that kept it", "mean wrong", "answered", f"answered from {1 - wanted.risk:.2f} on")
    table(f"At most {wanted.risk:.0%} wrong answers, {SPLITS} splits", head, dials)


if __name__ == "__main__":
    main()
