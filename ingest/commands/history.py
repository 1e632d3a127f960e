"""`ingest history`: past dialogues into the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from assistant.commands import command
from assistant.errors import BadInput
from assistant.settings import Settings
from ingest.commands.shared import Workshop, import_result, show_line
from ingest.pipeline import import_history, plan_history
from ingest.readers.dialogues import read_dialogues


@click.group()
def history() -> None:
    """Past dialogues, to learn from."""


@command(history, "import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_(settings: Settings, file: Path, dry_run: bool) -> dict:
    """Import dialogues: chat-completions JSONL, ShareGPT, or CSV of conversation, role, text, at."""
    dialogues, rejected = read_dialogues(file)
    if not dialogues and not rejected:
        raise BadInput(f"{file.name} holds no dialogue.")
    shop = Workshop(settings)
    if dry_run:
        report = plan_history(shop.store, dialogues).report(revision=shop.store.knowledge.revision())
    else:
        with shop.encoding() as progress:
            report = import_history(shop.store, dialogues, shop.embedder, progress)
    refused = [replace(r, file=file.name) for r in report.rejected]
    report = replace(report, rejected=(*rejected, *refused))
    result = import_result(
        report, "Dialogues", good=len(dialogues) - len(refused), dry_run=dry_run, file=file.name,
        past_replies=report.past_replies, seconds=shop.seconds,
    )
    line = (
        f"Dialogues: {report.added} added, {report.changed} changed, {report.unchanged} unchanged,"
        f" {len(report.rejected)} rejected. {report.past_replies} questions are new evidence for FAQs."
    )
    return {**result, "_show": show_line(("Would be: " if dry_run else "") + line)}
