"""FAQs, documents, past replies and passages, as they are now: read only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from assistant.errors import NotFound
from assistant.records import Faq, Kind, Passage, PastReply
from assistant.sounds import searched_terms
from assistant.store.clock import today
from assistant.store.connection import Connections, chunks

_PASSAGE = """
SELECT p.id, CASE WHEN f.id IS NULL THEN p.kind ELSE 'faq' END AS kind,
  coalesce(f.id, p.owner) AS owner, p.role, p.text,
  coalesce(f.answer, r.answer, p.text) AS said,
  coalesce(f.question, r.question,
           d.title || CASE WHEN p.heading = '' THEN '' ELSE ' › ' || p.heading END) AS title,
  coalesce(f.language, p.language) AS language,
  coalesce(f.category, '') AS category, coalesce(f.url, d.source, '') AS url,
  coalesce(f.pair, '') AS pair
FROM passages p
LEFT JOIN documents d ON p.kind = 'document' AND d.id = p.owner
LEFT JOIN past_replies r ON p.kind = 'past_reply' AND r.id = p.owner
LEFT JOIN faqs f ON f.id = CASE p.kind WHEN 'faq' THEN p.owner WHEN 'past_reply' THEN r.faq END
WHERE p.state = 'live' AND (
  (f.id IS NOT NULL AND f.status = 'published' AND (f.valid_from = '' OR f.valid_from <= :today)
     AND (f.valid_until = '' OR f.valid_until >= :today))
  OR (p.kind = 'document' AND d.status = 'published')
  OR (p.kind = 'past_reply' AND r.status = 'published' AND r.faq = ''))
"""


def faq_of(row: dict) -> Faq:
    return Faq(
        id=row["id"], question=row["question"], answer=row["answer"], language=row["language"],
        pair=row["pair"], similar=tuple(json.loads(row["similar"])), category=row["category"],
        status=row["status"], valid_from=row["valid_from"], valid_until=row["valid_until"],
        url=row["url"], source=row["source"], author=row["author"],
    )


class Reading:
    """What is known now."""

    _connections: Connections

    def faq(self, id: str) -> Faq:
        """Return one FAQ; raises NotFound with the nearest ids."""
        with self._connections.read() as db:
            rows = list(db["faqs"].rows_where("id = ?", [id]))
            if rows:
                return faq_of(rows[0])
            near = [
                r[0]
                for r in db.conn.execute(
                    "SELECT id FROM faqs WHERE id LIKE ? OR pair = ? ORDER BY id LIMIT 5",
                    [f"{id[:3]}%", id],
                )
            ]
        known = f" Did you mean {', '.join(near)}?" if near else ""
        raise NotFound(f"There is no FAQ with the id {id!r}.{known} `ingest faq list` shows all ids.")

    def held(self, ids: Iterable[str]) -> dict[str, Faq]:
        """Return id -> FAQ of those ids that are known, whatever their status."""
        found: dict[str, Faq] = {}
        with self._connections.read() as db:
            for some in chunks(list(ids)):
                where = f"id IN ({','.join('?' * len(some))})"
                found |= {r["id"]: faq_of(r) for r in db["faqs"].rows_where(where, list(some))}
        return found

    def faqs(
        self, *, language: str = "", category: str = "", status: str = "", source: str = "",
        contains: str = "",
    ) -> list[Faq]:
        """Return the FAQs that match every given filter, in the order of their ids."""
        where, values = ["1"], []
        for column, value in (
            ("language", language), ("category", category), ("status", status), ("source", source)
        ):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if contains:
            where.append("(instr(lower(question), ?) OR instr(lower(answer), ?) OR instr(id, ?))")
            values += [contains.lower(), contains.lower(), contains]
        with self._connections.read() as db:
            return [
                faq_of(r) for r in db["faqs"].rows_where(" AND ".join(where), values, order_by="id")
            ]

    def faq_passage_ids(self) -> list[tuple[int, str]]:
        """Return (passage id, pair) of every searchable FAQ passage, past replies included."""
        with self._connections.read() as db:
            rows = db.query(_PASSAGE, {"today": today()})
            return [(r["id"], r["pair"]) for r in rows if r["kind"] == Kind.FAQ]

    def past_reply_passages(self) -> list[tuple[int, str]]:
        """Return (passage id, past reply id) of every searchable past reply."""
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT id, owner FROM passages WHERE kind = 'past_reply' AND state = 'live'"
            ).fetchall()

    def faq_phrasings(self, encoder: str) -> list[tuple[int, str, str, str, np.ndarray]]:
        """Return (passage id, pair, text, language, vector (d,)) of every searchable phrasing."""
        with self._connections.read() as db:
            rows = db.conn.execute(
                "SELECT p.id, f.pair, p.text, p.language, v.vector FROM passages p"
                " JOIN faqs f ON f.id = p.owner JOIN vectors v ON v.hash = p.hash AND v.encoder = ?"
                " WHERE p.kind = 'faq' AND p.role != 'answer' AND p.state = 'live'"
                " AND f.status = 'published' ORDER BY p.id",
                [encoder],
            ).fetchall()
        return [(*r[:4], np.frombuffer(r[4], np.float32)) for r in rows]

    def faq_languages(self, pair: str) -> dict[str, str]:
        """Return language -> FAQ id for one pair."""
        with self._connections.read() as db:
            return dict(db.conn.execute("SELECT language, id FROM faqs WHERE pair = ?", [pair]))

    def documents(self) -> list[dict]:
        with self._connections.read() as db:
            return [
                {**row, "passages": db["passages"].count_where(
                    "kind = 'document' AND owner = ? AND state != 'dropped'", [row["id"]])}
                for row in db["documents"].rows_where(order_by="id")
            ]

    def handed_in(self, ids: Sequence[str] | None = None) -> dict[str, dict]:
        """Return id -> metadata of the documents that a caller handed in with metadata."""
        where, values = "metadata IS NOT NULL", []
        if ids is not None:
            where += f" AND id IN ({','.join('?' * len(ids))})"
            values = list(ids)
        with self._connections.read() as db:
            rows = db["documents"].rows_where(where, values, select="id, metadata", order_by="id")
            return {r["id"]: json.loads(r["metadata"]) for r in rows}

    def read_from_files(self, ids: Sequence[str]) -> set[str]:
        """Return which of the ids are documents that came from files."""
        where = f"metadata IS NULL AND id IN ({','.join('?' * len(ids))})"
        with self._connections.read() as db:
            return {r["id"] for r in db["documents"].rows_where(where, list(ids), select="id")}

    def owned(self, kind: Kind, owner: str) -> list[Passage]:
        """Return the passages of one owner that may be used now, in the order they were made."""
        sql = f"{_PASSAGE} AND p.kind = :kind AND p.owner = :owner ORDER BY p.id"
        with self._connections.read() as db:
            rows = db.query(sql, {"today": today(), "kind": kind.value, "owner": owner})
            return [Passage(**{**row, "kind": Kind(row["kind"])}) for row in rows]

    def past_replies(self) -> list[PastReply]:
        with self._connections.read() as db:
            return [
                PastReply(**{k: r[k] for k in
                             ("id", "question", "answer", "language", "faq", "conversation")})
                for r in db["past_replies"].rows_where("status = 'published'", order_by="id")
            ]

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """Return the passages that may be used now, by id.

        Left out: dropped ones, those of retired or draft owners, and those outside their dates.
        """
        ids = [int(i) for i in ids]
        found: dict[int, Passage] = {}
        with self._connections.read() as db:
            for some in chunks(ids):
                marks = ",".join(str(i) for i in some)
                rows = db.conn.execute(f"{_PASSAGE} AND p.id IN ({marks})", {"today": today()})
                for id, kind, *rest in rows:
                    found[id] = Passage(id, Kind(kind), *rest)
        return found

    def owner_passage(self, faq: str) -> Passage | None:
        """Return the passage of a FAQ's own question where it may be used now, else None."""
        with self._connections.read() as db:
            sql = f"{_PASSAGE} AND p.kind = 'faq' AND p.owner = :owner AND p.role = 'question'"
            for row in db.query(sql, {"today": today(), "owner": faq}):
                return Passage(**{**row, "kind": Kind(row["kind"])})
        return None

    def lexical(self, text: str, limit: int, weights: tuple[float, float]) -> list[tuple[int, float]]:
        """Return (passage id, BM25 score, larger is better) of the best `limit` passages.

        `weights` are those of single terms and of neighbouring pairs of Han characters or syllables.
        """
        single, pairs = searched_terms(text)
        wanted = list(dict.fromkeys([*single, *pairs]))[:256]
        if not wanted:
            return []
        match = " OR ".join('"' + t.replace('"', '""') + '"' for t in wanted)
        with self._connections.read() as db:
            rows = db.conn.execute(
                "SELECT rowid, -bm25(passages_terms, ?, ?) AS score FROM passages_terms"
                " WHERE passages_terms MATCH ? ORDER BY score DESC LIMIT ?",
                [*weights, match, limit],
            ).fetchall()
        return [(int(i), float(s)) for i, s in rows]

    def counts(self) -> dict[str, int]:
        """Return how much there is of everything, for `ingest status`."""
        queries = {
            "faqs": "SELECT count(*) FROM faqs WHERE status = 'published'",
            "retired": "SELECT count(*) FROM faqs WHERE status = 'retired'",
            "drafts": "SELECT count(*) FROM faqs WHERE status = 'draft'",
            "documents": "SELECT count(*) FROM documents WHERE status = 'published'",
            "past_replies": "SELECT count(*) FROM past_replies WHERE status = 'published'",
            "passages": "SELECT count(*) FROM passages WHERE state = 'live'",
            "pending": "SELECT count(*) FROM passages WHERE state = 'pending'",
            "dropped": "SELECT count(*) FROM passages WHERE state = 'dropped'",
            "vectors": "SELECT count(*) FROM vectors",
            "revision": "SELECT value FROM counters WHERE name = 'knowledge_revision'",
        }
        with self._connections.read() as db:
            return {name: db.conn.execute(sql).fetchone()[0] for name, sql in queries.items()}
