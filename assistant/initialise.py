"""`assistant init`: from an empty folder to a home that can serve, step by recorded step.

Every finished step is noted in the store, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable

from assistant import registry
from assistant.commands import offline, output, progress_bar, say
from assistant.errors import MissingPart
from assistant.settings import SAMPLE, STARTER, Settings
from assistant.store import Store

DESK = "admin"


def initialise(settings: Settings, empty: bool) -> dict:
    """Set up the home; returns what each step did and, once, the desk's password."""
    offline(settings)
    from assistant.assembly import open_store
    from ingest.lock import sole_writer

    started = time.perf_counter()
    with sole_writer(settings.home, "assistant init"):
        store = open_store(settings)
        steps: list[tuple[str, str, Callable]] = [
            ("company", "Settings of the company", _company_empty if empty else _company_sample),
            ("meaning", "Intents and templates", _meaning_empty if empty else _meaning_sample),
        ]
        if not empty:
            steps += [("knowledge", "FAQs, documents and dialogues", _knowledge)]
        steps += [("intent", "Intent model", _intent), ("response", "Response model", _response)]
        if not empty:
            steps += [("confidence", "Confidence", _confidence)]
        steps += [("release", "Release", _release), ("desk", "Desk", _desk)]
        # The desk comes last: its password is printed at the end, and an interruption must not lose it.
        done, shop = {}, _Shop(settings, store)
        for name, title, step in steps:
            if store.note(f"init:{name}"):
                continue
            begun = time.perf_counter()
            say(f"{title} …", "bold")
            done[name] = step(shop) or {}
            store.remember(f"init:{name}", "done")
            say(f"{title}: done in {time.perf_counter() - begun:.1f} s")
    password = done.get("desk", {}).pop("password", None)
    seconds = round(time.perf_counter() - started, 1)
    result = {"home": str(settings.home), "steps": done, "seconds": seconds}
    if password:
        result |= {"desk_name": DESK, "desk_password": password}
    return {**result, "_show": lambda: _show(result)}


def _show(result: dict) -> None:
    if not result["steps"]:
        output.print(f"{result['home']} is set up already.", highlight=False)
        return
    output.print(f"{result['home']} is ready ({result['seconds']} s).", highlight=False)
    if "desk_password" in result:
        output.print(
            f"Staff desk: name {result['desk_name']}, password {result['desk_password']} (shown this once;"
            " `assistant staff password admin` makes a new one)",
            highlight=False, soft_wrap=True,
        )


class _Shop:
    """What the steps share; the encoder is loaded once, when first needed."""

    def __init__(self, settings: Settings, store: Store, embedder=None):
        self.settings = settings
        self.store = store
        self._embedder = embedder

    @property
    def embedder(self):
        if self._embedder is None:
            from assistant.knowledge.embedders import load_embedder

            self._embedder = load_embedder(self.settings)
        return self._embedder


def _desk(shop: _Shop) -> dict:
    given = os.environ.get("KEFU_DESK_PASSWORD")
    if any(p["name"] == DESK for p in shop.store.people.listing()):
        return {}
    password = given or secrets.token_urlsafe(9)
    shop.store.people.add(DESK, password, "admin")
    return {} if given else {"password": password}


def _company_empty(shop: _Shop) -> None:
    path = shop.settings.home / "settings.toml"
    if not path.exists():
        path.write_text(
            '[company]\nname_zh = "本店"      # your name, as customers read it\nname_en = "our shop"\n',
            encoding="utf-8",
        )


def _company_sample(shop: _Shop) -> None:
    path = shop.settings.home / "settings.toml"
    if not path.exists():
        path.write_bytes((SAMPLE / "settings.toml").read_bytes())


def _meaning_empty(shop: _Shop) -> dict:
    return _import_meaning(shop.store, STARTER / "intents.toml", STARTER / "templates.toml")


def _meaning_sample(shop: _Shop) -> dict:
    return _import_meaning(shop.store, SAMPLE / "intents.toml", None)


def _import_meaning(store: Store, intents, templates) -> dict:
    from ingest.readers.meaning import read_intents, read_templates

    specs, _ = read_intents(intents)
    store.meaning.save_intents(specs)
    found = []
    if templates:
        found, _ = read_templates(templates, store.knowledge.faqs())
        store.meaning.save_templates(found)
    return {"intents": len(specs), "templates": len(found)}


def furnish_empty(settings: Settings, store: Store, embedder, with_response: bool) -> None:
    """Give a home what `init --empty` would, with or without the response model, but no staff."""
    shop = _Shop(settings, store, embedder)
    _meaning_empty(shop)
    _intent(shop)
    if with_response:
        _response(shop)
    _release(shop)


def _knowledge(shop: _Shop) -> dict:
    from ingest.pipeline import import_documents, import_faqs, import_history
    from ingest.readers.dialogues import read_dialogues
    from ingest.readers.documents import read_document
    from ingest.readers.faqs import read_faqs
    from ingest.readers.meaning import read_templates
    from ingest.split import to_document

    faqs = read_faqs(SAMPLE / "faqs.csv").faqs
    files = sorted(p for p in (SAMPLE / "documents").iterdir() if p.suffix in (".md", ".html", ".docx"))
    documents = [to_document(read_document(p, p.name)) for p in files]
    dialogues, _ = read_dialogues(SAMPLE / "dialogues.jsonl")
    reports = {}
    for name, work, items in (
        ("faqs", import_faqs, faqs), ("documents", import_documents, documents),
        ("dialogues", import_history, dialogues),
    ):
        with progress_bar(f"Encoding {name}", None) as advance:
            seen = 0

            def step(done: int, total: int) -> None:
                nonlocal seen
                advance(done - seen)
                seen = done

            report = work(shop.store, items, shop.embedder, step)
        reports[name] = report.added
    templates, _ = read_templates(SAMPLE / "templates.toml", shop.store.knowledge.faqs())
    shop.store.meaning.save_templates(templates)
    _snapshot(shop)
    return {**reports, "templates": len(templates)}


def _snapshot(shop: _Shop) -> None:
    from assistant.knowledge.live import LiveIndex

    index = LiveIndex(
        shop.store, shop.embedder.name, shop.embedder.dimension, shop.settings.index_folder
    )
    index.rebuild()


def _intent(shop: _Shop) -> dict:
    from finetune.intent import train_candidate

    version = train_candidate(shop.settings, shop.store, shop.embedder)
    shop.store.remember("init:version:intent", version.id)
    return {"version": version.id, "macro_f1": version.metrics.get("macro_f1")}


def _response(shop: _Shop) -> dict:
    from assistant.assembly import STARTER_RESPONSE

    if not (STARTER / "response" / "manifest.json").exists():
        say("There is no starter response model; approved texts go out word for word.", "yellow")
        return {}
    if not shop.store.conversations.all_with_turns():
        shop.store.remember("init:version:response", STARTER_RESPONSE)
        return {"version": STARTER_RESPONSE}
    from finetune.response import train_candidate

    version = train_candidate(shop.settings, shop.store)
    shop.store.remember("init:version:response", version.id)
    return {"version": version.id}


def _confidence(shop: _Shop) -> dict:
    """Refine the shipped confidence by the home's own phrasings and past questions."""
    from finetune.home_confidence import train_candidate

    with progress_bar("Asking", None) as advance:
        version = train_candidate(shop.settings, shop.store, shop.embedder, progress=advance)
    shop.store.remember("init:version:confidence", version.id)
    return {"version": version.id, "auroc": version.metrics.get("auroc")}


def _release(shop: _Shop) -> dict:
    from assistant.assembly import STARTER_CONFIDENCE

    if not (STARTER / "confidence" / "confidence.json").exists():
        raise MissingPart(f"The starter confidence model is missing from {STARTER / 'confidence'}.")
    parts = {
        "encoder": shop.embedder.name,
        "intent": shop.store.note("init:version:intent") or "",
        "confidence": shop.store.note("init:version:confidence") or STARTER_CONFIDENCE,
        "response": shop.store.note("init:version:response") or "",
    }
    reason = "First release of this home."
    release = registry.promote(shop.store, parts, "init", reason, shop.settings)
    return {"release": release.id}
