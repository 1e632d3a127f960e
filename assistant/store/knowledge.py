"""FAQs, documents, past replies, the passages made of them, and their vectors.

Every method that changes knowledge raises `knowledge_revision` in the same transaction. Passages
go from pending (no vector yet) to live (searchable) to dropped (a tombstone that indexes follow). A
passage's revision is raised, too, when what it speaks for changes, so that following revisions is enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from assistant.errors import NotFound
from assistant.records import Document, Faq, Kind, Passage, PastReply
from assistant.sounds import searched_terms
from assistant.store.clock import now, today
from assistant.store.connection import Connections
from assistant.text import clean, fingerprint

CHUNK = 500

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


_FAQ_COLUMNS = (
    "id", "pair", "question", "similar", "answer", "language", "category", "status", "valid_from",
    "valid_until", "url", "source", "author", "updated_at",
)
_UPSERT_FAQ = (
    f"INSERT INTO faqs ({', '.join(_FAQ_COLUMNS)}) VALUES ({', '.join('?' * len(_FAQ_COLUMNS))})"
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _FAQ_COLUMNS[1:])}"
)


def _faq(row: dict) -> Faq:
    return Faq(
        id=row["id"], question=row["question"], answer=row["answer"], language=row["language"],
        pair=row["pair"], similar=tuple(json.loads(row["similar"])), category=row["category"],
        status=row["status"], valid_from=row["valid_from"], valid_until=row["valid_until"],
        url=row["url"], source=row["source"], author=row["author"],
    )


class _NewPassage(NamedTuple):
    """A passage to be stored, in the order of its columns."""

    kind: Kind
    owner: str
    role: str
    text: str
    heading: str
    hash: str
    language: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.role, self.hash, self.heading, self.language

    @property
    def said(self) -> str:
        """The text that word searches see."""
        return f"{self.heading} {self.text}" if self.kind == Kind.DOCUMENT else self.text


def _searchable(faq: Faq) -> list[tuple[str, str, str]]:
    """Return (role, text, heading) of all that is searched of a FAQ; nothing of one that isn't published."""
    if faq.status != "published":
        return []
    answer = [("answer", faq.answer, "")] if faq.answer else []
    return [("question", faq.question, ""), *(("similar", s, "") for s in faq.similar), *answer]


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

    def held(self, ids: Iterable[str]) -> dict[str, Faq]:
        """Return id -> FAQ of those ids that are known, whatever their status."""
        found: dict[str, Faq] = {}
        with self._connections.read() as db:
            for some in _chunks(list(ids)):
                where = f"id IN ({','.join('?' * len(some))})"
                found |= {r["id"]: _faq(r) for r in db["faqs"].rows_where(where, list(some))}
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
            for some in _chunks(ids):
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
            for some in _chunks(list(wanted)):
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
        faqs = list({faq.id: faq for faq in faqs}.values())
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            regrouped = self._regrouped(db, faqs)
            rows = [
                (f.id, f.pair or f.id, f.question, json.dumps(list(f.similar), ensure_ascii=False), f.answer,
                 f.language, f.category, f.status, f.valid_from, f.valid_until, f.url, f.source, f.author, now())
                for f in faqs
            ]
            db.conn.executemany(_UPSERT_FAQ, rows)
            owners = [(f.id, f.language, _searchable(f)) for f in faqs]
            self._settle(db, Kind.FAQ, owners, revision, encoder)
            self._follow_groups(db, regrouped, revision)
        return revision

    def _regrouped(self, db, faqs: Sequence[Faq]) -> list[str]:
        """Return the ids of FAQs that are new or of another pair than the stored ones."""
        pairs: dict[str, str] = {}
        for some in _chunks([f.id for f in faqs]):
            marks = ",".join("?" * len(some))
            pairs.update(db.conn.execute(f"SELECT id, pair FROM faqs WHERE id IN ({marks})", list(some)))
        return [f.id for f in faqs if pairs.get(f.id) != (f.pair or f.id)]

    def _follow_groups(self, db, faqs: Sequence[str], revision: int) -> None:
        """Raise the revision of what speaks for these FAQs, since it now speaks in another group."""
        for some in _chunks(faqs):
            marks = ",".join("?" * len(some))
            db.conn.execute(
                f"UPDATE passages SET revision = ? WHERE kind = 'faq' AND owner IN ({marks})"
                " AND state != 'dropped' AND revision < ?", [revision, *some, revision],
            )
            db.conn.execute(
                "UPDATE passages SET revision = ? WHERE kind = 'past_reply' AND owner IN"
                f" (SELECT id FROM past_replies WHERE faq IN ({marks})) AND state != 'dropped'", [revision, *some],
            )

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
                    languages = {p.language for p in document.pieces}
                    self._settle(
                        db, Kind.DOCUMENT, [(document.id, language, wanted)], revision, encoder,
                        lambda held, own=language, all_=languages: held == own if own else held not in all_,
                    )
        return revision

    def save_past_replies(self, replies: Sequence[PastReply], encoder: str) -> int:
        """Insert or replace approved past replies; returns the new revision."""
        with self._connections.write() as db:
            revision = self._raise_revision(db)
            held = dict(db.conn.execute("SELECT id, faq FROM past_replies"))
            for r in replies:
                db["past_replies"].upsert(
                    {
                        "id": r.id, "question": r.question, "answer": r.answer,
                        "language": r.language, "faq": r.faq, "conversation": r.conversation,
                        "status": "published", "updated_at": now(),
                    },
                    pk="id",
                )
                if held.get(r.id, r.faq) != r.faq:
                    db.conn.execute(
                        "UPDATE passages SET revision = ? WHERE kind = 'past_reply' AND owner = ?"
                        " AND state != 'dropped'", [revision, r.id],
                    )
            owners = [(r.id, r.language, [("question", r.question, "")]) for r in replies]
            self._settle(db, Kind.PAST_REPLY, owners, revision, encoder)
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
        self, db, kind: Kind, owners: Sequence[tuple[str, str, list[tuple[str, str, str]]]], revision: int,
        encoder: str, covers: Callable[[str], bool] = lambda language: True,
    ) -> None:
        """Make each owner's passages equal to what is wanted (role, text, heading), keeping what is same.

        `owners` are (owner, language, wanted). Of the passages that are there only those in a
        language that `covers` accepts are looked at.
        """
        held = self._held(db, kind, [owner for owner, _, _ in owners], covers)
        fresh: list[_NewPassage] = []
        surplus: list[int] = []
        for owner, language, wanted in owners:
            existing = held.get(owner, {})
            for role, text, heading in wanted:
                new = _NewPassage(kind, owner, role, clean(text), heading, fingerprint(text), language)
                same = existing.get(new.key)
                if same:
                    same.pop()
                else:
                    fresh.append(new)
            surplus += [id for ids in existing.values() for id in ids]
        self._insert_passages(db, fresh, revision, encoder)
        self._drop(db, surplus, revision)

    def _held(self, db, kind: Kind, owners: Sequence[str], covers) -> dict[str, dict[tuple, list[int]]]:
        """Return owner -> (role, hash, heading, language) -> ids of the passages that are not dropped."""
        held: dict[str, dict[tuple, list[int]]] = {}
        for some in _chunks(owners):
            marks = ",".join("?" * len(some))
            for owner, id, *key in db.conn.execute(
                "SELECT owner, id, role, hash, heading, language FROM passages"
                f" WHERE kind = ? AND owner IN ({marks}) AND state != 'dropped' ORDER BY id DESC", [kind, *some],
            ):
                if covers(key[3]):
                    held.setdefault(owner, {}).setdefault(tuple(key), []).append(id)
        return held

    def _insert_passages(self, db, new: Sequence[_NewPassage], revision: int, encoder: str) -> None:
        known: set[str] = set()
        for some in _chunks(list({p.hash for p in new})):
            marks = ",".join("?" * len(some))
            sql = f"SELECT hash FROM vectors WHERE hash IN ({marks}) AND encoder = ?"
            known.update(r[0] for r in db.conn.execute(sql, [*some, encoder]))
        last = db.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        numbered = list(enumerate(new, start=(last[0] if last else 0) + 1))
        db.conn.executemany(
            "INSERT INTO passages (id, kind, owner, role, text, heading, hash, language, state, revision)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((id, *p, "live" if p.hash in known else "pending", revision) for id, p in numbered),
        )
        db.conn.executemany(
            "INSERT INTO passages_terms (rowid, single, pairs) VALUES (?, ?, ?)",
            ((id, *map(" ".join, searched_terms(p.said))) for id, p in numbered),
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
            revision = self._raise_revision(db)
            db.conn.execute("UPDATE counters SET value = ? WHERE name = 'tombstones_forgotten'", [revision])
            return db.conn.execute("DELETE FROM passages WHERE state = 'dropped'").rowcount
