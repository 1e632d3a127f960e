"""Intents and templates from TOML; every table that can't be used is named with its line."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import BadInput
from assistant.records import LANGUAGES, Faq, IntentSpec, Template
from assistant.text import clean, normalise
from ingest.history import FaqNames
from ingest.readers.tables import SURROGATE, Rejection, decode, read_bytes

LABEL = re.compile(r"[\w.:-]{1,80}")
LONGEST_EXAMPLE, LONGEST_TEMPLATE = 2_000, 4_000


def read_intents(path: Path) -> tuple[list[IntentSpec], list[Rejection]]:
    """Return the intents under [intents.LABEL], each with its examples without repeats."""
    text, tree = _toml(path, "intents", dict, "[intents.LABEL] with examples_zh and examples_en")
    made: list[IntentSpec] = []
    rejected: list[Rejection] = []
    for label, values in tree.items():
        line = _line_of(text, rf"^\s*\[\s*intents\s*\.\s*[\"']?{re.escape(label)}[\"']?\s*\]", 0)
        try:
            made.append(make_intent(label, values))
        except BadInput as reason:
            rejected.append(Rejection(path.name, line, str(reason)))
    return made, rejected


def make_intent(label: str, values: Any) -> IntentSpec:
    """Return one intent; raises BadInput with the reason it can't be one."""
    if not LABEL.fullmatch(label):
        raise BadInput(f"the label {label!r} may hold letters, digits and _ . : - only, at most 80.")
    if not isinstance(values, Mapping):
        raise BadInput(f"intents.{label} must be a table, found {type(values).__name__}.")
    known = ("name_zh", "name_en", "description", *(f"examples_{code}" for code in LANGUAGES))
    unknown = [k for k in values if k not in known]
    if unknown:
        raise BadInput(f"intents.{label}: unknown key {unknown[0]!r}. Known keys: {', '.join(known)}.")
    examples = [
        (code, text) for code in LANGUAGES for text in _examples(label, code, values.get(f"examples_{code}", []))
    ]
    names = {k: _string(values, k, f"intents.{label}") for k in ("description", "name_zh", "name_en")}
    return IntentSpec(label=label, examples=tuple(examples), **names)


def _examples(label: str, code: str, items: Any) -> list[str]:
    name = f"intents.{label}: examples_{code}"
    if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
        raise BadInput(f"{name} must be a list of texts.")
    kept: dict[str, str] = {}
    for item in items:
        text = clean(item)
        if len(text) > LONGEST_EXAMPLE:
            raise BadInput(f"{name}: one has {len(text):,} characters, at most {LONGEST_EXAMPLE:,} are allowed.")
        if text:
            kept.setdefault(normalise(text), text)
    return list(kept.values())


def shared_examples(specs: Sequence[IntentSpec]) -> list[str]:
    """Return a sentence for each example that two intents claim: training can't serve both."""
    owner: dict[str, str] = {}
    remarks = []
    for spec in specs:
        for _, text in spec.examples:
            first = owner.setdefault(normalise(text), spec.label)
            if first != spec.label:
                remarks.append(f"“{text}” is an example of {first} and of {spec.label}. Keep it in one.")
    return remarks


def read_templates(path: Path, faqs: Sequence[Faq]) -> tuple[list[Template], list[Rejection]]:
    """Return the [[templates]] of a file; one with `pair` or `faq` is bound to that FAQ's id."""
    text, items = _toml(path, "templates", list, "[[templates]] with id, intent, language and text")
    names = FaqNames(faqs)
    made: dict[str, Template] = {}
    rejected: list[Rejection] = []
    for number, values in enumerate(items):
        line = _line_of(text, r"^\s*\[\[\s*templates\s*\]\]", number)
        try:
            template = make_template(values, names)
            if template.id in made:
                raise BadInput(f"the id {template.id!r} stands in this file already.")
            made[template.id] = template
        except BadInput as reason:
            rejected.append(Rejection(path.name, line, str(reason)))
    return list(made.values()), rejected


def make_template(values: Any, names: FaqNames) -> Template:
    """Return one template; raises BadInput with the reason it can't be one."""
    if not isinstance(values, Mapping):
        raise BadInput(f"a template must be a table, found {type(values).__name__}.")
    known = ("id", "intent", "language", "text", "pair", "faq")
    unknown = [k for k in values if k not in known]
    if unknown:
        raise BadInput(f"unknown key {unknown[0]!r}. Known keys: {', '.join(known)}.")
    found = {k: _string(values, k, "template") for k in known}
    for name in known[:4]:
        if not found[name]:
            raise BadInput(f"{name} is empty.")
    if found["language"] not in LANGUAGES:
        raise BadInput(f"language is {found['language']!r}, expected {' or '.join(LANGUAGES)}.")
    if len(found["text"]) > LONGEST_TEMPLATE:
        raise BadInput(f"text has {len(found['text']):,} characters, at most {LONGEST_TEMPLATE:,} are allowed.")
    _check_braces(found["text"])
    bound = found["faq"] or found["pair"]
    faq = names.find(bound, found["language"]) if bound else ""
    if bound and not faq:
        raise BadInput(f"no FAQ or pair {bound!r} is known. Import the FAQs first, then this file again.")
    return Template(found["id"], found["intent"], found["language"], found["text"], faq)


def _check_braces(text: str) -> None:
    try:
        list(string.Formatter().parse(text))
    except ValueError as error:
        raise BadInput(f"text: {error}. A variable is written {{company}}, a brace itself {{{{ or }}}}.") from None


def _string(values: Mapping[str, Any], name: str, where: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise BadInput(f"{where}: {name} must be text, found {type(value).__name__}.")
    return clean(value)


def _toml(path: Path, key: str, kind: type, form: str) -> tuple[str, Any]:
    text = decode(read_bytes(path))
    broken = SURROGATE.search(text)
    if broken:
        line = text.count("\n", 0, broken.start()) + 1
        raise BadInput(f"{path.name}:{line}: holds a byte that is no valid text. Save the file as UTF-8.")
    try:
        tree = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name} is not valid TOML: {error}. Correct that line and import again.") from error
    if not isinstance(tree.get(key), kind) or not tree[key]:
        found = ", ".join(tree) or "nothing"
        raise BadInput(f"{path.name}: expected {form}, found {found}.")
    return text, tree[key]


def _line_of(text: str, pattern: str, number: int) -> int:
    """Return the line of the match with that number (from 0), 1 where there is none."""
    for place, found in enumerate(re.finditer(pattern, text, re.MULTILINE)):
        if place == number:
            return text.count("\n", 0, found.end()) + 1
    return 1
