"""`ingest faq`: add, edit, import, list, show, retire, restore and export FAQs."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from assistant.commands import command, say
from assistant.errors import BadInput, UsageError
from assistant.records import LANGUAGES, Faq
from assistant.settings import Settings
from assistant.store.clock import today
from assistant.text import shorten
from ingest import exporter
from ingest.commands.shared import (
    Workshop,
    import_result,
    open_store,
    serving_encoder,
    show_line,
    show_table,
)
from ingest.linter import lint
from ingest.pipeline import import_faqs, plan_faqs
from ingest.readers.faqs import faq_from, read_faqs

FIELDS = ("question", "answer", "language", "category", "pair", "valid_from", "valid_until", "url")


@click.group()
def faq() -> None:
    """Questions and their approved answers."""


def as_json(item: Faq) -> dict[str, Any]:
    """Return a FAQ as it is printed, under the column names that `import` reads."""
    values = asdict(item)
    values["similar_questions"] = list(values.pop("similar"))
    return values


def _fields(function):
    """Add the options that `add` and `edit` share."""
    for name, text in (
        ("url", "A page to read more on."), ("valid-until", "Last day it is used, e.g. 2026-12-31."),
        ("valid-from", "First day it is used."), ("pair", "The same value on both languages of one FAQ."),
        ("category", "A heading to sort it under."),
    ):
        function = click.option(f"--{name}", default=None, help=text)(function)
    function = click.option("--language", type=click.Choice(LANGUAGES), default=None)(function)
    return click.option("--similar", multiple=True, help="Another way to ask; may be given often.")(function)


@command(faq, "add")
@click.option("--question", required=True)
@click.option("--answer", required=True)
@click.option("--id", "id_", default="", help="Left out: made from the question.")
@_fields
def add(settings: Settings, question: str, answer: str, id_: str, **given: Any) -> dict:
    """Add one FAQ and publish it."""
    given["similar"] = list(given["similar"])
    new = replace(faq_from({"id": id_, "question": question, "answer": answer, **given}), author="command line")
    shop = Workshop(settings)
    known = shop.store.knowledge.faqs()
    if any(f.id == new.id for f in known):
        raise BadInput(f"There is a FAQ with the id {new.id!r} already. Change it with: ingest faq edit {new.id}")
    findings = lint([new], today(), known)
    with shop.encoding() as progress:
        report = import_faqs(shop.store, [new], shop.embedder, progress)
    result = import_result(report, "FAQs", good=1, findings=findings, seconds=shop.seconds)
    stored = shop.store.knowledge.faq(new.id)
    return {**result, "id": new.id, "faq": as_json(stored), "_show": show_line(f"Added and published: {new.id}")}


@command(faq, "edit")
@click.argument("id_", metavar="ID")
@click.option("--question", default=None)
@click.option("--answer", default=None)
@_fields
def edit(settings: Settings, id_: str, similar: tuple[str, ...], **given: Any) -> dict:
    """Change parts of one FAQ; --similar replaces all other ways to ask ('' removes them)."""
    changes = {name: value for name, value in given.items() if value is not None}
    if similar:
        changes["similar"] = list(similar)
    if not changes:
        raise UsageError(f"Nothing to change. Give at least one of --{', --'.join(FIELDS)}, --similar.")
    shop = Workshop(settings)
    held = shop.store.knowledge.faq(id_)
    new = replace(
        faq_from({**asdict(held), "similar": list(held.similar), **changes}),
        status=held.status, source=held.source, author=held.author, id=held.id,
    )
    plan = plan_faqs(shop.store, [new])
    others = shop.store.knowledge.faqs()
    findings = lint([new], today(), others) if plan.changed else []
    if shop.store.knowledge.missing(shop.embedder.name, plan.texts()):
        with shop.encoding() as progress:
            report = import_faqs(shop.store, [new], shop.embedder, progress)
    else:
        report = import_faqs(shop.store, [new], shop.embedder)
    result = import_result(report, "FAQs", good=1, findings=findings, seconds=shop.seconds)
    said = f"Changed: {id_}" if report.changed else f"{id_} was like that already."
    return {**result, "id": id_, "faq": as_json(shop.store.knowledge.faq(id_)), "_show": show_line(said)}


@command(faq, "import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--delete-missing", is_flag=True, help="Retire FAQs of this file's name that it no longer holds.")
def import_(settings: Settings, file: Path, dry_run: bool, delete_missing: bool) -> dict:
    """Import FAQs from CSV, TSV, XLSX, JSONL, JSON, Markdown headings or schema.org FAQPage."""
    read = read_faqs(file)
    if not read.faqs and not read.rejected:
        raise BadInput(f"{file.name} holds no FAQ. Expected a header and at least one row, or headings with text.")
    missing_from = file.name if delete_missing and not read.rejected else ""
    if delete_missing and read.rejected:
        say("Nothing is retired while rows of the file are rejected: correct them and import again.", "yellow")
    shop = Workshop(settings)
    findings = lint(read.faqs, today(), shop.store.knowledge.faqs(status="published"))
    if dry_run:
        plan = plan_faqs(shop.store, read.faqs, missing_from)
        waiting = len(shop.store.knowledge.missing(shop.embedder.name, plan.texts()))
        report = plan.report(revision=shop.store.knowledge.revision(), encoded=0)
        more = {"to_encode": waiting}
    else:
        with shop.encoding() as progress:
            report = import_faqs(
                shop.store, read.faqs, shop.embedder, progress, delete_missing=missing_from
            )
        more = {}
    return import_result(
        replace(report, rejected=read.rejected), "FAQs", good=len(read.faqs), findings=findings,
        warnings=read.warnings, dry_run=dry_run, file=file.name, seconds=shop.seconds, **more,
    )


@command(faq, "list")
@click.option("--language", type=click.Choice(LANGUAGES), default=None)
@click.option("--category", default="")
@click.option("--status", type=click.Choice(["published", "draft", "retired"]), default=None)
@click.option("--contains", default="", help="Text in question, answer or id.")
def list_(settings: Settings, **filters: str) -> dict:
    """List FAQs."""
    found = open_store(settings).knowledge.faqs(**{k: v or "" for k, v in filters.items()})
    rows = [(f.id, f.language, f.status, f.category, shorten(f.question)) for f in found]
    return {
        "n": len(found), "faqs": [as_json(f) for f in found],
        "_show": show_table(("id", "language", "status", "category", "question"), rows, f"{len(found)} FAQs"),
    }


@command(faq, "show")
@click.argument("id_", metavar="ID")
def show(settings: Settings, id_: str) -> dict:
    """Show one FAQ with everything that is known about it."""
    store = open_store(settings)
    held = store.knowledge.faq(id_)
    languages = store.knowledge.faq_languages(held.pair) if held.pair else {held.language: held.id}
    values = {**as_json(held), "searchable": store.knowledge.owner_passage(held.id) is not None, "languages": languages}
    rows = [(k, " | ".join(v) if isinstance(v, list) else v) for k, v in values.items() if v not in ("", [])]
    return {**values, "_show": show_table(("field", "value"), rows)}


@command(faq, "retire")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def retire(settings: Settings, ids: tuple[str, ...]) -> dict:
    """Silence FAQs at once, everywhere; `restore` brings them back."""
    store = open_store(settings)
    todo = [i for i in dict.fromkeys(ids) if store.knowledge.faq(i).status != "retired"]
    if todo:
        store.knowledge.set_status(todo, "retired", serving_encoder(settings, store))
    return {
        "retired": todo, "unchanged": [i for i in dict.fromkeys(ids) if i not in todo],
        "revision": store.knowledge.revision(),
        "_show": show_line(f"Retired: {', '.join(todo) or 'none, they were retired already'}"),
    }


@command(faq, "restore")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def restore(settings: Settings, ids: tuple[str, ...]) -> dict:
    """Publish retired or draft FAQs again."""
    shop = Workshop(settings)
    todo = [i for i in dict.fromkeys(ids) if shop.store.knowledge.faq(i).status != "published"]
    if todo:
        shop.store.knowledge.set_status(todo, "published", shop.embedder.name)
        shop.publish()
    return {
        "restored": todo, "unchanged": [i for i in dict.fromkeys(ids) if i not in todo],
        "revision": shop.store.knowledge.revision(),
        "_show": show_line(f"Restored: {', '.join(todo) or 'none, they were published already'}"),
    }


@command(faq, "export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", type=click.Choice(LANGUAGES), default=None)
@click.option("--category", default="")
@click.option("--status", type=click.Choice(["published", "draft", "retired"]), default=None)
def export(settings: Settings, file: Path, **filters: str) -> dict:
    """Write FAQs to CSV, TSV, XLSX or JSONL; `import` reads the file back without any change."""
    found = open_store(settings).knowledge.faqs(**{k: v or "" for k, v in filters.items()})
    exporter.write_faqs(file, found)
    return {"n": len(found), "file": str(file), "_show": show_line(f"{len(found)} FAQs written to {file}")}
