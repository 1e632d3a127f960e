"""Questions as fingers slip: homophones, pinyin or English for a word, a character lost or doubled, swapped letters.

Pure, given a random generator. The readings come from the dictionary that is handed in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

from finetune.encoder.vocabulary import LONGEST_WORD, Word

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[a-z]+( [a-z]+)?")
_TONE = re.compile(r"[1-5]")


class Slips:
    """Makes plausible misspellings; `readings` are single-character dictionary words."""

    def __init__(self, words: Iterable[Word], common: set[str]):
        """Learn readings from single-character entries; homophones are drawn from `common` only."""
        self._reading: dict[str, str] = {}
        self._same: dict[str, list[str]] = {}
        self._english: dict[str, str] = {}
        for word in words:
            if 2 <= len(word.text) <= LONGEST_WORD and _ENGLISH.fullmatch(word.glosses[0]):
                self._english.setdefault(word.text, word.glosses[0].removeprefix("to "))
            if len(word.text) == 1 and word.text not in self._reading:
                sound = _TONE.sub("", word.pinyin).lower().replace("u:", "v")
                self._reading[word.text] = sound
                if word.text in common:
                    self._same.setdefault(sound, []).append(word.text)

    def slip(self, rng: random.Random, text: str) -> str:
        """Return the text with one slip, or as it is where none fits."""
        places = [i for i, c in enumerate(text) if _HAN.match(c)]
        if len(places) < 3:
            return self._latin(rng, text)
        kind = rng.random()
        at = rng.choice(places)
        if kind < 0.12:
            return self._in_english(text, at)
        if kind < 0.3:
            return text[:at] + rng.choice(self._same.get(self._reading.get(text[at], ""), [text[at]])) + text[at + 1 :]
        if kind < 0.55:
            length = rng.choice((1, 1, 2))
            stretch = text[at : at + length]
            sounds = [self._reading.get(c, c) for c in stretch]
            return text[:at] + "".join(sounds) + text[at + length :]
        if kind < 0.65 and len(places) < 12:
            return "".join(self._reading.get(c, c) for c in text)
        if kind < 0.85:
            return text[:at] + text[at + 1 :]
        return text[: at + 1] + text[at] + text[at + 1 :]

    def _in_english(self, text: str, at: int) -> str:
        """Return the text with the longest dictionary word that begins at `at` in English."""
        for length in range(LONGEST_WORD, 1, -1):
            if english := self._english.get(text[at : at + length]):
                return f"{text[:at]} {english} {text[at + length :]}".strip()
        return text

    @staticmethod
    def _latin(rng: random.Random, text: str) -> str:
        words = text.split(" ")
        at = rng.randrange(len(words))
        word = words[at]
        if len(word) < 4:
            return text
        i = rng.randrange(1, len(word) - 1)
        words[at] = rng.choice((
            word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :],
        ))
        return " ".join(words)
