"""May this sentence be shown? Only if the passages, or the customer's own words, bear it out. Pure.

Knows the order of the checks and the form of a refusal. What is checked lives in `promises`, `alignment`,
`contradiction` and `novelty`, reading facts in `facts`; what is said instead is left to the speaker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.replying import alignment, contradiction, novelty, promises, sources
from assistant.replying.facts import facts
from assistant.replying.glossary import words
from assistant.replying.polarity import denies
from assistant.replying.statements import clauses
from assistant.text import (
    STOP_EN,
    content_terms,
    detect_language,
    jaccard,
    normalise,
    sentences,
    trigrams,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a sentence was not shown; `kind` is one word for counting, `found` what was wrong in it."""

    kind: str
    sentence: str
    found: str
    reason: str


def allowed(
    sentence: str, passages: Sequence[str], customer_texts: Sequence[str], language: str,
    said: Sequence[str] = (),
) -> Refusal | None:
    """Return None if the sentence may be shown, else the first reason against it.

    `passages` are the approved texts, `customer_texts` what the customer wrote in this conversation,
    `said` the sentences of this reply that were shown already.
    """
    for check in (_form, _repeat, _language, _facts, _claims, _names, _unspoken, _aligned):
        if refusal := check(sentence, passages, customer_texts, language, said):
            return refusal
    return None


def verbatim(sentence: str, passages: Sequence[str]) -> bool:
    """Return whether the sentence is one whole sentence, or several in a row, of a passage.

    A part of a sentence does not count: it may have lost the condition that it stands under.
    """
    wanted = _bare(sentence)
    for passage in passages:
        parts = [_bare(p) for p in sentences(passage)]
        for start in range(len(parts)):
            joined = ""
            for part in parts[start:]:
                joined += part
                if joined == wanted and wanted:
                    return True
                if len(joined) > len(wanted):
                    break
    return False


_EDGE = re.compile(r"[\s。！？!?.,，；;：:~～…]+")


def _bare(text: str) -> str:
    return _EDGE.sub("", normalise(text))


# The checks: each takes (sentence, passages, customer_texts, language, said)

_LEFTOVER = re.compile(r"<\||\|>|\ufffd|</?(?:s|think|im_start|im_end)>|\[(?:passage|资料) ?\d|^(?:assistant|system|user):", re.I)
_WORD = re.compile(r"[^\W_]", re.UNICODE)


def _form(sentence, passages, customer_texts, language, said) -> Refusal | None:
    if not _WORD.search(sentence):
        return Refusal("empty", sentence, "", "The sentence says nothing.")
    if match := _LEFTOVER.search(sentence):
        return Refusal("leftover", sentence, match.group(), "The sentence holds text that is meant for the model alone.")
    return None


def _repeat(sentence, passages, customer_texts, language, said) -> Refusal | None:
    bare, grams = _bare(sentence), trigrams(sentence)
    for earlier in said:
        if bare == _bare(earlier) or (len(grams) > 8 and jaccard(grams, trigrams(earlier)) > 0.85):
            return Refusal("repeat", sentence, earlier, "The sentence says again what was said.")
    return None


def _language(sentence, passages, customer_texts, language, said) -> Refusal | None:
    found = detect_language(sentence, default=language)
    if found == language or verbatim(sentence, passages):
        return None
    return Refusal("language", sentence, found, f"The reply must be in {language!r}, the sentence is in {found!r}.")


def _facts(sentence, passages, customer_texts, language, said) -> Refusal | None:
    known = sources.known(passages, customer_texts)
    for fact in facts(sentence):
        if not fact.supported_by(known):
            return Refusal(
                "fact", sentence, fact.shown,
                f"{fact.shown!r} ({fact.kind}) stands neither in the passages nor in the customer's words.",
            )
    return None


_CAPITAL = re.compile(r"(?<=[\w,;'’)] )[A-Z][a-z]{2,}(?![\w'’]*@)")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_QUOTED = re.compile(r"[“\"《『「]([^“”\"《》『』「」]{2,24})[”\"》』」]")


def _claims(sentence, passages, customer_texts, language, said) -> Refusal | None:
    for check in (promises.action, promises.promise, promises.everything):
        if finding := check(sentence, passages, customer_texts):
            return Refusal(finding.kind, sentence, finding.found, finding.reason)
    return None


_CALENDAR = frozenset(["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"])


def _names(sentence, passages, customer_texts, language, said) -> Refusal | None:
    """Refuse a name that neither passages nor customer wrote; of Chinese passages, its pinyin counts."""
    theirs = normalise("\n".join((*passages, *customer_texts)))
    bare = theirs.replace(" ", "")
    same = detect_language("\n".join(passages), default=language) == language
    names = [m.group() for m in (_CAPITAL if language == "en" else _LATIN).finditer(sentence)]
    if same:
        names += [m.group(1) for m in _QUOTED.finditer(sentence)]
    for name in names:
        own = normalise(name)
        if own in theirs or own.replace(" ", "") in bare or facts(name) or own in _CALENDAR or own in STOP_EN:
            continue
        if not same and (any(w.kind for w in words(own)) or (language == "en" and own in _pinyin(theirs))):
            continue
        return Refusal("invented", sentence, name, f"{name!r} is a name that neither the passages nor the customer wrote.")
    return None


@lru_cache(maxsize=64)
def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text))


CHECKS = (
    alignment.bound, alignment.period, alignment.other_period, alignment.uncovered_day, contradiction.polarity, contradiction.only_denied,
    contradiction.only_affirmed, contradiction.needed, alignment.crossed, alignment.subject, contradiction.opposite,
    alignment.dropped, alignment.scattered, novelty.invented,
)


LONGEST = 1000  # characters of a sentence that is not word for word from a passage


def _aligned(sentence, passages, customer_texts, language, said) -> Refusal | None:
    """Hold the statements of a sentence against those of the passages."""
    if verbatim(sentence, passages):
        return None
    if len(sentence) > LONGEST:
        return Refusal("long", sentence, "", f"The sentence is longer than {LONGEST} characters.")
    source, own = _source(tuple(passages), tuple(customer_texts)), clauses(sentence)
    for check in CHECKS:
        if finding := check(own, source):
            return Refusal(finding.kind, sentence, finding.found, finding.reason)
    return None


@lru_cache(maxsize=64)
def _source(passages: tuple[str, ...], customer_texts: tuple[str, ...]) -> sources.Source:
    return sources.Source(passages, customer_texts)


def _unspoken(sentence, passages, customer_texts, language, said) -> Refusal | None:
    """Refuse a denial of what no passage speaks of."""
    if not denies(sentence) or verbatim(sentence, passages) or _polite(sentence):
        return None
    source = _source(tuple(passages), tuple(customer_texts))
    held = frozenset(label.lstrip("-") for labels in source.labels for label in labels)
    own = clauses(sentence)
    told = [label.lstrip("-") for c in own for label in c.labels] + [":".join(k) for c in own for f in c.facts for k in f.forms()]
    if not held.isdisjoint(told):
        return None
    return Refusal("negation", sentence, "", "The sentence denies something that no passage speaks of.")


def _polite(sentence: str) -> bool:
    """Return whether a sentence only regrets or thanks: short, and without any fact."""
    regrets = re.search(r"sorry|apolog|thank|pleasure|抱歉|对不起|谢谢|感谢|理解", normalise(sentence))
    return bool(regrets) and len(content_terms(sentence)) <= 8 and not facts(sentence)
