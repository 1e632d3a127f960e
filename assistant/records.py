"""The nouns of the project: frozen dataclasses without behaviour beyond small questions.

Every room speaks in these types. They hold no connection, no model and no path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

LANGUAGES = ("zh", "en")


class Action(StrEnum):
    """What the assistant does with a turn."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    TEMPLATE = "template"
    HANDOFF = "handoff"
    DECLINE = "decline"
    HOLD = "hold"


class Kind(StrEnum):
    """Where a passage comes from."""

    FAQ = "faq"
    DOCUMENT = "document"
    PAST_REPLY = "past_reply"


@dataclass(frozen=True, slots=True)
class Faq:
    """One approved question and answer in one language.

    `pair` is the same value on the two languages of one FAQ; `similar` are further
    phrasings; dates are ISO `YYYY-MM-DD`, empty for open ends.
    """

    id: str
    question: str
    answer: str
    language: str
    pair: str = ""
    similar: tuple[str, ...] = ()
    category: str = ""
    status: str = "published"
    valid_from: str = ""
    valid_until: str = ""
    url: str = ""
    source: str = ""
    author: str = ""

    def phrasings(self) -> tuple[str, ...]:
        return (self.question, *self.similar)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was split into passages; `fingerprint` is the SHA-256 of its bytes.

    `metadata` is a caller's own JSON object, kept as it is; None for files.
    """

    id: str
    title: str
    fingerprint: str
    pieces: tuple[Piece, ...] = ()
    source: str = ""
    metadata: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document: its heading path, its text and the text's language."""

    heading: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class PastReply:
    """A question of a past dialogue with the person's reply to it, approved for reuse."""

    id: str
    question: str
    answer: str
    language: str
    faq: str = ""
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is searched (`text`) and what is said (`said`); `id` is the id in the index.

    Several passages may belong to one `owner`: every phrasing of a FAQ is one.
    """

    id: int
    kind: Kind
    owner: str
    role: str
    text: str
    said: str
    title: str
    language: str
    category: str = ""
    url: str = ""
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text that a message in a conversation is searched by, and how much it counts."""

    text: str
    weight: float = 1.0
    vector: np.ndarray | None = None
    coverage: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready to be searched: as typed, made whole from history, and encoded.

    `readings` are what is searched in place of `whole` where the message has a history.
    """

    text: str
    whole: str
    language: str
    vector: np.ndarray | None = None
    coverage: float = 1.0
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the merged score (0 to 1) and the parts it was made of."""

    passage: Passage
    score: float
    why: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """The best label and its probability; `ranked` holds the runners-up."""

    label: str
    confidence: float
    ranked: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done and why, in a sentence that a report can print."""

    action: Action
    reason: str
    hits: tuple[Hit, ...] = ()
    template: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A source shown under a reply; `id` is the id it was imported with."""

    kind: str
    id: str
    title: str
    text: str
    score: float
    url: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A fixed text for an intent; one bound to a FAQ names its `pair` or id in `faq`."""

    id: str
    intent: str
    language: str
    text: str
    faq: str = ""
    status: str = "published"


@dataclass(frozen=True, slots=True)
class IntentSpec:
    """An intent as people define it: a label, what it means, and example utterances."""

    label: str
    description: str = ""
    name_zh: str = ""
    name_en: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    status: str = "published"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a response model is given, before rendering."""

    question: str
    passages: tuple[str, ...]
    history: tuple[tuple[str, str], ...]
    language: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A worded reply and how it came about.

    `origin` is model, template, verbatim or fixed; `refused` is the sentence that the fact lock
    stopped and `reason` why; `first_word_ms` is None where nothing was generated.
    """

    text: str
    origin: str
    refused: str = ""
    reason: str = ""
    sentences: int = 0
    tokens: int = 0
    first_word_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What was shown to the customer, and everything that explains it.

    `origin` is one of model, template, verbatim, fixed, person or none; `text` is exactly what
    was shown; `trace` holds hits, refused sentences and other evidence for the record.
    """

    text: str
    decision: Decision
    language: str
    origin: str
    sources: tuple[Source, ...] = ()
    confidence: float | None = None
    intent: Intent | None = None
    suggestions: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    ms: dict[str, float] = field(default_factory=dict)
    trace: dict[str, Any] = field(default_factory=dict)
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; `role` is customer, bot or agent."""

    id: str
    conversation: str
    at: str
    role: str
    text: str
    language: str = ""
    author: str = ""
    intents: tuple[str, ...] = ()
    faqs: tuple[str, ...] = ()
    action: str = ""
    origin: str = ""
    confidence: float | None = None
    sources: tuple[Source, ...] = ()
    suggestions: tuple[str, ...] = ()
    trace: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and its hand-off state, replayed from its events."""

    id: str
    created_at: str
    language: str
    state: str
    agent: str = ""
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a conversation's hand-off; never changed afterwards."""

    conversation: str
    at: str
    name: str
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict (right or wrong) on a turn, by a customer's thumb or by staff."""

    turn: str
    verdict: str
    by: str
    reason: str = ""
    better: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A customer turn to learn from: history, question, labels, and the reply that was right."""

    conversation: str
    question: str
    language: str
    history: tuple[tuple[str, str], ...] = ()
    intents: tuple[str, ...] = ()
    faqs: tuple[str, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A model folder that was written once; `base` is the encoder a head was fitted on."""

    id: str
    part: str
    path: str
    created_at: str
    base: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """The versions that serve together: one row of the append-only promotions table."""

    id: int
    at: str
    encoder: str
    intent: str
    confidence: str
    response: str
    by: str = ""
    reason: str = ""

    def parts(self) -> dict[str, str]:
        return {
            "encoder": self.encoder,
            "intent": self.intent,
            "confidence": self.confidence,
            "response": self.response,
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """The gate's word on a candidate: promoted or not, with every reason."""

    promoted: bool
    reasons: tuple[str, ...]
