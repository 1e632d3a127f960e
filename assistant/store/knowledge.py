"""Knowledge as it is changed: FAQs, documents, past replies, the passages made of them, and their vectors.

Every method that changes knowledge raises `knowledge_revision` in the same transaction. Passages
go from pending (no vector yet) to live (searchable) to dropped (a tombstone that indexes follow). A
passage's revision is raised, too, when what it speaks for changes, so that following revisions is enough.
Reading is `reading`'s, telling an index what changed `following`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from assistant.records import Document, Faq, Kind, PastReply
from assistant.sounds import searched_terms
from assistant.store.clock import now
from assistant.store.connection import Connections, chunks
from assistant.store.following import Following
from assistant.store.reading import Reading
from assistant.text import clean, fingerprint

_FAQ_COLUMNS = (
    "id", "pair", "question", "similar", "answer", "language", "category", "status", "valid_from",
    "valid_until", "url", "source", "author", "updated_at",
)
_UPSERT_FAQ = (
    f"INSERT INTO faqs ({', '.join(_FAQ_COLUMNS)}) VALUES ({', '.join('?' * len(_FAQ_COLUMNS))})"
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _FAQ_COLUMNS[1:])}"
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


class Knowledge(Reading, Following):
    """What the assistant knows."""

    def __init__(self, connections: Connections):
        self._connections = connections

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
        for some in chunks([f.id for f in faqs]):
            marks = ",".join("?" * len(some))
            pairs.update(db.conn.execute(f"SELECT id, pair FROM faqs WHERE id IN ({marks})", list(some)))
        return [f.id for f in faqs if pairs.get(f.id) != (f.pair or f.id)]

    def _follow_groups(self, db, faqs: Sequence[str], revision: int) -> None:
        """Raise the revision of what speaks for these FAQs, since it now speaks in another group."""
        for some in chunks(faqs):
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
        for some in chunks(owners):
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
        for some in chunks(list({p.hash for p in new})):
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
        for some in chunks(list(ids)):
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
        for some in chunks(list(hashes)):
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
