"""Figures: counted by hand on a few chats."""

from datetime import UTC, datetime

from assistant.records import Conversation, Review, Turn
from ui.figures import figures, unanswered

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def chat(id, day, *rows):
    at = f"2026-11-{day:02d}T08:00:00+00:00"
    turns = [
        Turn(f"{id}{n}", id, at, role, text, "en", action=action, intents=intents)
        for n, (role, text, action, intents) in enumerate(rows)
    ]
    return Conversation(id, at, "en", "bot"), turns


CHATS = [
    chat("a", 24, ("customer", "Ship to Mars?", "", ()), ("bot", "Sorry", "decline", ())),
    chat(
        "b",
        23,
        ("customer", "ship to mars?", "", ()),
        ("bot", "Sorry", "decline", ()),
        ("customer", "Hours?", "", ()),
        ("bot", "9 to 5", "answer", ()),
    ),
    chat("c", 22, ("customer", "A person please", "", ("person",)), ("bot", "Yes", "handoff", ())),
    chat("old", 1, ("customer", "Old", "", ()), ("bot", "Old", "answer", ())),
    chat("empty", 24),
]
THUMBS = [
    Review("b3", "right", "b", at="2026-11-23T08:00:00+00:00"),
    Review("a1", "wrong", "a", at="2026-11-24T08:00:00+00:00"),
    Review("old1", "right", "old", at="2026-11-01T08:00:00+00:00"),
]


def test_a_week_is_counted():
    now = figures(CHATS, THUMBS, frozenset({"c"}), 7, NOW)
    assert (now.conversations, now.messages, now.thumbs) == (3, 4, 2)
    assert now.without_person == 2 / 3
    assert now.helpful == 0.5
    assert dict(now.actions) == {"decline": 2, "answer": 1, "handoff": 1}
    assert len(now.per_day) == 7
    assert now.per_day[-3:] == (("2026-11-22", 1), ("2026-11-23", 1), ("2026-11-24", 1))


def test_the_same_gap_in_other_letters_is_one_and_a_wish_for_a_person_is_none():
    gaps = figures(CHATS, THUMBS, frozenset(), 7, NOW).unanswered
    assert [(g.question, g.times) for g in gaps] == [("ship to mars?", 2)]


def test_nothing_gives_no_shares():
    now = figures([], [], frozenset(), 0, NOW)
    assert (now.conversations, now.without_person, now.helpful, now.per_day) == (0, None, None, ())


def test_a_tapped_guess_and_a_broken_part_are_no_gaps():
    def gaps(reply, after=()):
        turns = [
            Turn("1", "a", "2026-11-24T08:00:00+00:00", "customer", "Hm?", "en"),
            reply,
            *after,
        ]
        return unanswered([(Conversation("a", "2026-11-24", "en", "bot"), turns)])

    asked_back = Turn("2", "a", "", "bot", "Which?", action="clarify", suggestions=("One?",))
    assert gaps(asked_back)
    assert not gaps(asked_back, [Turn("3", "a", "", "customer", "One?")])
    assert not gaps(
        Turn("2", "a", "", "bot", "Sorry", action="handoff", trace={"reason": "A part failed: x"})
    )
    assert gaps(
        Turn("2", "a", "", "bot", "Sorry", action="handoff", trace={"reason": "nothing found"})
    )
