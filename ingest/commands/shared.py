"""What the commands of `ingest` share: the store, the lazy encoder, progress, and how results look."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

from rich.table import Table

from assistant.commands import DONE, FAILED, IN_PART, offline, output, progress_bar, say
from assistant.knowledge.embedders import LazyEmbedder, identify
from assistant.registry import as_released
from assistant.settings import Settings
from assistant.store import Store
from ingest.linter import Finding
from ingest.lock import sole_writer
from ingest.pipeline import ImportReport, Progress, encode_pending, snapshot_if_due
from ingest.readers.tables import Rejection

SHOWN = 20


def open_store(settings: Settings) -> Store:
    """Open the home's memory; unlike `assistant.assembly` this imports no engine."""
    return Store.open(settings.database)


class Workshop:
    """One command's tools: settings, store and an encoder that is loaded only when it is needed."""

    def __init__(self, settings: Settings):
        offline(settings)
        self.settings = settings
        self.store: Store = open_store(settings)
        self.embedder = LazyEmbedder(as_released(settings, self.store))
        self.started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self.started, 2)

    @contextmanager
    def encoding(self) -> Iterator[Progress]:
        """Hold the home's command lock; what was waiting for vectors is published at the end."""
        with sole_writer(self.settings.home, command_line()), encoding_bar() as progress:
            yield progress
            encode_pending(self.store, self.embedder, progress)
            snapshot_if_due(self.settings, self.store, self.embedder.name)

    def publish(self) -> None:
        """Make stored rows searchable; loads the encoder only where one has no vector yet."""
        waiting = self.store.knowledge.missing(self.embedder.name)
        with self.encoding() if waiting else nullcontext():
            self.store.knowledge.publish(self.embedder.name)


def serving_encoder(settings: Settings, store: Store) -> str:
    """Return the name of the encoder whose vectors serve: the release's version, else the settings'."""
    return identify(as_released(settings, store))[1]


def command_line() -> str:
    return " ".join(["ingest", *sys.argv[1:]])[:200]


@contextmanager
def encoding_bar() -> Iterator[Progress]:
    """Show a bar on standard error as soon as something is encoded."""
    with ExitStack() as stack:
        advance: dict[int, Callable[[int], None]] = {}
        before = 0

        def progress(done: int, total: int) -> None:
            nonlocal before
            if total not in advance:
                stack.close()
                advance[total] = stack.enter_context(progress_bar("Encoding", total))
                before = 0
            advance[total](done - before)
            before = done

        yield progress


def rejections(items: Sequence[Rejection]) -> list[dict[str, Any]]:
    return [{"file": r.file, "line": r.line, "reason": r.reason} for r in items]


def import_result(
    report: ImportReport, noun: str, *, good: int, findings: Sequence[Finding] = (),
    warnings: Sequence[Rejection] = (), dry_run: bool = False, **more: Any,
) -> dict[str, Any]:
    """Return what an import command prints; tells rejected rows and remarks on standard error."""
    for rejection in report.rejected:
        say(str(rejection), "red")
    remarks = [*map(str, warnings), *report.remarks, *(f.message for f in findings)]
    for remark in remarks[:SHOWN]:
        say(remark, "yellow")
    if len(remarks) > SHOWN:
        say(f"… and {len(remarks) - SHOWN} more remarks; --json lists them all.", "yellow")
    code = DONE if not report.rejected else IN_PART if good else FAILED
    verb = "would be " if dry_run else ""
    line = (
        f"{noun}: {report.added} {verb}added, {report.changed} {verb}changed, {report.unchanged} unchanged,"
        f" {report.retired} {verb}retired, {len(report.rejected)} rejected."
    )
    return {
        "added": report.added, "changed": report.changed, "unchanged": report.unchanged,
        "retired": report.retired, "rejected": rejections(report.rejected),
        "warnings": [*map(str, warnings), *report.remarks],
        "findings": [{"kind": f.kind, "id": f.id, "message": f.message} for f in findings],
        "revision": report.revision, "encoded": report.encoded, "dry_run": dry_run, **more,
        "_exit": code, "_show": show_line(line),
    }


def show_line(text: str) -> Callable[[], None]:
    return lambda: output.print(text, highlight=False, markup=False, soft_wrap=True)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], footer: str = "") -> Callable[[], None]:
    """Return a function that prints a table; cells are never read as markup."""
    from rich.text import Text

    def show() -> None:
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        output.print(table)
        if footer:
            output.print(footer, highlight=False, markup=False)

    return show
