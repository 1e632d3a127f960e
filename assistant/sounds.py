"""How Chinese sounds, without tones: so that pinyin, half pinyin and homophones find their words. Pure.

Readings are pypinyin's. A word typed in pinyin is cut into syllables by the spelling rules alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.text import HAN_OR_WORD, STOP_EN, detect_language, normalise, terms

_FINALS = (
    "iang|iong|uang|ueng|ang|eng|ing|ong|iao|ian|uai|uan|van|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui|un|ue|ve|vn|a|o|e|i|u|v"
)
_SYLLABLE = re.compile(rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])(?:{_FINALS})|ang|ai|an|ao|a|e|en|er|ou|o")
_LONGEST = 6


@lru_cache(maxsize=16384)
def syllables(word: str) -> tuple[str, ...]:
    """Return the syllables of a lower-case word in pinyin, the fewest that spell it; () if it is none."""
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            if before is None or not _SYLLABLE.fullmatch(word, start, end):
                continue
            if best[end] is None or len(before) + 1 < len(best[end]):
                best[end] = (*before, word[start:end])
    return best[len(word)] or () if word else ()


@lru_cache(maxsize=65536)
def _readings(run: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(r.replace("ü", "v") for r in lazy_pinyin(run, errors="ignore"))


def sounds(text: str) -> list[str]:
    """Return the neighbouring syllables of a text, joined in twos: 退款, 退kuan and tuikuan give tuikuan.

    In a text that is neither Chinese nor spelt-out Chinese only words by themselves are read.
    """
    plain = normalise(text)
    runs = HAN_OR_WORD.findall(plain)
    across = not plain.isascii() or written_in_pinyin(plain)
    out: list[str] = []
    spoken: list[str] = []
    for run in runs:
        read = list(syllables(run)) if run.isascii() else list(_readings(run))
        if not read or not across:
            out += _joined(spoken)
            spoken = []
        spoken += read
    return out + _joined(spoken)


def _joined(read: list[str]) -> list[str]:
    return [read[i] + read[i + 1] for i in range(len(read) - 1)]


def searched_terms(text: str) -> tuple[list[str], list[str]]:
    """Return (single terms, neighbouring pairs) that word searches go by: `terms`, and sounds as pairs."""
    single, pairs = terms(text)
    return single, [*pairs, *sounds(text)]


def written_in_pinyin(text: str) -> bool:
    """Return whether a text without Han characters is Chinese spelt out: three syllables or more, no English."""
    words = [w for w in HAN_OR_WORD.findall(text.lower()) if w.isalpha()]
    if not words or any(not w.isascii() or w in STOP_EN for w in words):
        return False
    read = [syllables(w) for w in words]
    return all(read) and sum(map(len, read)) >= 3


def spoken_language(text: str, default: str = "en") -> str:
    """Return the language of a message ("zh" or "en"), Chinese also where it is spelt out in pinyin."""
    return "zh" if written_in_pinyin(text) else detect_language(text, default)
