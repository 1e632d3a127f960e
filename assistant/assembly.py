"""Settings to a working engine: the one place where concrete classes meet."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from assistant.dialogue.engine import Engine, Parts
from assistant.errors import KefuError
from assistant.registry import STARTERS, encoder_settings, folder_of
from assistant.settings import Settings
from assistant.store import Store

log = logging.getLogger(__name__)
STARTER_RESPONSE = STARTERS["response"]
STARTER_CONFIDENCE = STARTERS["confidence"]


def open_store(settings: Settings) -> Store:
    """Open the home's memory; loads no model."""
    return Store.open(settings.database)


class Serving:
    """The parts of the current release, read again whenever a new row was promoted.

    `embedder`, where given, stands for the encoder that the settings name.
    """

    def __init__(self, settings: Settings, store: Store, embedder=None):
        self._settings = settings
        self._store = store
        self._given = self._embedder = embedder
        self._lock = threading.Lock()
        self._release: int | None = None
        self._parts: Parts | None = None
        self._index = self._reranker = None

    def __call__(self) -> Parts:
        """Return the parts that serve now; a promotion is followed at the next call."""
        release = self._store.releases.current()
        number = release.id if release else 0
        with self._lock:
            if self._parts is None or number != self._release:
                self._parts, self._release = self._build(release), number
            return self._parts

    def _build(self, release) -> Parts:
        named = release.parts() if release else {}
        self._embedder = self._encoder(named.get("encoder", ""))
        return Parts(
            retriever=self._retrieval(named.get("confidence", "")),
            confidence=self._confidence(named.get("confidence", "")),
            classifier=self._classifier(named.get("intent", "")),
            generator=load_generator(self._settings, self._store, named.get("response", "")),
            versions={k: v for k, v in {**named, "encoder": self._embedder.name}.items() if v},
        )

    def _retrieval(self, confidence: str):
        from assistant.knowledge.fusion import Fusion
        from assistant.knowledge.retriever import Retriever

        index, fusion = self._opened(), Fusion.load(self._folder("confidence", confidence or STARTER_CONFIDENCE))
        return Retriever(self._store, self._embedder, index, self._settings.retrieval, fusion, self._second_look())

    def _second_look(self):
        """Return the cross-encoder of the settings, loaded once; None where they name none."""
        from assistant.knowledge.reranker import load_reranker

        if self._reranker is None:
            self._reranker = load_reranker(self._settings)
        return self._reranker

    def _encoder(self, name: str):
        """Return the encoder version `name`, else the settings' encoder; what is loaded already stays."""
        from assistant.knowledge.embedders import identify, load_embedder

        chosen = encoder_settings(self._settings, self._store, name)
        if chosen is self._settings and self._given:
            return self._given
        loaded = self._embedder is not None and self._embedder.name == identify(chosen)[1]
        return self._embedder if loaded else load_embedder(chosen)

    def _opened(self):
        """Return the index, opened once for each encoder: a release changes what reads it, not the index."""
        from assistant.knowledge.live import LiveIndex

        if self._index is None or self._index.encoder != self._embedder.name:
            self._index = LiveIndex(
                self._store, self._embedder.name, self._embedder.dimension, self._settings.index_folder
            )
            log.info(self._index.open())
        return self._index

    def _folder(self, part: str, version: str) -> Path:
        return folder_of(self._settings, self._store, part, version)

    def _confidence(self, version: str):
        from assistant.knowledge.confidence import Confidence

        return Confidence.load(self._folder("confidence", version or STARTER_CONFIDENCE))

    def _classifier(self, version: str):
        if not version:
            return None
        from assistant.understanding.intent import IntentHead

        head = IntentHead.load(self._folder("intent", version))
        if head.base == self._embedder.name:
            return head
        log.warning("The intent model %s was fitted on the encoder %s, not on %s, so it goes by words alone. "
                    "Run: finetune promote %s", version, head.base, self._embedder.name, self._embedder.name)
        return head.by_words(self._embedder.dimension)


def load_generator(settings: Settings, store: Store, version: str):
    """Return the generator of the settings; one that can't be loaded leaves approved texts."""
    choice = settings.generator
    try:
        if choice.kind == "server":
            from assistant.replying.generators.server import ServerGenerator

            return ServerGenerator(choice, settings.company.name)
        if choice.kind == "none" or not version:
            return None
        from assistant.replying.generators.local import LocalGenerator

        folder = folder_of(settings, store, "response", version)
        return LocalGenerator(folder, max_new_tokens=choice.max_new_tokens)
    except KefuError as error:
        log.warning("The response model is not used: %s", error)
        return None


def build_engine(settings: Settings, store: Store, embedder=None) -> Engine:
    """Return an engine with its models loaded; takes seconds, since torch is imported."""
    from assistant.commands import offline

    offline(settings)
    serving = Serving(settings, store, embedder)
    serving()
    return Engine(settings, store, serving)
