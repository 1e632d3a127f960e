"""What changed in the knowledge since a revision, and the vectors that go with it: what an index follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from assistant.store.connection import Connections, chunks
from assistant.text import clean, fingerprint


class Following:
    """Changes by revision. Every change of knowledge raises the revision; dropped passages stay as tombstones."""

    _connections: Connections

    def revision(self) -> int:
        """Return the counter that every change of knowledge raises."""
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT value FROM counters WHERE name = 'knowledge_revision'"
            ).fetchone()[0]

    def speakers(self, since: int = -1) -> list[tuple[int, str | None, int, int]]:
        """Return (passage id, name of its group, 1 for an answer's text, 1 where searchable) of what changed.

        Groups are what a search ranks: a FAQ in both languages, a past reply, or, without a name, a
        document's piece by itself. From revision -1: all that is searchable; later on also what was
        dropped.
        """
        changed = "p.state = 'live'" if since < 0 else "p.state != 'pending' AND p.revision > :since"
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT p.id, CASE WHEN f.id IS NOT NULL THEN 'faq/' || coalesce(nullif(f.pair, ''), f.id)"
                " WHEN p.kind != 'document' THEN p.kind || '/' || p.owner END,"
                " p.role = 'answer', p.state = 'live' FROM passages p"
                " LEFT JOIN past_replies r ON p.kind = 'past_reply' AND r.id = p.owner"
                " LEFT JOIN faqs f ON f.id = CASE p.kind WHEN 'faq' THEN p.owner"
                f" WHEN 'past_reply' THEN r.faq END WHERE {changed}", {"since": since},
            ).fetchall()

    def changed(self, encoder: str, since: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Return what an index at revision `since` must follow, read in one snapshot.

        The parts: the revision reached, ids to add (n,) ascending, ids to drop.
        """
        with self._connections.read() as db:
            db.conn.execute("BEGIN")
            revision = db.conn.execute(
                "SELECT value FROM counters WHERE name = 'knowledge_revision'"
            ).fetchone()[0]
            if revision == since:
                db.conn.rollback()
                return revision, np.empty(0, np.int64), np.empty(0, np.int64)
            ids = db.conn.execute(
                "SELECT p.id FROM passages p JOIN vectors v ON v.hash = p.hash AND v.encoder = ?"
                " WHERE p.state = 'live' AND p.revision > ?", [encoder, since],
            ).fetchall()
            gone = db.conn.execute(
                "SELECT id FROM passages WHERE state = 'dropped' AND revision > ?", [since]
            ).fetchall()
            db.conn.rollback()
        return revision, np.sort(np.array([r[0] for r in ids], np.int64)), np.array([r[0] for r in gone], np.int64)

    def vectors(self, encoder: str, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return (ids (n,) ascending, vectors (n, d) float32) of those passages that have one."""
        found: list[tuple[int, bytes]] = []
        with self._connections.read() as db:
            for some in chunks(ids):
                marks = ",".join(str(int(i)) for i in some)
                found += db.conn.execute(
                    "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.hash"
                    f" AND v.encoder = ? WHERE p.id IN ({marks}) ORDER BY p.id", [encoder],
                )
        if not found:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        found.sort(key=lambda row: row[0])
        vectors = np.frombuffer(b"".join(blob for _, blob in found), np.float32)
        return np.array([id for id, _ in found], np.int64), vectors.reshape(len(found), -1)

    def changes(self, encoder: str, since: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """Return `changed` with the vectors (n, d) float32 of the ids to add as the third part."""
        revision, ids, gone = self.changed(encoder, since)
        ids, vectors = self.vectors(encoder, ids)
        return revision, ids, vectors, gone

    def forgotten(self) -> int:
        """Return the revision at which tombstones were last deleted: before it, `changed` names no drops."""
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT value FROM counters WHERE name = 'tombstones_forgotten'"
            ).fetchone()[0]

    def missing(self, encoder: str, texts: Iterable[str] | None = None) -> dict[str, str]:
        """Return hash -> text of what this encoder has not encoded yet.

        Of `texts` where given, otherwise of every passage that is not dropped.
        """
        with self._connections.read() as db:
            if texts is None:
                return dict(
                    db.conn.execute(
                        "SELECT p.hash, p.text FROM passages p WHERE p.state != 'dropped' AND NOT EXISTS"
                        " (SELECT 1 FROM vectors v WHERE v.hash = p.hash AND v.encoder = ?)",
                        [encoder],
                    )
                )
            wanted = {fingerprint(t): clean(t) for t in texts}
            for some in chunks(list(wanted)):
                marks = ",".join("?" * len(some))
                for (known,) in db.conn.execute(
                    f"SELECT hash FROM vectors WHERE encoder = ? AND hash IN ({marks})",
                    [encoder, *some],
                ):
                    wanted.pop(known, None)
        return wanted

    def pending(self, encoder: str) -> dict[str, str]:
        """Return hash -> text of the passages that wait for a vector of this encoder.

        Unlike `missing`, passages that other encoders made searchable are not looked at.
        """
        with self._connections.read() as db:
            return dict(
                db.conn.execute(
                    "SELECT hash, text FROM passages p WHERE state = 'pending' AND NOT EXISTS"
                    " (SELECT 1 FROM vectors v WHERE v.hash = p.hash AND v.encoder = ?)", [encoder],
                )
            )

    def dimension(self, encoder: str) -> int:
        """Return the length of this encoder's stored vectors, 0 where there are none."""
        with self._connections.read() as db:
            row = db.conn.execute(
                "SELECT length(vector) / 4 FROM vectors WHERE encoder = ? LIMIT 1", [encoder]
            ).fetchone()
        return row[0] if row else 0

    def changed_since(self, revision: int) -> int:
        """Return how many passages changed after that revision: what an index would have to apply."""
        with self._connections.read() as db:
            return db["passages"].count_where("revision > ?", [revision])
