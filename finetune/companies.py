"""Texts of invented companies in both languages, which the starter models learn from.

Knows their format and which companies are kept for measuring. Leaves what is made of them to the
encoder's, the confidence's and the response model's training.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import BadInput
from assistant.records import LANGUAGES
from assistant.settings import STARTER
from assistant.text import fingerprint

FOLDER = STARTER / "companies"
_LINE = re.compile(r"([QARSNF]) (zh|en) (.+)")
_ONCE = "QARS"


@dataclass(frozen=True, slots=True)
class Side:
    """An entry in one language: `reply` answers the first of `phrasings` in an agent's words.

    `unanswered` are questions near it that nothing answers. Each of `followups` is a conversation, the
    customer's and the agent's turns by turns, whose last one asks for this entry.
    """

    question: str
    answer: str
    phrasings: tuple[str, ...]
    reply: str
    unanswered: tuple[str, ...] = ()
    followups: tuple[tuple[str, ...], ...] = ()

    def asked(self) -> tuple[str, ...]:
        return (self.question, *self.phrasings)


def with_roles(talk: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (role, text) of a conversation's turns, the last one, which asks, left out."""
    return [("agent" if n % 2 else "customer", text) for n, text in enumerate(talk[:-1])]


@dataclass(frozen=True, slots=True)
class Entry:
    """One approved answer, the same facts in both languages."""

    zh: Side
    en: Side

    def side(self, language: str) -> Side:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Firm:
    """One company with everything that it answers."""

    trade: str
    name_zh: str
    name_en: str
    entries: tuple[Entry, ...]

    @property
    def held_out(self) -> bool:
        """Whether it is one of the tenth kept for measuring; fixed by its English name."""
        return kept_for_measuring(self.name_en)


def kept_for_measuring(name: str) -> bool:
    """Return whether a company of that name is of the tenth that nothing is trained on."""
    return int(fingerprint(name)[:8], 16) % 10 == 0


def read_firms(folder: Path = FOLDER) -> list[Firm]:
    """Return the companies of all `*.txt` in a folder, those of one name joined, by file name.

    Raises BadInput naming file, line and what was expected.
    """
    entries: dict[tuple[str, str, str], list[Entry]] = {}
    for path in sorted(folder.glob("*.txt")):
        for name, entry in _entries(path):
            entries.setdefault(name, []).append(entry)
    if not entries:
        raise BadInput(f"{folder} holds no companies: expected .txt files with lines '@ trade | name | name'.")
    return [Firm(*name, tuple(some)) for name, some in entries.items()]


def _entries(path: Path):
    name, block = None, []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        if line.startswith("@ "):
            name = tuple(part.strip() for part in line[2:].split("|"))
            if len(name) != 3:
                raise BadInput(f"{path}:{number}: expected '@ trade | Chinese name | English name', found {line!r}.")
        elif line.strip():
            match = _LINE.fullmatch(line.strip())
            if match is None or name is None:
                raise BadInput(
                    f"{path}:{number}: expected a line '@ ...' or one that begins with Q, A, R, S, N or F and a "
                    f"language (Q zh, A en), found {line[:40]!r}."
                )
            block.append((match[1], match[2], match[3].strip()))
        elif block:
            yield name, _entry(path, number, block)
            block = []


def _entry(path: Path, number: int, block: list[tuple[str, str, str]]) -> Entry:
    sides = {}
    for language in LANGUAGES:
        found = {mark: [t for m, g, t in block if (m, g) == (mark, language)] for mark in "QARSNF"}
        if missing := [mark for mark in _ONCE if len(found[mark]) != 1]:
            raise BadInput(
                f"{path}:{number}: the entry that ends here has {len(found[missing[0]])} lines "
                f"'{missing[0]} {language}', expected one."
            )
        phrasings = tuple(p.strip() for p in found["S"][0].split("|") if p.strip())
        talks = tuple(tuple(turn.strip() for turn in line.split(" > ")) for line in found["F"])
        if any(len(t) < 3 or len(t) % 2 == 0 or not all(t) for t in talks):
            raise BadInput(
                f"{path}:{number}: a line 'F {language}' of the entry that ends here: expected 'customer > agent > customer'."
            )
        sides[language] = Side(found["Q"][0], found["A"][0], phrasings, found["R"][0], tuple(found["N"]), talks)
    return Entry(**sides)
