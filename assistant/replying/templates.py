"""Fixed texts: which template is used, and its blanks filled in. Pure.

Knows nothing of the policy that decides whether a template speaks at all.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

from assistant.records import Template

_BLANK = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def fill(text: str, values: Mapping[str, str]) -> str | None:
    """Return a template's text with every `{name}` replaced, or None where a value is missing or empty.

    A value is put in as it is: braces within it are not read again.
    """
    names = set(_BLANK.findall(text))
    if any(not str(values.get(name, "")).strip() for name in names):
        return None
    return _BLANK.sub(lambda m: str(values[m.group(1)]).strip(), text)


def choose(
    templates: Sequence[Template], intent: str, language: str, values: Mapping[str, str],
    *, seed: str = "", faq: str = "", not_again: Sequence[str] = (),
) -> tuple[Template, str] | None:
    """Return (template, filled text) for an intent, or None where none fits.

    Templates bound to a FAQ are used only for that `faq`, unbound ones only without one. Of several,
    `seed` (the conversation, say) picks one, the same each time; ids in `not_again` come last.
    """
    fitting = [
        (t, text) for t in templates
        if t.intent == intent and t.language == language and t.faq == faq and t.status == "published"
        and (text := fill(t.text, values)) is not None
    ]
    fresh = [f for f in fitting if f[0].id not in not_again] or fitting
    if not fresh:
        return None
    fresh.sort(key=lambda f: f[0].id)
    return fresh[zlib.crc32(seed.encode("utf-8", "surrogatepass")) % len(fresh)]
