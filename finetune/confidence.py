"""Fits the confidence model on a home's own knowledge: phrasings and FAQs held out in turn.

Each phrasing is asked once with only itself hidden (its FAQ should be found) and once with its whole
FAQ hidden (then nothing answers it). No text is encoded: the vectors are in the store.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from assistant.errors import BadInput
from assistant.knowledge.confidence import Confidence, features, fit
from assistant.knowledge.retriever import Retriever
from assistant.records import Query
from assistant.store import Store
from assistant.text import normalise

LEAST = 40


def held_out_rows(
    store: Store, retriever: Retriever, embedder, *, limit: int = 1500, seed: int = 7,
    progress: Callable[[int], None] | None = None,
) -> list[tuple[str, list[float], bool]]:
    """Return rows (language, features, whether the top FAQ was right) of held-out phrasings."""
    phrasings = store.knowledge.faq_phrasings(embedder.name)
    siblings: dict[str, set[int]] = {}
    for p in store.knowledge.faq_passage_ids():
        siblings.setdefault(p[1], set()).add(p[0])
    random.Random(seed).shuffle(phrasings)
    rows = []
    for id, pair, text, language, vector in phrasings[:limit]:
        searched = normalise(text)
        query = Query(text, text, language, vector, embedder.coverage(searched))
        alone = len([s for s in siblings[pair] if s != id]) > 2
        if alone:
            hits = retriever.search(query, 10, exclude={id})
            right = bool(hits) and hits[0].passage.pair == pair
            rows.append((language, features(query, hits), right))
        hits = retriever.search(query, 10, exclude=siblings[pair])
        if hits:
            rows.append((language, features(query, hits), False))
        if progress:
            progress(1)
    return rows


def train(store: Store, retriever: Retriever, embedder, **options) -> Confidence:
    """Return a confidence fitted on the home's FAQs; raises BadInput below 40 usable phrasings."""
    rows = held_out_rows(store, retriever, embedder, **options)
    if len(rows) < LEAST or len({r[2] for r in rows}) < 2:
        raise BadInput(
            f"A confidence needs at least {LEAST} phrasings of FAQs that have several; found {len(rows)}."
            " Add similar questions to your FAQs, or keep the confidence that serves now."
        )
    return fit(rows, embedder.name)
