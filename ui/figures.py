"""Figures of the chats for the desk: counts and shares as plain numbers, without any drawing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from assistant.records import Conversation, Review, Turn
from assistant.text import normalise


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that nothing answered, how often it came, and when last."""

    question: str
    language: str
    times: int
    last: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a period; shares are None where there is nothing to divide by."""

    conversations: int
    messages: int
    without_person: float | None
    helpful: float | None
    thumbs: int
    per_day: tuple[tuple[str, int], ...]
    actions: tuple[tuple[str, int], ...]
    thumbs_per_day: tuple[tuple[str, str, int], ...]
    unanswered: tuple[Unanswered, ...]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _day(at: str) -> str:
    return at[:10]


def figures(
    chats: Iterable[tuple[Conversation, Sequence[Turn]]],
    thumbs: Iterable[Review],
    wanted_a_person: frozenset[str],
    days: int,
    now: datetime | None = None,
) -> Figures:
    """Return the figures of the last `days` days; 0 means all.

    `wanted_a_person` holds the ids of chats with a hand-off. Chats without a message don't count.
    """
    now = now or datetime.now(UTC)
    start = (now - timedelta(days=days - 1)).date().isoformat() if days else ""
    kept = [(c, t) for c, t in chats if t and _day(c.created_at) >= start]
    rated = [r for r in thumbs if _day(r.at) >= start]
    right = sum(r.verdict == "right" for r in rated)
    turns = [turn for _, some in kept for turn in some]
    alone = sum(c.id not in wanted_a_person for c, _ in kept)
    return Figures(
        conversations=len(kept),
        messages=sum(t.role == "customer" for t in turns),
        without_person=_share(alone, len(kept)),
        helpful=_share(right, len(rated)),
        thumbs=len(rated),
        per_day=_per_day([_day(c.created_at) for c, _ in kept], start, now),
        actions=tuple(
            Counter(t.action for t in turns if t.role == "bot" and t.action).most_common()
        ),
        thumbs_per_day=tuple(
            (day, verdict, n)
            for (day, verdict), n in sorted(Counter((_day(r.at), r.verdict) for r in rated).items())
        ),
        unanswered=unanswered(kept),
    )


def _per_day(days: Sequence[str], start: str, now: datetime) -> tuple[tuple[str, int], ...]:
    """Return (day, count) for every day of the period, those without a chat too."""
    counts = Counter(days)
    if not counts:
        return ()
    first = datetime.fromisoformat(start or min(counts)).date()
    span = (now.date() - first).days
    every = [(first + timedelta(days=n)).isoformat() for n in range(max(span, 0) + 1)]
    return tuple((day, counts[day]) for day in every)


def unanswered(
    chats: Iterable[tuple[Conversation, Sequence[Turn]]], limit: int = 50
) -> tuple[Unanswered, ...]:
    """Return the questions after which the assistant had no answer, the most frequent first."""
    groups: dict[str, list[Turn]] = defaultdict(list)
    for _, turns in chats:
        for question, reply, after in zip_longest(turns, turns[1:], turns[2:]):
            if reply and _is_gap(question, reply, after):
                groups[normalise(question.text)].append(question)
    rows = [
        Unanswered(some[-1].text, some[-1].language, len(some), max(t.at for t in some))
        for some in groups.values()
    ]
    return tuple(sorted(rows, key=lambda r: (r.times, r.last), reverse=True)[:limit])


def _is_gap(question: Turn, reply: Turn, after: Turn | None) -> bool:
    """Return whether a FAQ was missing: not where a person was wanted or a guess was tapped."""
    if question.role != "customer" or reply.role != "bot":
        return False
    if reply.action == "clarify":
        return after is None or after.text not in reply.suggestions
    if reply.action == "handoff":
        wish = {"person", "complaint"} & {*question.intents, *reply.intents}
        broken = "error" in reply.trace or "failed" in str(reply.trace.get("reason", ""))
        return not wish and not broken
    return reply.action == "decline"
