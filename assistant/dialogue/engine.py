"""One turn from question to reply. Storing comes first: a model that fails never loses a turn.

Which models serve is asked of `parts` before every question, so that a promotion is followed at
once. Deciding is the policy's, wording the speaker's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.dialogue.considered import Considered, in_turn
from assistant.dialogue.handoff import Handoff, State, bot_may_speak
from assistant.dialogue.policy import decide, speaks_verbatim
from assistant.errors import BadInput
from assistant.knowledge.confidence import Confidence
from assistant.knowledge.retriever import Retriever
from assistant.records import (
    Action,
    Decision,
    Hit,
    Intent,
    Passage,
    Prompt,
    Query,
    Reply,
    Source,
    Spoken,
    Template,
    Turn,
)
from assistant.replying.speaker import one_after_another, speak
from assistant.replying.templates import fill
from assistant.settings import Policy, Settings
from assistant.sounds import spoken_language
from assistant.store import Store
from assistant.text import clean, detect_language, shorten, whole_characters
from assistant.understanding.followup import LEANING, WITHIN, make_whole, readings
from assistant.understanding.person import Wish, wish_for_a_person
from assistant.understanding.several import questions_in
from assistant.wording import sentence

log = logging.getLogger(__name__)
OnText = Callable[[str], None]
PARAGRAPH = "\n\n"


class Classifier(Protocol):
    """Names what a customer wants from the text and its vector."""

    def classify(self, text: str, vector) -> Intent: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The models that serve together; `versions` names them for the record."""

    retriever: Retriever
    confidence: Confidence
    classifier: Classifier | None
    generator: object | None
    versions: dict[str, str] = field(default_factory=dict)


class Engine:
    """Answers one store's customers."""

    def __init__(self, settings: Settings, store: Store, parts: Callable[[], Parts]):
        self.settings = settings
        self.store = store
        self._parts = parts
        self._handoff = Handoff(store)
        self._publishing = threading.Lock()

    # Considering

    def consider(
        self, text: str, history: Sequence[tuple[str, str]] = (), parts: Parts | None = None,
        k: int = 10,
    ) -> Considered:
        """Return intent, hits, confidence and decision for a message; writes nothing.

        `history` holds (role, text) with role customer, bot or agent, oldest first. Of a message
        with several questions that are answered in turn, the answers' hits come first, of them the
        whole message's best, and the confidence is the lowest of the answers'.
        """
        parts = parts or self._parts()
        language = self._language(text, history)
        whole = self._consider(text, history, parts, k, language)
        asked = questions_in(text)
        if len(asked.questions) < 2:
            return whole
        each = []
        for question in asked.questions:
            before = [*history, *(("customer", c.query.text) for c in each)]
            each.append(self._consider(question, before, parts, k, language, WITHIN if each else LEANING))
        return in_turn(whole, each, asked.plainly)

    def _consider(
        self, text: str, history, parts: Parts, k: int, language: str, leaning: float = LEANING
    ) -> Considered:
        started = time.perf_counter()
        whole = make_whole(text, history)
        query = parts.retriever.query(text, whole, language, readings(text, history, leaning))
        encoded = time.perf_counter()
        hits = parts.retriever.search(query, k)
        confidence = parts.confidence.of(query, hits)
        searched = time.perf_counter()
        intent = parts.classifier.classify(text, query.vector) if parts.classifier else None
        wish = wish_for_a_person(text)
        policy = self._policy(parts, query.language)
        decision = decide(intent, hits, confidence, policy, self._bound(hits), wish)
        ended = time.perf_counter()
        ms = {
            "encode": (encoded - started) * 1e3, "search": (searched - encoded) * 1e3,
            "decide": (ended - searched) * 1e3,
        }
        return Considered(query, intent, tuple(hits), confidence, decision, ms, wish=wish)

    def _policy(self, parts: Parts, language: str) -> Policy:
        """Return the policy, with the threshold that the risk dial comes to where it is set."""
        policy = self.settings.policy
        if not policy.risk:
            return policy
        return replace(policy, answer_at=parts.confidence.dial(language, policy.risk).threshold)

    def _language(self, text: str, history: Sequence[tuple[str, str]]) -> str:
        earlier = next((t for role, t in reversed(history) if role == "customer"), "")
        return spoken_language(text, default=spoken_language(earlier, default="zh"))

    def _bound(self, hits: Sequence[Hit]) -> list[Template]:
        if not hits:
            return []
        top = hits[0].passage
        return [t for t in self.store.meaning.templates(language=top.language) if t.faq]

    # Replying

    def reply(
        self, conversation: str, text: str, on_text: OnText = lambda piece: None, language: str = ""
    ) -> Reply:
        """Store the customer's message, answer it, and store the answer with its trace.

        `on_text` gets pieces of text that are final. Raises BadInput for an empty or too long
        message and for too many messages a minute; nothing is stored then.
        """
        text = self._checked(conversation, text)
        earlier = self.store.conversations.turns(conversation)
        history = [(t.role, t.text) for t in earlier if t.text]
        language = spoken_language(text, default=language or "zh")
        self.store.conversations.add(Turn("", conversation, "", "customer", text, language))
        if not bot_may_speak(self.store.conversations.get(conversation).state):
            hold = Decision(Action.HOLD, "A person has this conversation.")
            return Reply("", hold, language, "none")
        try:
            reply = self._answer(conversation, text, history, on_text)
        except Exception as error:
            log.exception("a reply failed")
            reply = self._failed(language, error, on_text)
        return self._kept(conversation, reply)

    def _checked(self, conversation: str, text: str) -> str:
        text = clean(whole_characters(text))
        limit = self.settings.chat.max_characters
        if not text:
            raise BadInput("The message is empty. Type a question.")
        if len(text) > limit:
            raise BadInput(
                f"The message has {len(text):,} characters; at most {limit:,} are taken. Shorten it or "
                "send it in parts."
            )
        self.store.conversations.start(detect_language(text, default="zh"), conversation)
        recent = self.store.conversations.customer_turns_since(conversation, seconds=60)
        if recent >= self.settings.chat.per_minute:
            raise BadInput(f"More than {self.settings.chat.per_minute} messages in a minute. Wait a moment.")
        return text

    def _answer(self, conversation: str, text: str, history, on_text: OnText) -> Reply:
        parts = self._parts()
        started = time.perf_counter()
        considered = self.consider(text, history, parts)
        speaking = time.perf_counter()
        spoken = self._all_spoken(considered, parts, history, on_text)
        spoke = (time.perf_counter() - speaking) * 1e3
        state = self.store.conversations.get(conversation).state
        if considered.decision.action == Action.HANDOFF and bot_may_speak(state):
            self._handoff.request(conversation, considered.decision.reason)
        ms = {**considered.ms, "speak": spoke, "whole": (time.perf_counter() - started) * 1e3}
        if spoken.first_word_ms:
            ms["first_word"] = spoken.first_word_ms
        return Reply(
            text=spoken.text, decision=considered.decision, language=considered.query.language,
            origin=spoken.origin, sources=self._sources(considered), confidence=considered.confidence,
            intent=considered.intent, suggestions=self._suggestions(considered),
            versions=parts.versions, ms={k: round(v, 2) for k, v in ms.items()},
            trace=_trace(considered, spoken),
        )

    def _all_spoken(self, considered: Considered, parts: Parts, history, on_text: OnText) -> Spoken:
        """Say the reply to each question of the message in turn, one paragraph after the other."""
        if not considered.parts:
            return self._spoken(considered, parts, history, on_text)
        said: list[Spoken] = []
        for part in considered.parts:
            if said:
                on_text(PARAGRAPH)
            said.append(self._spoken_part(part, parts, history, on_text))
            history = [*history, ("customer", part.query.text), ("bot", said[-1].text)]
        return one_after_another(said, PARAGRAPH)

    def _spoken_part(self, part: Considered, parts: Parts, history, on_text: OnText) -> Spoken:
        if part.answered:
            return self._spoken(part, parts, history, on_text)
        text = sentence("no_sure_answer", part.query.language, question=shorten(part.query.text))
        return self._fixed(text, "fixed", on_text)

    def _spoken(self, considered: Considered, parts: Parts, history, on_text: OnText) -> Spoken:
        decision, query = considered.decision, considered.query
        if decision.action == Action.TEMPLATE:
            return self._fixed(self._template(decision, query), "template", on_text)
        if decision.action != Action.ANSWER:
            name = decision.action.value
            if name == "handoff" and "complain" in decision.reason:
                name = "complaint"
            return self._fixed(sentence(name, query.language), "fixed", on_text)
        top = decision.hits[0].passage
        policy = self.settings.policy
        if speaks_verbatim(top, considered.confidence, policy, parts.generator is not None):
            return self._fixed(top.said, "verbatim", on_text)
        passages = self._given(decision.hits, parts.generator)
        recent = tuple(history[-self.settings.chat.history_turns :])
        prompt = Prompt(_question(query, recent), tuple(p.said for p in passages), recent, query.language)
        asked = [query.text, *(t for role, t in history if role == "customer")]
        return speak(
            prompt, parts.generator, on_text, customer_texts=asked, title=top.title,
            first_words_within=self.settings.generator.first_words_within,
        )

    def _given(self, hits: Sequence[Hit], generator) -> list[Passage]:
        """Return the passages that the model composes from: the best, and those near it."""
        least = getattr(generator, "near", 0.0) * hits[0].score
        some = hits[: self.settings.retrieval.passages]
        return [h.passage for h in some if h.passage.said and h.score >= least]

    def _fixed(self, text: str, origin: str, on_text: OnText) -> Spoken:
        on_text(text)
        return Spoken(text=text, origin=origin)

    def _template(self, decision: Decision, query: Query) -> str:
        company = self.settings.company.name(query.language)
        templates = self.store.meaning.templates(language=query.language)
        named = [t for t in templates if t.id == decision.template]
        choice = named or [t for t in templates if t.intent == decision.template and not t.faq]
        if choice:
            variant = choice[sum(map(ord, query.text)) % len(choice)]
            filled = fill(variant.text, {"company": company})
            if filled:
                return filled
        if decision.hits:
            return decision.hits[0].passage.said
        return sentence(decision.template, query.language, company)

    def _suggestions(self, considered: Considered) -> tuple[str, ...]:
        if considered.decision.action != Action.CLARIFY:
            return ()
        return tuple(dict.fromkeys(h.passage.title for h in considered.decision.hits))

    def _sources(self, considered: Considered) -> tuple[Source, ...]:
        """Return the sources of an answer: the top one, and others whose score is near it."""
        if considered.parts:
            each = [s for part in considered.parts for s in self._sources(part)]
            return tuple({(s.kind, s.id): s for s in reversed(each)}.values())[::-1]
        decision = considered.decision
        if decision.action not in (Action.ANSWER, Action.TEMPLATE) or not decision.hits:
            return ()
        top = decision.hits[0].score
        near = [h for h in decision.hits[: self.settings.retrieval.passages] if h.score >= 0.8 * top]
        return tuple(
            Source(
                kind=h.passage.kind.value, id=h.passage.owner, title=h.passage.title,
                text=h.passage.said, score=round(h.score, 4), url=h.passage.url,
            )
            for h in near
        )

    def _failed(self, language: str, error: Exception, on_text: OnText) -> Reply:
        text = sentence("failed", language)
        on_text(text)
        decision = Decision(Action.HANDOFF, f"A part failed: {type(error).__name__}: {error}")
        return Reply(text, decision, language, "fixed")

    def _kept(self, conversation: str, reply: Reply) -> Reply:
        """Store the reply, unless a person took over while it was written."""
        with self.store.write():
            state = State(self.store.conversations.get(conversation).state)
            if not bot_may_speak(state):
                hold = Decision(Action.HOLD, "A person took over while the reply was written.")
                return Reply("", hold, reply.language, "none")
            failed = reply.decision.reason.startswith("A part failed")
            if failed:
                self._handoff.request(conversation, reply.decision.reason)
            turn = self.store.conversations.add(
                Turn(
                    "", conversation, "", "bot", reply.text, reply.language,
                    intents=(reply.intent.label,) if reply.intent else (),
                    faqs=tuple(s.id for s in reply.sources if s.kind == "faq"),
                    action=reply.decision.action.value, origin=reply.origin,
                    confidence=reply.confidence, sources=reply.sources,
                    suggestions=reply.suggestions,
                    trace={**reply.trace, "reason": reply.decision.reason, "ms": reply.ms,
                           "versions": reply.versions},
                )
            )
        return replace(reply, turn=turn.id)

    def warm(self) -> None:
        """Do once what is slow the first time (readings, word tables, the model's first token); stores nothing."""
        parts = self._parts()
        self.consider("请问要多久 how long", parts=parts)
        if hasattr(parts.generator, "near"):  # in this process: a server would be asked for nothing
            next(iter(parts.generator.generate(Prompt("how long", ("two days",), (), "en"))), None)

    def import_history(self, conversation: str, history: Sequence[tuple[str, str]]) -> None:
        """Start a conversation with turns that were said elsewhere (role, text)."""
        self.store.conversations.start(detect_language(" ".join(t for _, t in history), "zh"), conversation)
        for role, text in history:
            self.store.conversations.add(Turn("", conversation, "", role, text, detect_language(text)))

    def publish_pending(self) -> int:
        """Encode texts that the desk saved and make them searchable; returns how many passages."""
        if not self._publishing.acquire(blocking=False):
            return 0
        try:
            retriever = self._parts().retriever
            return retriever.publish_pending()
        finally:
            self._publishing.release()


def _question(query: Query, recent: Sequence[tuple[str, str]]) -> str:
    """Return what a model is asked: the message as typed, made whole where the turn it continues is cut off."""
    told = any(role == "customer" and query.whole.startswith(text) for role, text in recent)
    return query.text if told else query.whole


def _trace(considered: Considered, spoken: Spoken) -> dict:
    parts = [
        {"question": p.query.text, "whole": p.query.whole, "action": p.decision.action.value,
         "confidence": round(p.confidence, 4), "hits": [h.passage.owner for h in p.hits[:3]]}
        for p in considered.parts
    ]
    return {
        **({"parts": parts} if parts else {}),
        **({"asks_for_a_person": considered.wish.name.lower()} if considered.wish > Wish.NONE else {}),
        "whole": considered.query.whole,
        "hits": [
            {"id": h.passage.owner, "kind": h.passage.kind.value, "score": round(h.score, 4),
             **{k: round(v, 4) for k, v in h.why.items()}}
            for h in considered.hits[:5]
        ],
        "refused": spoken.refused,
        "refusal": spoken.reason,
        "tokens": spoken.tokens,
    }
