"""The words of passages as FTS5 keeps them: which passage holds a word, how often, and how long each is.

A passage's words never change and its id is larger than any before it, so what was read once stays
true; which passages were dropped since is known to `knowledge`. Scoring is left to others.
"""

from __future__ import annotations

import re

import numpy as np

from assistant.store.connection import Connections

# Words that FTS5's tokeniser takes as they are; in others it may fold accents or see several words.
_PLAIN = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+")


class Words:
    """The terms of all passages that are not dropped, those that wait for a vector included."""

    def __init__(self, connections: Connections):
        self._connections = connections

    def sizes(self, after: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids (n,) and numbers of terms (n,) of the passages with an id above `after`."""
        with self._connections.read() as db:
            rows = db.conn.execute(
                "SELECT id, sz FROM passages_terms_docsize WHERE id > ? ORDER BY id", [after]
            ).fetchall()
        return np.array([r[0] for r in rows], np.int64), np.array([_length(r[1]) for r in rows], np.int32)

    def entries(self, after: int) -> list[tuple[int, list[str]]]:
        """Return (id, its terms in order) of the passages with an id above `after`."""
        with self._connections.read() as db:
            rows = db.conn.execute(
                "SELECT rowid, single, pairs FROM passages_terms WHERE rowid > ? ORDER BY rowid", [after]
            ).fetchall()
        return [(id, [*single.split(), *pairs.split()]) for id, single, pairs in rows]

    def postings(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids (n,), ascending, of the passages that hold a word, and how often (n,)."""
        if not _PLAIN.fullmatch(word):
            return self._by_match(word)
        with self._connections.read() as db:
            found = db.conn.execute(
                "SELECT group_concat(doc, ' ') FROM passages_occurrences WHERE term = ?", [word]
            ).fetchone()[0]
        ids = np.fromstring(found, np.int64, sep=" ") if found else np.empty(0, np.int64)
        return np.unique(ids, return_counts=True)

    def _by_match(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        quoted = '"' + word.replace('"', '""') + '"'
        with self._connections.read() as db:
            rows = db.conn.execute(
                "SELECT rowid, single || ' ' || pairs FROM passages_terms WHERE passages_terms MATCH ?"
                " ORDER BY rowid", [quoted],
            ).fetchall()
        counts = [max(text.split().count(word), 1) for _, text in rows]
        return np.array([r[0] for r in rows], np.int64), np.array(counts, np.int64)


def _length(sizes: bytes) -> int:
    """Return the sum of FTS5's column sizes, which are SQLite varints: 7 bits a byte, high bit for more."""
    total = value = 0
    for byte in sizes:
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            total, value = total + value, 0
    return total
