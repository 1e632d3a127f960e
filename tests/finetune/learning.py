"""An encoder and rows for tests of learning: vectors are made of the words alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from assistant.records import Conversation, Turn
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import normalise

INTENTS = {
    "parcel": ("where is my parcel", "track the parcel", "parcel not here", "courier lost it", "follow delivery"),
    "refund": ("refund my money", "money back please", "when is the refund", "refund late", "return the cash"),
    "invoice": ("need an invoice", "invoice for tax", "resend the invoice", "vat invoice title", "paper invoice"),
    "repair": ("screen is broken", "repair the phone", "fix my screen", "phone broken repair", "broken button"),
    "greeting": ("hello there", "hi", "good morning", "hey hello", "good evening"),
}
TAILS = ("", "today", "please", "for order nine", "again", "quickly", "my friend", "since monday")


class WordVectors:
    """Each word has a fixed random direction; a text is the unit sum of its words'."""

    def __init__(self, name: str = "words", dimension: int = 48):
        self.name, self.dimension = name, dimension

    def encode(self, texts, *, query=False, progress=None):
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(out, texts, strict=True):
            for word in normalise(text).split():
                seed = int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)
                row += np.random.default_rng(seed).standard_normal(self.dimension)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    def coverage(self, text):
        return 1.0


def rows(intents=INTENTS, tails=TAILS) -> list[tuple[str, str]]:
    return [(f"{text} {tail}".strip(), label) for label, texts in intents.items() for text in texts for tail in tails]


def open_home(folder: Path) -> tuple[Settings, Store]:
    settings = Settings(home=folder)
    return settings, Store.open(settings.database)


def talk(store: Store, id: str, *said, language: str = "en") -> None:
    """Store a conversation of (role, text[, intents[, faqs]]); turn ids are id/1, id/2, …"""
    turns = [
        Turn(f"{id}/{n}", id, "", role, text, language, intents=tuple(more[0]) if more else (),
             faqs=tuple(more[1]) if len(more) > 1 else (), origin="person" if role == "agent" else "")
        for n, (role, text, *more) in enumerate(said, 1)
    ]
    store.conversations.add_conversations([(Conversation(id, "2026-01-01", language, "closed"), turns)])


def fill(store: Store, count: int = 150, start: int = 0) -> None:
    """Store conversations of one labelled question each, texts all different."""
    labels = list(INTENTS)
    for n in range(start, start + count):
        label = labels[n % len(labels)]
        text = f"{INTENTS[label][n // 5 % 5]} number {n}"
        talk(store, f"c{n}", ("customer", text, (label,)), ("agent", f"We will see to case {n}."))
