"""Does a sentence say yes where the passages say no, or the reverse?

Pure. Compares denials, opposites and what is needed, clause by clause. Leaves numbers to `alignment`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.replying.sources import ALONE, RESTRICTS, SUPPOSES, Finding, Source, context, telling
from assistant.replying.statements import Clause, dimension


def polarity(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause that affirms what the passages deny of the same, or the reverse."""
    whole = frozenset().union(*(telling(c) for c in own))
    for clause in own:
        mine = clause.signs
        if not mine or SUPPOSES.match(clause.text.strip()):
            continue
        scores = []
        for n, other in enumerate(source.clauses):
            shared = [k for k in mine if k in other.signs]
            facts_shared = len((telling(clause) - clause.labels) & (source.labels[n] - other.labels))
            if not shared:
                continue
            around = context(n, source, "")
            told = [w for w in clause.words if w.kind != "harmless" and any(k.lstrip("-") in other.signs for k in w.labels)]
            weight = len(told) + 0.5 * len((clause.labels & around) - other.labels) + facts_shared
            denied = [k for k in shared if False in mine[k] or False in other.signs[k]]
            agree = sum(bool(mine[k] & other.signs[k]) for k in denied)
            scores.append((weight, agree, len(denied) - agree, other))
        if not scores:
            continue
        best = max(w for w, *_ in scores)
        near = [(a, d, o) for w, a, d, o in scores if w >= 0.85 * best]
        if all(d > a and _opposed(clause, o) for a, d, o in near) and not any(
            (clause.negative and ALONE.search(o.text) and o.labels & whole)
            or (not clause.facts and not _opposed(clause, o) and any(":" in label for label in telling(o) & whole)) for o in source.clauses
        ):
            return Finding("negation", clause.text.strip(), f"{clause.text.strip()!r} says the opposite of {near[0][2].text.strip()!r}.")
    return None


def _opposed(one: Clause, other: Clause) -> bool:
    """Return whether one of two clauses denies and the other does not.

    What must be done one way can't be done another: a denial does not oppose a requirement.
    """
    if one.negative == other.negative:
        return False
    return not (one.negative and RESTRICTS.search(other.text) and "required" not in one.signs)


def only_denied(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return what a clause affirms although the passages speak of it in a denial alone."""
    if any(c.negative or RESTRICTS.search(c.text) for c in own):
        return None
    for clause in own:
        if SUPPOSES.match(clause.text.strip()):
            continue
        for label, shown in _stated(clause):
            bare = label.lstrip("-")
            places = [c for c, labels in zip(source.clauses, source.labels, strict=True) if bare in labels or f"-{bare}" in labels]
            if places and all(
                (c.denies or c.signs.get(label) == {False} or label in c.left_out) and not any(b.bound for b in c.bounds) for c in places
            ):
                return Finding("negation", shown, f"{shown!r} stands in the passages in a denial alone: {places[0].text.strip()!r}.")
    return None


def _stated(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield (label, how it stood) of the telling words of a clause, and of its facts but for amounts."""
    for word in clause.words:
        if word.kind not in ("harmless", "light"):
            for label in word.labels:
                base = label.lstrip("-")
                if (not label.startswith("-")) in clause.signs.get(base, ()):
                    yield label, word.text
    for fact in clause.facts:
        if dimension(fact) in ("duration", "weekday"):
            yield ":".join(fact.key()), fact.shown


OPPOSITES = ("afternoon", "custom", "digital", "east", "south", "economy", "fixed", "full time", "peak", "indoor", "large", "left", "local",
             "new", "online", "original", "personal", "retired", "temporary", "weekday", "opened", "valid", "first", "by oneself")


def only_affirmed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a deed that a clause denies although the passages speak of it in affirming alone."""
    for clause in own:
        if SUPPOSES.match(clause.text.strip()):
            continue
        for word in clause.words:
            places = [c for c in source.clauses if any(k.lstrip("-") in c.signs for k in word.labels)]
            if word.kind == "things" and _NONE.search(clause.text[: word.at]) and any(
                f.kind == "number" and dimension(f) == "price" for c in places for f in c.facts
            ) and not any(c.negative or c.conditional or any(f.kind == "free" for f in c.facts) for c in places):
                return Finding("negation", word.text, f"{word.text!r} is denied, which the passages affirm: {places[0].text.strip()!r}.")
        if not clause.denies:
            continue
        denied = [
            w for w in clause.words
            if w.kind == "deeds" and all(clause.signs[k.lstrip("-")] == {k.startswith("-")} for k in w.labels)
        ]
        for word in denied:
            places = [c for c in source.clauses if any(k.lstrip("-") in c.signs for k in word.labels)]
            if places and not any(c.negative or RESTRICTS.search(c.text) or c.conditional for c in places):
                return Finding("negation", word.text, f"{word.text!r} is denied, which the passages affirm: {places[0].text.strip()!r}.")
    return None


_NONE = re.compile(r"(?:(?<![a-z])no|(?<![a-z])without(?: an?| any)?|没有|没|无)\s*$")


def needed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause that calls needless what the passages require, or the reverse."""
    for clause in own:
        mine = clause.signs.get("required")
        if not mine or len(mine) > 1 or SUPPOSES.match(clause.text.strip()):
            continue
        shared = [(len([k for k in clause.signs if k in c.signs and k != "required"]), c) for c in source.clauses]
        best = max((n for n, _ in shared), default=0)
        near = [c for n, c in shared if n == best]
        if best and not any(c.denies for c in near) and all(_required(c) not in (None, mine) for c in near) and mine == {False}:
            return Finding("negation", clause.text.strip(), f"{near[0].text.strip()!r} requires what the sentence calls needless.")
    return None


def _required(clause: Clause) -> frozenset[bool] | None:
    """Return whether a clause calls something needed; a request does."""
    return clause.signs.get("required") or (frozenset([True]) if _ASKS.search(clause.text) else None)


_ASKS = re.compile(r"(?<![a-z])please(?![a-z])|请")


def opposite(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a quality that the passages only have the other way: afternoons for mornings, a copy for the original."""
    if any(c.negative for c in own):
        return None
    theirs: dict[str, set[bool]] = {}
    for clause in source.clauses:
        for name, signs in clause.signs.items():
            theirs.setdefault(name, set()).update(signs)
    for clause in own:
        for name in OPPOSITES:
            if not clause.inner and clause.signs.get(name) and theirs.get(name) and not clause.signs[name] & theirs[name]:
                return Finding("opposite", name, f"{clause.text.strip()!r} turns round what the passages say ({name}).")
    return None
