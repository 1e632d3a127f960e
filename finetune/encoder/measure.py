"""Figures of an encoder alone, by its vectors: does a text find its twin, a question its FAQ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assistant.text import normalise
from assistant.understanding.followup import make_whole
from finetune.companies import Firm, Side, with_roles
from finetune.encoder.questions import Lessons, Question

Encode = Callable[[Sequence[str]], np.ndarray]
DEPTH = 10


def twins_found(encode: Encode, pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of first texts whose nearest among all second texts is their own."""
    one, other = encode([a for a, _ in pairs]), encode([b for _, b in pairs])
    return round(float(((one @ other.T).argmax(1) == np.arange(len(pairs))).mean()), 4)


def joined(side: Side) -> list[str]:
    """Return an entry's follow-ups, each joined with the question that it continues."""
    return [make_whole(talk[-1], with_roles(talk)) for talk in side.followups]


def found_in_firms(
    encode: Encode, firms: Sequence[Firm], asked: str, known: str,
    texts: Callable[[Side], Sequence[str]] = lambda side: side.phrasings,
) -> float:
    """Return the share of `texts` in `asked` whose nearest standard question in `known` is theirs.

    Each company is searched by itself, as it would be in service.
    """
    right = total = 0
    for firm in firms:
        questions = encode([normalise(e.side(known).question) for e in firm.entries])
        phrasings = [(normalise(p), n) for n, e in enumerate(firm.entries) for p in texts(e.side(asked))]
        if not phrasings:
            continue
        found = (encode([p for p, _ in phrasings]) @ questions.T).argmax(1)
        right += int((found == np.array([n for _, n in phrasings])).sum())
        total += len(phrasings)
    return round(right / max(total, 1), 4)


def figures(encode: Encode, pairs: Sequence[tuple[str, str]], firms: Sequence[Firm]) -> dict[str, float]:
    """Return hit@1 of held-out sentences (Chinese finds its English) and of held-out companies."""
    return {
        "sentences": twins_found(encode, pairs),
        "zh": found_in_firms(encode, firms, "zh", "zh"), "en": found_in_firms(encode, firms, "en", "en"),
        "zh_en": found_in_firms(encode, firms, "zh", "en"), "en_zh": found_in_firms(encode, firms, "en", "zh"),
        "zh_followups": found_in_firms(encode, firms, "zh", "zh", joined),
        "en_followups": found_in_firms(encode, firms, "en", "en", joined),
    }


def found_at_home(
    embedder, lessons: Lessons, questions: Sequence[Question], vectors: Mapping[str, np.ndarray] | None = None
) -> dict:
    """Return n, hit@1, hit@5 and mrr (to depth 10) of held-out questions, whole and by language.

    What is searched are the texts that may be learned; a topic counts by its best one. `vectors` are
    theirs where they are known already. Figures are None without questions.
    """
    vectors = searched(embedder, lessons) if vectors is None else vectors
    asked = embedder.encode([q.text for q in questions], query=True)
    ranks = _ranks(asked, [q.topic for q in questions], lessons, vectors)
    languages = np.array([q.language for q in questions])
    parts = {code: _shares(ranks[languages == code]) for code in sorted(set(languages.tolist()))}
    return {**_shares(ranks), "languages": parts}


def searched(embedder, lessons: Lessons) -> dict[str, np.ndarray]:
    """Return the vector (d,) of each text that may be learned, past questions included."""
    texts = list(dict.fromkeys(text for t in lessons.topics for text in t.texts()))
    return dict(zip(texts, embedder.encode(texts), strict=True))


def _ranks(asked: np.ndarray, right: Sequence[str], lessons: Lessons, vectors) -> np.ndarray:
    """Return the place (n,) of the right topic, 1 the best; DEPTH + 1 where it is none of the known."""
    ids = [t.id for t in lessons.topics]
    place = {id: n for n, id in enumerate(ids)}
    best = np.full((len(asked), len(ids)), -2.0, np.float32)
    for n, topic in enumerate(lessons.topics):
        known = np.stack([vectors[text] for text in topic.texts()])
        if len(asked):
            best[:, n] = (asked @ known.T).max(axis=1)
    out = [1 + int((best[n] > best[n, place[id]]).sum()) if id in place else DEPTH + 1 for n, id in enumerate(right)]
    return np.array(out, np.int64)


def _shares(ranks: np.ndarray) -> dict:
    if not len(ranks):
        return {"n": 0, "hit@1": None, "hit@5": None, "mrr": None}
    reciprocal = np.where(ranks <= DEPTH, 1 / ranks, 0.0)
    return {
        "n": len(ranks), "hit@1": round(float((ranks == 1).mean()), 4),
        "hit@5": round(float((ranks <= 5).mean()), 4), "mrr": round(float(reciprocal.mean()), 4),
    }
