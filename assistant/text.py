"""Pure functions on text: normalise, detect the language, cut into terms, fingerprint.

Knows nothing of models or storage. Traditional characters are mapped with OpenCC.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAN_OR_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+", re.UNICODE)
_HAN_CHAR = re.compile(rf"[{_HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SENTENCE = re.compile(r"[^。！？!?\n]*?(?:[。！？!?]+[”’」』)）]*|\.(?=\s|$)|\n|$)", re.DOTALL)

STOP_EN = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "had", "has", "have", "how", "i", "if", "in", "is", "it", "its", "just", "me", "my", "of", "on", "or", "please", "so", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your", "hi", "hello", "thanks"]
)
STOP_ZH = frozenset(["的", "了", "吗", "呢", "啊", "吧", "呀", "嘛", "么", "我", "你", "您", "是", "在", "有", "就", "都", "也", "还", "这", "那", "请", "问", "个", "和", "与", "把", "被", "给", "要", "会", "能", "可", "以", "想"])


@lru_cache(maxsize=1)
def _stop_stems() -> frozenset[str]:
    return STOP_EN | {stem(w) for w in STOP_EN}


def clean(text: str) -> str:
    """Return `text` without control and zero-width characters, NFC, with ends trimmed."""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text.replace("\r\n", "\n"))).strip()


def whole_characters(text: str) -> str:
    """Return `text` with halves of a character joined, or replaced where the other half is missing."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@lru_cache(maxsize=1)
def _stemmer():
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the English stem of a lower-case word (Snowball); other scripts stay as they are."""
    return _stemmer().stemWord(word) if word.isascii() and word.isalpha() else word


@lru_cache(maxsize=1)
def _simplifier():
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """Return the form used for comparing and searching.

    NFKC (full width becomes half width), traditional to simplified, lower case, single blanks.
    """
    folded = unicodedata.normalize("NFKC", clean(text))
    if _HAN_CHAR.search(folded):
        folded = _simplifier().convert(folded)
    return " ".join(folded.lower().split())


def detect_language(text: str, default: str = "en") -> str:
    """Return "zh" or "en": Chinese where Han characters carry at least a third of the words.

    A Han character counts as half a word and a Latin word as one; text with neither gets `default`.
    """
    han = len(_HAN_CHAR.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    if not han and not latin:
        return default
    return "zh" if han / 2 >= (han / 2 + latin) / 3 else "en"


def terms(text: str) -> tuple[list[str], list[str]]:
    """Return (unigrams, bigrams) for lexical search.

    Unigrams are single Han characters and stemmed words of other scripts; bigrams are pairs of
    neighbouring Han characters. FTS5's own `trigram` can't find two-character words.
    """
    single: list[str] = []
    pairs: list[str] = []
    for run in HAN_OR_WORD.findall(normalise(text)):
        if _HAN_CHAR.match(run):
            single.extend(run)
            pairs.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            single.append(stem(run))
    return single, pairs


def content_terms(text: str) -> set[str]:
    """Return the terms that carry meaning: bigrams of Han and non-stop words of other scripts."""
    single, pairs = terms(text)
    words = {t for t in single if not _HAN_CHAR.match(t) and t not in _stop_stems()}
    han = {p for p in pairs if not (p[0] in STOP_ZH and p[1] in STOP_ZH)}
    if not pairs:
        han |= {t for t in single if _HAN_CHAR.match(t)}
    return words | han


def fingerprint(text: str) -> str:
    """Return the SHA-256 (hex) of the text's NFC form; vectors are keyed by it."""
    return hashlib.sha256(clean(text).encode("utf-8", "surrogatepass")).hexdigest()


def trigrams(text: str) -> set[str]:
    """Return the character 3-grams of the normalised text without blanks and punctuation."""
    joined = "".join(HAN_OR_WORD.findall(normalise(text)))
    return {joined[i : i + 3] for i in range(len(joined) - 2)} or ({joined} if joined else set())


def jaccard(one: set[str], other: set[str]) -> float:
    """Return |A and B| / |A or B|, 0.0 for two empty sets."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def sentences(text: str) -> list[str]:
    """Split into sentences, ends kept; joined again they give `text` without outer blanks."""
    return [part for part in _SENTENCE.findall(text) if part.strip()]


def joiner(language: str) -> str:
    """Return what stands between two sentences of that language."""
    return "" if language == "zh" else " "


def shorten(text: str, limit: int = 60) -> str:
    """Return one line of at most `limit` characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
