"""Past dialogues: chat-completions JSONL, ShareGPT, turns lists, and CSV of one message a line.

Knows formats, roles and limits. What a dialogue teaches is decided in `history`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.errors import BadInput
from assistant.text import clean, detect_language
from ingest.readers.faqs import LANGUAGE_NAMES
from ingest.readers.tables import (
    SURROGATE,
    TABLES,
    Rejection,
    decode,
    header_key,
    json_objects,
    read_bytes,
    read_rows,
)

LONGEST_MESSAGE, MOST_MESSAGES = 20_000, 2_000
ROLES = {
    "customer": ("customer", "user", "human", "visitor", "client", "客户", "顾客", "用户", "买家"),
    "agent": ("agent", "assistant", "gpt", "staff", "support", "operator", "客服", "坐席", "人工", "卖家"),
    "bot": ("bot", "chatbot", "robot", "机器人"),
    "": ("system", "tool", "function", "developer", "observation", "function_call"),
}
_ROLE = {name: role for role, names in ROLES.items() for name in names}
_LISTS = ("messages", "conversations", "conversation", "turns", "dialogue")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "conversation": ("conversation", "conversation_id", "session", "session_id", "dialogue_id", "会话", "会话id", "对话"),
    "role": ("role", "from", "speaker", "角色", "发送方"),
    "text": ("text", "content", "value", "message", "内容", "消息", "文本"),
    "at": ("at", "time", "timestamp", "created_at", "date", "时间", "发送时间"),
    "intents": ("intents", "intent", "意图"),
    "faqs": ("faqs", "faq", "faq_ids", "faq_id"),
    "author": ("author", "name", "客服姓名"),
    "language": ("language", "lang", "语言"),
}
ALIASES = {header_key(alias): name for name, names in _COLUMNS.items() for alias in names}


class _Bad(Exception):
    """A dialogue that can't be used; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `role` is customer, agent or bot, `at` an ISO time or ""."""

    role: str
    text: str
    at: str = ""
    intents: tuple[str, ...] = ()
    faqs: tuple[str, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A past conversation; an `id` that the file does not give is a hash of what was said."""

    line: int
    id: str
    language: str
    messages: tuple[Message, ...]
    at: str = ""


def read_dialogues(path: Path) -> tuple[list[Dialogue], list[Rejection]]:
    """Return the dialogues of a file and those left out; raises BadInput where nothing can be read."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".json"):
        return _from_objects(path)
    if suffix in TABLES:
        return _from_table(path)
    raise BadInput(
        f"{path.name}: the ending {suffix or '(none)'} is not known. Known: {', '.join(TABLES)}."
    )


def _from_objects(path: Path) -> tuple[list[Dialogue], list[Rejection]]:
    objects, rejected = json_objects(path, decode(read_bytes(path)))
    made: list[Dialogue] = []
    lines: dict[str, int] = {}
    for line, item in objects:
        try:
            dialogue = _dialogue(line, item)
            if dialogue.id in lines:
                raise _Bad(f"the id {dialogue.id!r} stands on line {lines[dialogue.id]} already.")
        except _Bad as reason:
            rejected.append(Rejection(path.name, line, str(reason)))
            continue
        lines[dialogue.id] = line
        made.append(dialogue)
    return made, sorted(rejected, key=lambda r: r.line)


def _dialogue(line: int, item: Mapping[str, Any]) -> Dialogue:
    said = next((item[name] for name in _LISTS if isinstance(item.get(name), list)), None)
    if said is None:
        found = ", ".join(repr(str(k)[:40]) for k in item) or "none"
        raise _Bad(f"expected a list under {', '.join(_LISTS)}, found the keys {found}.")
    metadata = item.get("metadata") if isinstance(item.get("metadata"), dict) else {}
    given = {**item, **metadata}
    id = next((given[k] for k in ("id", "conversation_id", "dialogue_id") if given.get(k) not in (None, "")), "")
    at = next((given[k] for k in ("created_at", "at", "date", "time") if given.get(k)), "")
    return make_dialogue(line, said, str(id), str(given.get("language") or ""), str(at))


def _from_table(path: Path) -> tuple[list[Dialogue], list[Rejection]]:
    rows, rejected = read_rows(path, ALIASES, ("conversation", "role", "text"))
    grouped: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for row in rows:
        id = str(row.values.get("conversation") or "").strip()
        if id:
            grouped.setdefault(id, []).append((row.line, row.values))
        else:
            rejected.append(Rejection(path.name, row.line, "the conversation is empty."))
    made = []
    for id, lines in grouped.items():
        language = next((v["language"] for _, v in lines if v.get("language")), "")
        try:
            made.append(make_dialogue(lines[0][0], _in_time([v for _, v in lines]), id, language, ""))
        except _Bad as reason:
            rejected.append(Rejection(path.name, lines[0][0], f"conversation {id[:60]!r}: {reason}"))
    return made, sorted(rejected, key=lambda r: r.line)


def _in_time(values: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the messages by time where every one has a time that can be read, else as they stand."""
    times = [iso_time(str(v.get("at") or "")) for v in values]
    if not all(times):
        return values
    return [v for _, v in sorted(zip(times, values, strict=True), key=lambda pair: pair[0])]


def make_dialogue(line: int, said: Iterable[Any], id: str, language: str, at: str) -> Dialogue:
    """Return a dialogue of messages as read; raises an error whose text is the reason it can't be one."""
    messages = [m for n, raw in enumerate(said, 1) if (m := _message(n, raw)) is not None]
    if len(messages) > MOST_MESSAGES:
        raise _Bad(f"{len(messages):,} messages, at most {MOST_MESSAGES:,} are taken as one dialogue.")
    asked = [m.text for m in messages if m.role == "customer"]
    if not asked:
        raise _Bad("no message of a customer.")
    if language:
        known = next((k for k, names in LANGUAGE_NAMES.items() if header_key(language) in names), "")
        if not known:
            raise _Bad(f"language is {language!r}, expected zh or en.")
        language = known
    spoken = json.dumps([[m.role, m.text] for m in messages], ensure_ascii=False)
    return Dialogue(
        line, " ".join(clean(id).split())[:120] or "dlg-" + hashlib.sha256(spoken.encode()).hexdigest()[:16],
        language or detect_language("\n".join(asked)), tuple(messages),
        iso_time(at) or next((m.at for m in messages if m.at), ""),
    )


def _message(number: int, raw: Any) -> Message | None:
    """Return one message; None for those that are no part of the talk (system, tools, empty)."""
    if not isinstance(raw, Mapping):
        raise _Bad(f"message {number} must be an object, found {type(raw).__name__}.")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        values.setdefault(ALIASES.get(header_key(key), ""), value)
    said = header_key(values.get("role"))
    if said not in _ROLE:
        known = ", ".join(n for names in ROLES.values() for n in names if n.isascii())
        raise _Bad(f"message {number} has the role {str(values.get('role'))[:40]!r}. Known roles: {known}.")
    text = _content(values.get("text"))
    if SURROGATE.search(text):
        raise _Bad(f"message {number} holds a byte that is no valid text. Save the file as UTF-8 and try again.")
    text = clean(text)
    if len(text) > LONGEST_MESSAGE:
        raise _Bad(f"message {number} has {len(text):,} characters, at most {LONGEST_MESSAGE:,} are allowed.")
    if not text or not _ROLE[said]:
        return None
    return Message(
        _ROLE[said], text, iso_time(str(values.get("at") or "")), _labels(values.get("intents")),
        _labels(values.get("faqs")), clean(str(values.get("author") or ""))[:120],
    )


def _content(value: Any) -> str:
    """Return the text of a content field: a string, or the text parts of a list."""
    if isinstance(value, list):
        parts = [p.get("text") if isinstance(p, dict) else p for p in value]
        return "\n".join(p for p in parts if isinstance(p, str))
    return value if isinstance(value, str) else "" if value is None else str(value)


def _labels(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else str(value or "").split("|")
    return tuple(dict.fromkeys(t for i in items if (t := clean(str(i))) and not SURROGATE.search(t)))


def iso_time(value: str) -> str:
    """Return the time as ISO 8601 with the zone that it gives, "" where it can't be read."""
    try:
        return datetime.fromisoformat(value.strip().replace("/", "-")).isoformat()
    except ValueError:
        return ""
