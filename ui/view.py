"""What the pages show, as pure functions over turns, events and progress.

Knows no Streamlit and no HTML. Times are turned into the visitor's own zone here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.records import Event, Faq, Turn
from assistant.text import clean
from ui.replies import Progress
from ui.wording import say

_NOTED = ("request", "cancel", "take", "give_back", "requeue", "close")
REASONS = ("wrong", "missed", "old", "unclear")


@dataclass(frozen=True, slots=True)
class Note:
    """A line between the bubbles: something that happened to the conversation."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Live:
    """What is not stored yet: questions still to be stored, and the answer being said.

    `answer` is None where nobody is typing, and "" before the first words.
    """

    questions: tuple[str, ...] = ()
    answer: str | None = None
    failure: str = ""
    queued: int = 0


def conversation_id(visitor: str, number: int) -> str:
    """Return the id of a visitor's chat; it can't be turned back into the visitor's cookie."""
    return hashlib.sha256(f"{visitor}/{number}".encode()).hexdigest()[:32]


def timeline(turns: Sequence[Turn], events: Sequence[Event], language: str) -> list[Turn | Note]:
    """Return turns and notes in the order in which they happened."""
    notes = [
        Note(e.at, say(f"event_{e.name}", language, agent=e.actor))
        for e in events
        if e.name in _NOTED
    ]
    rows: list[tuple[str, int, Turn | Note]] = [(t.at, 0, t) for t in turns]
    rows += [(n.at, 1, n) for n in notes]
    return [row[2] for row in sorted(rows, key=lambda r: r[:2])]


def live(turns: Sequence[Turn], progress: Sequence[Progress], state: str) -> Live:
    """Return what has to be drawn below the stored turns.

    The engine stores the question at its start and the answer at its end, so what is stored
    already must not be drawn twice.
    """
    questions: list[str] = []
    answer: str | None = None
    failure = ""
    for one in progress:
        if one.failure:
            return Live((one.question,), one.text or None, one.failure)
        later = _after(turns, one.after) if one.started else []
        if not any(t.role == "customer" for t in later):
            questions.append(one.question)
        if one.started and not any(t.role == "bot" for t in later):
            answer = one.text if state != "human" or one.text else None
    waiting = sum(not p.started for p in progress)
    return Live(tuple(questions), answer, failure, waiting)


def _after(turns: Sequence[Turn], id: str) -> list[Turn]:
    if not id:
        return list(turns)
    for position, turn in enumerate(turns):
        if turn.id == id:
            return list(turns[position + 1 :])
    return []


def problem_with(text: str, limit: int, language: str) -> str:
    """Return the sentence that refuses a message, or "" where it may be sent."""
    if not clean(text):
        return say("empty", language)
    if len(text) > limit:
        return say("too_long", language, n=f"{len(text):,}", limit=f"{limit:,}")
    return ""


def suggestions(
    configured: Sequence[str], faqs: Iterable[Faq], today: str, count: int = 4
) -> list[str]:
    """Return questions to offer: the company's own, else FAQs spread over the categories."""
    if configured:
        return list(configured[:count])
    by: dict[str, list[str]] = {}
    for faq in faqs:
        if (faq.valid_from or today) <= today <= (faq.valid_until or today):
            by.setdefault(faq.category, []).append(faq.question)
    spread = [q for row in zip_longest(*by.values()) for q in row if q]
    return list(dict.fromkeys(spread))[:count]


def queue_line(ahead: int, language: str) -> str:
    """Return the sentence for somebody who waits behind `ahead` others."""
    name = {0: "next", 1: "ahead_one"}.get(ahead, "ahead")
    return say("queued", language, ahead=say(name, language, n=ahead))


def may_rate(turn: Turn) -> bool:
    """Return whether a customer is asked for a thumb under this turn."""
    return turn.role == "bot" and turn.action in ("answer", "template", "decline", "clarify")


def pick_language(asked: str, stored: str, locale: str) -> str:
    """Return the page's language: chosen, else the conversation's, else the browser's."""
    for value in (asked, stored):
        if value in ("zh", "en"):
            return value
    return "zh" if locale.lower().startswith("zh") else "en"


def _moment(at: str) -> datetime:
    moment = datetime.fromisoformat(at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clock(at: str, zone: str = "", now: datetime | None = None) -> str:
    """Return HH:MM of a stored time in the visitor's zone, with the date where it isn't today."""
    try:
        place = ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        place = UTC
    try:
        moment = _moment(at).astimezone(place)
    except ValueError:
        return ""
    today = (now or datetime.now(UTC)).astimezone(place).date()
    return moment.strftime("%H:%M" if moment.date() == today else "%m-%d %H:%M")


def waited(since: str, language: str, now: datetime | None = None) -> str:
    """Return how long somebody has waited, in words that fit a list."""
    seconds = max(0, int(((now or datetime.now(UTC)) - _moment(since)).total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if language == "zh":
        long = f"{hours} 小时 {minutes % 60} 分" if hours else f"{minutes} 分钟"
        return long if minutes else f"{seconds} 秒"
    long = f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
    return long if minutes else f"{seconds} s"


def waits_long(since: str, now: datetime | None = None, minutes: int = 3) -> bool:
    """Return whether somebody has waited so long that the list should show it in red."""
    return ((now or datetime.now(UTC)) - _moment(since)).total_seconds() >= minutes * 60
