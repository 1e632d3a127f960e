"""Does a sentence speak of what nobody spoke of?

Pure. Weighs words that neither the passages nor the customer hold in either language. Leaves numbers and
denials to the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.replying.sources import Finding, Source
from assistant.replying.statements import Clause


def unknown(own: Sequence[Clause], source: Source) -> list[tuple[str, str]]:
    """Return (word, kind) of the content words that neither passages nor customer hold in any form."""
    held = frozenset().union(*source.labels, *(c.labels for c in source.all_asked)) if source.labels else frozenset()
    held |= {label.lstrip("-") for label in held}
    text = source.text + "\n" + source.asked_text
    out = []
    for clause in own:
        for word in clause.words:
            han = not word.text.isascii()
            if word.kind in ("harmless", "light") or (han and (len(word.text) == 1 or word.text in text)):
                continue
            if any(label.lstrip("-") in held for label in word.labels):
                continue
            out.append((word.text, word.kind))
    return out


INVENTED = 1.0
_WEIGHT = {"things": 1.0, "deeds": 0.4, "qualities": 0.6, "": 0.4}


def invented(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return content that neither the passages nor the customer know of."""
    if gift := _given(own, source):
        return Finding("invented", gift, f"Neither the passages nor the customer speak of a free {gift}.")
    found = unknown(own, source)
    for clause in own:
        asks = [w.at for w in clause.words if w.kind != "light" and w.labels & {"bring", "submit", "prepare", "fill in"}]
        for word in clause.words:
            strange = (word.text, word.kind) in found and word.kind in ("", "things") and len(word.text) > 1
            if asks and strange and word.at > min(asks) and word.text.isascii() == source.latin:
                return Finding("invented", word.text, f"The sentence asks for {word.text!r}, of which no passage speaks.")
    weight = sum(_WEIGHT[kind] for _, kind in found)
    if weight >= INVENTED:
        shown = ", ".join(word for word, _ in found)
        return Finding("invented", shown, f"Neither the passages nor the customer speak of: {shown}.")
    return None


def _given(own: Sequence[Clause], source: Source) -> str:
    """Return what an English clause calls free and nobody spoke of, "" if nothing."""
    held = frozenset(k.lstrip("-") for labels in (*source.labels, *(c.labels for c in source.all_asked)) for k in labels)
    for clause in own:
        for fact in clause.facts:
            if fact.kind != "free" or not fact.shown.endswith(("free", "complimentary")):
                continue
            for word in clause.words:
                if word.at > fact.until + 1 and word.kind not in ("things", "light", ""):
                    break
                if word.at > fact.at and word.kind == "things" and not any(k.lstrip("-") in held for k in word.labels):
                    return word.text
    return ""
