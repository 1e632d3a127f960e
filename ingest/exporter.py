"""FAQs to CSV, TSV, XLSX or JSONL, in the form that the reader takes back unchanged."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.errors import BadInput, UsageError
from assistant.records import Faq
from ingest.readers.faqs import join_similar

COLUMNS = (
    "id", "pair", "language", "category", "question", "answer", "similar_questions", "status",
    "valid_from", "valid_until", "url",
)
LONGEST_EXCEL_CELL = 32_767


def write_faqs(path: Path, faqs: Sequence[Faq]) -> None:
    """Write the file as a whole or not at all; raises UsageError on an unknown ending."""
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise UsageError(f"{path.name}: expected a name that ends in {', '.join(WRITERS)}, found {suffix or 'none'}.")
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        WRITERS[suffix](fresh, faqs)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def cells(faq: Faq) -> dict[str, str]:
    """Return the values of one line of a table."""
    values = {name: getattr(faq, name) for name in COLUMNS if name != "similar_questions"}
    return {**values, "similar_questions": join_similar(faq.similar)}


def _delimited(delimiter: str) -> Callable[[Path, Sequence[Faq]], None]:
    def write(path: Path, faqs: Sequence[Faq]) -> None:
        # A BOM, since Excel reads a CSV without one in the local code page and garbles Chinese.
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(cells(f) for f in faqs)

    return write


def _json_lines(path: Path, faqs: Sequence[Faq]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        for faq in faqs:
            row = {**cells(faq), "similar_questions": list(faq.similar)}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _xlsx(path: Path, faqs: Sequence[Faq]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FAQ")
    sheet.append(list(COLUMNS))
    for faq in faqs:
        line = []
        values = cells(faq)
        for name in COLUMNS:
            if len(values[name]) > LONGEST_EXCEL_CELL:
                raise BadInput(
                    f"{faq.id}: {name} has {len(values[name]):,} characters; a cell of Excel holds"
                    f" {LONGEST_EXCEL_CELL:,}. Export to .csv or .jsonl instead."
                )
            cell = WriteOnlyCell(sheet, values[name])
            cell.data_type = "s"  # a text that begins with = is no formula
            line.append(cell)
        try:
            sheet.append(line)
        except ValueError as error:
            raise BadInput(f"{faq.id} holds a character that Excel can't. Export to .csv or .jsonl.") from error
    book.save(path)


WRITERS: dict[str, Callable[[Path, Sequence[Faq]], None]] = {
    ".csv": _delimited(","), ".tsv": _delimited("\t"), ".jsonl": _json_lines, ".xlsx": _xlsx,
}
