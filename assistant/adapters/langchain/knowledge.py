"""The knowledge of a home in LangChain's terms: Embeddings, VectorStore and retriever.

Texts that are added here are searchable in the chat at once; a FAQ that was retired is found no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from pydantic import ConfigDict

from assistant import records
from assistant.assembly import Serving, open_store
from assistant.commands import offline
from assistant.errors import BadInput
from assistant.knowledge.embedders import Embedder, load_embedder
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Kind, Passage
from assistant.registry import as_released
from assistant.settings import Settings, load
from assistant.store import Store
from assistant.text import detect_language, fingerprint, normalise


class KefuEmbeddings(Embeddings):
    """The encoder of a home; texts are normalised as they are when knowledge is searched."""

    def __init__(self, home: Path | str | None = None, embedder: Embedder | None = None):
        self.embedder = embedder or _encoder(load(home))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embedder.encode([normalise(t) for t in texts]).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embedder.encode([normalise(text)], query=True)[0].tolist()


class KefuVectorStore(VectorStore):
    """The knowledge of a home as a vector store, searched by cosine.

    Texts added here become documents of one passage, with their metadata. FAQs, documents and past
    replies that came in by `ingest` are found too, under ids such as `faq:R-01`; they are read-only here.
    """

    def __init__(self, store: Store, embedder: Embedder, index: LiveIndex):
        self._store, self._embedder, self._index = store, embedder, index

    @classmethod
    def open(cls, home: Path | str | None = None, embedder: Embedder | None = None) -> Self:
        """Open the knowledge of a home; the folder is made where there is none."""
        settings = load(home)
        store, embedder = open_store(settings), embedder or _encoder(settings)
        index = LiveIndex(store, embedder.name, embedder.dimension, settings.index_folder)
        index.open()
        return cls(store, embedder, index)

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings | None = None, metadatas: list[dict] | None = None, *,
        ids: list[str] | None = None, home: Path | str | None = None, **kwargs: Any,
    ) -> Self:
        """Open a home's knowledge and add texts; `embedding` must be a KefuEmbeddings, or None."""
        if embedding is not None and not isinstance(embedding, KefuEmbeddings):
            raise BadInput(
                f"Expected a KefuEmbeddings, found {type(embedding).__name__}: the chat encodes its questions with "
                "the home's own encoder. Choose another encoder by the setting encoder.model."
            )
        made = cls.open(home, embedding.embedder if embedding else None)
        made.add_texts(texts, metadatas, ids=ids)
        return made

    @property
    def embeddings(self) -> Embeddings:
        return KefuEmbeddings(embedder=self._embedder)

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict] | None = None, *, ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add texts, or replace those whose id is there; they are searchable when this returns."""
        texts = list(texts)
        metadatas, given = metadatas or [{} for _ in texts], ids or [None] * len(texts)
        if not len(texts) == len(metadatas) == len(given):
            raise BadInput(f"Expected as many ids and metadatas as texts ({len(texts)}), found {len(given)} and {len(metadatas)}.")
        ids = [id or uuid.uuid4().hex for id in given]
        self._refuse_foreign(ids)
        new = [_document(*row) for row in zip(ids, texts, metadatas, strict=True)]
        self._encode(texts)
        with self._store.write():
            for document in new:
                self._store.knowledge.save_document(document, self._embedder.name)
        return ids

    def _encode(self, texts: Sequence[str], batch: int = 32) -> None:
        """Encode what has no vector yet, outside any transaction, in small batches."""
        missing = list(self._store.knowledge.missing(self._embedder.name, texts).items())
        for start in range(0, len(missing), batch):
            some = missing[start : start + batch]
            vectors = self._embedder.encode([normalise(text) for _, text in some])
            self._store.knowledge.keep_vectors(self._embedder.name, [h for h, _ in some], vectors)

    def _refuse_foreign(self, ids: Sequence[str]) -> None:
        taken = self._store.knowledge.read_from_files(ids)
        foreign = [id for id in ids if id in taken or (":" in id and id.partition(":")[0] in set(Kind))]
        if foreign:
            raise BadInput(
                f"{', '.join(foreign[:3])}: this knowledge came in by `ingest` and is read-only here. Change it with "
                "`ingest faq edit` or `ingest docs add`, or choose another id."
            )

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete texts that were added here (all of them where no ids are given); unknown ids are passed over."""
        mine = self._store.knowledge.handed_in()
        self._refuse_foreign(ids or [])
        self._store.knowledge.remove_documents([id for id in (mine if ids is None else ids) if id in mine])
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        found: dict[str, Document] = {}
        for id in ids:
            kind, colon, owner = id.partition(":")
            key = (Kind(kind), owner) if colon and kind in set(Kind) else (Kind.DOCUMENT, id)
            for passage in self._store.knowledge.owned(*key):
                document = self._told([passage])[0]
                found.setdefault(document.id or "", document)
        return [found[id] for id in ids if id in found]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [d for d, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """Return (document, cosine), best first."""
        return self._search(self._vector(query), k)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        return [d for d, _ in self._search(np.asarray(embedding, np.float32), k)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        found = self._search(vector := self._vector(query), fetch_k)
        vectors = self._embedder.encode([normalise(d.page_content) for d, _ in found])
        chosen = maximal_marginal_relevance(vector, list(vectors), lambda_mult, k)
        return [found[i][0] for i in chosen]

    def _select_relevance_score_fn(self):
        return lambda cosine: max(0.0, min(1.0, cosine))

    def _vector(self, query: str) -> np.ndarray:
        return self._embedder.encode([normalise(query)], query=True)[0]

    def _search(self, vector: np.ndarray, k: int) -> list[tuple[Document, float]]:
        """Return the best k owners, each once; every phrasing of a FAQ is a passage of its own."""
        self._index.refresh()
        reach = max(10 * k, 50)
        while True:
            near = self._index.search(vector, reach)
            passages = self._store.knowledge.passages(id for id, _ in near)
            best = {}
            for id, score in near:
                if id in passages:
                    best.setdefault(_key(passages[id]), (passages[id], score))
            if len(best) >= k or len(near) < reach:
                break
            reach *= 4
        some = list(best.values())[:k]
        return list(zip(self._told([p for p, _ in some]), (s for _, s in some), strict=True))

    def _told(self, passages: Sequence[Passage]) -> list[Document]:
        owners = [p.owner for p in passages if p.kind == Kind.DOCUMENT]
        metadata = self._store.knowledge.handed_in(owners)
        return [
            Document(id=p.owner, page_content=p.text, metadata=metadata[p.owner])
            if p.kind == Kind.DOCUMENT and p.owner in metadata else told(p)
            for p in passages
        ]


def _document(id: str, text: str, metadata: dict) -> records.Document:
    if not text.strip():
        raise BadInput(f"The text with the id {id!r} is empty. Leave it out.")
    piece = records.Piece("", text, detect_language(text))
    title = str(metadata.get("title") or metadata.get("source") or text.strip().split("\n")[0][:60])
    return records.Document(id, title, fingerprint(text), (piece,), str(metadata.get("source", "")), metadata)


def _key(passage: Passage) -> tuple:
    return (passage.kind, passage.id if passage.kind == Kind.DOCUMENT else passage.owner)


def told(passage: Passage, **more: Any) -> Document:
    """Return a passage as a Document: what may be said as its text, where it is from as metadata."""
    metadata = {
        "kind": passage.kind.value, "id": passage.owner, "title": passage.title, "language": passage.language,
        "category": passage.category, "url": passage.url, **more,
    }
    content = passage.said if passage.kind == Kind.DOCUMENT else f"{passage.title}\n{passage.said}"
    suffix = f"#{passage.id}" if passage.kind == Kind.DOCUMENT else ""
    return Document(id=f"{passage.kind.value}:{passage.owner}{suffix}", page_content=content, metadata=metadata)


class KefuRetriever(BaseRetriever):
    """The search of the chat itself, dense and lexical merged; `score` (0 to 1) is in the metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    retriever: Retriever
    k: int = 4

    @classmethod
    def open(cls, home: Path | str | None = None, k: int = 4) -> Self:
        settings = load(home)
        offline(settings)
        return cls(retriever=Serving(settings, open_store(settings))().retriever, k=k)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.retriever.search(self.retriever.query(query), self.k if k is None else k)
        return [told(h.passage, score=h.score) for h in hits]


def _encoder(settings: Settings) -> Embedder:
    """Return the encoder that serves; a home that isn't there yet is not made for it."""
    offline(settings)
    there = settings.database.exists()
    return load_embedder(as_released(settings, open_store(settings)) if there else settings)
