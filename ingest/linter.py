"""What a careful editor would remark on in a set of FAQs: pure, and never a reason to refuse.

Finds duplicates, contradictions, expired and empty FAQs. Reading and storing are left to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.records import Faq
from assistant.text import normalise, shorten, terms


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
    """Yield a finding for each phrasing that two FAQs claim, once for each two FAQs."""
    owners: dict[str, list[Faq]] = {}
    for faq in others:
        for phrasing in faq.phrasings():
            owners.setdefault(normalise(phrasing), []).append(faq)
    told: set[tuple[str, str]] = set()
    for faq in faqs:
        for phrasing in faq.phrasings():
            key = normalise(phrasing)
            for other in owners.get(key, ()):
                if other.id != faq.id and (other.id, faq.id) not in told and _overlap(faq, other):
                    told.add((other.id, faq.id))
                    yield _clash(faq, other, phrasing)
            owners.setdefault(key, []).append(faq)


def _clash(faq: Faq, other: Faq, phrasing: str) -> Finding:
    quoted = f"“{shorten(phrasing, 50)}”"
    if normalise(faq.answer) == normalise(other.answer):
        return Finding("duplicate", faq.id, f"{faq.id} and {other.id} both answer {quoted}, alike. One is enough.")
    return Finding(
        "contradiction", faq.id,
        f"{faq.id} and {other.id} both answer {quoted}, differently. Correct one or retire it.",
    )


def _overlap(one: Faq, other: Faq) -> bool:
    """Return whether there is a day on which both are valid."""
    start = max(one.valid_from, other.valid_from)
    ends = [e for e in (one.valid_until, other.valid_until) if e]
    return not ends or not start or start <= min(ends)
