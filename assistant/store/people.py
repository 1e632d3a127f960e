"""Staff, their roles, and their revocable sessions at the desk."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from assistant.errors import BadInput, NotFound
from assistant.store.connection import Connections

ROLES = ("agent", "admin")
SESSION_DAYS = 7


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class People:
    """Who may sit at the desk. Passwords are kept as argon2id hashes, tokens as SHA-256."""

    def __init__(self, connections: Connections):
        self._connections = connections

    def add(self, name: str, password: str, role: str = "agent") -> None:
        """Store a person; raises BadInput on a taken name, an unknown role or a short password."""
        if role not in ROLES:
            raise BadInput(f"Unknown role {role!r}. Known roles: {', '.join(ROLES)}.")
        if not name.strip():
            raise BadInput("A name must not be empty.")
        with self._connections.write() as db:
            if db["staff"].count_where("name = ?", [name]):
                raise BadInput(f"{name!r} exists. `assistant staff password {name}` sets a new password.")
            db["staff"].insert(
                {"name": name, "role": role, "password": self._hash(password), "disabled": 0,
                 "created_at": datetime.now(UTC).isoformat(timespec="seconds")}
            )

    def _hash(self, password: str) -> str:
        from argon2 import PasswordHasher

        if len(password) < 8:
            raise BadInput(f"A password needs at least 8 characters; this one has {len(password)}.")
        return PasswordHasher().hash(password)

    def set_password(self, name: str, password: str) -> None:
        """Set a new password and end all sessions of that person."""
        hashed = self._hash(password)
        with self._connections.write() as db:
            self._known(db, name)
            db.conn.execute("UPDATE staff SET password = ? WHERE name = ?", [hashed, name])
            db.conn.execute("DELETE FROM sessions WHERE staff = ?", [name])

    def disable(self, name: str) -> None:
        """Sign a person out everywhere and let them in no more."""
        with self._connections.write() as db:
            self._known(db, name)
            db.conn.execute("UPDATE staff SET disabled = 1 WHERE name = ?", [name])
            db.conn.execute("DELETE FROM sessions WHERE staff = ?", [name])

    def _known(self, db, name: str) -> None:
        if not db["staff"].count_where("name = ?", [name]):
            known = ", ".join(r[0] for r in db.conn.execute("SELECT name FROM staff ORDER BY name"))
            raise NotFound(f"There is nobody called {name!r} at the desk. Known: {known or 'nobody yet'}.")

    def listing(self) -> list[dict]:
        with self._connections.read() as db:
            return list(db.query("SELECT name, role, disabled, created_at FROM staff ORDER BY name"))

    def sign_in(self, name: str, password: str) -> str | None:
        """Return a new session token, or None where name and password don't match."""
        from argon2 import PasswordHasher
        from argon2.exceptions import VerificationError

        with self._connections.read() as db:
            row = db.conn.execute(
                "SELECT password FROM staff WHERE name = ? AND disabled = 0", [name]
            ).fetchone()
        hasher = PasswordHasher()
        if row is None:
            hasher.hash(password[:1000])
            return None
        try:
            hasher.verify(row[0], password)
        except VerificationError:
            return None
        token = secrets.token_urlsafe(32)
        expires = datetime.now(UTC) + timedelta(days=SESSION_DAYS)
        with self._connections.write() as db:
            db["sessions"].insert(
                {"token": _digest(token), "staff": name, "expires_at": expires.isoformat()}
            )
        return token

    def who(self, token: str) -> dict | None:
        """Return name and role of the session's owner, or None where it has ended."""
        with self._connections.read() as db:
            row = db.conn.execute(
                "SELECT s.name, s.role FROM sessions t JOIN staff s ON s.name = t.staff"
                " WHERE t.token = ? AND t.expires_at > ? AND s.disabled = 0",
                [_digest(token), datetime.now(UTC).isoformat()],
            ).fetchone()
        return {"name": row[0], "role": row[1]} if row else None

    def sign_out(self, token: str) -> None:
        with self._connections.write() as db:
            db.conn.execute("DELETE FROM sessions WHERE token = ?", [_digest(token)])
