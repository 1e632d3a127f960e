"""Several questions in one message, told apart by rule: pure, knows no model and no conversation.

Cuts at numbers, at ends of sentences, at words that add a question ("另外", "and also") and at the
commas and "and"s between two clauses that both ask. What asks nothing stays with its question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.text import content_terms, detect_language, normalise, sentences

MOST = 3
LONGEST = 600  # characters; what is longer is a letter, not a list of questions

_NUMBER = re.compile(
    r"(?:^|(?<=[\s:：,，。;；?？!！]))(?:[(（]?([1-9])[)）、．:：]|([1-9])\.(?!\d)|([一二三四五])、|第([一二三四五])[,，、:：])\s*"
)
_BARE_NUMBER = re.compile(r"(?:^|(?<=[\s:：]))([1-9])\s+")
_ANNOUNCED = re.compile(r"(?:[几两二三四五2-5]个?(?:问题|件事)|一次问完|\b(?:questions?|things|qs)\b)\W*", re.IGNORECASE)
_ADDING = {
    "zh": re.compile(
        r"[\s,，、。;；?？!！]+(?:另外|还有(?![货没别其库机效名多几余活优折])|以及|顺便(?:再)?(?:问(?:一)?下?)?|再问(?:一)?下?|再(?:请)?问)(?:一下|就是)?[\s,，:：]*"
        r"|(?:以及|另外)"
    ),
    "en": re.compile(
        r"(?:[,;.?!]\s*(?:and\s+)?(?:also|plus|additionally|another (?:thing|question)|"
        r"one more (?:thing|question))|\s+and also)\b[\s,:]*", re.IGNORECASE
    ),
}
_BETWEEN = {
    "zh": re.compile(r"[,，;；、\s]+"),
    "en": re.compile(r"\s*[,;]\s*(?:(?:and|n|&)\s+)?|\s+(?:and|n|&)\s+", re.IGNORECASE),
}
_ASKS_ZH = re.compile(
    r"吗|么(?!有)|[?？]|怎[么样]|咋|如何|多少|多久|多长|几[天个年次号点时成折种家期]|何时|哪|谁|什么|啥|为何|是否|"
    r"呢[\s?？~～。]*$|不[\s?？~～。]*$|([能会要可有是行让给管退换修])(?:不|没)\1|可不可以|可以不|需不需要"
)
_AUX = r"(?:is|are|was|do|does|did|can|could|will|would|should|shall|may|must|have|has|am)"
_SUBJECT = r"(?:i|we|you|u|they|he|she|it|this|that|these|those|there|the|a|an|my|our|your|any|someone|anyone)"
_ASKS_EN = re.compile(
    rf"^(?:(?:hi|hey|hello|ok|so|and|but|well|please)\W+)*(?:"
    rf"how (?:much|many|long|fast|often|far|soon|late|early|big|old|to|come|about|{_AUX})\b|how'?s\b|"
    rf"(?:when|where)(?:'?s\b| to\b| {_AUX}\b)|"
    rf"(?:what|which|who|whose|why)(?:'?s\b| (?!i\b|we\b|you\b|he\b|she\b|they\b|it\b)\w+)|"
    rf"{_AUX} {_SUBJECT} \w)"
)
_CLAUSE_EN = re.compile(r"[,;.?!:]\s+|\s+(?:and|n|&)\s+")
_FILLER = re.compile(
    r"^(?:hi|hey|hello|good (?:morning|afternoon|evening)|excuse me|can (?:you|u) help(?: me)?|could you help(?: me)?|"
    r"(?:may|can|could) i ask(?: you)?(?: something| a question)?|(?:is )?(?:any(?:one|body)|someone) there|are (?:you|u) there|"
    r"(?:can|could) you tell me|do you know|really|seriously|quick question|questions?|"
    r"亲?(?:你好|您好|哈喽|在吗|在不在|在不|有人吗|有人在吗|有没有人啊?|人呢|真的吗)|请问(?:一下)?|问(?:一)?下|可以问(?:一)?下吗|能不能告诉我|能帮(?:我|忙)(?:一下)?吗)$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a message in order; `plainly` where the customer set them apart in so many words."""

    questions: tuple[str, ...]
    plainly: bool = False


def questions_in(text: str, most: int = MOST) -> Asked:
    """Return the questions of a message, at most `most`; one alone is the message as it is.

    Further questions stay with the last one. Greetings and clauses that ask nothing stay with the
    question after them, at the end with the one before. Numbers and words that add a question are
    plain; ends of sentences and clauses are a guess, to be judged by what is found.
    """
    if len(text) > LONGEST:
        return Asked((text,))
    language = detect_language(text)
    parts, plainly = _numbered(text), True
    if not parts:
        stretches = _added(text, language)
        plainly = len(stretches) > 1
        parts = _together([p for s in stretches for p in _asked(s, language) if p.strip()], language)
    if len(parts) < 2:
        return Asked((text,))
    kept, rest = parts[: most - 1], parts[most - 1 :]
    return Asked((*kept, *filter(None, [" ".join(r.strip() for r in rest)])), plainly)


def _numbered(text: str) -> list[str]:
    """Return the items of a list that counts up from 1; bare numbers only after an announcement."""
    marks = list(_NUMBER.finditer(text))
    announced = _ANNOUNCED.search(text)
    if not marks and announced:
        marks = list(_BARE_NUMBER.finditer(text, announced.end()))
    if len(marks) < 2 or [_count(m) for m in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [m.start() for m in marks[1:]] + [len(text)]
    items = [text[m.end() : end].strip(" ,，;；") for m, end in zip(marks, ends, strict=True)]
    return items if all(content_terms(i) for i in items) else []


def _count(mark: re.Match) -> int:
    found = next(g for g in mark.groups() if g)
    return int(found) if found.isdigit() else "一二三四五".index(found) + 1


def _added(text: str, language: str) -> list[str]:
    """Return the stretches between words that add a question, where both sides ask."""
    out, start = [], 0
    for mark in _ADDING[language].finditer(text):
        before, after = text[start : mark.start()], text[mark.end() :]
        ended = re.match(r"\s*[。?？!！.]+", text[mark.start() : mark.end()])
        if _asks(before, language, True) and _asks(after, language, True):
            out.append(before + (ended.group() if ended else ""))
            start = mark.end()
    return [*out, text[start:]]


def _asked(text: str, language: str) -> list[str]:
    """Return the sentences of a stretch, cut further between two clauses that both ask."""
    return [clause for sentence in sentences(text) for clause in _clauses(sentence, language)]


def _clauses(sentence: str, language: str) -> list[str]:
    out, start = [], 0
    for mark in _BETWEEN[language].finditer(sentence):
        before, after = sentence[start : mark.start()], sentence[mark.end() :]
        following = _BETWEEN[language].split(after)[0]
        if _asks(before, language) and _asks(following, language):
            out.append(before)
            start = mark.end()
    return [*out, sentence[start:]]


def _asks(text: str, language: str, loosely: bool = False) -> bool:
    """Return whether a clause asks about something; `loosely` takes a mark or any clause of it for enough."""
    plain = normalise(text)
    if not content_terms(plain) or _FILLER.match(plain.strip(" ,.?!，。？！~～")):
        return False
    if language == "zh":
        return bool(_ASKS_ZH.search(plain))
    clauses = _CLAUSE_EN.split(plain.rstrip("?!. "))
    some = clauses if loosely else clauses[-1:]
    return (loosely and plain.endswith("?")) or any(_ASKS_EN.match(c) for c in some)


def _together(parts: Sequence[str], language: str) -> list[str]:
    """Join what asks nothing to the question after it, at the end to the one before."""
    out: list[str] = []
    waiting = ""
    for part in parts:
        part = f"{waiting} {part.strip()}".strip()
        if _asks(part, language, True):
            out.append(part)
            waiting = ""
        else:
            waiting = part.strip()
    if waiting and out:
        out[-1] += " " + waiting
    return out
