"""From records to searchable rows: compare, encode what is new, store in one short transaction.

The order is what keeps searches whole: vectors are written first, in small batches and outside any
transaction; the rows that make them searchable come last and together. A run that is killed in
between has lost nothing: the next one finds its vectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import Damaged
from assistant.knowledge.embedders import Embedder
from assistant.records import Conversation, Document, Faq, PastReply, Review, Turn
from assistant.safety.personal import own_contacts
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.clock import now
from assistant.text import normalise
from ingest.history import SOURCE, FaqNames, approved_reply, past_replies, said, to_conversation
from ingest.readers.dialogues import Dialogue
from ingest.readers.tables import Rejection

BATCH = 256
SNAPSHOT_AFTER = 10_000
CONVERSATIONS_AT_ONCE = 500
GONE_FROM_FILE = "faqs_gone_from_file"
Progress = Callable[[int, int], None]
"""Told (texts encoded so far, texts to encode in all) after each batch."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: counts of records, rows left out, and texts encoded."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    rejected: tuple[Rejection, ...] = ()
    revision: int = 0
    encoded: int = 0
    past_replies: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaqPlan:
    """How the store must change to hold the FAQs given."""

    added: tuple[Faq, ...] = ()
    changed: tuple[Faq, ...] = ()
    unchanged: tuple[Faq, ...] = ()
    retired: tuple[Faq, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_save(self) -> tuple[Faq, ...]:
        return (*self.added, *self.changed, *self.retired)

    def texts(self) -> list[str]:
        """Return what the store makes searchable of each FAQ: every phrasing, and the answer."""
        return [
            text for faq in (*self.added, *self.changed) for text in (*faq.phrasings(), faq.answer) if text
        ]

    def report(self, **more) -> ImportReport:
        return ImportReport(
            len(self.added), len(self.changed), len(self.unchanged), len(self.retired),
            remarks=self.remarks, **more,
        )


# FAQs


def import_faqs(
    store: Store, faqs: Sequence[Faq], embedder: Embedder, progress: Progress | None = None,
    *, delete_missing: str = "",
) -> ImportReport:
    """Store FAQs and make them searchable; returns what changed.

    The whole recipe: compare with the store, encode only texts that have no vector yet, write the
    rows in one transaction. What is the same already is not written again. `embedder` may be a
    `LazyEmbedder`: it is loaded only where a text must be encoded. With `delete_missing`, FAQs last
    imported from a file of that name and not given now are retired.
    """
    plan = plan_faqs(store, faqs, delete_missing)
    encoded = encode_texts(store, embedder, plan.texts(), progress)
    revision = save_plan(store, plan, embedder.name)
    return plan.report(revision=revision, encoded=encoded)


def plan_faqs(store: Store, faqs: Sequence[Faq], delete_missing: str = "") -> FaqPlan:
    """Return how the store must change; reads, writes nothing."""
    known = store.knowledge.held(f.id for f in faqs)
    if delete_missing:
        known |= {f.id: f for f in store.knowledge.faqs(source=delete_missing)}
    return compare(known, faqs, gone_from_file(store), delete_missing)


def compare(
    known: dict[str, Faq], faqs: Sequence[Faq], gone: set[str] = frozenset(), delete_missing: str = ""
) -> FaqPlan:
    """Return the plan that takes `known` (id -> stored FAQ) to hold `faqs`; pure.

    A FAQ with status "" keeps the one it has, so that an import brings nothing back that a person
    retired; one in `gone` was retired only because its file no longer held it, and comes back.
    """
    added, changed, unchanged, remarks = [], [], [], []
    for faq in faqs:
        held = known.get(faq.id)
        faq = replace(faq, pair=faq.pair or faq.id)
        if held is None:
            added.append(replace(faq, status=faq.status or "published"))
            continue
        if not faq.status:
            status = "published" if faq.id in gone else held.status
            faq = replace(faq, status=status)
            if status == "retired":
                remarks.append(f"{faq.id} stays retired. `ingest faq restore {faq.id}` brings it back.")
        faq = replace(faq, author=faq.author or held.author)
        same = replace(faq, source="", author="") == replace(held, source="", author="")
        (unchanged if same else changed).append(faq)
    here = {f.id for f in faqs}
    retired = [
        replace(f, status="retired") for f in known.values()
        if delete_missing and f.source == delete_missing and f.id not in here and f.status != "retired"
    ]
    return FaqPlan(tuple(added), tuple(changed), tuple(unchanged), tuple(retired), tuple(remarks))


def save_plan(store: Store, plan: FaqPlan, encoder: str) -> int:
    """Write a plan in one transaction; returns the revision reached."""
    if not plan.to_save():
        return store.knowledge.revision()
    with store.write():
        back = {f.id for f in plan.changed if f.status != "retired"}
        gone = (gone_from_file(store) | {f.id for f in plan.retired}) - back
        store.remember(GONE_FROM_FILE, json.dumps(sorted(gone)))
        return store.knowledge.save_faqs(plan.to_save(), encoder)


def gone_from_file(store: Store) -> set[str]:
    """Return the ids of FAQs that an import retired since their file no longer held them."""
    return set(json.loads(store.note(GONE_FROM_FILE) or "[]"))


# Documents and past replies


def import_documents(
    store: Store, documents: Sequence[Document], embedder: Embedder, progress: Progress | None = None
) -> ImportReport:
    """Store documents and make their pieces searchable; one whose file is the same is skipped."""
    known = {d["id"]: d["fingerprint"] for d in store.knowledge.documents()}
    fresh = [d for d in documents if known.get(d.id) != d.fingerprint]
    encoded = encode_texts(store, embedder, [p.text for d in fresh for p in d.pieces], progress)
    revision = store.knowledge.revision()
    if fresh:
        with store.write():
            for document in fresh:
                revision = store.knowledge.save_document(document, embedder.name)
    changed = sum(d.id in known for d in fresh)
    return ImportReport(
        added=len(fresh) - changed, changed=changed, unchanged=len(documents) - len(fresh),
        revision=revision, encoded=encoded,
    )


def import_past_replies(
    store: Store, replies: Sequence[PastReply], embedder: Embedder, progress: Progress | None = None
) -> ImportReport:
    """Store approved past replies: their questions count as evidence for the FAQ they name."""
    known = {r.id: r for r in store.knowledge.past_replies()}
    unique = list({r.id: r for r in replies}.values())
    fresh = [r for r in unique if known.get(r.id) != r]
    encoded = encode_texts(store, embedder, [r.question for r in fresh], progress)
    revision = store.knowledge.revision()
    if fresh:
        revision = store.knowledge.save_past_replies(fresh, embedder.name)
    changed = sum(r.id in known for r in fresh)
    return ImportReport(
        added=len(fresh) - changed, changed=changed, unchanged=len(unique) - len(fresh),
        revision=revision, encoded=encoded,
    )


# Past dialogues


def import_history(
    store: Store, dialogues: Sequence[Dialogue], embedder: Embedder, progress: Progress | None = None
) -> ImportReport:
    """Store past dialogues; questions that a person answered from one FAQ become evidence for it.

    A dialogue that is stored with the same words is skipped. One whose id belongs to a conversation
    of this installation's own chat is rejected: an import never overwrites what customers wrote.
    """
    plan = plan_history(store, dialogues)
    encoded = encode_texts(store, embedder, [r.question for r in plan.replies], progress)
    for start in range(0, len(plan.to_save), CONVERSATIONS_AT_ONCE):
        store.conversations.add_conversations(plan.to_save[start : start + CONVERSATIONS_AT_ONCE])
    revision = store.knowledge.revision()
    if plan.stale or plan.replies:
        with store.write():
            store.knowledge.remove_past_replies(plan.stale)
            revision = store.knowledge.save_past_replies(plan.replies, embedder.name)
    return plan.report(revision=revision, encoded=encoded)


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """What an import of dialogues writes; `stale` are ids of past replies that no longer hold."""

    to_save: tuple[tuple[Conversation, list[Turn]], ...] = ()
    replies: tuple[PastReply, ...] = ()
    stale: tuple[str, ...] = ()
    changed: int = 0
    unchanged: int = 0
    rejected: tuple[Rejection, ...] = ()
    remarks: tuple[str, ...] = ()

    def report(self, **more) -> ImportReport:
        return ImportReport(
            added=len(self.to_save) - self.changed, changed=self.changed, unchanged=self.unchanged,
            rejected=self.rejected, past_replies=len(self.replies), remarks=self.remarks, **more,
        )


def plan_history(store: Store, dialogues: Sequence[Dialogue]) -> HistoryPlan:
    """Return what would have to be written to hold these dialogues; reads, writes nothing."""
    names = FaqNames(store.knowledge.faqs())
    told = {c.id: (c.source, said(turns)) for c, turns in store.conversations.all_with_turns()}
    to_save, replies, rejected = [], {}, []
    changed: set[str] = set()
    for dialogue in dialogues:
        conversation, turns = to_conversation(dialogue, names, now())
        source, before = told.get(dialogue.id, ("", None))
        if before is not None and source != SOURCE:
            reason = f"the id {dialogue.id!r} belongs to a conversation of the chat. Give it another."
            rejected.append(Rejection("", dialogue.line, reason))
            continue
        replies |= {r.id: r for r in past_replies(turns, names) if r.id not in replies}
        if before != said(turns):
            to_save.append((conversation, turns))
            changed |= {dialogue.id} if before is not None else set()
    known = {r.id: r for r in store.knowledge.past_replies()}
    return HistoryPlan(
        tuple(to_save), tuple(r for r in replies.values() if r.id not in known),
        tuple(r.id for r in known.values() if r.conversation in changed and r.id not in replies),
        len(changed), len(dialogues) - len(to_save) - len(rejected), tuple(rejected),
        _unknown_faqs(dialogues, names),
    )


def _unknown_faqs(dialogues: Sequence[Dialogue], names: FaqNames) -> tuple[str, ...]:
    unknown = sorted({
        f for d in dialogues for m in d.messages for f in m.faqs if not names.find(f, d.language)
    })
    if not unknown:
        return ()
    shown = ", ".join(unknown[:10]) + (" …" if len(unknown) > 10 else "")
    return (f"{len(unknown)} FAQ ids in the dialogues are not known: {shown}. Import the FAQs, then this again.",)


def keep_review(store: Store, review: Review) -> bool:
    """Store a staff review and what it approves; returns whether a past reply came of it.

    A new verdict takes the place of the person's earlier one. What is approved waits, without a
    vector, for the process that encodes.
    """
    with store.write():
        store.conversations.review(review, kind="staff")
        turns = store.conversations.turns(store.conversations.turn(review.turn).conversation)
        keep = own_contacts(f.answer for f in store.knowledge.faqs(status="published"))
        id, approved = approved_reply(turns, review, keep)
        if approved:
            store.knowledge.save_past_replies([approved], "")
        elif any(r.id == id for r in store.knowledge.past_replies()):
            store.knowledge.remove_past_replies([id])
    return approved is not None


# Vectors and the snapshot


def encode_texts(
    store: Store, embedder: Embedder, texts: Iterable[str] | None, progress: Progress | None = None
) -> int:
    """Encode those texts that have no vector yet; returns how many there were.

    With None: every passage in the store that waits for one. Batches go by length, since a batch
    takes as long as its longest text, and each is kept at once.
    """
    missing = store.knowledge.missing(embedder.name, texts)
    todo = sorted(missing.items(), key=lambda item: len(item[1]))
    for start in range(0, len(todo), BATCH):
        some = todo[start : start + BATCH]
        vectors = embedder.encode([normalise(text) for _, text in some])
        store.knowledge.keep_vectors(embedder.name, [hash for hash, _ in some], vectors)
        if progress:
            progress(start + len(some), len(todo))
    return len(todo)


def encode_pending(store: Store, embedder: Embedder, progress: Progress | None = None) -> int:
    """Encode and publish what was stored without vectors (at the desk, say); returns how many texts."""
    waiting = list(store.knowledge.missing(embedder.name))
    encoded = encode_texts(store, embedder, None, progress)
    store.knowledge.publish(embedder.name, waiting)
    return encoded


def snapshot_if_due(settings: Settings, store: Store, encoder: str) -> bool:
    """Write a new index snapshot where more than 10,000 passages changed since the last one."""
    from assistant.knowledge.index import read_manifest

    try:
        manifest = read_manifest(settings.index_folder)
        since = manifest.revision if manifest.encoder == encoder else -1
    except Damaged:
        since = -1
    if store.knowledge.changed_since(since) <= SNAPSHOT_AFTER:
        return False
    index = open_index(settings, store, encoder)
    index.snapshot()
    return True


def open_index(settings: Settings, store: Store, encoder: str):
    """Return the index of the stored vectors of this encoder, brought up to date; loads no torch."""
    from assistant.knowledge.live import LiveIndex

    dimension = store.knowledge.dimension(encoder) or 1
    index = LiveIndex(store, encoder, dimension, Path(settings.index_folder))
    index.open()
    return index
