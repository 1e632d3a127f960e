"""Conversations to examples. Pure: decides what may be learned from, and nothing else.

A label or a reply counts where a person stands behind it: written by a person, judged right by
staff, or given by staff as the better reply. A customer's thumb alone teaches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.records import Conversation, Example, Review, Turn
from assistant.text import clean, detect_language

HISTORY = 6
RIGHT = "right"
COURTESIES = frozenset({"greeting", "thanks", "goodbye", "affirm", "deny", "smalltalk"})


def make_examples(
    conversations: Iterable[tuple[Conversation, Sequence[Turn]]], reviews: Iterable[Review] = (),
    history: int = HISTORY,
) -> list[Example]:
    """Return an example for each customer turn that has a label or a reply to learn.

    `reviews` are those of staff, oldest first; the last one on a turn counts. History holds up to
    `history` (role, text), oldest first.
    """
    verdicts = {review.turn: review for review in reviews}
    return [
        example
        for conversation, turns in conversations
        for place, turn in enumerate(turns)
        if turn.role == "customer" and clean(turn.text)
        if (example := _example(conversation, turns, place, verdicts, history))
    ]


def _example(
    conversation: Conversation, turns: Sequence[Turn], place: int, verdicts: dict[str, Review],
    history: int,
) -> Example | None:
    turn = turns[place]
    answer, reply = _reply(turns[place + 1 :], verdicts)
    judged_right = answer is not None and answer.role == "bot" and reply == answer.text
    intents = turn.intents or (answer.intents if judged_right and answer else ())
    if not intents and not reply:
        return None
    before = [t for t in turns[:place] if t.text.strip()]
    return Example(
        conversation=conversation.id, question=clean(turn.text),
        language=turn.language or detect_language(turn.text, conversation.language),
        history=tuple((t.role, t.text) for t in before[-history:]), intents=tuple(intents),
        faqs=answer.faqs if answer and (answer.role == "agent" or judged_right) else (), reply=clean(reply),
    )


def _reply(after: Sequence[Turn], verdicts: dict[str, Review]) -> tuple[Turn | None, str]:
    """Return the first turn before the customer speaks again that may be learned, and its text."""
    for turn in after:
        if turn.role == "customer":
            break
        review = verdicts.get(turn.id)
        if review and review.verdict != RIGHT:
            if review.better.strip():
                return turn, review.better
            continue
        if turn.role == "agent" or review:
            return turn, (review.better.strip() if review else "") or turn.text
    return None, ""


def main_intent(intents: Sequence[str]) -> str:
    """Return the label that an example teaches: the first that is no mere courtesy."""
    return next((i for i in intents if i not in COURTESIES), intents[0] if intents else "")
