"""Connections to the one SQLite file, and the one way to write to it.

SQLite before 3.51.3 can corrupt a WAL file when several writers checkpoint at once, and a deferred
transaction that reads first fails at once when another writer is active. So every write goes
through `Connections.write`: a cross-process file lock, then BEGIN IMMEDIATE, then sqlite-utils'
`atomic` as a savepoint. The lock is held for one transaction only.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock
import sqlite_utils

from assistant.errors import BadInput, Busy, KefuError

LOCK_SECONDS = 30.0
CHUNK = 500  # values in one statement


def chunks(items: Sequence, size: int = CHUNK) -> Iterator[Sequence]:
    """Yield the items in order, as many at once as one statement may hold."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _say(error: sqlite3.Error, path: Path) -> KefuError:
    text = str(error).lower()
    if "disk is full" in text or "disk i/o" in text:
        return KefuError(
            f"The disk that holds {path} is full or failing ({error}). The change was undone and "
            "nothing was lost. Free some space and run the same command again."
        )
    if "locked" in text:
        return Busy(f"{path} is locked by another program ({error}). Wait for it, then try again.")
    if "not a database" in text or "malformed" in text:
        return KefuError(
            f"{path} is not a readable database ({error}). Move it aside and restore a copy, or "
            "start a new home with --home DIR."
        )
    if "readonly" in text or "unable to open" in text:
        return KefuError(f"{path} can't be opened for writing ({error}). Check the folder's rights.")
    return KefuError(f"The database {path} refused: {error}.")


class Connections:
    """A small pool of connections, each used by one thread at a time for one unit of work."""

    def __init__(self, path: Path, keep: int = 4):
        self.path = path
        self._keep = keep
        self._idle: list[sqlite_utils.Database] = []
        self._guard = threading.Lock()
        self._lock = filelock.FileLock(str(path) + ".lock", thread_local=True)
        self._local = threading.local()

    def _open(self) -> sqlite_utils.Database:
        try:
            connection = sqlite3.connect(self.path, check_same_thread=False, timeout=LOCK_SECONDS)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA mmap_size=0")
        except sqlite3.Error as error:
            raise _say(error, self.path) from error
        return sqlite_utils.Database(connection)

    @contextmanager
    def read(self) -> Iterator[sqlite_utils.Database]:
        """Lend a connection; inside `write` of the same thread, the one that is writing."""
        current = getattr(self._local, "db", None)
        if current is not None:
            yield current
            return
        with self._guard:
            db = self._idle.pop() if self._idle else None
        if db is None:
            db = self._open()
        try:
            yield db
        except sqlite3.Error as error:
            raise _say(error, self.path) from error
        finally:
            self._give_back(db)

    def _give_back(self, db: sqlite_utils.Database) -> None:
        if db.conn.in_transaction:
            db.conn.rollback()
        with self._guard:
            if len(self._idle) < self._keep:
                self._idle.append(db)
                return
        db.conn.close()

    @contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """Lend a connection inside one immediate transaction; an exception undoes all of it.

        A nested call joins the transaction as a savepoint. Raises `Busy` when the file lock is
        not free within 30 s.
        """
        current = getattr(self._local, "db", None)
        if current is not None:
            with current.atomic():
                yield current
            return
        try:
            self._lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout as error:
            raise Busy(
                f"Another process has been writing to {self.path} for over {LOCK_SECONDS:.0f} s. "
                "Wait for it to end, then run the same command again."
            ) from error
        except OSError as error:
            raise KefuError(f"The lock file {self.path}.lock can't be written: {error}.") from error
        try:
            with self.read() as db:
                db.conn.execute("BEGIN IMMEDIATE")
                self._local.db = db
                try:
                    with db.atomic():
                        yield db
                    db.conn.commit()
                except BaseException:
                    db.conn.rollback()
                    raise
                finally:
                    self._local.db = None
        except UnicodeEncodeError as error:
            raise BadInput(
                f"Not stored: the text {error.object[:60]!r} holds half a character, which is not valid"
                " text. Type it again, or save the file as UTF-8."
            ) from error
        except OverflowError as error:
            raise BadInput(f"A value can't be stored: {error}.") from error
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._guard:
            for db in self._idle:
                db.conn.close()
            self._idle.clear()
