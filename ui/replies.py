"""Replies being produced: a registry keyed by conversation, outside any page's run.

A click or a reload reruns a page's script, so the script must not own a reply. Knows the engine's
`reply` and the store; nothing of Streamlit. What a reply says is the engine's business.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.dialogue.handoff import Handoff, State
from assistant.errors import BadInput
from assistant.records import Reply, Turn
from assistant.store import Store
from ui.wording import say

log = logging.getLogger("kefu.replies")

WAITING_AT_MOST = 5
AT_ONCE = 8


class Answers(Protocol):
    """What the registry asks of an engine."""

    def reply(
        self, conversation: str, text: str, on_text: Callable[[str], None], language: str
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """A question under way: what was asked and what has been said so far.

    `after` is the id of the last turn before it; `failure` is set where nothing could be stored.
    """

    question: str
    language: str
    text: str = ""
    started: bool = False
    after: str = ""
    failure: str = ""


@dataclass
class _Line:
    """The questions of one conversation, the first of them being answered."""

    waiting: list[Progress] = field(default_factory=list)


class Replies:
    """Answers questions in threads of its own; pages look on with `progress`."""

    def __init__(self, engine: Answers, store: Store):
        self._engine = engine
        self._store = store
        self._handoff = Handoff(store)
        self._guard = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._failed: dict[str, Progress] = {}
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, conversation: str, text: str, language: str) -> bool:
        """Take a question; returns False where too many of this conversation wait already."""
        with self._guard:
            self._failed.pop(conversation, None)
            line = self._lines.get(conversation)
            if line and len(line.waiting) >= WAITING_AT_MOST:
                return False
            idle = line is None
            line = self._lines.setdefault(conversation, _Line())
            line.waiting.append(Progress(text, language))
        if idle:
            threading.Thread(
                target=self._work, args=(conversation, line), name="kefu-reply", daemon=True
            ).start()
        return True

    def progress(self, conversation: str) -> tuple[Progress, ...]:
        """Return the questions under way, oldest first; the last failure where nothing is."""
        with self._guard:
            line = self._lines.get(conversation)
            if line:
                return tuple(line.waiting)
            failed = self._failed.get(conversation)
            return (failed,) if failed else ()

    def busy(self, conversation: str) -> bool:
        with self._guard:
            return conversation in self._lines

    def _work(self, conversation: str, line: _Line) -> None:
        while True:
            with self._slots:
                failure = self._answer(conversation, line)
            with self._guard:
                done = line.waiting.pop(0)
                if failure:
                    self._failed[conversation] = replace(done, failure=failure)
                if not line.waiting:
                    del self._lines[conversation]
                    return

    def _update(self, line: _Line, **changes) -> None:
        with self._guard:
            line.waiting[0] = replace(line.waiting[0], **changes)

    def _answer(self, conversation: str, line: _Line) -> str:
        """Answer the first question of the line; returns a sentence where even storing failed."""
        try:
            turns = self._store.conversations.turns(conversation)
            self._update(line, started=True, after=turns[-1].id if turns else "")
            self._engine.reply(
                conversation,
                line.waiting[0].question,
                on_text=lambda piece: self._update(line, text=line.waiting[0].text + piece),
                language=line.waiting[0].language,
            )
        except BadInput:
            # Length was checked by the page, so this one came too soon after many others.
            return say("too_fast", line.waiting[0].language)
        except Exception as error:
            log.exception("A reply failed")
            return self._apologise(conversation, line.waiting[0], error)
        return ""

    def _apologise(self, conversation: str, asked: Progress, error: Exception) -> str:
        """Store what the customer said and saw, with an apology, and call a person."""
        try:
            later = self._store.conversations.turns(conversation, after=asked.after)
            if not any(t.role == "customer" for t in later):
                self._store.conversations.add(
                    Turn("", conversation, "", "customer", asked.question, asked.language)
                )
            state = State(self._store.conversations.get(conversation).state)
            if state == State.HUMAN or any(t.role == "bot" for t in later):
                return ""
            sorry = say("sorry_handed", asked.language)
            self._store.conversations.add(
                Turn(
                    "",
                    conversation,
                    "",
                    "bot",
                    f"{asked.text}\n\n{sorry}" if asked.text else sorry,
                    asked.language,
                    action="handoff",
                    origin="fixed",
                    trace={"error": type(error).__name__},
                )
            )
            self._handoff.request(conversation, f"the engine failed ({type(error).__name__})")
        except Exception:
            log.exception("A failed reply could not be stored")
            return say("sorry", asked.language)
        return ""
