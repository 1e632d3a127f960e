"""FAQ files to Faq records: tables, Markdown headings, and schema.org FAQPage JSON-LD.

Knows columns, aliases, limits and ids. Comparing with what is stored is left to the pipeline.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from assistant.errors import BadInput
from assistant.records import Faq
from assistant.text import clean, detect_language, normalise
from ingest.readers.tables import (
    SURROGATE,
    TABLES,
    Rejection,
    Row,
    decode,
    header_key,
    parse_json,
    read_bytes,
    read_rows,
)

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_NAME = 2_000, 20_000, 120

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "faq_id", "qid", "编号", "序号"),
    "pair": ("pair", "pair_id", "配对", "对应编号"),
    "question": ("question", "q", "问题", "标准问", "标准问题", "问", "提问"),
    "answer": ("answer", "a", "response", "答案", "回答", "答复", "标准答案", "答"),
    "similar": (
        "similar_questions", "similar", "alt_questions", "alternatives", "variants",
        "相似问", "相似问题", "相似问法", "扩展问", "其他问法",
    ),
    "category": ("category", "topic", "分类", "类别", "类目", "主题"),
    "language": ("language", "lang", "语言", "语种"),
    "status": ("status", "状态"),
    "valid_from": ("valid_from", "start_date", "生效日期", "开始日期", "有效期起"),
    "valid_until": ("valid_until", "valid_to", "end_date", "失效日期", "截止日期", "有效期止", "到期日"),
    "url": ("url", "link", "链接", "网址"),
}
ALIASES = {header_key(alias): name for name, names in COLUMNS.items() for alias in names}
LANGUAGE_NAMES = {
    "zh": ("zh", "zh_cn", "zh_hans", "zh_tw", "zh_hk", "zh_hant", "cn", "chinese", "中文", "汉语", "简体中文", "繁体中文"),
    "en": ("en", "en_us", "en_gb", "english", "英文", "英语"),
}
STATUS_NAMES = {
    "published": ("published", "active", "已发布", "启用", "发布"),
    "draft": ("draft", "草稿"),
    "retired": ("retired", "inactive", "已停用", "停用", "已下架"),
}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00)?)?")
NO_CHARACTER = re.compile("[\ufffe\uffff]")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ANCHOR = re.compile(r"\s*\{#([\w.:-]+)\}\s*$")
FORMATS = (*TABLES, ".md", ".markdown", ".html", ".htm", ".jsonld")


class _Bad(Exception):
    """A row that can't become a FAQ; the text is the reason."""


@dataclass(frozen=True, slots=True)
class FaqFile:
    """What was read: FAQs with the line each came from, rows left out, and remarks."""

    faqs: tuple[Faq, ...]
    lines: tuple[int, ...]
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[Rejection, ...] = ()


def read_faqs(path: Path, *, require_answers: bool = True) -> FaqFile:
    """Return the FAQs of a file in any known format; raises BadInput where nothing can be read.

    A FAQ without a status column has the status "", which the import resolves: what is stored
    keeps its own. Without an id it gets `faq-` and ten hex digits of its question's hash.
    """
    rows, rejected = _rows(Path(path), require_answers)
    made: list[tuple[int, Faq]] = []
    for row in rows:
        try:
            made.append((row.line, make_faq(row.values, Path(path).name, require_answers)))
        except _Bad as reason:
            rejected.append(Rejection(Path(path).name, row.line, str(reason)))
    return _distinct(Path(path).name, _bind_languages(made), rejected)


def _rows(path: Path, require_answers: bool) -> tuple[list[Row], list[Rejection]]:
    suffix = path.suffix.lower()
    if suffix in (".md", ".markdown"):
        return markdown_rows(decode(read_bytes(path))), []
    if suffix in (".html", ".htm", ".jsonld"):
        return _linked_data(path), []
    if suffix == ".json":
        text = decode(read_bytes(path))
        if text.lstrip().startswith("{") and "FAQPage" in text:
            return page_rows(parse_json(path, text)), []
    if suffix not in TABLES:
        raise BadInput(
            f"{path.name}: the ending {suffix or '(none)'} is not known. Known: {', '.join(FORMATS)}."
        )
    needed = ("question", "answer") if require_answers else ("question",)
    return read_rows(path, ALIASES, needed)


def make_faq(values: Mapping[str, Any], source: str, require_answers: bool = True) -> Faq:
    """Return one FAQ of named values; raises an error whose text is the reason it can't be one."""
    question = _text(values, "question", LONGEST_QUESTION)
    if not question:
        raise _Bad("the question is empty.")
    answer = _text(values, "answer", LONGEST_ANSWER)
    if not answer and require_answers:
        raise _Bad("the answer is empty.")
    start, end = _day(values, "valid_from"), _day(values, "valid_until")
    if start and end and start > end:
        raise _Bad(f"valid_from {start} is after valid_until {end}.")
    status = _choice(values, "status", STATUS_NAMES)
    return Faq(
        id=_name(values, "id") or question_id(question),
        question=question, answer=answer,
        language=_choice(values, "language", LANGUAGE_NAMES) or detect_language(question),
        pair=_name(values, "pair"), similar=_similar(values, question),
        category=_name(values, "category"), status=status, valid_from=start, valid_until=end,
        url=_url(values), source=source,
    )


def faq_from(values: Mapping[str, Any], source: str = "") -> Faq:
    """Return one FAQ of values typed by a person; raises BadInput with the reason."""
    try:
        return make_faq(values, source)
    except _Bad as reason:
        raise BadInput(f"Not stored: {reason}") from None


def question_id(question: str) -> str:
    """Return a short id that stays the same as long as the question does."""
    return "faq-" + hashlib.sha256(normalise(question).encode("utf-8", "replace")).hexdigest()[:10]


def _text(values: Mapping[str, Any], name: str, limit: int) -> str:
    value = values.get(name)
    if value is None or value != value:  # NaN, as data tools write an empty cell
        return ""
    if isinstance(value, (dict, list, bool)):
        raise _Bad(f"{name} must be text, found {type(value).__name__}.")
    return _checked(str(value), name, limit)


def _checked(value: str, name: str, limit: int) -> str:
    found = SURROGATE.search(value)
    if found:
        code = ord(found.group())
        what = f"the byte 0x{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else f"half a character (U+{code:04X})"
        raise _Bad(f"{name} holds {what}, which is not valid text. Save the file as UTF-8 and try again.")
    value = clean(NO_CHARACTER.sub(" ", value))
    if len(value) > limit:
        raise _Bad(f"{name} has {len(value):,} characters, at most {limit:,} are allowed.")
    return value


def _name(values: Mapping[str, Any], name: str) -> str:
    return " ".join(_text(values, name, LONGEST_NAME).split())


def _choice(values: Mapping[str, Any], name: str, known: Mapping[str, Sequence[str]]) -> str:
    said = _name(values, name)
    if not said:
        return ""
    for value, names in known.items():
        if header_key(said) in names:
            return value
    raise _Bad(f"{name} is {said!r}, expected {' or '.join(known)}.")


def _day(values: Mapping[str, Any], name: str) -> str:
    said = _name(values, name)
    if not said:
        return ""
    found = _DATE.fullmatch(said)
    try:
        return date(*map(int, found.groups())).isoformat()
    except (AttributeError, ValueError):
        raise _Bad(f"{name} is {said!r}, expected a date such as 2026-01-31.") from None


def _url(values: Mapping[str, Any]) -> str:
    url = _text(values, "url", LONGEST_QUESTION)
    if url and (not re.match(r"(https?://|mailto:|tel:)\S+$", url, re.IGNORECASE)):
        raise _Bad(f"url is {url[:60]!r}, expected an address that begins with https:// or http://.")
    return url


def _similar(values: Mapping[str, Any], question: str) -> tuple[str, ...]:
    said = values.get("similar")
    if said is None:
        items: list[Any] = []
    elif isinstance(said, list):
        items = said
    else:
        items = split_similar(_text(values, "similar", 10**7))
    seen = {normalise(question)}
    kept = []
    for number, item in enumerate(items, 1):
        if isinstance(item, (dict, list, bool)):
            raise _Bad(f"similar question {number} must be text, found {type(item).__name__}.")
        text = _checked(str(item if item is not None else ""), f"similar question {number}", LONGEST_QUESTION)
        if text and normalise(text) not in seen:
            seen.add(normalise(text))
            kept.append(text)
    return tuple(kept)


def split_similar(cell: str) -> list[str]:
    """Return the questions of one cell: `|` between them, or a JSON list where one holds a `|`."""
    if cell.startswith("["):
        try:
            items = json.loads(cell)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list) and all(isinstance(i, str) for i in items):
            return items
    return re.split(r"[|｜]", cell)


def join_similar(items: Sequence[str]) -> str:
    """Return the cell that `split_similar` takes apart again into the same questions."""
    cell = "|".join(items)
    whole = [i.strip() for i in split_similar(cell)] == list(items) or not items
    return cell if whole else json.dumps(list(items), ensure_ascii=False)


def _bind_languages(made: list[tuple[int, Faq]]) -> list[tuple[int, Faq]]:
    """Give one id that stands on rows of two languages the form id-zh and id-en, paired by the id."""
    languages: dict[str, set[str]] = {}
    for _, faq in made:
        languages.setdefault(faq.id, set()).add(faq.language)
    return [
        (line, replace(faq, id=f"{faq.id}-{faq.language}", pair=faq.pair or faq.id))
        if len(languages[faq.id]) > 1 else (line, faq)
        for line, faq in made
    ]


def _distinct(file: str, made: Iterable[tuple[int, Faq]], rejected: list[Rejection]) -> FaqFile:
    """Keep the first row of each id; the same row again is remarked on, another one is refused."""
    kept: dict[str, tuple[int, Faq]] = {}
    warnings: list[Rejection] = []
    for line, faq in made:
        if faq.id not in kept:
            kept[faq.id] = (line, faq)
            continue
        before, first = kept[faq.id]
        same = normalise(first.question) == normalise(faq.question)
        if same and normalise(first.answer) == normalise(faq.answer):
            warnings.append(Rejection(file, line, f"the same as line {before}; left out."))
        elif same:
            rejected.append(Rejection(
                file, line, f"line {before} asks the same and has another answer. Keep one of them,"
                " or give each an id of its own.",
            ))
        else:
            rejected.append(Rejection(
                file, line, f"the id {faq.id!r} stands on line {before} already, with another question."
            ))
    return FaqFile(
        tuple(f for _, f in kept.values()), tuple(n for n, _ in kept.values()),
        tuple(sorted(rejected, key=lambda r: r.line)), tuple(warnings),
    )


# Markdown and schema.org


def markdown_rows(text: str) -> list[Row]:
    """Return a row for each heading that has text under it; headings above give the category.

    A heading with further headings under it is a category unless it ends in a question mark.
    """
    sections = _sections(text)
    rows = []
    above: list[tuple[int, str]] = []
    for place, (line, depth, title, body) in enumerate(sections):
        above = [a for a in above if a[0] < depth]
        deeper = place + 1 < len(sections) and sections[place + 1][1] > depth
        asks = title.endswith(("?", "？"))
        if asks or not deeper:
            anchor = _ANCHOR.search(title)
            values = {"question": _ANCHOR.sub("", title), "answer": body}
            if anchor:
                values["id"] = anchor[1]
            if above and above[-1][0] > 1:
                values["category"] = above[-1][1]
            rows.append(Row(line, values))
        else:
            above.append((depth, title))
    return rows


def _sections(text: str) -> list[tuple[int, int, str, str]]:
    """Return (line, depth, title, body) of each heading; a # inside a code fence is none."""
    found: list[tuple[int, int, str, list[str]]] = []
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else _HEADING.match(line.rstrip("\r"))
        if heading:
            found.append((number, len(heading[1]), heading[2], []))
        elif found:
            found[-1][3].append(line.rstrip("\r"))
    return [(n, d, t, "\n".join(b).strip()) for n, d, t, b in found]


def _linked_data(path: Path) -> list[Row]:
    """Return the rows of every FAQPage in a JSON-LD file or in the scripts of an HTML page."""
    text = decode(read_bytes(path))
    if path.suffix.lower() == ".jsonld":
        rows = page_rows(parse_json(path, text))
    elif broken := SURROGATE.search(text):
        line = text.count("\n", 0, broken.start()) + 1
        raise BadInput(f"{path.name}:{line}: holds a byte that is no valid text. Save the file as UTF-8.")
    else:
        from bs4 import BeautifulSoup

        rows = []
        for script in BeautifulSoup(text, "lxml").find_all("script", type="application/ld+json"):
            rows += page_rows(parse_json(path, script.string or "null"))
    if not rows:
        raise BadInput(
            f"{path.name} holds no schema.org FAQPage (JSON-LD). For the text of a page use"
            f" `ingest docs add {path.name}`."
        )
    return [Row(n, row.values) for n, row in enumerate(rows, 1)]


def page_rows(data: Any) -> list[Row]:
    """Return a row for each Question of every FAQPage found at any depth, numbered from 1."""
    rows: list[Row] = []
    for page in _pages(data):
        questions = page.get("mainEntity") or []
        for item in questions if isinstance(questions, list) else [questions]:
            if not isinstance(item, dict):
                continue
            answer = item.get("acceptedAnswer") or item.get("suggestedAnswer") or {}
            answer = (answer[0] if answer else {}) if isinstance(answer, list) else answer
            values = {
                "question": _plain(item.get("name") or item.get("text")),
                "answer": _plain(answer.get("text") if isinstance(answer, dict) else answer),
                "language": item.get("inLanguage") or page.get("inLanguage"),
                "url": item.get("url"),
            }
            if str(item.get("identifier") or "").strip():
                values["id"] = item["identifier"]
            rows.append(Row(len(rows) + 1, values))
    return rows


def _pages(data: Any) -> Iterable[dict]:
    if isinstance(data, list):
        for item in data:
            yield from _pages(item)
    elif isinstance(data, dict):
        kinds = data.get("@type")
        if "FAQPage" in (kinds if isinstance(kinds, list) else [kinds]):
            yield data
        else:
            yield from _pages(data.get("@graph"))


def _plain(value: Any) -> str:
    """Return text without tags: schema.org allows HTML in names and answers."""
    text = str(value or "")
    if ("<" not in text and "&" not in text) or SURROGATE.search(text):
        return text
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    for element in soup.find_all(["p", "li", "br", "div", "h2", "h3", "h4"]):
        element.append("\n")
    return re.sub(r"\n{2,}", "\n", soup.get_text()).strip()
