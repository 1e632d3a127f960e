"""The time as the store writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond, so that rows sort by it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def today() -> str:
    """Return the local date that a FAQ's validity is judged by."""
    return datetime.now().date().isoformat()
