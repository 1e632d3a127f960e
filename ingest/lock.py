"""One command at a time may encode into a home; a second one is told who is at work."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import filelock

from assistant.errors import Busy


@contextmanager
def sole_writer(home: Path, command: str) -> Iterator[None]:
    """Hold the home's command lock; raises Busy at once, naming process, command and start.

    The lock belongs to the process, so one that is killed leaves none behind. Short writes (an
    edit at the desk, a retirement) do not need it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home / "ingest.lock")
    holder = home / "ingest.lock.json"
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise Busy(
            f"Another command is changing the knowledge in {home}: {_who(holder)}."
            " Wait for it to end, then run yours again; nothing of yours was done."
        ) from error
    try:
        since = datetime.now().strftime("%H:%M:%S")
        holder.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": since}), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text("utf-8"))
        return f"`{told['command']}` (process {told['pid']}, since {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has only just begun"
