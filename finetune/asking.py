"""Asks questions whose right FAQ is known, and notes what the search saw: what fusion and confidence learn from.

Questions come from a home (phrasings with themselves hidden, past dialogues) or from authored companies
as knowledge bases of many shapes. Some are asked with their FAQ hidden, so that nothing answers them.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Faq, Hit, Query, Turn
from assistant.settings import Retrieval
from assistant.store import Store
from assistant.text import clean, normalise
from assistant.understanding.followup import make_whole, readings
from finetune.companies import Firm, with_roles
from ingest.pipeline import import_faqs

DEPTH = 20
UNANSWERABLE = 1 / 3
STRANGE = 1 / 4  # questions of other companies beside a company's own
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the FAQ pair that answers it ("" for none), and passages it must not see."""

    query: Query
    pair: str
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Observation:
    """What a search found for a question: `right` is the place of the right FAQ in `hits`, or None."""

    query: Query
    hits: tuple[Hit, ...]
    right: int | None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a knowledge base of a company holds: languages, phrasings beside the question, answers."""

    languages: tuple[str, ...] = ("zh", "en")
    phrasings: int = 0
    answers: bool = True


SHAPES = (
    Shape(), Shape(phrasings=3), Shape(("zh",)), Shape(("en",)), Shape(("zh",), 2, False), Shape(("en",), 2, False),
)


def observe(
    asked: Sequence[Asked], retriever: Retriever, siblings: dict[str, set[int]], rng: random.Random,
    progress: Progress | None = None, base: str = "",
) -> list[Observation]:
    """Search every question, a third of the answerable ones once more with their whole FAQ hidden."""
    out = []
    for one in asked:
        hits = tuple(retriever.search(one.query, DEPTH, exclude=one.hidden))
        place = next((n for n, h in enumerate(hits) if one.pair and h.passage.pair == one.pair), None)
        out.append(Observation(one.query, hits, place, base))
        if one.pair and rng.random() < UNANSWERABLE:
            without = tuple(retriever.search(one.query, DEPTH, exclude=siblings.get(one.pair, ())))
            out.append(Observation(one.query, without, None, base))
        if progress:
            progress(1)
    return out


def siblings_of(store: Store) -> dict[str, set[int]]:
    """Return pair -> ids of all its searchable passages."""
    found: dict[str, set[int]] = {}
    for id, pair in store.knowledge.faq_passage_ids():
        found.setdefault(pair, set()).add(id)
    return found


# A home


def phrasings_asked(store: Store, embedder, limit: int, rng: random.Random, least: int = 4) -> list[Asked]:
    """Return similar questions of FAQs that have at least `least` phrasings, each to be asked with itself hidden.

    A FAQ's own question is not asked: a cross-encoder would read it as the title of what is found.
    """
    phrasings = store.knowledge.faq_phrasings(embedder.name)
    titles = {clean(f.question) for f in store.knowledge.faqs()}
    count: dict[str, int] = {}
    for _, pair, *_ in phrasings:
        count[pair] = count.get(pair, 0) + 1
    usable = [p for p in phrasings if count[p[1]] >= least and clean(p[2]) not in titles]
    rng.shuffle(usable)
    return [
        Asked(Query(text, text, language, vector, embedder.coverage(normalise(text))), pair, frozenset({id}))
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
            asked.append(Asked(query, pairs[answer.faqs[0]]))
    return asked


# Authored companies


def firms_observed(
    firms: Sequence[Firm], embedder, settings: Retrieval, *, limit: int = 120, seed: int = 7,
    progress: Progress | None = None,
) -> list[Observation]:
    """Return what is seen in each company as a knowledge base of each shape, `limit` questions each.

    A quarter as many are asked that belong to companies of other trades: customers ask for what a
    company has nothing to do with, too.
    """
    out = []
    for n, firm in enumerate(firms):
        others = [f for f in firms if f.trade != firm.trade]
        for shape in SHAPES:
            rng = random.Random(seed * 1000 + n)
            with tempfile.TemporaryDirectory(prefix="kefu-fit-") as folder:
                out += _firm_observed(firm, others, shape, embedder, settings, Path(folder), limit, rng)
            if progress:
                progress(1)
    return out


def _firm_observed(
    firm: Firm, others: Sequence[Firm], shape: Shape, embedder, settings, folder: Path, limit: int, rng
) -> list[Observation]:
    faqs, questions = shaped(firm, shape, rng)
    store = Store.open(folder / "kefu.sqlite")
    try:
        import_faqs(store, faqs, embedder)
        index = LiveIndex(store, embedder.name, embedder.dimension, folder / "index")
        index.open()
        retriever = Retriever(store, embedder, index, settings)
        questions = rng.sample(questions, min(limit, len(questions)))
        questions += strange(others, shape, round(STRANGE * len(questions)), rng)
        vectors = embedder.encode([normalise(text) for text, *_ in questions], query=True)
        asked = [
            Asked(Query(text, text, language, vector, embedder.coverage(normalise(text))), pair)
            for (text, language, pair), vector in zip(questions, vectors, strict=True)
        ]
        asked += following(firm, shape, retriever)
        return observe(asked, retriever, siblings_of(store), rng, base=f"{firm.name_en}, {shape}")
    finally:
        store.close()


def following(firm: Firm, shape: Shape, retriever: Retriever) -> list[Asked]:
    """Return the follow-ups of a company's entries, in the languages of the shape, with what was said before."""
    out = []
    for n, entry in enumerate(firm.entries):
        for language in shape.languages:
            for talk in entry.side(language).followups:
                text, history = talk[-1], with_roles(talk)
                query = retriever.query(text, make_whole(text, history), language, readings(text, history))
                out.append(Asked(query, f"p{n}"))
    return out


def strange(others: Sequence[Firm], shape: Shape, count: int, rng) -> list[tuple[str, str, str]]:
    """Return questions of other companies, in the languages of the shape, as questions that nothing answers."""
    texts = [
        (text, language, "")
        for firm in others for entry in firm.entries for language in shape.languages
        for text in entry.side(language).phrasings
    ]
    return rng.sample(texts, min(count, len(texts)))


def shaped(firm: Firm, shape: Shape, rng: random.Random) -> tuple[list[Faq], list[tuple[str, str, str]]]:
    """Return (FAQs, questions) of a company; a question is (text, language, pair or "" for none).

    A phrasing that the knowledge base holds is no question. Of the other language's phrasings, where
    it holds one language alone, a third are asked.
    """
    faqs, questions = [], []
    for n, entry in enumerate(firm.entries):
        pair = f"p{n}"
        for language in ("zh", "en"):
            side = entry.side(language)
            told = rng.sample(side.phrasings, min(shape.phrasings, len(side.phrasings) - 1))
            if language in shape.languages:
                answer = side.answer if shape.answers else ""
                faqs.append(Faq(f"{pair}-{language}", side.question, answer, language, pair, tuple(told)))
            elif rng.random() > 1 / 3:
                continue
            questions += [(p, language, pair) for p in side.phrasings if p not in told]
            questions += [(text, language, "") for text in side.unanswered]
    return faqs, questions
