"""Prints what a knowledge base learns from its past questions, in five folds: hit@1 and hit@5.

    python -m tests.benchmarks.bench_learning FOLDER [--folds 5] [--minutes 0]

FOLDER holds kb.jsonl and queries.jsonl. Four fifths of the answerable questions are stored as past
replies, evidence for their FAQ, and the last fifth is asked; with minutes, the encoder is adapted to
them first, as long in each fold. Beside it a linear classifier of character n-grams, and no learning.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.evaluate import Question, read_questions
from assistant.knowledge.embedders import SentenceEmbedder, load_embedder
from assistant.knowledge.fusion import Fusion
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Faq, PastReply
from assistant.settings import STARTER, load
from assistant.store import Store
from assistant.text import detect_language, normalise
from finetune.encoder.adapt import Plan, adapt
from finetune.encoder.measure import searched
from finetune.encoder.questions import Lessons, Topic
from finetune.encoder.questions import Question as Held
from ingest.history import reply_id
from ingest.pipeline import import_faqs, import_past_replies
from ingest.readers.faqs import read_faqs
from tests.benchmarks.made import table

DEPTH = 20


def ranked(faqs: Sequence[Faq], taught: Sequence[Question], asked: Sequence[Question], embedder, settings) -> list[int | None]:
    """Return the place (from 1) of the first right FAQ for each question, None beyond 20."""
    language = {f.id: f.language for f in faqs}
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        store = Store.open(Path(folder) / "kefu.sqlite")
        import_faqs(store, list(faqs), embedder)
        replies = [(q.text, min(q.relevant)) for q in taught]
        import_past_replies(store, [PastReply(reply_id(t, f), t, t, language[f], f) for t, f in replies], embedder)
        index = LiveIndex(store, embedder.name, embedder.dimension, Path(folder) / "index")
        index.open()
        retriever = Retriever(store, embedder, index, settings.retrieval, Fusion.load(STARTER / "confidence"))
        places = []
        for q in asked:
            hits = retriever.search(retriever.query(q.text, language=detect_language(q.text, "zh")), DEPTH)
            owners = [h.passage.owner for h in hits]
            places.append(next((n for n, owner in enumerate(owners, 1) if owner in q.relevant), None))
        store.close()
    return places


def classified(faqs: Sequence[Faq], taught: Sequence[Question], asked: Sequence[Question]) -> list[int | None]:
    """Return the same of a linear support vector machine over character n-grams of 1 to 4."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    texts = [(f.question, f.id) for f in faqs] + [(q.text, min(q.relevant)) for q in taught]
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True), LinearSVC())
    model.fit([t for t, _ in texts], [f for _, f in texts])
    order = np.argsort(-model.decision_function([q.text for q in asked]), axis=1)[:, :DEPTH]
    names = model.classes_[order]
    return [next((n for n, f in enumerate(row, 1) if f in q.relevant), None) for row, q in zip(names, asked, strict=True)]


def adapted(embedder, faqs: Sequence[Faq], taught: Sequence[Question], minutes: float):
    """Return the encoder adapted to FAQs and taught questions; a tenth of these says when to stop."""
    stop, learned = taught[::10], [q for n, q in enumerate(taught) if n % 10]
    asked: dict[str, list[str]] = {}
    for q in learned:
        asked.setdefault(min(q.relevant), []).append(normalise(q.text))
    topics = tuple(
        Topic(f.id, tuple(map(normalise, (f.question, *f.similar))), (f.answer,) if f.answer else (), tuple(asked.get(f.id, ())))
        for f in faqs
    )
    validation = tuple(Held(normalise(q.text), min(q.relevant), detect_language(q.text, "zh")) for q in stop)
    lessons = Lessons(topics, validation)
    model, told = adapt(embedder, lessons, searched(embedder, lessons), Plan(seconds=60 * minutes), print)
    print(f"adapted: best step {told['best_step']} of {told['steps']}, {told['seconds']} s", flush=True)
    return SentenceEmbedder(model, f"{embedder.name}-adapted")


def share(places: Sequence[int | None], depth: int) -> float:
    return round(float(np.mean([p is not None and p <= depth for p in places])), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=5, help="how many of the five folds to run")
    parser.add_argument("--minutes", type=float, default=0.0, help="adapt the encoder that long in each fold")
    wanted = parser.parse_args()
    embedder, settings = load_embedder(load(tempfile.gettempdir())), load(tempfile.gettempdir())
    faqs = read_faqs(wanted.folder / "kb.jsonl", require_answers=False).faqs
    questions = [q for q in read_questions(wanted.folder / "queries.jsonl") if q.answerable]
    random.Random(7).shuffle(questions)
    found: dict[str, list[int | None]] = {}
    for fold in range(wanted.folds):
        asked = questions[fold::5]
        taught = [q for n, q in enumerate(questions) if n % 5 != fold]
        found.setdefault("nothing learned", []).extend(ranked(faqs, (), asked, embedder, settings))
        found.setdefault("n-grams, linear classifier", []).extend(classified(faqs, taught, asked))
        found.setdefault("past questions as evidence", []).extend(ranked(faqs, taught, asked, embedder, settings))
        if wanted.minutes:
            own = adapted(embedder, faqs, taught, wanted.minutes)
            found.setdefault("and the encoder adapted", []).extend(ranked(faqs, taught, asked, own, settings))
        print({name: share(places, 1) for name, places in found.items()}, flush=True)
    rows = [(name, len(places), share(places, 1), share(places, 5)) for name, places in found.items()]
    table(f"{wanted.folder.name}, {wanted.folds} of 5 folds", ("", "n", "hit@1", "hit@5"), rows)


if __name__ == "__main__":
    main()
