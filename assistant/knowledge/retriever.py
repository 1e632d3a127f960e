"""Finds passages: dense and lexical candidates, merged into one ranked list of owners.

Scores of both searches are absolute (cosine; BM25 as a share of the best that the question could
reach), so that a confidence can be read from them. Leaves deciding to the policy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.knowledge.embedders import Embedder
from assistant.knowledge.live import LiveIndex
from assistant.records import Hit, Passage, Query
from assistant.settings import Retrieval
from assistant.store import Store
from assistant.text import detect_language, normalise, terms

BM25_LIMIT = 2.2  # k1 + 1 with FTS5's k1 = 1.2: what one term can add at most, times its idf
DENSE_WEIGHT = 0.75


@dataclass(frozen=True, slots=True)
class _Evidence:
    dense: float = 0.0
    lexical: float = 0.0

    def merged(self, coverage: float) -> float:
        """Return 0..1: a dense score counts as far as the encoder can read the question."""
        share = DENSE_WEIGHT * coverage
        return share * max(self.dense, 0.0) + (1 - share) * self.lexical


class Retriever:
    """Searches one store with one encoder."""

    def __init__(self, store: Store, embedder: Embedder, index: LiveIndex, settings: Retrieval):
        self._store = store
        self._embedder = embedder
        self._index = index
        self._settings = settings

    def query(self, text: str, whole: str = "", language: str = "") -> Query:
        """Return the question encoded once, in its normalised form."""
        whole = whole or text
        searched = normalise(whole)
        return Query(
            text=text, whole=whole, language=language or detect_language(whole),
            vector=self._embedder.encode([searched], query=True)[0],
            coverage=self._embedder.coverage(searched),
        )

    def search(self, query: Query, k: int = 10) -> list[Hit]:
        """Return the best k owners, each once at its best passage, best first.

        Of a FAQ that exists in both languages the one in the customer's language is returned.
        """
        self._index.refresh()
        wanted = self._settings.candidates
        evidence: dict[int, _Evidence] = {}
        for id, score in self._index.search(query.vector, wanted):
            evidence[id] = _Evidence(dense=score)
        ideal = self._ideal(query.whole)
        weights = (self._settings.single_weight, self._settings.pair_weight)
        for id, score in self._store.knowledge.lexical(query.whole, wanted, weights):
            evidence[id] = replace(evidence.get(id, _Evidence()), lexical=min(score / ideal, 1.0))
        passages = self._store.knowledge.passages(evidence)
        best = self._best_of_owner(passages, evidence, query)
        ranked = sorted(best, key=lambda h: (-h.score, h.passage.id))[:k]
        return self._in_language(ranked, query.language)

    def _best_of_owner(self, passages: dict[int, Passage], evidence, query: Query) -> list[Hit]:
        found: dict[tuple, Hit] = {}
        top: dict[tuple, _Evidence] = {}
        for id, passage in passages.items():
            key = (passage.kind, passage.pair) if passage.pair else (passage.kind, passage.owner)
            if passage.kind == "document":
                key = (passage.kind, passage.owner, passage.id)
            seen, e = top.get(key, _Evidence()), evidence[id]
            top[key] = _Evidence(max(seen.dense, e.dense), max(seen.lexical, e.lexical))
            score = e.merged(query.coverage)
            held = found.get(key)
            better = held is None or score > held.score
            if better:
                found[key] = Hit(passage, score)
        return [
            replace(hit, score=(hit.score + top[key].merged(query.coverage)) / 2,
                    why={"dense": top[key].dense, "lexical": top[key].lexical})
            for key, hit in found.items()
        ]

    def _in_language(self, hits: Sequence[Hit], language: str) -> list[Hit]:
        out = []
        for hit in hits:
            passage = hit.passage
            if passage.kind == "faq" and passage.language != language and passage.pair:
                twin = self._store.knowledge.faq_languages(passage.pair).get(language)
                same = self._store.knowledge.owner_passage(twin) if twin else None
                if same:
                    hit = replace(hit, passage=replace(same, text=passage.text))
            out.append(hit)
        return out

    def _ideal(self, text: str) -> float:
        """Return the BM25 score of a passage that would hold every term of the question."""
        revision = self._index.revision
        single, pairs = (tuple(dict.fromkeys(t)) for t in terms(text))
        rows, frequency = self._frequencies(single + pairs, revision)
        s, p = self._settings.single_weight, self._settings.pair_weight
        total = sum(_idf(rows, frequency.get(t, 0)) * s for t in single)
        total += sum(_idf(rows, frequency.get(t, 0)) * p for t in pairs)
        return max(total * BM25_LIMIT / 1.6, 1e-9)

    @lru_cache(maxsize=256)  # noqa: B019 - one retriever lives as long as its process
    def _frequencies(self, words: tuple[str, ...], revision: int):
        return self._store.knowledge.document_frequencies(words)


def _idf(rows: int, holding: int) -> float:
    return max(math.log((rows - holding + 0.5) / (holding + 0.5)), 1e-6)
