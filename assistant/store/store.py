"""One Store: opens the file, applies migrations, and offers the queries by subject."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import KefuError
from assistant.store.connection import Connections
from assistant.store.conversations import Conversations
from assistant.store.knowledge import Knowledge
from assistant.store.meaning import Meaning
from assistant.store.migrations import migrations
from assistant.store.people import People
from assistant.store.releases import Releases
from assistant.store.words import Words


class Store:
    """The memory of one home. Open it with `Store.open`."""

    def __init__(self, connections: Connections):
        self._connections = connections
        self.knowledge = Knowledge(connections)
        self.words = Words(connections)
        self.meaning = Meaning(connections)
        self.conversations = Conversations(connections)
        self.people = People(connections)
        self.releases = Releases(connections)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open (or make) the database at `path` and bring its shape up to date."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise KefuError(
                f"The folder {path.parent} can't be made: {error.strerror}. Choose another with --home DIR."
            ) from error
        connections = Connections(path)
        with connections.read() as db:
            pending = migrations.pending(db)
        if pending:
            with connections.write() as db:
                migrations.apply(db)
        return cls(connections)

    @property
    def path(self) -> Path:
        return self._connections.path

    def note(self, name: str) -> str | None:
        """Return a remembered value, or None."""
        with self._connections.read() as db:
            row = db.conn.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def remember(self, name: str, value: str) -> None:
        with self._connections.write() as db:
            db["notes"].upsert({"name": name, "value": value}, pk="name")

    def write(self):
        """Return the context manager of one write transaction over all subjects."""
        return self._connections.write()

    def close(self) -> None:
        self._connections.close()
