"""`assistant evaluate`: a throw-away home is made, filled, asked and deleted; or the home itself is asked."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.commands import progress_bar
from assistant.errors import UsageError
from assistant.evaluate import (
    Outcome,
    Question,
    best_threshold,
    by_group,
    figures,
    quantile,
    read_questions,
    run,
)
from assistant.records import Reply
from assistant.settings import Settings


def evaluate_files(
    settings: Settings, queries: Path, kb: Path | None = None, tune_kb: Path | None = None,
    tune_queries: Path | None = None, history: Path | None = None, kb_language: str | None = None,
    replies: bool = False, outcomes: Path | None = None,
) -> dict:
    """Return the figures of `queries` against `kb`, or against the home; nothing is fitted on `queries`.

    `outcomes` is a file that what came of each question is written to, as JSONL.
    """
    if bool(tune_kb) != bool(tune_queries):
        raise UsageError("--tune-kb and --tune-queries belong together.")
    if not kb and (tune_kb or history or kb_language or replies):
        raise UsageError("--tune-kb, --history, --kb-language and --replies go with --kb: without it the home is asked.")
    from assistant.knowledge.embedders import load_embedder

    questions = read_questions(queries)
    if not kb:
        return _told(_asked(_home(settings), questions, "Asking"), {}, outcomes)
    embedder = load_embedder(settings)
    if tune_kb and tune_queries:
        with tempfile.TemporaryDirectory(prefix="kefu-tune-") as folder:
            engine = _filled(settings, Path(folder), tune_kb, embedder)
            threshold = best_threshold(_asked(engine, read_questions(tune_queries), "Tuning"))
        if threshold is not None:
            settings = replace(settings, policy=replace(settings.policy, answer_at=threshold, risk=0.0))
    with tempfile.TemporaryDirectory(prefix="kefu-evaluate-") as folder:
        engine = _filled(settings, Path(folder), kb, embedder, history, kb_language, replies)
        came = _asked(engine, questions, "Asking")
        written = _replies(engine, questions) if replies else {}
    return _told(came, written, outcomes)


def _told(came: Sequence[Outcome], written: dict, outcomes: Path | None) -> dict:
    if outcomes:
        outcomes.write_text("".join(json.dumps(o.told(), ensure_ascii=False) + "\n" for o in came), encoding="utf-8")
    groups = by_group(came)
    return {**figures(came), **written, **({"groups": groups} if groups else {})}


def _home(settings: Settings):
    """Return the engine of the home as it serves now."""
    from assistant.assembly import build_engine, open_store

    return build_engine(settings, open_store(settings))


def _asked(engine, questions, title: str):
    with progress_bar(title, len(questions)) as advance:
        return run(engine, questions, advance)


def _filled(
    settings: Settings, folder: Path, kb: Path, embedder, history=None, language=None, replies: bool = False
):
    """Return an engine over a new home like that of `init --empty`, with the FAQs imported."""
    from assistant.assembly import build_engine, open_store
    from assistant.initialise import furnish_empty
    from ingest.pipeline import import_faqs
    from ingest.readers.faqs import read_faqs

    settings = replace(settings, home=folder)
    store = open_store(settings)
    furnish_empty(settings, store, embedder, with_response=replies)
    faqs = read_faqs(kb, require_answers=False).faqs
    if language:
        faqs = [f for f in faqs if f.language == language]
    import_faqs(store, faqs, embedder)
    if history:
        _learn(store, embedder, history)
    return build_engine(settings, store, embedder)


def _learn(store, embedder, history: Path) -> None:
    """Take past questions that name a FAQ as evidence for it."""
    from assistant.records import PastReply
    from assistant.text import detect_language
    from ingest.pipeline import import_past_replies

    known = {f.id for f in store.knowledge.faqs()}
    rows = [
        PastReply(f"history-{q.id}", q.text, "", q.language or detect_language(q.text), faq)
        for q in read_questions(history) for faq in sorted(q.relevant & known)[:1]
    ]
    import_past_replies(store, rows, embedder)


def _replies(engine, questions) -> dict:
    """Write every reply and return how they are worded, as shares of the answered questions."""
    from assistant.store.conversations import new_id

    engine.settings = replace(engine.settings, chat=replace(engine.settings.chat, per_minute=10**6))
    answered = []
    with progress_bar("Replying", len(questions)) as advance:
        for question in questions:
            conversation = new_id()
            engine.import_history(conversation, question.history)
            reply = engine.reply(conversation, question.text)
            if reply.decision.action.value in ("answer", "template") and reply.sources:
                answered.append((question, reply))
            advance(1)
    return worded(answered)


def worded(answered: Sequence[tuple[Question, Reply]]) -> dict:
    """Return shares over answered questions, and how fast the model wrote those in its own words."""
    from assistant.text import detect_language

    origins = Counter(reply.origin for _, reply in answered)
    own_words = [reply for _, reply in answered if reply.origin == "model"]
    share = lambda n: round(n / len(answered), 4) if answered else None  # noqa: E731
    first = sorted(reply.ms["first_word"] for reply in own_words)
    seconds = sum(reply.ms["speak"] for reply in own_words) / 1e3
    return {
        "supported": share(sum(_supported(*pair) for pair in answered)),
        "own_words": share(origins["model"]), "verbatim": share(origins["verbatim"]),
        "template": share(origins["template"]),
        "right_language": share(sum(detect_language(r.text) == r.language for _, r in answered)),
        "refused": share(sum(bool(r.trace.get("refused")) for _, r in answered)),
        "first_word_ms": {"p50": quantile(first, 0.5), "p95": quantile(first, 0.95)},
        "tokens_per_second": round(sum(r.trace["tokens"] for r in own_words) / seconds, 1) if seconds else None,
    }


def _supported(question, reply) -> bool:
    from assistant.replying.factlock import allowed
    from assistant.text import sentences

    passages = [h.passage.said for h in reply.decision.hits[:3]]
    asked = [question.text, *(t for role, t in question.history if role == "customer")]
    return all(allowed(s, passages, asked, reply.language) is None for s in sentences(reply.text))
