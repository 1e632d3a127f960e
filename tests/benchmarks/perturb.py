"""Ways in which people type a question otherwise than it is written. Pure, given a random generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_HAN = re.compile(r"[\u4e00-\u9fff]")
EMOJI = ("😭", "🙏🙏", "😡", "👀", "😅")
Perturb = Callable[[random.Random, str], str]


@lru_cache(maxsize=1)
def _traditional():
    import opencc

    return opencc.OpenCC("s2t")


def reading(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text))


def traditional(rng: random.Random, text: str) -> str:
    return _traditional().convert(text)


def full_width(rng: random.Random, text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def pinyin(rng: random.Random, text: str) -> str:
    return _HAN.sub(lambda m: reading(m.group()), text)


def half_pinyin(rng: random.Random, text: str) -> str:
    """Spell two neighbouring characters out."""
    places = [i for i in range(len(text) - 1) if _HAN.match(text[i]) and _HAN.match(text[i + 1])]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + reading(text[at : at + 2]) + text[at + 2 :]


def homophone(common: Iterable[str]) -> Perturb:
    """Return what replaces a character by another of `common` that sounds alike."""
    alike: dict[str, list[str]] = {}
    for c in sorted({c for text in common for c in text if _HAN.match(c)}):
        alike.setdefault(reading(c), []).append(c)

    def change(rng: random.Random, text: str) -> str:
        places = [i for i, c in enumerate(text) if _HAN.match(c) and len(alike.get(reading(c), ())) > 1]
        if not places:
            return text
        at = rng.choice(places)
        other = rng.choice([c for c in alike[reading(text[at])] if c != text[at]] or [text[at]])
        return text[:at] + other + text[at + 1 :]

    return change


def typo(rng: random.Random, text: str) -> str:
    """Lose a Chinese character, or swap two letters of an English word."""
    han = [i for i, c in enumerate(text) if _HAN.match(c)]
    if han:
        at = rng.choice(han)
        return text[:at] + text[at + 1 :]
    places = [m.start() + 1 for m in re.finditer(r"[A-Za-z]{5,}", text)]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def emoji(rng: random.Random, text: str) -> str:
    return f"{text}{rng.choice(EMOJI)}"


def capitals(rng: random.Random, text: str) -> str:
    return text.upper()


def ways(language: str, common: Iterable[str]) -> dict[str, Perturb]:
    """Return the perturbations of a language by name."""
    both = {"full width": full_width, "typo": typo, "emoji": emoji}
    if language == "en":
        return {**both, "capitals": capitals}
    return {
        **both, "traditional": traditional, "half pinyin": half_pinyin, "pinyin": pinyin,
        "homophone": homophone(common),
    }
