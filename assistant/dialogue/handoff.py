"""The hand-off as a state machine: pure transitions, and the desk that stores every arrow.

BOT -> OFFERED -> QUEUED -> HUMAN -> BOT or CLOSED. The state is what its events lead to; nothing
is said by the assistant while a person has the conversation.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from assistant.errors import BadInput
from assistant.records import Conversation, Event, Turn
from assistant.store import Store


class State(StrEnum):
    BOT = "bot"
    OFFERED = "offered"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


ARROWS: dict[tuple[State, str], State] = {
    (State.BOT, "offer"): State.OFFERED,
    (State.BOT, "request"): State.QUEUED,
    (State.OFFERED, "request"): State.QUEUED,
    (State.OFFERED, "decline"): State.BOT,
    (State.QUEUED, "take"): State.HUMAN,
    (State.QUEUED, "cancel"): State.BOT,
    (State.BOT, "take"): State.HUMAN,
    (State.OFFERED, "take"): State.HUMAN,
    (State.HUMAN, "give_back"): State.BOT,
    (State.HUMAN, "requeue"): State.QUEUED,
    (State.HUMAN, "close"): State.CLOSED,
    (State.QUEUED, "close"): State.CLOSED,
    (State.BOT, "close"): State.CLOSED,
    (State.OFFERED, "close"): State.CLOSED,
    (State.CLOSED, "reopen"): State.BOT,
}


def advance(state: State, event: str) -> State:
    """Return the state that `event` leads to; raises BadInput where there is no such arrow."""
    try:
        return ARROWS[State(state), event]
    except KeyError:
        possible = ", ".join(e for s, e in ARROWS if s == state)
        raise BadInput(
            f"A conversation that is {State(state).value!r} can't {event!r}. Possible: {possible}."
        ) from None


def replay(events: Iterable[Event]) -> tuple[State, str]:
    """Return (state, agent) that a list of events leads to from the beginning."""
    state, agent = State.BOT, ""
    for event in events:
        state = advance(state, event.name)
        agent = event.actor if event.name == "take" else agent if state == State.HUMAN else ""
    return state, agent


def bot_may_speak(state: str) -> bool:
    """Return whether the assistant may answer: never while a person has the conversation."""
    return State(state) in (State.BOT, State.OFFERED, State.QUEUED)


class Handoff:
    """Applies events to stored conversations, each check and its row in one transaction."""

    def __init__(self, store: Store):
        self._store = store

    def apply(self, conversation: str, event: str, actor: str = "", note: str = "") -> State:
        """Store an event; raises BadInput where the state has no such arrow (taken by another, say)."""
        with self._store.write():
            state, agent = replay(self._store.conversations.events(conversation))
            if event == "take" and state == State.HUMAN:
                raise BadInput(f"{agent} has taken this conversation already.")
            record = Event(conversation=conversation, at="", name=event, actor=actor, note=note)
            after = advance(state, event)
            agent = actor if event == "take" else agent if after == State.HUMAN else ""
            self._store.conversations.add_event(record, after.value, agent)
        return after

    def request(self, conversation: str, note: str = "") -> State:
        """Put a conversation into the queue; one that waits or has a person stays as it is."""
        state = State(self._store.conversations.get(conversation).state)
        if state in (State.QUEUED, State.HUMAN):
            return state
        if state == State.CLOSED:
            self.apply(conversation, "reopen", "customer")
        return self.apply(conversation, "request", "customer", note)

    def say(self, conversation: str, agent: str, text: str, language: str = "") -> Turn:
        """Store a person's reply; raises BadInput unless that person has the conversation."""
        with self._store.write():
            current: Conversation = self._store.conversations.get(conversation)
            if current.state != State.HUMAN or current.agent != agent:
                raise BadInput("Take over the conversation before you reply.")
            return self._store.conversations.add(
                Turn("", conversation, "", "agent", text, language, author=agent, origin="person")
            )
