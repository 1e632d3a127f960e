"""What words mean, over both languages: 退货, return and send back are one meaning.

Pure but for reading its own list, `glossary.txt`, which says how it is written. Knows words alone, no
facts and no grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from assistant.text import stem

_TOKEN = re.compile(r"[a-z]+|[\u3400-\u9fff]+")
_VOWEL = re.compile("[aeiouy]")
_LONGEST_ZH, _LONGEST_EN = 7, 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands (characters), its stem, and its meanings; "-open" opposes "open".

    `kind` is the section of the list it comes from (things, deeds, qualities, harmless), "" if none, and
    light for a word that has meanings and stands among the harmless as well.
    """

    at: int
    until: int
    text: str
    meanings: frozenset[str]
    kind: str

    @property
    def labels(self) -> frozenset[str]:
        """Return what the word goes by: its meanings, else itself, else each pair of its characters."""
        if self.meanings or len(self.text) < 3 or self.text.isascii():
            return self.meanings or frozenset([self.text])
        return frozenset(self.text[n : n + 2] for n in range(len(self.text) - 1))


@lru_cache(maxsize=1)
def _entries() -> dict[str | tuple[str, ...], tuple[frozenset[str], str]]:
    """Return (meanings, kind) by Chinese word and by the stems of an English phrase."""
    meanings: dict = {}
    kinds: dict = {}
    kind = ""
    for line in resources.files("assistant.replying").joinpath("glossary.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        meaning, _, words = line.partition(":")
        chinese, _, english = words.partition(" / ")
        for word in [*chinese.split(), *(tuple(stem(t) for t in _TOKEN.findall(w)) for w in english.split(","))]:
            if not word:
                continue
            if kind != "harmless":
                meanings.setdefault(word, set()).add(meaning.strip())
                kinds.setdefault(word, kind)
            else:
                kinds[word] = "light" if kinds.get(word, kind) != kind else kind
    return {word: (frozenset(meanings.get(word, ())), kind) for word, kind in kinds.items()}


def words(text: str) -> list[Word]:
    """Return the words of a normalised text in order; the longest entry wins, what has none stays itself."""
    entries, out = _entries(), []
    latin: list[re.Match] = []
    for match in _TOKEN.finditer(text):
        if match.group()[0] < "\u3400":
            latin.append(match)
            continue
        out += _english(latin, entries)
        latin = []
        out += _chinese(match, entries)
    return out + _english(latin, entries)


def _english(tokens: list[re.Match], entries: dict) -> list[Word]:
    out, stems, n = [], [_stem(t.group(), entries) for t in tokens], 0
    while n < len(tokens):
        for size in range(min(_LONGEST_EN, len(tokens) - n), 0, -1):
            entry = entries.get(tuple(stems[n : n + size]))
            if entry:
                meanings, kind = entry
                if size > 1:  # a birth certificate is a certificate
                    meanings = meanings.union(*(entries[(s,)][0] for s in stems[n : n + size] if (s,) in entries))
                out.append(Word(tokens[n].start(), tokens[n + size - 1].end(), " ".join(stems[n : n + size]), meanings, kind))
                break
        else:
            size = 1
            if len(stems[n]) > 1:
                out.append(Word(tokens[n].start(), tokens[n].end(), stems[n], frozenset(), ""))
        n += size
    return out


def _stem(word: str, entries: dict) -> str:
    """Return the stem of a word; refundable is refund where that one is listed."""
    own = stem(word)
    if len(word) > 2 and word.endswith("s") and not _VOWEL.search(word):  # DVDs
        own = word[:-1]
    if own.endswith("se") and (own,) not in entries and (own[:-1],) not in entries and (own[:-2],) in entries:
        return own[:-2]  # buses
    if own.endswith("abl") and (own,) not in entries:
        return next((s for s in (own[:-3], own[:-3] + "e") if (s,) in entries), own)
    return own


def _chinese(run: re.Match, entries: dict) -> list[Word]:
    text, start, out, n, open_from = run.group(), run.start(), [], 0, None

    def leave(until: int) -> None:
        if open_from is not None:
            out.append(Word(start + open_from, start + until, text[open_from:until], frozenset(), ""))

    while n < len(text):
        for size in range(min(_LONGEST_ZH, len(text) - n), 0, -1):
            entry = entries.get(text[n : n + size])
            if entry:
                leave(n)
                open_from = None
                out.append(Word(start + n, start + n + size, text[n : n + size], *entry))
                n += size
                break
        else:
            open_from = n if open_from is None else open_from
            n += 1
    leave(len(text))
    return out
