"""Fits the confidence model on questions whose right FAQ is known, with FAQs hidden in turn.

Two kinds of questions: phrasings of the home's own FAQs (each asked with itself hidden), and
customers' turns of past dialogues that a person answered from one FAQ. A third of them are asked
once more with their whole FAQ hidden, so that nothing answers them.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from assistant.errors import BadInput
from assistant.evaluate import auroc
from assistant.knowledge.confidence import Confidence, features, fit
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Query, Turn
from assistant.settings import SAMPLE, Settings
from assistant.store import Store
from assistant.text import normalise
from assistant.understanding.followup import make_whole, readings
from ingest.history import FaqNames, to_conversation
from ingest.pipeline import import_faqs
from ingest.readers.dialogues import read_dialogues
from ingest.readers.faqs import read_faqs

LEAST = 40
UNANSWERABLE = 1 / 3
Row = tuple[str, list[float], bool]
Asked = tuple[Query, str, frozenset[int]]  # the question, the pair that answers it, what to hide


def phrasings_asked(store: Store, embedder, limit: int, rng: random.Random) -> list[Asked]:
    """Return phrasings of FAQs that have at least four, each to be asked with itself hidden."""
    phrasings = store.knowledge.faq_phrasings(embedder.name)
    count: dict[str, int] = {}
    for _, pair, *_ in phrasings:
        count[pair] = count.get(pair, 0) + 1
    usable = [p for p in phrasings if count[p[1]] > 3]
    rng.shuffle(usable)
    return [
        (Query(text, text, language, vector, embedder.coverage(normalise(text))), pair, frozenset({id}))
        for id, pair, text, language, vector in usable[:limit]
    ]


def turns_asked(
    dialogues: Iterable[Sequence[Turn]], pairs: dict[str, str], retriever: Retriever, limit: int
) -> list[Asked]:
    """Return customers' turns that the next turn answers from one FAQ; `pairs` maps FAQ id to pair."""
    asked: list[Asked] = []
    for turns in dialogues:
        for n, (turn, answer) in enumerate(pairwise(turns)):
            if turn.role != "customer" or answer.role == "customer" or len(answer.faqs) != 1:
                continue
            if answer.faqs[0] not in pairs or len(asked) >= limit:
                continue
            history = [(t.role, t.text) for t in turns[:n]]
            whole = make_whole(turn.text, history)
            query = retriever.query(turn.text, whole, turn.language, readings(turn.text, history))
            asked.append((query, pairs[answer.faqs[0]], frozenset()))
    return asked


def rows_of(
    asked: Sequence[Asked], retriever: Retriever, siblings: dict[str, set[int]], rng: random.Random,
    progress: Callable[[int], None] | None = None,
) -> list[Row]:
    """Return (language, features, whether the top FAQ was right) of each question."""
    rows: list[Row] = []
    for query, pair, hidden in asked:
        hits = retriever.search(query, 10, exclude=hidden)
        rows.append((query.language, features(query, hits), bool(hits) and hits[0].passage.pair == pair))
        if rng.random() < UNANSWERABLE:
            without = retriever.search(query, 10, exclude=siblings.get(pair, ()))
            rows.append((query.language, features(query, without), False))
        if progress:
            progress(1)
    return rows


def questions_of(
    store: Store, retriever: Retriever, embedder, dialogues: Iterable[Sequence[Turn]] = (), *,
    limit: int = 1200, seed: int = 7, progress: Callable[[int], None] | None = None,
) -> list[Row]:
    """Return the rows a confidence is fitted on; raises BadInput below 40 of them.

    Past replies made of the same dialogues must not be in the store, or each question finds itself.
    """
    rng = random.Random(seed)
    siblings: dict[str, set[int]] = {}
    for id, pair in store.knowledge.faq_passage_ids():
        siblings.setdefault(pair, set()).add(id)
    pairs = {f.id: f.pair for f in store.knowledge.faqs()}
    asked = turns_asked(dialogues, pairs, retriever, limit)
    asked += phrasings_asked(store, embedder, max(limit - len(asked), limit // 4), rng)
    rows = rows_of(asked, retriever, siblings, rng, progress)
    if len(rows) < LEAST or len({r[2] for r in rows}) < 2:
        raise BadInput(
            f"A confidence needs at least {LEAST} questions whose FAQ is known; found {len(rows)}."
            " Add similar questions to your FAQs, or keep the confidence that serves now."
        )
    return rows


def train(
    store: Store, retriever: Retriever, embedder, dialogues: Iterable[Sequence[Turn]] = (), **options
) -> Confidence:
    """Return a confidence fitted on the home's questions; the options are those of `questions_of`."""
    return fit(questions_of(store, retriever, embedder, dialogues, **options), embedder.name)


def held_out(rows: Sequence[Row], folds: int = 5, seed: int = 7) -> dict[str, dict]:
    """Return AUROC, Brier score and n of each language, each row judged by a fit without its fold.

    Brier 1950: the mean squared difference of probability and outcome, 0 to 1, lower is better.
    """
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    judged: dict[str, list[tuple[float, bool]]] = {}
    for fold in range(folds):
        test = set(order[fold::folds])
        model = fit([r for n, r in enumerate(rows) if n not in test], "")
        for language, values, right in (rows[n] for n in sorted(test)):
            chosen = model.models.get(language) or next(iter(model.models.values()))
            judged.setdefault(language, []).append((chosen.probability(values), bool(right)))
    return {language: _figures(pairs) for language, pairs in sorted(judged.items())}


def _figures(pairs: Sequence[tuple[float, bool]]) -> dict:
    right = [p for p, yes in pairs if yes]
    wrong = [p for p, yes in pairs if not yes]
    brier = sum((p - yes) ** 2 for p, yes in pairs) / len(pairs)
    return {"n": len(pairs), "auroc": auroc(right, wrong), "brier": round(brier, 4)}


def train_starter(settings: Settings, embedder, out: Path, say: Callable[[str], None]) -> dict:
    """Fit the shipped confidence on the sample company's FAQs and past dialogues; returns figures.

    The questions of `test.jsonl` are not read. The home made for it is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="kefu-confidence-") as folder:
        store = Store.open(Path(folder) / "kefu.sqlite")
        say("Encoding the sample's FAQs")
        faqs = read_faqs(SAMPLE / "faqs.csv").faqs
        import_faqs(store, faqs, embedder)
        index = LiveIndex(store, embedder.name, embedder.dimension, Path(folder) / "index")
        index.open()
        retriever = Retriever(store, embedder, index, settings.retrieval)
        names = FaqNames(faqs)
        dialogues = [to_conversation(d, names, "")[1] for d in read_dialogues(SAMPLE / "dialogues.jsonl")[0]]
        say("Asking the sample's past questions")
        rows = questions_of(store, retriever, embedder, dialogues)
        store.close()
    fit(rows, embedder.name).save(out)
    return held_out(rows)
