"""Who is at the desk and what they may do; asked anew at every drawing of a page.

A session that was ended, or a role that changed, counts from the next drawing on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.store import Store
from ui.doors import LANGUAGE, SESSION

RIGHTS = {
    "agent": frozenset({"conversations", "knowledge", "figures"}),
    "admin": frozenset({"conversations", "knowledge", "figures", "release_others"}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    role: str

    def may(self, act: str) -> bool:
        return act in RIGHTS.get(self.role, frozenset())

    def may_release(self, agent: str) -> bool:
        """Return whether they may end `agent`'s hold of a conversation."""
        return agent == self.name or self.may("release_others")


def person_in(store: Store, cookies: Mapping[str, str]) -> Person | None:
    """Return who is signed in with these cookies, None for nobody."""
    token = cookies.get(SESSION, "")
    row = store.people.who(token) if token else None
    return Person(row["name"], row["role"]) if row else None


def language_of(store: Store, person: Person, cookies: Mapping[str, str], locale: str) -> str:
    """Return the desk's language: this person's choice, else the sign-in's, else the browser's."""
    for value in (store.note(f"desk language {person.name}"), cookies.get(LANGUAGE)):
        if value in ("zh", "en"):
            return value
    return "zh" if locale.lower().startswith("zh") else "en"


def keep_language(store: Store, person: Person, language: str) -> None:
    store.remember(f"desk language {person.name}", language)
