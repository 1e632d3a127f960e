"""Versions of models and the append-only list of promotions."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from assistant.errors import NotFound
from assistant.records import Release, Version
from assistant.store.clock import now
from assistant.store.connection import Connections


class Releases:
    """What was trained, and what has been serving since when."""

    def __init__(self, connections: Connections):
        self._connections = connections

    def add_version(self, version: Version) -> Version:
        version = replace(version, created_at=version.created_at or now())
        with self._connections.write() as db:
            db["versions"].upsert(
                {**asdict(version), "metrics": json.dumps(version.metrics, ensure_ascii=False)}, pk="id"
            )
        return version

    def version(self, id: str) -> Version:
        """Return one version; raises NotFound with the known ids."""
        for version in self.versions():
            if version.id == id:
                return version
        known = ", ".join(v.id for v in self.versions())
        raise NotFound(f"There is no version {id!r}. Known: {known or 'none yet'}.")

    def versions(self, part: str = "") -> list[Version]:
        with self._connections.read() as db:
            rows = db["versions"].rows_where(
                "part = ?" if part else None, [part] if part else None, order_by="created_at, rowid"
            )
            return [Version(**{**r, "metrics": json.loads(r["metrics"])}) for r in rows]

    def promote(self, parts: dict[str, str], by: str, reason: str) -> Release:
        """Append a promotion; from this commit on every process serves it."""
        with self._connections.write() as db:
            db["promotions"].insert({**parts, "at": now(), "by": by, "reason": reason})
        return self.current()

    def current(self) -> Release | None:
        """Return the release that serves, or None before the first."""
        with self._connections.read() as db:
            for row in db["promotions"].rows_where(order_by="id DESC", limit=1):
                return Release(**row)
        return None

    def history(self) -> list[Release]:
        with self._connections.read() as db:
            return [Release(**r) for r in db["promotions"].rows_where(order_by="id")]

    def add_dataset(self, id: str, path: str, until_turn: int, rows: int) -> None:
        with self._connections.write() as db:
            db["datasets"].insert(
                {"id": id, "path": path, "created_at": now(), "until_turn": until_turn, "rows": rows}
            )

    def datasets(self) -> list[dict]:
        with self._connections.read() as db:
            return list(db["datasets"].rows_where(order_by="created_at, rowid"))
