"""A home's own confidence: the shipped one, moved by the home's questions as far as they are many.

Its questions are customers' turns that a person answered from one FAQ, replies that staff judged, and
phrasings of FAQs, each with itself hidden; a third is asked once more with its FAQ hidden. Where an
encoder serves that was adapted to the home, only questions that it has not learned are asked: the
others would make the confidence too sure.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.assembly import STARTER_CONFIDENCE
from assistant.errors import BadInput
from assistant.knowledge.confidence import Confidence
from assistant.knowledge.dial import ENOUGH
from assistant.knowledge.fusion import Fusion
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.reranker import load_reranker
from assistant.knowledge.retriever import Retriever
from assistant.records import Example, Version
from assistant.registry import discard, folder_of, keep, new_folder
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import normalise
from assistant.understanding.followup import make_whole, readings
from finetune.asking import Asked, Observation, observe, phrasings_asked, siblings_of
from finetune.confidence import LEAST, figures, fit, row_of
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
from finetune.encoder.questions import unlearned
from finetune.fusion import reranked

FOLDS = 5
PAST, PHRASINGS, LOOKED_THROUGH = 600, 300, 6000  # past questions and phrasings asked at most: a minute


def train_candidate(
    settings: Settings, store: Store, embedder, dataset: Dataset | None = None,
    progress: Callable[[int], None] | None = None, *, index_folder: Path | None = None,
) -> Version:
    """Refine the serving confidence's starter and keep it as a version; nothing is promoted.

    `index_folder`, where given, stands for the home's. Raises BadInput below 40 questions of the home's own.
    """
    dataset = current_dataset(settings, store) if dataset is None else dataset
    shipped, weights = _shipped(settings, store)
    retriever = retriever_of(settings, store, embedder, weights, index_folder)
    rng = random.Random(settings.training.seed)
    asked = _asked(store, retriever, embedder, dataset, rng)
    if len(asked) < LEAST:
        raise BadInput(
            f"A confidence of your own needs at least {LEAST} questions whose FAQ is known; found {len(asked)}. "
            "Import dialogues that name their FAQs, review replies, or add similar questions to your FAQs."
        )
    seen = [reranked(o, weights) for o in observe(asked, retriever, siblings_of(store), rng, progress)]
    refined, told = refine(seen, shipped, embedder.name)
    id, folder = new_folder(settings, "confidence")
    try:
        weights.save(folder)
        refined.save(folder)
        metrics = {**told, "questions": len(asked), "dataset": dataset.id}
        return keep(settings, store, id, folder, base=embedder.name, metrics=metrics, origin="finetune confidence")
    except BaseException:
        discard(folder)
        raise


def _shipped(settings: Settings, store: Store) -> tuple[Confidence, Fusion]:
    folder = folder_of(settings, store, "confidence", STARTER_CONFIDENCE)
    return Confidence.load(folder), Fusion.load(folder)


def _asked(store: Store, retriever: Retriever, embedder, dataset: Dataset, rng: random.Random) -> list[Asked]:
    """Return up to PAST past questions and PHRASINGS phrasings, of an adapted encoder only what it has not learned."""
    named = [e for e in dataset.taught if e.faqs]
    past = asked_of(store, retriever, rng.sample(named, min(PAST, len(named))))
    if not any(v.id == embedder.name for v in store.releases.versions("encoder")):
        return past + phrasings_asked(store, embedder, PHRASINGS, rng)
    new = unlearned(store, dataset)
    phrasings = phrasings_asked(store, embedder, LOOKED_THROUGH, rng)
    return [a for a in past if normalise(a.query.whole) in new] + [
        a for a in phrasings if normalise(a.query.whole) in new
    ][:PHRASINGS]


def retriever_of(
    settings: Settings, store: Store, embedder, weights: Fusion, index_folder: Path | None = None
) -> Retriever:
    """Return a retriever over the home with its index brought up to date."""
    index = LiveIndex(store, embedder.name, embedder.dimension, index_folder or settings.index_folder)
    index.open()
    return Retriever(store, embedder, index, settings.retrieval, weights, load_reranker(settings))


def asked_of(store: Store, retriever: Retriever, examples: Sequence[Example]) -> list[Asked]:
    """Return the examples that name one FAQ as questions that don't see their own past reply."""
    pairs = {f.id: f.pair or f.id for f in store.knowledge.faqs(status="published")}
    own = _own_passages(store)
    return [
        Asked(
            retriever.query(e.question, make_whole(e.question, e.history), e.language, readings(e.question, e.history)),
            pairs[e.faqs[0]], own.get(e.conversation, frozenset()),
        )
        for e in examples
        if e.faqs and len({pairs.get(id) for id in e.faqs}) == 1 and e.faqs[0] in pairs
    ]


def _own_passages(store: Store) -> dict[str, frozenset[int]]:
    """Return conversation -> ids of the passages that its replies became."""
    conversations = {r.id: r.conversation for r in store.knowledge.past_replies() if r.conversation}
    out: dict[str, set[int]] = {}
    for id, owner in store.knowledge.past_reply_passages():
        if owner in conversations:
            out.setdefault(conversations[owner], set()).add(id)
    return {c: frozenset(ids) for c, ids in out.items()}


def refine(
    seen: Sequence[Observation], shipped: Confidence, encoder: str, seed: int = 7
) -> tuple[Confidence, dict]:
    """Return the refined confidence and its figures on questions left out in turn.

    From 200 own questions in a language on its risk dial stands on them alone; below, on the shipped
    ones too. A question asked again with its FAQ hidden counts once.
    """
    groups = sorted({o.query.whole for o in seen})
    random.Random(seed).shuffle(groups)
    fold_of = {group: n % FOLDS for n, group in enumerate(groups)}
    judged: dict[str, list[tuple[float, bool]]] = {}
    for fold in range(FOLDS):
        model = fit([row_of(o) for o in seen if fold_of[o.query.whole] != fold], encoder, shipped)
        for language, values, right in (row_of(o) for o in seen if fold_of[o.query.whole] == fold):
            chosen = model.models.get(language) or next(iter(model.models.values()))
            judged.setdefault(language, []).append((chosen.probability(values), right))
    every = [pair for some in judged.values() for pair in some]
    own = {language: len({o.query.whole for o in seen if o.query.language == language}) for language in judged}
    merged = {
        language: tuple(judged[language]) if own.get(language, 0) >= ENOUGH
        else (*shipped.judged.get(language, ()), *judged.get(language, ()))
        for language in {**shipped.judged, **judged}
    }
    model = fit([row_of(o) for o in seen], encoder, shipped)
    return replace(model, judged=merged, own=own), figures(every)


def measure(
    settings: Settings, store: Store, embedder, dataset: Dataset, folder: Path, index_folder: Path | None = None
) -> dict:
    """Return how well a confidence tells right from wrong on the dataset's held-out questions.

    n, auroc, and `calibrated`: 1 minus the Brier score. Every question is asked once more with its FAQ hidden.
    """
    confidence, weights = Confidence.load(folder), Fusion.load(folder)
    retriever = retriever_of(settings, store, embedder, weights, index_folder)
    asked = asked_of(store, retriever, dataset.test)
    rng = random.Random(settings.training.seed)
    seen = observe(asked, retriever, siblings_of(store), rng)
    judged = [(confidence.of(o.query, o.hits), o.right == 0) for o in seen]
    if not judged:
        return {"n": 0}
    told = figures(judged)
    return {"n": len(judged), "auroc": told["auroc"], "calibrated": round(1 - told["brier"], 4)}
