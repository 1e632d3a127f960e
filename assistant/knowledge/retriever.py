"""Finds passages: dense and lexical candidates, merged into one ranked list of owners.

All phrasings of a FAQ in both languages speak for it together; its answer's text adds to that, and
so does the share of the question's content that the FAQ's words, taken as a whole, cover.
Scores are absolute (cosine; BM25 as a share of what the question could reach at best), so that a
confidence can be read from them. Deciding is left to the policy.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assistant.knowledge.embedders import Embedder
from assistant.knowledge.fusion import PLAIN, Fusion
from assistant.knowledge.lexical import Lexicon
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.readings import weighed
from assistant.knowledge.reranker import READ, Reranker
from assistant.knowledge.roster import Covered, Roster
from assistant.records import Hit, Kind, Passage, Query, Reading
from assistant.settings import Retrieval
from assistant.sounds import searched_terms, syllables, written_in_pinyin
from assistant.store import Store
from assistant.text import HAN_OR_WORD, content_terms, detect_language, normalise

BM25_LIMIT = 2.2  # k1 + 1 with FTS5's k1 = 1.2: what one term can add at most, times its idf
TYPICAL_SHARE = 0.6  # a paraphrase seldom reaches more of that limit; scores are scaled by it
TOP = 3  # phrasings whose mean stands beside the best one
PINYIN, LONG_PINYIN = 0.5, 12  # how far short pinyin can be read, and syllables from which on it can't
CLOSER = 50  # owners, the best by their candidates, that are scored on all their passages


@dataclass(slots=True)
class _Owner:
    """The evidence for one FAQ, document piece or past reply."""

    best: Passage
    best_score: float = -1.0
    dense: list[float] = field(default_factory=list)
    lexical: list[float] = field(default_factory=list)
    answer_dense: float = 0.0
    answer_lexical: float = 0.0
    covered: float = 0.0


def pooled(scores: Sequence[float], floor: float) -> float:
    """Return 0.6 of the best score and 0.4 of the mean of the best three.

    Phrasings that were not among the candidates count with `floor`, the weakest candidate's score.
    """
    if not scores:
        return 0.0
    top = heapq.nlargest(TOP, scores)
    return 0.6 * top[0] + 0.4 * (sum(top) + floor * (TOP - len(top))) / TOP


class Retriever:
    """Searches one store with one encoder."""

    def __init__(
        self, store: Store, embedder: Embedder, index: LiveIndex, settings: Retrieval, fusion: Fusion = PLAIN,
        reranker: Reranker | None = None,
    ):
        self.fusion = fusion
        self._reranker = reranker
        self._store = store
        self._embedder = embedder
        self._index = index
        self._settings = settings
        self._roster = Roster(store)
        self._encoded_all = False

    def query(
        self, text: str, whole: str = "", language: str = "", readings: Sequence[Reading] = ()
    ) -> Query:
        """Return the question encoded once, in its normalised form, all its readings in one batch."""
        whole = whole or text
        searched = list(dict.fromkeys(normalise(t) for t in (whole, *(r.text for r in readings))))
        vectors = dict(zip(searched, self._embedder.encode(searched, query=True), strict=True))
        known = {t: self._readable(t) for t in searched}
        encoded = tuple(
            replace(r, vector=vectors[normalise(r.text)], coverage=known[normalise(r.text)])
            for r in readings
        )
        return Query(
            text=text, whole=whole, language=language or detect_language(whole),
            vector=vectors[searched[0]], coverage=known[searched[0]], readings=encoded,
        )

    def _readable(self, text: str) -> float:
        """Return how far the encoder can read a text (0 to 1).

        The tokens of pinyin are known, but what they mean together is so for short questions at best, and
        for longer ones not at all: these are found by their sound.
        """
        if not written_in_pinyin(text):
            return self._embedder.coverage(text)
        spelt = sum(len(syllables(word)) for word in HAN_OR_WORD.findall(text.lower()) if word.isalpha())
        return PINYIN if spelt < LONG_PINYIN else 0.0

    def search(self, query: Query, k: int = 10, exclude: Collection[int] = ()) -> list[Hit]:
        """Return the best k owners, each once with its best passage, best first.

        Of a FAQ in both languages the one in the customer's language is returned. Passages in
        `exclude` are not seen: that is how a confidence is fitted on phrasings held out. A message
        with a history is searched by each of its readings, and an owner's evidence is weighed together.
        Where there is a reranker it reads the best of them, whatever k is.
        """
        self._index.refresh()
        wanted = max(k, READ) if self._reranker else k
        if query.readings:
            found = [self._found(reading, query.language, max(CLOSER, wanted), exclude) for reading in query.readings]
            ranked = weighed(found, [r.weight for r in query.readings])[:wanted]
        else:
            alone = Reading(query.whole, 1.0, query.vector, query.coverage)
            ranked = self._found(alone, query.language, wanted, exclude)
        ranked = self._in_language(ranked, query.language)
        return self._reranker.rerank(query.whole, ranked)[:k] if self._reranker else ranked

    def _found(self, asked: Reading, language: str, k: int, exclude: Collection[int]) -> list[Hit]:
        """Return the best k owners for one text."""
        wanted = self._settings.candidates
        roster = self._current_roster()
        dense = dict(self._index.search(asked.vector, wanted))
        ideal = self._ideal(asked.text, roster.lexicon)
        found = roster.lexicon.search(asked.text, wanted, self._settings.pair_weight)
        lexical = {id: min(score / ideal, 1.0) for id, score in found}
        passages = self._store.knowledge.passages((dense.keys() | lexical.keys()) - set(exclude))
        covered = roster.covered(content_terms(asked.text), exclude)
        owners = self._gather(passages, dense, lexical, covered)
        floors = (min(dense.values(), default=0.0), min(lexical.values(), default=0.0))
        best = self._ranked(owners, asked, language, floors)[: max(CLOSER, k)]
        self._look_closer([owner for owner, _ in best], roster, asked, dense.keys() | set(exclude))
        return [hit for _, hit in self._ranked([owner for owner, _ in best], asked, language, floors)[:k]]

    def publish_pending(self, batch: int = 32) -> int:
        """Encode what was saved without a vector, then make it searchable; returns how many."""
        knowledge = self._store.knowledge
        waiting = knowledge.pending if self._encoded_all else knowledge.missing
        missing = list(waiting(self._embedder.name).items())
        for start in range(0, len(missing), batch):
            some = missing[start : start + batch]
            vectors = self._embedder.encode([normalise(text) for _, text in some])
            knowledge.keep_vectors(self._embedder.name, [h for h, _ in some], vectors)
        self._encoded_all = True
        return knowledge.publish(self._embedder.name, [hash for hash, _ in missing])

    def _current_roster(self) -> Roster:
        return self._roster.follow(self._index.revision)

    def _ranked(self, owners, asked: Reading, language: str, floors) -> list[tuple[_Owner, Hit]]:
        hits = [(owner, self._hit(owner, language, asked.coverage**3, floors)) for owner in owners]
        return sorted(hits, key=lambda pair: (-pair[1].score, pair[1].passage.id))

    def _look_closer(self, owners: Sequence[_Owner], roster: Roster, asked: Reading, seen) -> None:
        """Add the cosines of passages that were not among the candidates.

        Without them an answer that just missed the candidates would count as wholly unlike.
        """
        members = [[int(i) for i in roster.members(o.best.id) if i not in seen] for o in owners]
        ids = np.array([i for some in members for i in some], np.int64)
        cosines = iter(self._index.cosines(asked.vector, ids).tolist())
        for owner, some in zip(owners, members, strict=True):
            for id in some:
                cosine = next(cosines)
                if math.isnan(cosine):
                    continue  # not encoded by this encoder yet
                if roster.is_answer(id):
                    owner.answer_dense = max(owner.answer_dense, cosine)
                else:
                    owner.dense.append(cosine)

    def _gather(
        self, passages: dict[int, Passage], dense, lexical, covered: Covered
    ) -> list[_Owner]:
        owners: dict[tuple, _Owner] = {}
        for id, passage in passages.items():
            key = (passage.kind, passage.pair or passage.owner)
            if passage.kind == Kind.DOCUMENT:
                key = (passage.kind, id)
            owner = owners.setdefault(key, _Owner(passage, covered=covered.of(id)))
            d, x = dense.get(id), lexical.get(id)
            if passage.role == "answer":
                owner.answer_dense = max(owner.answer_dense, d or 0.0)
                owner.answer_lexical = max(owner.answer_lexical, x or 0.0)
                continue
            if d is not None:
                owner.dense.append(d)
            if x is not None:
                owner.lexical.append(x)
            if (d or 0.0) + (x or 0.0) > owner.best_score:
                owner.best, owner.best_score = passage, (d or 0.0) + (x or 0.0)
        return list(owners.values())

    def _hit(self, owner: _Owner, language: str, readable: float, floors: tuple[float, float]) -> Hit:
        dense = max(pooled(owner.dense, floors[0]), 0.0)
        lexical = pooled(owner.lexical, floors[1] if len(owner.lexical) < TOP else 0.0)
        if owner.best.kind == Kind.DOCUMENT:
            dense, lexical = max(owner.dense, default=0.0), max(owner.lexical, default=0.0)
        why = {
            "dense": dense, "lexical": lexical,
            "best_dense": max(owner.dense, default=0.0),
            "best_lexical": max(owner.lexical, default=0.0),
            "answer_dense": owner.answer_dense, "answer_lexical": owner.answer_lexical,
            "covered": owner.covered,
        }
        return Hit(owner.best, self.fusion.score(language, readable, why), why)

    def _in_language(self, hits: Sequence[Hit], language: str) -> list[Hit]:
        out = []
        for hit in hits:
            passage = hit.passage
            if passage.kind == Kind.FAQ and passage.language != language and passage.pair:
                twin = self._store.knowledge.faq_languages(passage.pair).get(language)
                same = self._store.knowledge.owner_passage(twin) if twin else None
                if same:
                    hit = replace(hit, passage=replace(same, text=passage.text))
            out.append(hit)
        return out

    def _ideal(self, text: str, lexicon: Lexicon) -> float:
        """Return the BM25 score that a good paraphrase of the question would reach.

        A word that nobody wrote and that is pinyin can be found by its sound alone.
        """
        single, pairs = (dict.fromkeys(t) for t in searched_terms(text))
        written = [t for t in single if lexicon.frequency(t) or not (t.isascii() and syllables(t))]
        total = sum(lexicon.idf(t) for t in written)
        total += sum(lexicon.idf(t) * self._settings.pair_weight for t in pairs)
        return max(total * BM25_LIMIT * TYPICAL_SHARE, 1e-9)
