"""`assistant evaluate`: a throw-away home is made, filled, and asked. Deletes the home at the end."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from assistant.commands import progress_bar
from assistant.errors import UsageError
from assistant.evaluate import best_threshold, by_group, figures, read_questions, run
from assistant.settings import Settings


def evaluate_files(
    settings: Settings, kb: Path, queries: Path, tune_kb: Path | None = None,
    tune_queries: Path | None = None, history: Path | None = None, kb_language: str | None = None,
    replies: bool = False,
) -> dict:
    """Return the figures of `queries` against `kb`; nothing is fitted on `queries`."""
    if bool(tune_kb) != bool(tune_queries):
        raise UsageError("--tune-kb and --tune-queries belong together.")
    from assistant.knowledge.embedders import load_embedder

    questions = read_questions(queries)
    embedder = load_embedder(settings)
    if tune_kb and tune_queries:
        with tempfile.TemporaryDirectory(prefix="kefu-tune-") as folder:
            engine = _filled(settings, Path(folder), tune_kb, embedder, None, None)
            threshold = best_threshold(_asked(engine, read_questions(tune_queries), "Tuning"))
        if threshold is not None:
            settings = replace(settings, policy=replace(settings.policy, answer_at=threshold))
    with tempfile.TemporaryDirectory(prefix="kefu-evaluate-") as folder:
        engine = _filled(settings, Path(folder), kb, embedder, history, kb_language)
        outcomes = _asked(engine, questions, "Asking")
        written = _replies(engine, questions) if replies else {}
    groups = by_group(outcomes)
    return {**figures(outcomes), **written, **({"groups": groups} if groups else {})}


def _asked(engine, questions, title: str):
    with progress_bar(title, len(questions)) as advance:
        return run(engine, questions, advance)


def _filled(settings: Settings, folder: Path, kb: Path, embedder, history, language):
    """Return an engine over a new home like that of `init --empty`, with the FAQs imported."""
    from assistant.assembly import build_engine, open_store
    from assistant.initialise import built_in_meaning
    from ingest.pipeline import import_faqs
    from ingest.readers.faqs import read_faqs

    settings = replace(settings, home=folder)
    store = open_store(settings)
    built_in_meaning(settings, store, embedder)
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
    from assistant.replying.factlock import allowed
    from assistant.store.conversations import new_id
    from assistant.text import detect_language, sentences

    engine.settings = replace(engine.settings, chat=replace(engine.settings.chat, per_minute=10**6))
    origins = {"model": 0, "verbatim": 0, "template": 0}
    supported = right_language = answered = 0
    with progress_bar("Replying", len(questions)) as advance:
        for question in questions:
            conversation = new_id()
            engine.import_history(conversation, question.history)
            reply = engine.reply(conversation, question.text)
            advance(1)
            if reply.decision.action.value not in ("answer", "template") or not reply.sources:
                continue
            answered += 1
            origins[reply.origin] = origins.get(reply.origin, 0) + 1
            passages = [h.passage.said for h in reply.decision.hits[:3]]
            asked = [question.text, *(t for role, t in question.history if role == "customer")]
            supported += all(
                allowed(s, passages, asked, reply.language) is None for s in sentences(reply.text)
            )
            right_language += detect_language(reply.text) == reply.language
    share = lambda n: round(n / answered, 4) if answered else None  # noqa: E731
    return {
        "supported": share(supported), "own_words": share(origins["model"]),
        "verbatim": share(origins["verbatim"]), "template": share(origins["template"]),
        "right_language": share(right_language),
    }
