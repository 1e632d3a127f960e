"""Documents to sections: Markdown, plain text, HTML, Word and PDF, with their heading paths.

Knows formats and what in them is not content. Cutting sections into pieces is left to `split`.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import BadInput, KefuError
from assistant.text import clean
from ingest.readers.tables import SURROGATE, decode, read_bytes

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_HAN_EDGE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_DROPPED_TAGS = (
    "script", "style", "nav", "footer", "aside", "noscript", "form", "template", "svg", "iframe",
    "button", "select", "head",
)
_DROPPED_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))


@dataclass(frozen=True, slots=True)
class Section:
    """Text under one heading; `heading` is the path joined by ` › `, `language` "" where not given."""

    heading: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A document as read; `fingerprint` is the SHA-256 of the file's bytes."""

    id: str
    title: str
    fingerprint: str
    sections: tuple[Section, ...]


class Outline:
    """Follows headings as they come and gathers the text under each."""

    def __init__(self) -> None:
        self.title = ""
        self._above: list[tuple[int, str]] = []
        self._lines: list[str] = []
        self._tight = False
        self._language = ""
        self._sections: list[Section] = []

    def heading(self, depth: int, text: str) -> None:
        self._close()
        text = " ".join(clean(text).split())
        if not text:
            return
        if depth == 1 and not self.title and not self._sections:
            self.title = text
            self._above = []
            return
        self._above = [(d, t) for d, t in self._above if d < depth] + [(depth, text)]

    def text(self, text: str, language: str = "", *, tight: bool = False) -> None:
        """Add a paragraph, or with `tight` a further line of a list or table.

        A change of the given language begins a new section.
        """
        if text.strip():
            if language != self._language:
                self._close()
                self._language = language
            if tight and self._tight and self._lines:
                self._lines[-1] += "\n" + text.strip()
            else:
                self._lines.append(text.strip())
            self._tight = tight

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Keep headings met inside from reaching what follows: a <section> ends with its element."""
        above = self._above
        yield
        if self._above is not above:
            self._close()
            self._above = above

    def _close(self) -> None:
        if self._lines:
            path = " › ".join(t for _, t in self._above)
            self._sections.append(Section(path, clean("\n\n".join(self._lines)), self._language))
        self._lines = []

    def sections(self) -> tuple[Section, ...]:
        self._close()
        return tuple(s for s in self._sections if s.text)


def read_document(path: Path, id: str) -> Source:
    """Return the title and sections of a document; raises BadInput where it can't be read.

    `id` is the name it is stored and shown under.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise BadInput(f"the ending {suffix or '(none)'} is not known. Known: {', '.join(FORMATS)}.")
    data = read_bytes(path)
    outline = Outline()
    try:
        FORMATS[suffix](data, outline)
    except KefuError:
        raise
    except Exception as error:  # parsers of foreign formats fail in many ways
        raise BadInput(
            f"can't be read as {suffix} ({type(error).__name__}: {str(error)[:120]}). Open it, save it again, retry."
        ) from error
    sections = outline.sections()
    if not sections:
        hint = " It may be a scan: run text recognition over it first." if suffix == ".pdf" else ""
        raise BadInput(f"holds no text.{hint}")
    return Source(id, outline.title or path.stem, hashlib.sha256(data).hexdigest(), sections)


def _text_of(data: bytes) -> str:
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    found = SURROGATE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise BadInput(f"line {line} holds a byte that is no valid text. Save the file as UTF-8 and try again.")
    return text


def _markdown(data: bytes, outline: Outline) -> None:
    text = re.sub(r"<!--.*?-->", "", _text_of(data), flags=re.DOTALL)
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    fenced, paragraph = False, []
    for line in [*text.split("\n"), ""]:
        fence = line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced or fence else _HEADING.match(line)
        if heading or (not line.strip() and not fenced):
            outline.text(_links("\n".join(paragraph)))
            paragraph = []
        if heading:
            outline.heading(len(heading[1]), heading[2].strip("*_ "))
        elif fence:
            fenced = not fenced
        else:
            paragraph.append(line)
    outline.text(_links("\n".join(paragraph)))


def _links(text: str) -> str:
    """Return Markdown text as it is read aloud: no pictures, links as `text (address)`, no emphasis."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)[^)]*\)", r"\1 (\2)", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def _plain(data: bytes, outline: Outline) -> None:
    for paragraph in re.split(r"\n[ \t\u3000]*\n", _text_of(data)):
        outline.text(_unwrap(paragraph.split("\n")))


def _unwrap(lines: list[str]) -> str:
    """Join lines that were broken by width; a line that ends a sentence or a list item stays one."""
    out = ""
    widest = max((len(line.rstrip()) for line in lines), default=0)
    previous = ""
    for line in (raw.strip() for raw in lines):
        if not line:
            continue
        starts_item = re.match(r"([-*•·▪]|\(?\d{1,2}[.)、）]|[一二三四五六七八九十]+、)\s*", line)
        full = len(previous) >= 0.7 * widest and widest > 20
        if not out or starts_item or not full or previous.endswith(("。", "！", "？", "：", ":")):
            out += ("\n" if out else "") + line
        elif previous.endswith("-") and line[:1].islower():
            out = out[:-1] + line
        else:
            han = _HAN_EDGE.match(previous[-1]) or _HAN_EDGE.match(line[0])
            out += ("" if han else " ") + line
        previous = line
    return out


def _html(data: bytes, outline: Outline) -> None:
    from bs4 import BeautifulSoup

    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:4096], re.IGNORECASE)
    gb = declared and declared[1].lower() in (b"gbk", b"gb2312", b"gb18030")
    soup = BeautifulSoup(data.decode("gb18030", "replace") if gb else _text_of(data), "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for tag in soup.find_all(_DROPPED_TAGS):
        tag.decompose()
    for tag in soup.find_all(_unwanted):
        tag.decompose()
    body = soup.find("main") or soup.body or soup
    writer = _HtmlWriter(outline)
    writer.walk(body, _language_of(soup.html.get("lang")) if soup.html else "")
    writer.flush()
    outline.title = outline.title or title


def _unwanted(tag) -> bool:
    if tag.attrs is None:
        return False
    hidden = tag.has_attr("hidden") or tag.get("aria-hidden") == "true"
    styled = "display:none" in str(tag.get("style", "")).replace(" ", "").lower()
    page_header = tag.name == "header" and not tag.find_parent(["article", "main", "section"]) and not tag.find("h1")
    return hidden or styled or page_header or tag.get("role") in _DROPPED_ROLES


def _language_of(value: str | None) -> str:
    """Return zh or en for an HTML lang attribute, "" for none or another language."""
    value = (value or "").lower()
    return next((known for known in ("zh", "en") if value.split("-")[0] == known), "")


class _HtmlWriter:
    """Walks a parsed page; inline text is gathered and handed over at each block's edge."""

    def __init__(self, outline: Outline):
        self._outline = outline
        self._inline: list[str] = []
        self._language = ""

    def flush(self, prefix: str = "", *, tight: bool = False) -> None:
        text = re.sub(r"[ \t\r\f\xa0]*\n[ \t\r\f\xa0]*", "\n", "".join(self._inline)).strip()
        self._inline = []
        if text:
            self._outline.text(prefix + text, self._language, tight=tight)

    def walk(self, element, language: str) -> None:
        from bs4 import Comment, NavigableString

        for child in element.children:
            if isinstance(child, NavigableString):
                if type(child) is NavigableString:
                    self._language = language
                    self._inline.append(str(child) if element.name == "pre" else re.sub(r"\s+", " ", str(child)))
            elif not isinstance(child, Comment):
                self._element(child, _language_of(child.get("lang")) or language)

    def _element(self, child, language: str) -> None:
        name = child.name
        if name == "br":
            self._inline.append("\n")
        elif re.fullmatch(r"h[1-6]", name or ""):
            self.flush()
            self._outline.heading(int(name[1]), child.get_text(" ", strip=True))
        elif name == "tr":
            self.flush()
            cells = [c.get_text(" ", strip=True) for c in child.find_all(["td", "th"], recursive=False)]
            self._language = language
            self._inline.append(" | ".join(c for c in cells if c))
            self.flush(tight=True)
        elif name in ("section", "article"):
            self.flush()
            with self._outline.inside():
                self.walk(child, language)
                self.flush()
        elif name in _BLOCKS:
            self.flush()
            self.walk(child, language)
            self.flush("- " if name == "li" else "", tight=name == "li")
        else:
            self.walk(child, language)


def _word(data: bytes, outline: Outline) -> None:
    import docx
    from docx.table import Table

    document = docx.Document(io.BytesIO(data))
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            outline.text("\n".join(_table_lines(item)))
            continue
        style = (item.style.name if item.style is not None else "") or ""
        found = re.fullmatch(r"(?:Heading|标题)\s*(\d)", style, re.IGNORECASE)
        if style in ("Title", "标题"):
            outline.heading(1, item.text)
        elif found:
            outline.heading(int(found[1]), item.text)
        else:
            listed = style.startswith("List") and bool(item.text.strip())
            outline.text(("- " if listed else "") + item.text, tight=listed)
    outline.title = outline.title or clean(document.core_properties.title or "")


def _table_lines(table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            text = " ".join(cell.text.split())
            if text and (not cells or cells[-1] != text):
                cells.append(text)
        if cells:
            yield " | ".join(cells)


def _pdf(data: bytes, outline: Outline) -> None:
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadInput("is protected by a password. Save a copy without one and add that.")
    pages = [(page.extract_text() or "").split("\n") for page in reader.pages]
    lines = [line for page in _without_running_heads(pages) for line in page]
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        outline.text(_unwrap(paragraph.split("\n")))
    outline.title = clean(str((reader.metadata or {}).get("/Title") or ""))


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Drop page numbers, and first and last lines that return on most pages of three or more."""
    edges: dict[str, int] = {}
    pages = [[line for line in page if line.strip()] for page in pages]
    for page in pages:
        for line in {re.sub(r"\d+", "#", e.strip()) for e in (*page[:1], *page[-1:])}:
            edges[line] = edges.get(line, 0) + 1
    running = {line for line, n in edges.items() if len(pages) >= 3 and n > len(pages) / 2}
    number = re.compile(r"(?:page|第)?\s*#\s*(?:页|(?:/|of)\s*#)?", re.IGNORECASE)

    def kept(place: int, line: str, last: int) -> bool:
        shape = re.sub(r"\d+", "#", line.strip())
        return place not in (0, last) or not (shape in running or number.fullmatch(shape))

    return [[line for n, line in enumerate(page) if kept(n, line, len(page) - 1)] for page in pages]


FORMATS: dict[str, Callable[[bytes, Outline], None]] = {
    ".md": _markdown, ".markdown": _markdown, ".txt": _plain, ".html": _html, ".htm": _html,
    ".docx": _word, ".pdf": _pdf,
}
