"""An engine with a property instead of a script: it says back what it was asked, word by word.

It keeps the contract that pages rely on: the question stored first, the answer last, silence while
a person has the conversation. "explode" in a question raises, "human" queues, "which" asks back.
"""

from __future__ import annotations

import time

from assistant.dialogue.handoff import Handoff, bot_may_speak
from assistant.errors import BadInput
from assistant.records import Action, Decision, Reply, Source, Turn
from assistant.text import detect_language


class EchoEngine:
    def __init__(self, store, pause: float = 0.0):
        self.store = store
        self.pause = pause

    def reply(self, conversation, text, on_text=lambda piece: None, language=""):
        conversations = self.store.conversations
        if "refuse" in text:
            raise BadInput("More than 20 messages in a minute.")
        language = detect_language(text, language or "en")
        conversations.add(Turn("", conversation, "", "customer", text, language))
        if not bot_may_speak(conversations.get(conversation).state):
            return Reply("", Decision(Action.HOLD, "a person has it"), language, "none")
        said = ""
        for piece in self._pieces(text, language):
            time.sleep(self.pause)
            on_text(piece)
            said += piece
            if "explode" in text and len(said) > 8:
                raise RuntimeError("the echo broke")
        action = Action.ANSWER
        if "human" in text:
            action = Action.HANDOFF
            Handoff(self.store).request(conversation, "the customer asked for a person")
        elif "which" in text:
            action = Action.CLARIFY
        turn = conversations.add(
            Turn(
                "",
                conversation,
                "",
                "bot",
                said,
                language,
                action=action.value,
                origin="model",
                confidence=0.87,
                sources=self._sources(language) if action == Action.ANSWER else (),
                suggestions=("First guess?", "Second guess?") if action == Action.CLARIFY else (),
            )
        )
        return Reply(said, Decision(action, "echo"), language, "model", turn=turn.id)

    def _pieces(self, text, language):
        for line in self.store.knowledge.faqs(language=language, status="published"):
            if line.question == text:
                text = line.answer
        words = (
            text.split(" ") if " " in text else [text[i : i + 4] for i in range(0, len(text), 4)]
        )
        yield "你问的是：" if language == "zh" else "You asked: "
        for number, word in enumerate(words):
            yield word if not number or language == "zh" else f" {word}"

    def _sources(self, language):
        faqs = self.store.knowledge.faqs(language=language, status="published")[:1]
        return tuple(Source("faq", f.id, f.question, f.answer, 0.9, f.url) for f in faqs)


def build(settings, store):
    """Build the engine as `ui.server` does; the environment of a test sets the pause."""
    import os

    return EchoEngine(store, float(os.environ.get("ECHO_PAUSE", "0.05")))
