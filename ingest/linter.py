"""What a careful editor would remark on in a set of FAQs: pure, and never a reason to refuse.

Finds duplicates, contradictions, expired and empty FAQs. Reading and storing are left to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.records import Faq
from assistant.text import normalise, shorten, terms

NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on the FAQ `id`; `kind` is duplicate, contradiction, expired or empty."""

    kind: str
    id: str
    message: str


def lint(faqs: Sequence[Faq], today: str, stored: Iterable[Faq] = ()) -> list[Finding]:
    """Return what is remarkable about `faqs`, alone and beside those `stored` under other ids.

    `today` is an ISO date. Retired and draft FAQs answer nothing, so nothing is said about them.
    """
    speaking = [f for f in faqs if f.status in ("", "published")]
    own = {f.id for f in faqs}
    others = [f for f in stored if f.id not in own and f.status == "published"]
    findings = [*_expired(speaking, today), *_empty(speaking), *_clashes(speaking, others)]
    order = {f.id: n for n, f in enumerate(faqs)}
    return sorted(findings, key=lambda f: order[f.id])


def _expired(faqs: Iterable[Faq], today: str) -> Iterable[Finding]:
    for faq in faqs:
        if faq.valid_until and faq.valid_until < today:
            yield Finding("expired", faq.id, f"{faq.id} was valid until {faq.valid_until} and won't be used.")


def _empty(faqs: Iterable[Faq]) -> Iterable[Finding]:
    for faq in faqs:
        if not faq.answer:
            yield Finding("empty", faq.id, f"{faq.id} has no answer.")
        elif not any(terms(faq.question)):
            yield Finding("empty", faq.id, f"{faq.id} asks {faq.question!r}, in which there is no word to find.")


def _clashes(faqs: Sequence[Faq], others: Sequence[Faq]) -> Iterable[Finding]:
    """Yield at most one duplicate and one contradiction for each FAQ: what earlier ones also answer."""
    owners: dict[str, list[Faq]] = {}
    for faq in others:
        for phrasing in faq.phrasings():
            owners.setdefault(normalise(phrasing), []).append(faq)
    for faq in faqs:
        found: dict[str, tuple[str, list[str]]] = {}
        for phrasing in faq.phrasings():
            key = normalise(phrasing)
            for other in owners.get(key, ()):
                if other.id != faq.id and _overlap(faq, other):
                    same = normalise(faq.answer) == normalise(other.answer)
                    found.setdefault("duplicate" if same else "contradiction", (phrasing, []))[1].append(other.id)
            owners.setdefault(key, []).append(faq)
        for kind, (phrasing, ids) in found.items():
            yield Finding(kind, faq.id, _clash(kind, faq.id, list(dict.fromkeys(ids)), phrasing))


def _clash(kind: str, id: str, others: list[str], phrasing: str) -> str:
    named = ", ".join(others[:NAMED]) + (f" and {len(others) - NAMED} more" if len(others) > NAMED else "")
    how = "alike. One is enough." if kind == "duplicate" else "differently. Correct one or retire it."
    return f"{id} answers “{shorten(phrasing, 50)}” and so does {named}, {how}"


def _overlap(one: Faq, other: Faq) -> bool:
    """Return whether there is a day on which both are valid."""
    start = max(one.valid_from, other.valid_from)
    ends = [e for e in (one.valid_until, other.valid_until) if e]
    return not ends or not start or start <= min(ends)
