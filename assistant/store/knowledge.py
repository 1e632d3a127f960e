"""FAQs, documents, past replies, the passages made of them, and their vectors.

Every method that changes knowledge raises `knowledge_revision` in the same transaction. Passages
go from pending (no vector yet) to live (searchable) to dropped (a tombstone that indexes follow).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from assistant.errors import NotFound
from assistant.records import Document, Faq, Kind, Passage, PastReply
from assistant.sounds import sounds
from assistant.store.clock import now, today
from assistant.store.connection import Connections
from assistant.text import clean, fingerprint, terms

CHUNK = 500

_PASSAGE = """
SELECT p.id, CASE WHEN f.id IS NULL THEN p.kind ELSE 'faq' END AS kind,
  coalesce(f.id, p.owner) AS owner, p.role, p.text, coalesce(f.language, p.language) AS language,
  coalesce(f.answer, r.answer, p.text) AS said,
  coalesce(f.question, r.question,
           d.title || CASE WHEN p.heading = '' THEN '' ELSE ' › ' || p.heading END) AS title,
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


def _faq(row: dict) -> Faq:
    return Faq(
        id=row["id"], question=row["question"], answer=row["answer"], language=row["language"],
        pair=row["pair"], similar=tuple(json.loads(row["similar"])), category=row["category"],
        status=row["status"], valid_from=row["valid_from"], valid_until=row["valid_until"],
        url=row["url"], source=row["source"], author=row["author"],
    )


def _chunks(items: Sequence, size: int = CHUNK) -> Iterator[Sequence]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Knowledge:
    """What the assistant knows."""

    def __init__(self, connections: Connections):
        self._connections = connections

    # Reading

    def revision(self) -> int:
        """Return the counter that every change of knowledge raises."""
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT value FROM counters WHERE name = 'knowledge_revision'"
            ).fetchone()[0]

    def faq(self, id: str) -> Faq:
        """Return one FAQ; raises NotFound with the nearest ids."""
        with self._connections.read() as db:
            rows = list(db["faqs"].rows_where("id = ?", [id]))
            if rows:
                return _faq(rows[0])
            near = [
                r[0]
                for r in db.conn.execute(
                    "SELECT id FROM faqs WHERE id LIKE ? OR pair = ? ORDER BY id LIMIT 5",
                    [f"{id[:3]}%", id],
                )
            ]
        known = f" Did you mean {', '.join(near)}?" if near else ""
        raise NotFound(f"There is no FAQ with the id {id!r}.{known} `ingest faq list` shows all ids.")

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
                _faq(r) for r in db["faqs"].rows_where(" AND ".join(where), values, order_by="id")
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
            for some in _chunks(ids):
                marks = ",".join(str(i) for i in some)
                for row in db.query(f"{_PASSAGE} AND p.id IN ({marks})", {"today": today()}):
                    found[row["id"]] = Passage(**{**row, "kind": Kind(row["kind"])})
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
        single, pairs = terms(text)
        wanted = list(dict.fromkeys([*single, *pairs, *sounds(text)]))[:256]
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

    def document_frequencies(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of rows searched, how many rows hold each term), for idf weights."""
        with self._connections.read() as db:
            rows = db.conn.execute("SELECT count(*) FROM passages_terms_docsize").fetchone()[0]
            found: dict[str, int] = {}
            for some in _chunks(list(words)):
                marks = ",".join("?" * len(some))
                found.update(
                    db.conn.execute(
                        f"SELECT term, sum(doc) FROM passages_vocabulary WHERE term IN ({marks})"
                        " GROUP BY term",
                        list(some),
                    )
                )
        return rows, found

    def holding(self, word: str) -> np.ndarray:
        """Return the ids (n,) of the passages that hold a term."""
        quoted = '"' + word.replace('"', '""') + '"'
        with self._connections.read() as db:
            found = db.conn.execute(
                "SELECT group_concat(rowid) FROM passages_terms WHERE passages_terms MATCH ?", [quoted]
            ).fetchone()[0]
        return np.array(found.split(","), np.int64) if found else np.empty(0, np.int64)

    def speakers(self) -> list[tuple[int, str, int]]:
        """Return (passage id, name of the group it speaks for, 1 for an answer's text) of all searchable.

        Groups are what a search ranks: a FAQ in both languages, a document's piece, a past reply.
        """
        with self._connections.read() as db:
            return db.conn.execute(
                "SELECT p.id, CASE WHEN f.id IS NOT NULL THEN 'faq/' || coalesce(nullif(f.pair, ''), f.id)"
                " WHEN p.kind = 'document' THEN 'piece/' || p.id ELSE p.kind || '/' || p.owner END,"
                " p.role = 'answer' FROM passages p"
                " LEFT JOIN past_replies r ON p.kind = 'past_reply' AND r.id = p.owner"
                " LEFT JOIN faqs f ON f.id = CASE p.kind WHEN 'faq' THEN p.owner"
                " WHEN 'past_reply' THEN r.faq END WHERE p.state = 'live'"
            ).fetchall()

    def changes(self, encoder: str, since: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """Return what an index at revision `since` must apply, read in one snapshot.

        The parts: the revision reached, ids to add (n,), their vectors (n, d) float32, ids to drop.
        """
        with self._connections.read() as db:
            db.conn.execute("BEGIN")
            revision = db.conn.execute(
                "SELECT value FROM counters WHERE name = 'knowledge_revision'"
            ).fetchone()[0]
            if revision == since:
                db.conn.rollback()
                empty = np.empty(0, np.int64)
                return revision, empty, np.empty((0, 0), np.float32), empty
            ids, blobs = [], []
            for id, blob in db.conn.execute(
                "SELECT p.id, v.vector FROM passages p JOIN vectors v"
                " ON v.hash = p.hash AND v.encoder = ? WHERE p.state = 'live' AND p.revision > ?",
                [encoder, since],
            ):
                ids.append(id)
                blobs.append(blob)
            gone = [
                r[0]
                for r in db.conn.execute(
                    "SELECT id FROM passages WHERE state = 'dropped' AND revision > ?", [since]
                )
            ]
            db.conn.rollback()
        vectors = (
            np.frombuffer(b"".join(blobs), np.float32).reshape(len(ids), -1)
            if ids else np.empty((0, 0), np.float32)
        )
        return revision, np.array(ids, np.int64), vectors, np.array(gone, np.int64)

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
            for some in _chunks(list(wanted)):
                marks = ",".join("?" * len(some))
                for (known,) in db.conn.execute(
                    f"SELECT hash FROM vectors WHERE encoder = ? AND hash IN ({marks})",
                    [encoder, *some],
                ):
                    wanted.pop(known, None)
        return wanted

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

    # Writing

    def _raise_revision(self, db) -> int:
        db.conn.execute("UPDATE counters SET value = value + 1 WHERE name = 'knowledge_revision'")
        return db.conn.execute(
            "SELECT value FROM counters WHERE name = 'knowledge_revision'"
        ).fetchone()[0]

    def keep_vectors(self, encoder: str, hashes: Sequence[str], vectors: np.ndarray) -> None:
        """Store one small batch of vectors (n, d) float32; no searchable row changes."""
        rows = [
            (h, encoder, np.ascontiguousarray(v, np.float32).tobytes())
            for h, v in zip(hashes, vectors, strict=True)
        ]
        with self._connections.write() as db:
            db.conn.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def save_faqs(self, faqs: Sequence[Faq], encoder: str) -> int:
        """Insert or replace FAQs with their passages; returns the new revision.

        Texts that `encoder` has encoded become searchable at this commit; the others stay pending
        until `publish`.
        """
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            for faq in faqs:
                row = {
                    "id": faq.id, "pair": faq.pair or faq.id, "question": faq.question,
                    "similar": json.dumps(list(faq.similar), ensure_ascii=False),
                    "answer": faq.answer, "language": faq.language, "category": faq.category,
                    "status": faq.status, "valid_from": faq.valid_from,
                    "valid_until": faq.valid_until, "url": faq.url, "source": faq.source,
                    "author": faq.author, "updated_at": now(),
                }
                db["faqs"].upsert(row, pk="id")
                wanted = [
                    ("question", faq.question, ""), *(("similar", s, "") for s in faq.similar),
                    *([("answer", faq.answer, "")] if faq.answer else []),
                ] if faq.status == "published" else []
                self._settle(db, Kind.FAQ, faq.id, faq.language, wanted, revision, encoder)
        return revision

    def save_document(self, document: Document, encoder: str) -> int:
        """Insert or replace a document and its pieces; returns the new revision."""
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            db["documents"].upsert(
                {
                    "id": document.id, "title": document.title, "fingerprint": document.fingerprint,
                    "source": document.source, "status": "published", "updated_at": now(),
                    "metadata": None if document.metadata is None
                    else json.dumps(document.metadata, ensure_ascii=False),
                },
                pk="id",
            )
            for language in {p.language for p in document.pieces} | {""}:
                wanted = [
                    ("piece", p.text, p.heading) for p in document.pieces if p.language == language
                ]
                if wanted or not language:
                    self._settle(
                        db, Kind.DOCUMENT, document.id, language, wanted, revision, encoder,
                        within_language=bool(language),
                        keep_languages={p.language for p in document.pieces},
                    )
        return revision

    def save_past_replies(self, replies: Sequence[PastReply], encoder: str) -> int:
        """Insert or replace approved past replies; returns the new revision."""
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            for r in replies:
                db["past_replies"].upsert(
                    {
                        "id": r.id, "question": r.question, "answer": r.answer,
                        "language": r.language, "faq": r.faq, "conversation": r.conversation,
                        "status": "published", "updated_at": now(),
                    },
                    pk="id",
                )
                self._settle(
                    db, Kind.PAST_REPLY, r.id, r.language, [("question", r.question, "")],
                    revision, encoder,
                )
        return revision

    def remove_past_replies(self, ids: Sequence[str]) -> None:
        """Take past replies out of every search and forget them."""
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            for id in ids:
                rows = db.conn.execute(
                    "SELECT id FROM passages WHERE kind='past_reply' AND owner=? AND state!='dropped'", [id]
                ).fetchall()
                self._drop(db, [r[0] for r in rows], revision)
                db.conn.execute("DELETE FROM past_replies WHERE id = ?", [id])

    def _settle(
        self, db, kind: Kind, owner: str, language: str, wanted: list[tuple[str, str, str]],
        revision: int, encoder: str, *, within_language: bool = False,
        keep_languages: set[str] = frozenset(),
    ) -> None:
        """Make the owner's passages equal to `wanted` (role, text, heading), keeping what is same."""
        sql = "SELECT id, role, hash, heading, language FROM passages WHERE kind=? AND owner=? AND state!='dropped'"
        existing: dict[tuple, int] = {}
        surplus: list[int] = []
        for id, role, hash, heading, lang in db.conn.execute(sql, [kind, owner]).fetchall():
            if within_language and lang != language:
                continue
            if not within_language and lang in keep_languages:
                continue
            key = (role, hash, heading, lang)
            if key in existing:
                surplus.append(id)
            else:
                existing[key] = id
        for role, text, heading in wanted:
            text = clean(text)
            key = (role, fingerprint(text), heading, language)
            if existing.pop(key, None) is None:
                self._insert_passage(db, kind, owner, *key[:1], text, heading, key[1], language, revision, encoder)
        self._drop(db, [*existing.values(), *surplus], revision)

    def _insert_passage(
        self, db, kind, owner, role, text, heading, hash, language, revision, encoder
    ) -> None:
        known = db.conn.execute(
            "SELECT 1 FROM vectors WHERE hash = ? AND encoder = ?", [hash, encoder]
        ).fetchone()
        cursor = db.conn.execute(
            "INSERT INTO passages (kind, owner, role, text, heading, hash, language, state, revision)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [kind, owner, role, text, heading, hash, language, "live" if known else "pending", revision],
        )
        single, pairs = terms(f"{heading} {text}" if kind == Kind.DOCUMENT else text)
        db.conn.execute(
            "INSERT INTO passages_terms (rowid, single, pairs) VALUES (?, ?, ?)",
            [cursor.lastrowid, " ".join(single), " ".join([*pairs, *sounds(text)])],
        )

    def _drop(self, db, ids: Sequence[int], revision: int) -> None:
        for some in _chunks(list(ids)):
            marks = ",".join(str(int(i)) for i in some)
            db.conn.execute(
                f"UPDATE passages SET state='dropped', revision=? WHERE id IN ({marks})", [revision]
            )
            db.conn.execute(f"DELETE FROM passages_terms WHERE rowid IN ({marks})")

    def publish(self, encoder: str, encoded: Sequence[str] = ()) -> int:
        """Make pending passages whose text this encoder has encoded searchable; returns how many.

        `encoded` are hashes that only now got a vector of this encoder: what is searchable by another
        encoder already is then told to the indexes of this one.
        """
        self._announce(encoded)
        pending = (
            "state = 'pending' AND EXISTS (SELECT 1 FROM vectors v WHERE v.hash = passages.hash"
            " AND v.encoder = ?)"
        )
        with self._connections.read() as db:
            if not db.conn.execute(f"SELECT 1 FROM passages WHERE {pending}", [encoder]).fetchone():
                return 0
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            return db.conn.execute(
                f"UPDATE passages SET state = 'live', revision = ? WHERE {pending}", [revision, encoder]
            ).rowcount

    def _announce(self, hashes: Sequence[str]) -> None:
        """Raise the revision of live passages with these hashes, so that indexes look at them again."""
        for some in _chunks(list(hashes)):
            where = f"state = 'live' AND hash IN ({','.join('?' * len(some))})"
            with self._connections.write() as db:
                if db["passages"].count_where(where, list(some)):
                    revision = self._raise_revision(db)
                    db.conn.execute(f"UPDATE passages SET revision = ? WHERE {where}", [revision, *some])

    def set_status(self, ids: Sequence[str], status: str, encoder: str) -> int:
        """Retire, restore or draft FAQs; a retired one leaves every search at this commit."""
        faqs = [self.faq(i) for i in ids]
        return self.save_faqs([replace(f, status=status) for f in faqs], encoder)

    def remove_documents(self, ids: Sequence[str]) -> None:
        """Take documents out of every search and forget them."""
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            for id in ids:
                rows = db.conn.execute(
                    "SELECT id FROM passages WHERE kind='document' AND owner=? AND state!='dropped'", [id]
                ).fetchall()
                self._drop(db, [r[0] for r in rows], revision)
                db.conn.execute("DELETE FROM documents WHERE id = ?", [id])

    def forget_dropped(self) -> int:
        """Delete tombstones; only safe together with a new snapshot. Raises the revision."""
        with self._connections.write() as db:
            self._raise_revision(db)
            return db.conn.execute("DELETE FROM passages WHERE state = 'dropped'").rowcount
