"""Fakes with a property rather than a script."""

from __future__ import annotations

import zlib

import numpy as np

from assistant.text import terms


class BagEmbedder:
    """Texts that share terms get near vectors: a hashed bag of terms, of length 1."""

    name = "bag-256"
    dimension = 256

    def __init__(self):
        self.encoded: list[str] = []

    def encode(self, texts, *, query=False, progress=None):
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(out, texts, strict=True):
            self.encoded.append(text)
            single, pairs = terms(text)
            for term in [*single, *pairs]:
                row[zlib.crc32(term.encode()) % self.dimension] += 1.0
            norm = np.linalg.norm(row)
            row[:] = row / norm if norm else 1.0 / np.sqrt(self.dimension)
        if progress:
            progress(len(texts))
        return out

    def coverage(self, text):
        return 1.0
