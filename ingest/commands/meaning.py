"""`ingest intent` and `ingest template`: what customers may want, and the fixed texts for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from assistant.commands import command
from assistant.errors import BadInput, NotFound
from assistant.records import LANGUAGES, IntentSpec, Template
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import detect_language, shorten
from ingest.commands.shared import import_result, open_store, show_line, show_table
from ingest.history import FaqNames
from ingest.pipeline import ImportReport
from ingest.readers.meaning import (
    make_intent,
    make_template,
    read_intents,
    read_templates,
    shared_examples,
)

BUILT_IN = ("person", "greeting", "thanks", "goodbye", "complaint")
RETRAIN = "`finetune intent` (or `finetune retrain`) teaches the change to the intent model."


@click.group()
def intent() -> None:
    """Intents: labels with example utterances."""


@click.group()
def template() -> None:
    """Templates: fixed texts for an intent."""


def intent_values(spec: IntentSpec) -> dict[str, Any]:
    """Return an intent as it is printed, under the keys of the TOML file."""
    values = asdict(spec)
    examples = values.pop("examples")
    return {**values, **{f"examples_{c}": [t for lang, t in examples if lang == c] for c in LANGUAGES}}


def sort_out(
    items: Sequence[Any], known: dict[str, Any], key: str, remove: Sequence[str], noun: str
) -> tuple[list[Any], ImportReport]:
    """Return what must be saved and the report of it; what is retired stays so, with a remark."""
    added, changed, unchanged, remarks = [], [], 0, []
    for item in items:
        id = getattr(item, key)
        held = known.get(id)
        if held is None:
            added.append(item)
            continue
        item = replace(item, status=held.status)
        if held.status == "retired":
            remarks.append(f"The {noun} {id} stays retired. `ingest {noun} add` brings it back.")
        unchanged += item == held
        changed += [item] if item != held else []
    report = ImportReport(len(added), len(changed), unchanged, len(remove), remarks=tuple(remarks))
    return [*added, *changed], report


def _import_options(function):
    function = click.option(
        "--delete-missing", is_flag=True, help="Retire those that the file does not hold (built-in intents stay)."
    )(function)
    function = click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")(function)
    return click.argument("file", type=click.Path(path_type=Path))(function)


# Intents


@command(intent, "add")
@click.argument("label")
@click.option("--name-zh", default=None)
@click.option("--name-en", default=None)
@click.option("--description", default=None)
@click.option("--example", "examples", multiple=True, help="Something a customer says; may be given often.")
def add_intent(settings: Settings, label: str, examples: tuple[str, ...], **given: str | None) -> dict:
    """Add an intent, or add examples and names to one that exists (a retired one comes back)."""
    store = open_store(settings)
    held = {s.label: s for s in store.meaning.intents(every=True)}.get(label)
    values = {k: v for k, v in (intent_values(held) if held else {}).items() if k not in ("label", "status")}
    values |= {k: v for k, v in given.items() if v is not None}
    for text in examples:
        name = f"examples_{detect_language(text)}"
        values[name] = [*values.get(name, []), text]
    spec = make_intent(label, values)
    if not spec.examples:
        raise BadInput(f"The intent {label!r} has no example. Give a few with --example TEXT.")
    store.meaning.save_intents([spec])
    said = f"{'Changed' if held else 'Added'}: {label} with {len(spec.examples)} examples. {RETRAIN}"
    return {"added": held is None, "intent": intent_values(spec), "_show": show_line(said)}


@command(intent, "import")
@_import_options
def import_intents(settings: Settings, file: Path, dry_run: bool, delete_missing: bool) -> dict:
    """Import intents from TOML: [intents.LABEL] with name_zh, name_en, description, examples_zh, examples_en."""
    specs, rejected = read_intents(file)
    store = open_store(settings)
    known = {s.label: s for s in store.meaning.intents(every=True)}
    here = {s.label for s in specs}
    remove = [
        label for label, s in known.items()
        if delete_missing and not rejected and s.status == "published" and label not in here and label not in BUILT_IN
    ]
    todo, report = sort_out(specs, known, "label", remove, "intent")
    if not dry_run:
        with store.write():
            store.meaning.save_intents(todo)
            for label in remove:
                store.meaning.retire_intent(label)
    remarks = (*report.remarks, *shared_examples(specs), *([RETRAIN] if todo or remove else []))
    report = replace(report, rejected=tuple(rejected), remarks=remarks)
    return import_result(report, "Intents", good=len(specs), dry_run=dry_run, file=file.name)


@command(intent, "list")
@click.option("--all", "every", is_flag=True, help="Retired ones too.")
def list_intents(settings: Settings, every: bool) -> dict:
    """List intents."""
    found = open_store(settings).meaning.intents(every=every)
    rows = [(s.label, s.name_zh, s.name_en, len(s.examples), s.status) for s in found]
    return {
        "n": len(found), "intents": [intent_values(s) for s in found],
        "_show": show_table(("label", "中文", "English", "examples", "status"), rows, f"{len(found)} intents"),
    }


@command(intent, "retire")
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
def retire_intents(settings: Settings, labels: tuple[str, ...]) -> dict:
    """Take intents out of use."""
    store = open_store(settings)
    known = [s.label for s in store.meaning.intents(every=True)]
    return _retire(store, labels, known, "intent", store.meaning.retire_intent)


# Templates


@command(template, "add")
@click.option("--id", "id_", required=True)
@click.option("--intent", required=True)
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Left out: read from the text.")
@click.option("--text", required=True)
@click.option("--pair", default="", help="Bind it to the FAQ of this pair.")
@click.option("--faq", default="", help="Bind it to this FAQ.")
def add_template(settings: Settings, id_: str, language: str | None, **values: str) -> dict:
    """Add a template, or replace the one with that id (a retired one comes back)."""
    store = open_store(settings)
    names = FaqNames(store.knowledge.faqs())
    language = language or detect_language(values["text"])
    new = make_template({"id": id_, "language": language, **values}, names)
    held = new.id in {t.id for t in store.meaning.templates(every=True)}
    store.meaning.save_templates([new])
    remarks = _unknown_intents(store, [new])
    for remark in remarks:
        click.echo(remark, err=True)
    said = f"{'Changed' if held else 'Added'}: {new.id}"
    return {"added": not held, "template": asdict(new), "warnings": remarks, "_show": show_line(said)}


@command(template, "import")
@_import_options
def import_templates(settings: Settings, file: Path, dry_run: bool, delete_missing: bool) -> dict:
    """Import templates from TOML: [[templates]] with id, intent, language, text, and pair or faq."""
    store = open_store(settings)
    templates, rejected = read_templates(file, store.knowledge.faqs())
    known = {t.id: t for t in store.meaning.templates(every=True)}
    here = {t.id for t in templates}
    remove = [
        id for id, t in known.items()
        if delete_missing and not rejected and t.status == "published" and id not in here
    ]
    todo, report = sort_out(templates, known, "id", remove, "template")
    if not dry_run:
        with store.write():
            store.meaning.save_templates(todo)
            for id in remove:
                store.meaning.retire_template(id)
    report = replace(
        report, rejected=tuple(rejected), remarks=(*report.remarks, *_unknown_intents(store, templates))
    )
    return import_result(report, "Templates", good=len(templates), dry_run=dry_run, file=file.name)


def _unknown_intents(store: Store, templates: Sequence[Template]) -> list[str]:
    known = {s.label for s in store.meaning.intents(every=True)} | {*BUILT_IN, "oos"}
    unknown = sorted({t.intent for t in templates} - known)
    return [f"No intent is called {label!r}; its templates wait until there is one." for label in unknown]


@command(template, "list")
@click.option("--intent", default="")
@click.option("--language", type=click.Choice(LANGUAGES), default=None)
@click.option("--all", "every", is_flag=True, help="Retired ones too.")
def list_templates(settings: Settings, intent: str, language: str | None, every: bool) -> dict:
    """List templates."""
    found = open_store(settings).meaning.templates(intent=intent, language=language or "", every=every)
    rows = [(t.id, t.intent, t.language, t.faq, t.status, shorten(t.text, 50)) for t in found]
    columns = ("id", "intent", "language", "faq", "status", "text")
    return {
        "n": len(found), "templates": [asdict(t) for t in found],
        "_show": show_table(columns, rows, f"{len(found)} templates"),
    }


@command(template, "retire")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def retire_templates(settings: Settings, ids: tuple[str, ...]) -> dict:
    """Take templates out of use."""
    store = open_store(settings)
    known = [t.id for t in store.meaning.templates(every=True)]
    return _retire(store, ids, known, "template", store.meaning.retire_template)


def _retire(store: Store, ids: Sequence[str], known: Sequence[str], noun: str, retire) -> dict:
    """Retire all or, where one is not known, none."""
    absent = [i for i in ids if i not in known]
    if absent:
        raise NotFound(f"There is no {noun} {absent[0]!r}. Known: {', '.join(known) or 'none yet'}.")
    with store.write():
        for id in ids:
            retire(id)
    return {"retired": list(dict.fromkeys(ids)), "_show": show_line(f"Retired: {', '.join(dict.fromkeys(ids))}")}
