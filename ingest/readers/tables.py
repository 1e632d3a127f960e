"""Files to rows of named cells: CSV, TSV, XLSX, JSONL and JSON lists, in UTF-8 or GB18030.

Knows encodings, delimiters and line numbers. What a column means is left to the caller.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assistant.errors import BadInput

LARGEST_FILE = 512 * 1024 * 1024
LONGEST_CELL = 2**31 - 1
ASCII_ONLY = re.compile(rb"[\x00-\x7f]*\Z")
SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: the line it starts on (or its number in a JSON list) and its values."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was left out, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def read_bytes(path: Path) -> bytes:
    """Return the whole file; raises BadInput where it is missing, a folder, empty or too large."""
    if not path.exists():
        raise BadInput(f"There is no file {path}. Check the name and run again.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder; this command takes one file.")
    if not path.is_file():
        raise BadInput(f"{path} is a pipe or a device; this command takes one file. Save it as one first.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise BadInput(
            f"{path} has {size / 2**20:.0f} MiB; at most {LARGEST_FILE // 2**20} are read at once."
            " Split it and import the parts."
        )
    data = path.read_bytes()
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise BadInput(f"{path} is empty.")
    return data


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.

    A byte that does not belong to the encoding becomes a lone surrogate (`surrogateescape`), so
    that only its row is refused. GB18030 accepts nearly any bytes, so it is taken only where most
    lines beyond ASCII are no UTF-8 and what comes out is made of common characters.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        beyond = [line for line in data.split(b"\n") if not ASCII_ONLY.match(line)]
        whole = sum(_is_utf8(line) for line in beyond)
        if whole * 2 < len(beyond):
            text = data.decode("gb18030", "surrogateescape")
            if _common_share(text) >= 0.4:
                return text
        return data.decode("utf-8", "surrogateescape")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _common_share(text: str) -> float:
    """Return the share of characters beyond ASCII that are punctuation or level 1 of GB 2312."""
    beyond = [c for c in text[:200_000] if ord(c) > 127]
    common = 0
    for character in beyond:
        try:
            lead = character.encode("gb2312")[0]
        except UnicodeEncodeError:
            continue
        common += lead <= 0xA3 or 0xB0 <= lead <= 0xD7
    return common / len(beyond) if beyond else 0.0


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of the lines that are not blank; only \\n ends a line."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def read_rows(path: Path, known: Mapping[str, str], needed: Collection[str]) -> tuple[list[Row], list[Rejection]]:
    """Return the rows of a table, with columns under their own names, and what could not be read.

    `known` maps every accepted header (as `header_key` writes it) to the column's name; at least
    the `needed` columns must be there, else BadInput names what was found and expected.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLES:
        raise BadInput(
            f"{path.name}: the ending {suffix or '(none)'} is not known. Known: {', '.join(TABLES)}."
        )
    return TABLES[suffix](path, read_bytes(path), known, needed)


def header_key(name: Any) -> str:
    """Return a header as it is compared: lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s\-]+", "_", str(name if name is not None else "").strip().lower())


def _columns(path: Path, header: Sequence[Any], known: Mapping[str, str], needed: Collection[str]) -> list[str]:
    """Return the column name for each header cell ("" where it is not known)."""
    columns = [known.get(header_key(cell), "") for cell in header]
    for name in {c for c in columns if c and columns.count(c) > 1}:
        raise BadInput(f"{path.name}: two columns mean {name!r}. Leave one of them out and run again.")
    absent = [name for name in needed if name not in columns]
    if absent:
        found = ", ".join(repr(str(c)[:40]) for c in header if c not in (None, "")) or "none"
        raise BadInput(
            f"{path.name}: expected the column{'s' * (len(absent) > 1)} {' and '.join(absent)},"
            f" found the columns {found}. Accepted names: "
            + "; ".join(f"{n}: {', '.join(k for k, v in known.items() if v == n)}" for n in absent) + "."
        )
    return columns


def _from_cells(
    path: Path, cells: Iterable[tuple[int, Sequence[Any]]], known: Mapping[str, str], needed: Collection[str]
) -> tuple[list[Row], list[Rejection]]:
    """Turn lines of cells into rows; the first line that is not blank is the header."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    columns: list[str] | None = None
    for line, values in cells:
        if not any(str(v).strip() for v in values if v is not None):
            continue
        if columns is None:
            columns = _columns(path, values, known, needed)
            continue
        surplus = [v for v in values[len(columns) :] if v not in (None, "")]
        if surplus:
            rejected.append(Rejection(
                path.name, line,
                f"{len(values)} cells under {len(columns)} columns. A text that holds the separator"
                " or a line break needs double quotes around it.",
            ))
            continue
        rows.append(Row(line, {c: v for c, v in zip(columns, values, strict=False) if c}))
    if columns is None:
        raise BadInput(f"{path.name} is empty. Expected a header and at least one row.")
    return rows, rejected


def _delimited(path: Path, data: bytes, known: Mapping[str, str], needed: Collection[str]):
    text = decode(data)
    csv.field_size_limit(LONGEST_CELL)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text, known)

    cells: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        before = 0
        for values in reader:
            cells.append((before + 1, values))
            before = reader.line_num
    except csv.Error as error:
        raise BadInput(f"{path.name}:{reader.line_num}: not readable as a table: {error}.") from error
    unclosed = _unclosed_quote(text, cells)
    rows, rejected = _from_cells(path, cells[:-1] if unclosed else cells, known, needed)
    return rows, [*rejected, *([Rejection(path.name, cells[-1][0], unclosed)] if unclosed else [])]


def _unclosed_quote(text: str, cells: Sequence[tuple[int, Sequence[str]]]) -> str:
    """Return the reason to refuse the last row where its quote swallowed the rest, else ""."""
    if not cells:
        return ""
    rest = text.split("\n")[cells[-1][0] - 1 :]
    lines = sum(bool(line.strip()) for line in rest)
    if lines < 2 or "\n".join(rest).count('"') % 2 == 0:
        return ""
    return f"a double quote is opened and never closed, so {lines} lines run together. Close it or double it."


def _delimiter(text: str, known: Mapping[str, str]) -> str:
    """Return the delimiter under which the header holds the most known columns."""
    header = next((line for _, line in lines_of(text)), "").strip().split("\r")[0]

    def found(delimiter: str) -> int:
        return sum(header_key(c) in known for c in next(csv.reader([header], delimiter=delimiter), []))

    return max(",;\t|", key=found)


def _xlsx(path: Path, data: bytes, known: Mapping[str, str], needed: Collection[str]):
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        cells = [
            (number, [_cell(v) for v in values])
            for number, values in enumerate(sheet.iter_rows(values_only=True), 1)
        ]
    except Exception as error:  # zip, XML and format errors of many kinds
        raise BadInput(
            f"{path.name} can't be read as an Excel workbook ({type(error).__name__}). Open it and"
            " save it again as .xlsx, or export it as CSV."
        ) from error
    return _from_cells(path, cells, known, needed)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json_lines(path: Path, data: bytes, known: Mapping[str, str], needed: Collection[str]):
    objects, rejected = json_objects(path, decode(data))
    rows = []
    for line, item in objects:
        row = Row(line, named(item, known))
        absent = [n for n in needed if n not in row.values]
        if absent:
            found = ", ".join(repr(str(k)[:40]) for k in item) or "none"
            rejected.append(Rejection(
                path.name, line, f"expected the key {' and '.join(absent)}, found the keys {found}."
            ))
        else:
            rows.append(row)
    return rows, sorted(rejected, key=lambda r: r.line)


def named(item: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """Return an object's known values under their own names; the first of two aliases wins."""
    out: dict[str, Any] = {}
    for key, value in item.items():
        name = known.get(header_key(key))
        if name:
            out.setdefault(name, value)
    return out


def json_objects(path: Path, text: str) -> tuple[list[tuple[int, dict]], list[Rejection]]:
    """Return (line, object) of a JSONL file or of a JSON list, and the lines that are broken."""
    if text.lstrip().startswith("["):
        items = enumerate(parse_json(path, text), 1)
        return _objects(path, items, [])
    rejected: list[Rejection] = []
    items = []
    for number, line in lines_of(text):
        try:
            items.append((number, json.loads(line)))
        except (ValueError, RecursionError) as error:
            where = f" at character {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            rejected.append(Rejection(path.name, number, f"not valid JSON: {_fault(error)}{where}."))
    return _objects(path, items, rejected)


def _objects(path: Path, items: Iterable[tuple[int, Any]], rejected: list[Rejection]):
    objects = []
    for number, item in items:
        if isinstance(item, dict):
            objects.append((number, item))
        else:
            kind = type(item).__name__
            rejected.append(Rejection(path.name, number, f"expected a JSON object, found {kind}."))
    return objects, rejected


def parse_json(path: Path, text: str) -> Any:
    """Return a whole JSON document; raises BadInput with line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path.name}:{error.lineno}: not valid JSON: {error.msg} at character {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name}: not valid JSON: {_fault(error)}.") from error


def _fault(error: Exception) -> str:
    """Return what is wrong; Python's reader also refuses numbers of thousands of digits."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return getattr(error, "msg", "a number has too many digits")


TABLES = {
    ".csv": _delimited, ".tsv": _delimited, ".xlsx": _xlsx, ".jsonl": _json_lines, ".json": _json_lines,
}
