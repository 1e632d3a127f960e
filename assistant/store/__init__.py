"""The memory: one SQLite file. The only room that knows sqlite-utils."""

from assistant.store.store import Store

__all__ = ["Store"]
