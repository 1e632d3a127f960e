"""The peer of the retrieval benchmarks: LangChain's FAISS store and its BM25 retriever, as its guides use them.

`langchain-community` is no longer maintained and warns so on import. It can be installed beside Kefu's
own pins (`pip install -c constraints.txt -e '.[bench]'`); what the two classes import needs only
`pip install --no-deps langchain-community==0.4.2 rank-bm25==0.2.2`.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

from assistant.records import Faq

INSTALL = "pip install -c constraints.txt -e '.[bench]'"
NAME = "LangChain 0.4.2: FAISS + BM25Retriever"


def load_peer():
    """Return the class of the peer, or None, saying what installs it."""
    warnings.filterwarnings("ignore", message=".*being sunset.*")
    try:
        for name in ("langchain_community.retrievers.bm25", "langchain_community.vectorstores.faiss", "rank_bm25"):
            importlib.import_module(name)
    except ImportError as error:
        print(f"\nThe peer is not installed ({error}); its columns stay empty. Run: {INSTALL}")
        return None
    return Peer


class SameEncoder(Embeddings):
    """Kefu's encoder as LangChain asks for it: texts in, lists of floats out.

    A sentence-transformers model encodes documents as it does for LangChain's own classes, in full precision.
    """

    def __init__(self, embedder):
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        model = getattr(self._embedder, "model", None)
        if model is None:
            return self._embedder.encode(texts).tolist()
        return model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.encode([text], query=True)[0].tolist()


class Peer:
    """One store of documents, searched by vectors and by words; the two lists are not even merged.

    A document is one phrasing or answer, as Kefu's passages are, or, `whole`, a FAQ's question with its answer.
    """

    def __init__(self, embedder, *, whole: bool = False):
        self._embeddings = SameEncoder(embedder)
        self._whole = whole
        self.documents: dict[str, object] = {}

    def _of(self, faq: Faq) -> dict[str, object]:
        from langchain_core.documents import Document

        texts = [f"{faq.question}\n{faq.answer}"] if self._whole else [*faq.phrasings(), faq.answer]
        return {
            f"{faq.id}/{n}": Document(page_content=t, metadata={"faq": faq.id, "answer": faq.answer})
            for n, t in enumerate(texts)
        }

    def ingest(self, faqs: Sequence[Faq]) -> None:
        from langchain_community.vectorstores import FAISS

        self.documents = {id: d for faq in faqs for id, d in self._of(faq).items()}
        self.store = FAISS.from_documents(
            list(self.documents.values()), self._embeddings, ids=list(self.documents)
        )
        self._index_words()

    def _index_words(self) -> None:
        """BM25Retriever knows no addition and no removal: it is made of all documents."""
        from langchain_community.retrievers import BM25Retriever

        self.words = BM25Retriever.from_documents(list(self.documents.values()), k=10)

    def ask(self, question: str) -> tuple[list, list]:
        return self.store.similarity_search_with_score(question, k=10), self.words.invoke(question)

    def retire(self, faq: Faq) -> None:
        ids = list(self._of(faq))
        self.store.delete(ids)
        for id in ids:
            del self.documents[id]
        self._index_words()

    def add(self, faq: Faq) -> None:
        new = self._of(faq)
        self.store.add_documents(list(new.values()), ids=list(new))
        self.documents |= new
        self._index_words()
