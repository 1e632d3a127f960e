"""The shape of the database, as a numbered list of small functions applied once each."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("kefu")


@migrations()
def m001_counters(db: Database) -> None:
    db["counters"].create({"name": str, "value": int}, pk="name")
    db["counters"].insert({"name": "knowledge_revision", "value": 0})
    db["notes"].create({"name": str, "value": str}, pk="name")


@migrations()
def m002_knowledge(db: Database) -> None:
    db["faqs"].create(
        {
            "id": str, "pair": str, "question": str, "similar": str, "answer": str,
            "language": str, "category": str, "status": str, "valid_from": str,
            "valid_until": str, "url": str, "source": str, "author": str, "updated_at": str,
        },
        pk="id",
        not_null={"question", "answer", "language", "status"},
    )
    db["faqs"].create_index(["pair"])
    db["documents"].create(
        {"id": str, "title": str, "fingerprint": str, "source": str, "status": str, "updated_at": str},
        pk="id",
    )
    db["past_replies"].create(
        {
            "id": str, "question": str, "answer": str, "language": str, "faq": str,
            "conversation": str, "status": str, "updated_at": str,
        },
        pk="id",
    )
    db.conn.execute(
        "CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
        " owner TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL DEFAULT '',"
        " hash TEXT NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL)"
    )
    db["passages"].create_index(["revision"])
    db["passages"].create_index(["kind", "owner"])
    db["passages"].create_index(["hash"])
    db.conn.execute(
        "CREATE VIRTUAL TABLE passages_terms USING fts5(single, pairs, tokenize='unicode61')"
    )
    db.conn.execute("CREATE VIRTUAL TABLE passages_vocabulary USING fts5vocab(passages_terms, 'col')")
    db.conn.execute(
        "CREATE TABLE vectors (hash TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,"
        " PRIMARY KEY (hash, encoder)) WITHOUT ROWID"
    )


@migrations()
def m003_meaning(db: Database) -> None:
    db["intents"].create(
        {"label": str, "description": str, "name_zh": str, "name_en": str, "status": str}, pk="label"
    )
    db["intent_examples"].create(
        {"id": int, "label": str, "language": str, "text": str}, pk="id"
    )
    db["intent_examples"].create_index(["label"])
    db["templates"].create(
        {"id": str, "intent": str, "language": str, "text": str, "faq": str, "status": str}, pk="id"
    )


@migrations()
def m004_conversations(db: Database) -> None:
    db["conversations"].create(
        {
            "id": str, "created_at": str, "updated_at": str, "language": str, "state": str,
            "agent": str, "title": str, "source": str,
        },
        pk="id",
    )
    db["conversations"].create_index(["state"])
    db["turns"].create(
        {
            "id": str, "conversation": str, "position": int, "at": str, "role": str, "text": str,
            "language": str, "author": str, "intents": str, "faqs": str, "action": str,
            "origin": str, "confidence": float, "sources": str, "suggestions": str, "trace": str,
        },
        pk="id",
    )
    db["turns"].create_index(["conversation", "position"], unique=True)
    db["events"].create(
        {"id": int, "conversation": str, "at": str, "name": str, "actor": str, "note": str}, pk="id"
    )
    db["events"].create_index(["conversation"])
    db["reviews"].create(
        {
            "id": int, "turn": str, "verdict": str, "by": str, "kind": str, "reason": str,
            "better": str, "at": str,
        },
        pk="id",
    )
    db["reviews"].create_index(["turn"])


@migrations()
def m005_people(db: Database) -> None:
    db["staff"].create(
        {"name": str, "role": str, "password": str, "disabled": int, "created_at": str}, pk="name"
    )
    db["sessions"].create({"token": str, "staff": str, "expires_at": str}, pk="token")


@migrations()
def m006_releases(db: Database) -> None:
    db["versions"].create(
        {
            "id": str, "part": str, "path": str, "created_at": str, "base": str, "metrics": str,
            "origin": str,
        },
        pk="id",
    )
    db["promotions"].create(
        {
            "id": int, "at": str, "encoder": str, "intent": str, "confidence": str,
            "response": str, "by": str, "reason": str,
        },
        pk="id",
    )
    db["datasets"].create(
        {"id": str, "path": str, "created_at": str, "until_turn": int, "rows": int}, pk="id"
    )
    db.conn.execute(
        "CREATE TRIGGER promotions_stay BEFORE UPDATE ON promotions BEGIN"
        " SELECT RAISE(ABORT, 'promotions are append-only'); END"
    )
    db.conn.execute(
        "CREATE TRIGGER promotions_last BEFORE DELETE ON promotions BEGIN"
        " SELECT RAISE(ABORT, 'promotions are append-only'); END"
    )


@migrations()
def m007_document_metadata(db: Database) -> None:
    """What a caller hands in with a document and wants back; NULL for documents read from files."""
    db["documents"].add_column("metadata", str)


@migrations()
def m008_scale(db: Database) -> None:
    """What keeps one change cheap among a million passages.

    Vectors move to a table with row numbers: without, each row of 1.5 KB spills to a page of its own.
    """
    db.conn.execute("CREATE TABLE vectors_by_row (hash TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL)")
    db.conn.execute("INSERT INTO vectors_by_row SELECT hash, encoder, vector FROM vectors")
    db.conn.execute("DROP TABLE vectors")
    db.conn.execute("ALTER TABLE vectors_by_row RENAME TO vectors")
    db.conn.execute("CREATE UNIQUE INDEX vectors_key ON vectors (hash, encoder)")
    db.conn.execute("CREATE INDEX passages_pending ON passages (hash) WHERE state = 'pending'")
    db["past_replies"].create_index(["faq"])
    db.conn.execute("DROP TABLE passages_vocabulary")
    db.conn.execute("CREATE VIRTUAL TABLE passages_occurrences USING fts5vocab(passages_terms, 'instance')")
    db["counters"].insert({"name": "tombstones_forgotten", "value": 0})
