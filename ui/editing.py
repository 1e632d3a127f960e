"""The form of a FAQ: from what was typed to FAQs to be saved, or sentences that refuse it.

Works on one pair, the two languages of one FAQ. Knows the store only through what it is handed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.records import LANGUAGES, Faq
from assistant.text import clean, normalise
from ui.wording import NAMES, say

QUESTION_LIMIT, ANSWER_LIMIT, SIMILAR_LIMIT = 300, 5000, 50
_LIMITS = {"question": QUESTION_LIMIT, "answer": ANSWER_LIMIT}


@dataclass(frozen=True, slots=True)
class Side:
    """One language as typed; `similar` holds one phrasing on each line."""

    question: str = ""
    answer: str = ""
    similar: str = ""

    def parts(self) -> dict[str, str]:
        return {"question": clean(self.question), "answer": clean(self.answer)}

    def phrasings(self) -> tuple[str, ...]:
        question = normalise(self.question)
        lines = {normalise(x): clean(x) for x in self.similar.splitlines() if clean(x)}
        return tuple(text for key, text in lines.items() if key != question)


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole form; `pair` is empty for a new FAQ."""

    pair: str = ""
    sides: Mapping[str, Side] = field(default_factory=dict)
    category: str = ""
    status: str = "published"
    valid_from: str = ""
    valid_until: str = ""
    url: str = ""


def pairs(faqs: Iterable[Faq]) -> dict[str, dict[str, Faq]]:
    """Return pair -> language -> FAQ, in the order given; a FAQ without a pair is its own."""
    grouped: dict[str, dict[str, Faq]] = {}
    for faq in faqs:
        grouped.setdefault(faq.pair or faq.id, {})[faq.language] = faq
    return grouped


def opened(pair: str, faqs: Mapping[str, Faq]) -> Draft:
    """Return the form of FAQs that exist."""
    first = faqs.get("zh") or faqs["en"]
    return Draft(
        pair=pair,
        sides={
            language: Side(f.question, f.answer, "\n".join(f.similar))
            for language, f in faqs.items()
        },
        category=first.category,
        status=first.status,
        valid_from=first.valid_from,
        valid_until=first.valid_until,
        url=first.url,
    )


def problems(
    draft: Draft, language: str, before: Mapping[str, Faq], others: Sequence[Faq] = ()
) -> list[str]:
    """Return the sentences that refuse a form, none where it may be saved.

    `before` is what the pair held when it was opened, `others` are the published FAQs of the home.
    """
    found: list[str] = []
    filled = [lang for lang in LANGUAGES if any(draft.sides.get(lang, Side()).parts().values())]
    if not filled:
        found.append(say("bad_both_empty", language))
    for lang in LANGUAGES:
        side = draft.sides.get(lang, Side())
        if lang in filled:
            found += _side_problems(side, lang, language)
        elif lang in before and filled:
            found.append(say("bad_cleared", language, language=NAMES[lang]))
    found += _shared_problems(draft, language)
    if draft.status == "published":
        found += _twins(draft, filled, others, language)
    return found


def _side_problems(side: Side, lang: str, language: str) -> list[str]:
    found = []
    for part, value in side.parts().items():
        name = say(part, language) if language == "zh" else say(part, language).lower()
        if not value:
            found.append(say("bad_half", language, language=NAMES[lang], part=name))
        elif len(value) > _LIMITS[part]:
            found.append(
                say(
                    "bad_long",
                    language,
                    language=NAMES[lang],
                    part=name,
                    n=len(value),
                    limit=_LIMITS[part],
                )
            )
    return found


def _shared_problems(draft: Draft, language: str) -> list[str]:
    found = []
    for value in (draft.valid_from, draft.valid_until):
        try:
            if value:
                date.fromisoformat(value)
        except ValueError:
            found.append(say("bad_date", language, value=value))
    if (
        not found
        and draft.valid_from
        and draft.valid_until
        and draft.valid_until < draft.valid_from
    ):
        found.append(say("bad_dates", language))
    if draft.url and not draft.url.startswith(("http://", "https://")):
        found.append(say("bad_url", language))
    return found


def _twins(draft: Draft, filled: Sequence[str], others: Sequence[Faq], language: str) -> list[str]:
    wanted = {lang: normalise(draft.sides[lang].question) for lang in filled}
    return [
        say("bad_twin", language, language=NAMES[f.language], id=f.id)
        for f in others
        if (f.pair or f.id) != draft.pair and wanted.get(f.language) == normalise(f.question)
    ]


def faqs_of(draft: Draft, before: Mapping[str, Faq], author: str) -> list[Faq]:
    """Return the FAQs to save for a form without problems."""
    pair = draft.pair or f"desk-{secrets.token_hex(4)}"
    saved = []
    for lang in LANGUAGES:
        side = draft.sides.get(lang, Side())
        if not side.parts()["question"]:
            continue
        base = before.get(lang) or Faq(f"{pair}-{lang}", "", "", lang, source="desk")
        saved.append(
            replace(
                base,
                **side.parts(),
                pair=pair,
                similar=side.phrasings()[:SIMILAR_LIMIT],
                category=clean(draft.category),
                status=draft.status,
                valid_from=draft.valid_from,
                valid_until=draft.valid_until,
                url=draft.url.strip(),
                author=author,
            )
        )
    return saved


def matching(
    grouped: Mapping[str, Mapping[str, Faq]],
    *,
    search: str = "",
    status: str = "",
    category: str = "",
) -> list[str]:
    """Return the pairs of which any language matches; every word of `search` must be found."""
    words = normalise(search).split()

    def fits(faqs: Mapping[str, Faq]) -> bool:
        if status and not any(f.status == status for f in faqs.values()):
            return False
        if category and not any(f.category == category for f in faqs.values()):
            return False
        texts = " ".join(
            " ".join((f.id, *f.phrasings(), f.answer, f.category)) for f in faqs.values()
        )
        return all(word in normalise(texts) for word in words)

    return [pair for pair, faqs in grouped.items() if fits(faqs)]
