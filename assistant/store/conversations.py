"""Conversations, their turns, hand-off events and reviews."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from assistant.errors import NotFound
from assistant.records import Conversation, Event, Review, Source, Turn
from assistant.store.clock import now
from assistant.store.connection import Connections

_TURN_JSON = ("intents", "faqs", "sources", "suggestions", "trace")


def new_id() -> str:
    """Return 32 random hex digits: an id that can't be guessed."""
    return uuid.uuid4().hex


def _row(turn: Turn, position: int) -> dict:
    row = {**asdict(turn), "position": position}
    for name in _TURN_JSON:
        row[name] = json.dumps(row[name], ensure_ascii=False, default=str)
    return row


def _turn(row: dict) -> Turn:
    values = {k: row[k] for k in Turn.__dataclass_fields__ if k not in _TURN_JSON}
    return Turn(
        **values,
        intents=tuple(json.loads(row["intents"])),
        faqs=tuple(json.loads(row["faqs"])),
        sources=tuple(Source(**s) for s in json.loads(row["sources"])),
        suggestions=tuple(json.loads(row["suggestions"])),
        trace=json.loads(row["trace"]),
    )


def _conversation(row: dict) -> Conversation:
    return Conversation(**{k: row[k] for k in Conversation.__dataclass_fields__})


class Conversations:
    """What was said, by whom, and what people thought of it."""

    def __init__(self, connections: Connections):
        self._connections = connections

    def start(self, language: str, id: str = "", source: str = "chat", title: str = "") -> Conversation:
        """Store a new conversation; an existing id is returned as it is."""
        id = id or new_id()
        with self._connections.write() as db:
            db.conn.execute(
                "INSERT OR IGNORE INTO conversations (id, created_at, updated_at, language, state,"
                " agent, title, source) VALUES (?, ?, ?, ?, 'bot', '', ?, ?)",
                [id, now(), now(), language, title, source],
            )
        return self.get(id)

    def get(self, id: str) -> Conversation:
        with self._connections.read() as db:
            for row in db["conversations"].rows_where("id = ?", [id]):
                return _conversation(row)
        raise NotFound(f"There is no conversation {id!r}.")

    def exists(self, id: str) -> bool:
        with self._connections.read() as db:
            return db["conversations"].count_where("id = ?", [id]) == 1

    def set_language(self, id: str, language: str) -> None:
        with self._connections.write() as db:
            db.conn.execute("UPDATE conversations SET language = ? WHERE id = ?", [language, id])

    def listing(self, states: Sequence[str] = (), limit: int = 100, source: str = "chat") -> list[Conversation]:
        """Return conversations, those that waited longest first where states are given."""
        where, values = "source = ?", [source]
        if states:
            where += f" AND state IN ({','.join('?' * len(states))})"
            values += list(states)
        order = "updated_at" if states else "updated_at DESC"
        with self._connections.read() as db:
            return [
                _conversation(r)
                for r in db["conversations"].rows_where(where, values, order_by=order, limit=limit)
            ]

    def pulse(self, id: str) -> str:
        """Return a value that changes with every turn and event of a conversation; "" if unknown."""
        with self._connections.read() as db:
            row = db.conn.execute(
                "SELECT c.updated_at || ' ' || (SELECT count(*) FROM turns WHERE conversation = c.id)"
                " || ' ' || (SELECT count(*) FROM events WHERE conversation = c.id)"
                " FROM conversations c WHERE c.id = ?",
                [id],
            ).fetchone()
        return row[0] if row else ""

    def overview(self, states: Sequence[str] = (), limit: int = 50) -> list[dict]:
        """Return chats with `updated_at`, `waiting_since` and their last turn, for lists.

        Those that waited longest first where states are given, else the newest first. Chats in
        which nothing happened yet are left out.
        """
        where, values = "c.source = 'chat' AND (c.title != '' OR c.state != 'bot')", []
        if states:
            where += f" AND c.state IN ({','.join('?' * len(states))})"
            values += list(states)
        order = "waiting_since, c.updated_at" if states else "c.updated_at DESC"
        with self._connections.read() as db:
            return list(
                db.query(
                    "SELECT c.*, (SELECT max(at) FROM events e WHERE e.conversation = c.id"
                    " AND e.name IN ('request', 'requeue')) AS waiting_since,"
                    " coalesce(t.role, '') AS last_role, coalesce(t.text, '') AS last_text"
                    " FROM conversations c LEFT JOIN turns t ON t.conversation = c.id AND t.position ="
                    " (SELECT max(position) FROM turns WHERE conversation = c.id)"
                    f" WHERE {where} ORDER BY {order} LIMIT ?",
                    [*values, limit],
                )
            )

    def add(self, turn: Turn) -> Turn:
        """Append a turn; an empty id or time is filled in. Returns the turn as stored."""
        turn = replace(turn, id=turn.id or new_id(), at=turn.at or now())
        with self._connections.write() as db:
            position = db.conn.execute(
                "SELECT coalesce(max(position), 0) + 1 FROM turns WHERE conversation = ?",
                [turn.conversation],
            ).fetchone()[0]
            db["turns"].insert(_row(turn, position), pk="id")
            title = "title" if position > 1 or turn.role != "customer" else "?"
            values = [turn.text[:60]] if title == "?" else []
            db.conn.execute(
                f"UPDATE conversations SET updated_at = ?, title = {title} WHERE id = ?",
                [now(), *values, turn.conversation],
            )
        return turn

    def add_conversations(self, items: Sequence[tuple[Conversation, Sequence[Turn]]]) -> int:
        """Store whole imported conversations in one transaction; known ids are replaced."""
        with self._connections.write() as db:
            for conversation, turns in items:
                db.conn.execute("DELETE FROM turns WHERE conversation = ?", [conversation.id])
                db["conversations"].upsert({**asdict(conversation), "updated_at": now()}, pk="id")
                db["turns"].insert_all((_row(t, n + 1) for n, t in enumerate(turns)), pk="id")
        return len(items)

    def turns(self, conversation: str, after: str = "") -> list[Turn]:
        """Return the turns in order; with `after`, those that follow that turn."""
        with self._connections.read() as db:
            rows = db["turns"].rows_where("conversation = ?", [conversation], order_by="position")
            turns = [_turn(r) for r in rows]
        if after:
            ids = [t.id for t in turns]
            return turns[ids.index(after) + 1 :] if after in ids else turns
        return turns

    def turn(self, id: str) -> Turn:
        with self._connections.read() as db:
            for row in db["turns"].rows_where("id = ?", [id]):
                return _turn(row)
        raise NotFound(f"There is no turn {id!r}.")

    def customer_turns_since(self, conversation: str, seconds: float) -> int:
        """Return how many messages the customer sent in the last `seconds`."""
        since = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        with self._connections.read() as db:
            return db["turns"].count_where(
                "conversation = ? AND role = 'customer' AND at >= ?", [conversation, since]
            )

    def all_with_turns(self, sources: Sequence[str] = ()) -> list[tuple[Conversation, list[Turn]]]:
        """Return every conversation with its turns, oldest first."""
        where = f"source IN ({','.join('?' * len(sources))})" if sources else None
        with self._connections.read() as db:
            conversations = [
                _conversation(r)
                for r in db["conversations"].rows_where(where, list(sources), order_by="created_at, id")
            ]
            by: dict[str, list[Turn]] = {}
            for row in db["turns"].rows_where(order_by="conversation, position"):
                by.setdefault(row["conversation"], []).append(_turn(row))
        return [(c, by.get(c.id, [])) for c in conversations]

    def last_turn_number(self) -> int:
        with self._connections.read() as db:
            return db.conn.execute("SELECT coalesce(max(rowid), 0) FROM turns").fetchone()[0]

    # Hand-off

    def add_event(self, event: Event, state: str, agent: str) -> None:
        """Append an event and keep the state that it leads to beside the conversation."""
        with self._connections.write() as db:
            db["events"].insert({**asdict(event), "at": event.at or now()})
            db.conn.execute(
                "UPDATE conversations SET state = ?, agent = ?, updated_at = ? WHERE id = ?",
                [state, agent, now(), event.conversation],
            )

    def events(self, conversation: str) -> list[Event]:
        with self._connections.read() as db:
            return [
                Event(**{k: r[k] for k in Event.__dataclass_fields__})
                for r in db["events"].rows_where("conversation = ?", [conversation], order_by="id")
            ]

    # Reviews

    def review(self, review: Review, kind: str) -> None:
        """Keep a verdict; `kind` is customer or staff. One verdict for each person and turn."""
        with self._connections.write() as db:
            db.conn.execute(
                "DELETE FROM reviews WHERE turn = ? AND by = ? AND kind = ?",
                [review.turn, review.by, kind],
            )
            db["reviews"].insert({**asdict(review), "kind": kind, "at": review.at or now()})

    def reviews(self, kind: str = "", conversation: str = "") -> list[Review]:
        where, values = ["1"], []
        if kind:
            where.append("kind = ?")
            values.append(kind)
        if conversation:
            where.append("turn IN (SELECT id FROM turns WHERE conversation = ?)")
            values.append(conversation)
        with self._connections.read() as db:
            return [
                Review(**{k: r[k] for k in Review.__dataclass_fields__})
                for r in db["reviews"].rows_where(" AND ".join(where), values, order_by="id")
            ]
