"""Which Chinese characters and words the starter encoder gets, and the vector that each begins with.

A token begins at the mean of the input embeddings of its English glosses in CC-CEDICT, so that it
means something before any training.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST = 5200  # characters
MOST_WORDS, LONGEST_WORD = 16000, 4
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*\]|CL:\S*|\u2026")
_POINTER = re.compile(r"^(?:variant of|old variant|surname |see |used in |abbr\. for|Japanese|erhua variant|also written)")


@dataclass(frozen=True, slots=True)
class Word:
    """A dictionary entry: simplified form, pinyin with tone digits, cleaned English glosses."""

    text: str
    pinyin: str
    glosses: tuple[str, ...]


def read_cedict(path: Path) -> list[Word]:
    """Return the entries of a CC-CEDICT JSONL (gzip) that hold a Han character and a real gloss."""
    words = []
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            glosses = tuple(
                g for text in row["english"]
                if not _POINTER.match(text) and len(g := " ".join(_ASIDE.sub(" ", text).split(",")[0].split())) > 1
            )
            if glosses and _HAN.search(row["simplified"]):
                words.append(Word(row["simplified"], row["pinyin"], glosses))
    return words


def choose_characters(
    words: Iterable[Word], texts: Iterable[str], known: set[str], least: int = 3, most: int = MOST
) -> list[str]:
    """Return Han characters that `known` lacks, sorted: in `texts`, or in `least` dictionary words.

    Of more than `most`, those of the texts come first, then those of the most words.
    """
    count = Counter(c for w in words for c in set(w.text))
    used = {c for text in texts for c in text}
    wanted = {c for c, n in count.items() if n >= least} | used
    fit = [c for c in wanted if _HAN.fullmatch(c) and c not in known]
    return sorted(sorted(fit, key=lambda c: (c not in used, -count[c], c))[:most])


def choose_words(words: Iterable[Word], texts: Iterable[str], most: int = MOST_WORDS) -> list[str]:
    """Return dictionary words of two to four characters, sorted: the most frequent in `texts` first.

    A text is cut into the longest words from its beginning on, as the tokenizer will. Places that are
    left go to the words that most other words of the dictionary hold.
    """
    fit = {w.text for w in words if 2 <= len(w.text) <= LONGEST_WORD and all(map(_HAN.fullmatch, w.text))}
    used = Counter(word for text in texts for word in cut(text, fit))
    within = Counter(
        part for w in fit for part in {w[i:j] for i in range(len(w)) for j in range(i + 2, len(w) + 1)} & fit
    )
    return sorted(sorted(fit, key=lambda w: (-used[w], -within[w], w))[:most])


def cut(text: str, words: set[str]) -> list[str]:
    """Return the longest of `words` from left to right; what is between them is left out."""
    found, at = [], 0
    while at < len(text):
        length = next((n for n in range(LONGEST_WORD, 1, -1) if text[at : at + n] in words), 0)
        if length:
            found.append(text[at : at + length])
        at += length or 1
    return found


def first_vectors(tokens: Sequence[str], words: Sequence[Word], embed, default):
    """Return (n, d) first rows: the mean of `embed(gloss)` over a token's glosses.

    `embed` maps a text to the mean input embedding of its tokens. A character that is no entry by
    itself takes the words that hold it; one without any takes `default`.
    """
    import torch

    own: dict[str, list[str]] = {}
    within: dict[str, list[str]] = {}
    for word in words:
        own.setdefault(word.text, []).extend(word.glosses[:4])
        if len(word.text) > 1:
            for c in set(word.text):
                if len(within.setdefault(c, [])) < 12:
                    within[c].append(word.glosses[0])
    rows = []
    for token in tokens:
        glosses = own.get(token) or within.get(token) or []
        rows.append(torch.stack([embed(g) for g in glosses]).mean(0) if glosses else default)
    return torch.stack(rows)
