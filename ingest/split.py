"""Sections to pieces of a few hundred characters that end where sentences end.

Pure. Uses langchain's recursive splitter with ends of sentences of both languages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from assistant.records import Document, Piece
from assistant.text import clean, detect_language
from ingest.readers.documents import Section, Source

LONGEST = 500
# Tried in this order: paragraphs, lines, sentences, clauses, words; a text without any of them
# is cut by length.
SEPARATORS = [
    r"\n\n+",
    r"\n",
    r"[。！？!?]+[”’」』）)]*|(?<!e\.g)(?<!i\.e)(?<!\bNo)(?<!\b[DM]r)\.[”\"’)]*\s+(?=[^a-z])",
    r"[；;]\s*",
    r"[，,、]\s*",
    r"\s+",
]


def to_document(source: Source) -> Document:
    """Return the document with its pieces; a text that stands twice under a heading is kept once."""
    pieces = dict.fromkeys(
        Piece(section.heading, text, language)
        for section in source.sections for text, language in pieces_of(section)
    )
    return Document(source.id, source.title, source.fingerprint, tuple(pieces), source.id)


def pieces_of(section: Section) -> Iterator[tuple[str, str]]:
    """Yield (text, language) of each piece; pieces of one section have about the same length."""
    for language, text in _by_language(section):
        for piece in split(text):
            yield piece, language


def split(text: str, longest: int = LONGEST) -> list[str]:
    """Return pieces of at most `longest` characters, cut between sentences wherever there are any."""
    text = text.strip()
    if len(text) <= longest:
        return [text] if text else []
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    parts = math.ceil(len(text) / longest)
    size = min(longest, math.ceil(len(text) / parts * 1.15))
    splitter = RecursiveCharacterTextSplitter(
        separators=[*SEPARATORS, ""], is_separator_regex=True, keep_separator="end",
        chunk_size=size, chunk_overlap=0,
    )
    return [piece for piece in (clean(p) for p in splitter.split_text(text)) if re.search(r"\w", piece)]


def _by_language(section: Section) -> Sequence[tuple[str, str]]:
    """Return (language, text) of each run of paragraphs in one language.

    A short paragraph (a name, a model number) stays with the run that it stands in.
    """
    if section.language:
        return [(section.language, section.text)]
    whole = detect_language(section.text)
    runs: list[tuple[str, list[str]]] = []
    for paragraph in section.text.split("\n\n"):
        current = runs[-1][0] if runs else whole
        language = detect_language(paragraph, default=current) if len(paragraph.encode()) >= 30 else current
        if runs and runs[-1][0] == language:
            runs[-1][1].append(paragraph)
        else:
            runs.append((language, [paragraph]))
    return [(language, "\n\n".join(paragraphs)) for language, paragraphs in runs]
