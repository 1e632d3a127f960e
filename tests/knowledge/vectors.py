"""Vectors that lie as those of sentences do: topics, turns of phrase within them, and noise over few directions."""

from __future__ import annotations

import numpy as np


def sentences(n: int, d: int = 384, topics: int = 3_000, seed: int = 0) -> np.ndarray:
    """Return (n, d) float32 of length 1. Random directions alone would have no neighbours worth finding."""
    fixed, chance = np.random.default_rng(7), np.random.default_rng(seed)
    spread = (1 / np.sqrt(1 + np.arange(d))).astype(np.float32)
    spread /= np.linalg.norm(spread)
    topic = 0.75 * fixed.standard_normal((topics, d), np.float32)
    phrase = 0.5 * fixed.standard_normal((topics * 10, d), np.float32)
    of = chance.integers(0, topics, n)
    out = topic[of] + phrase[of * 10 + chance.integers(0, 10, n)] + 0.6 * chance.standard_normal((n, d), np.float32)
    out *= spread
    return out / np.linalg.norm(out, axis=1, keepdims=True)
