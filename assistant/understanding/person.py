"""Whether a customer asks for a human being, by the wording alone: pure, knows no model and no home.

A home's trained intent head knows the wordings that its examples show; these rules hold in every
home, in Chinese and English and in both mixed. Each language has its grammar in a file of its own.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from assistant.text import normalise
from assistant.understanding import person_en, person_zh

_SENTENCE = re.compile(r"(?:[^.!?;。！？；~\n]|\.(?!\s|$|\.))+")
LONGEST = 4000  # characters that are read


class Wish(IntEnum):
    """How clearly a message asks for a human being.

    VOICED may be a question with a known answer ("how do I reach a human?"), PLAIN can't be taken
    for anything else ("get me a human").
    """

    NONE = 0
    VOICED = 1
    PLAIN = 2


@lru_cache(maxsize=4096)
def wish_for_a_person(text: str) -> Wish:
    """Return how clearly the wording asks for a human being: that of the clearest sentence."""
    return max((_wish(s.strip()) for s in _SENTENCE.findall(normalise(text[:LONGEST])) if s.strip()), default=Wish.NONE)


def asks_for_a_person(text: str) -> bool:
    """Return whether the wording asks for a human being, however it is put."""
    return wish_for_a_person(text) > Wish.NONE


def _wish(sentence: str) -> Wish:
    """Return the wish in one normalised sentence; one that mixes languages is read in both."""
    found = Wish.NONE
    for grammar in (person_zh, person_en):
        tagged = grammar.meant(sentence)
        if tagged and grammar.asks(tagged):
            found = max(found, Wish.VOICED if grammar.enquires(tagged) else Wish.PLAIN)
    return found
