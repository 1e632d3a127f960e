"""Settings to a working engine: the one place where concrete classes meet."""

from __future__ import annotations

from assistant.settings import Settings
from assistant.store import Store


def open_store(settings: Settings) -> Store:
    """Open the home's memory; loads no model."""
    return Store.open(settings.database)
