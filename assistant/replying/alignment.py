"""Does a sentence say of the same things what the passages say of them?

Pure. A number belongs to one clause and to what that clause speaks of, a bound and a period to the number.
Reading a text into statements is left to `statements`, yes and no to `contradiction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.replying.bounds import Bounds, periods
from assistant.replying.facts import Fact, keys
from assistant.replying.sources import ALONE, Finding, Source, context, holds, known, telling
from assistant.replying.statements import Clause, dimension


def crossed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a fact that stands in the passages, but for something else than what the sentence speaks of."""
    for number, clause in enumerate(own):
        for fact, mine in zip(clause.facts, clause.bounds, strict=True):
            kind = dimension(fact)
            if kind in ("contact", "code", "age"):
                continue
            holders = [n for n, known in enumerate(source.known) if holds(fact, known)]
            rivals = [n for n, c in enumerate(source.clauses) if n not in holders and any(_rival(fact, f) for f in c.facts)]
            turned = [n for n in holders if _turned(fact, mine, source.clauses[n])]
            if len(turned) < len(holders):  # the same number stands under the other bound elsewhere
                holders, rivals = [n for n in holders if n not in turned], [*rivals, *turned]
            if not holders or not rivals:
                continue
            speaks = [clause, *_before(own, number, kind)]
            verdicts = [_belongs(speaks, n, rivals, source, kind) for n in holders]
            if all(verdicts):
                return Finding("crossed", fact.shown, f"{fact.shown!r} is said of something else; {verdicts[0]!r} speaks of this.")
    return None


def _turned(fact: Fact, mine: Bounds, clause: Clause) -> bool:
    """Return whether a clause holds a number under a bound that excludes this one."""
    theirs = [b for f, b in zip(clause.facts, clause.bounds, strict=True) if holds(fact, keys([f]))]
    return bool(theirs) and all(mine.against(b) for b in theirs)


def _rival(one: Fact, other: Fact) -> bool:
    """Return whether two facts measure the same, so that one thing has only one of them."""
    if dimension(one) != dimension(other):
        return False
    if one.kind != "free" and other.kind == "free":
        return False  # what is said of an amount may hold beside what is free
    return dimension(one) != "price" or "free" in (one.kind, other.kind) or (one.key()[2] == "%") == (other.key()[2] == "%")


def _before(own: Sequence[Clause], number: int, kind: str) -> Iterator[Clause]:
    """Yield the clauses before one, nearest first, back to one that has a fact of the kind itself."""
    for clause in reversed(own[:number]):
        if clause.sentence != own[number].sentence or any(dimension(f) == kind for f in clause.facts):
            return
        yield clause


def _belongs(speaks: Sequence[Clause], holder: int, rivals: list[int], source: Source, kind: str) -> str:
    """Return "" if the clause speaks of what the holder does, else the text of the rival it speaks of."""
    mine, mine_all = context(holder, source, kind), context(holder, source, kind, True)
    for rival in rivals:
        theirs, theirs_all = context(rival, source, kind), context(rival, source, kind, True)
        for scope in (speaks[:1], speaks, source.asked):
            only_mine, only_theirs = mine - theirs_all - GENERIC, theirs - mine_all - GENERIC
            ours, others = _hits(scope, only_mine, theirs_all, kind), _hits(scope, only_theirs, mine_all, kind)
            if ours or others:
                if others and others / len(only_theirs) > ours / max(len(only_mine), 1):
                    return source.clauses[rival].text.strip()
                break
        else:
            if mine - theirs_all - GENERIC and not theirs - mine_all - GENERIC and kind == "price":
                return source.clauses[rival].text.strip()  # the case of all, where the holder is that of some
    return ""


# Words that tell no price from another.
GENERIC = frozenset(
    ["fee", "price", "payment", "expense", "amount", "money", "accept", "receive", "collect", "rate", "card", "process"]
)
FACT = 0.3  # what another fact of the clause weighs beside a word: both may come from the wrong place


def _hits(scope: Sequence[Clause], wanted: frozenset[str], besides: frozenset[str], kind: str) -> float:
    """Return how many words of some clauses mean what is wanted and nothing of what stands besides."""
    found = 0.0
    for clause in scope:
        seen = clause.labels & wanted
        for word in clause.words:
            if word.kind == "harmless":
                continue
            own = {x for label in word.labels for x in (label.lstrip("-"), "-" + label.lstrip("-")) if x in clause.labels}
            if own & seen and not own & besides:
                found += 1
        found += FACT * sum(
            dimension(f) not in (kind, "bare") and any(":".join(k) in wanted for k in f.forms()) for f in clause.facts
        )
    return found


def bound(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a number whose bound, side or period the passages give otherwise."""
    for clause in own:
        for fact, mine in zip(clause.facts, clause.bounds, strict=True):
            against, found = "", False
            for c in source.clauses:
                for other, theirs in zip(c.facts, c.bounds, strict=True):
                    if (dimension(other) not in (dimension(fact), "bare") and dimension(fact) != "bare") or not holds(fact, keys([other])):
                        continue
                    found = True
                    against = mine.against(theirs)
                    if not against:
                        break
                if found and not against:
                    break
            if found and against:
                return Finding("bound", fact.shown, f"{fact.shown!r}: {against} in the passages.")
    return None


def period(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return an amount that the sentence gives by another period than the passages."""
    for clause in own:
        for fact, mine in zip(clause.facts, clause.bounds, strict=True):
            if dimension(fact) in ("date", "weekday", "time", "contact", "code", "duration", "age") or not mine.rates:
                continue
            holders = [n for n, known in enumerate(source.known) if holds(fact, known)]
            if not holders:
                continue
            theirs = [_rates(fact, source.clauses[n]) for n in holders]
            if any(mine.rates & t for t in theirs):
                continue
            sentence = (source.clauses[m].text for n in holders for m in source.within(source.place[n]))
            around = periods("\n".join([*sentence, source.asked_text]))
            if any(theirs) or not mine.rates & around:
                by = "/".join(sorted(mine.rates))
                return Finding("period", fact.shown, f"{fact.shown!r} is given by the {by}, which no passage does.")
    return None


def other_period(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a period that the sentence counts by and neither the passages nor the customer do."""
    mine = frozenset().union(*(periods(c.text) for c in own)) & _TELLING_PERIODS
    if not mine or mine & periods(source.text + "\n" + source.asked_text) or not periods(source.text) & _TELLING_PERIODS:
        return None
    return Finding("period", "/".join(sorted(mine)), f"No passage counts by the {'/'.join(sorted(mine))}.")


_TELLING_PERIODS = frozenset(["week", "month", "quarter", "year"])


def _rates(fact: Fact, clause: Clause) -> frozenset[str]:
    """Return the periods by which a clause gives a number."""
    return frozenset().union(*(b.rates for f, b in zip(clause.facts, clause.bounds, strict=True) if holds(fact, keys([f]))))


def uncovered_day(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a day of the week that only the customer named, where the passages name the days."""
    if not any(f.kind == "weekday" for c in source.clauses for f in c.facts):
        return None
    held = known([source.text], [])
    for clause in own:
        for fact in clause.facts:
            if fact.kind == "weekday" and not clause.negative and not holds(fact, held):
                return Finding("fact", fact.shown, f"{fact.shown!r} is not among the days that the passages name.")
    return None


def dropped(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a favour that the passages give under a condition of which neither sentence nor customer speak."""
    said = frozenset(
        label for c in (*own, *source.all_asked) for label in (*telling(c), *(":".join(k) for f in c.facts for k in f.forms()))
    )
    for clause in own:
        for fact in clause.facts:
            if fact.kind != "free" and fact.key()[2] != "%":
                continue
            holders = [n for n, keys_ in enumerate(source.known) if holds(fact, keys_)]
            missing = [_unsaid_condition(n, source, said) for n in holders]
            if holders and all(missing):
                return Finding("condition", fact.shown, f"{fact.shown!r} holds in the passages under a condition: {missing[0]!r}.")
    return None


def _unsaid_condition(holder: int, source: Source, said: frozenset[str]) -> str:
    """Return a condition in the sentence of a clause whose number and words go unsaid, "" if there is none."""
    for n in source.within(source.place[holder]):
        clause = source.clauses[n]
        if n == holder or not clause.conditional or abs(n - holder) > 1 or not clause.facts or not any(b.bound for b in clause.bounds) or any(dimension(f) == "price" and f.key()[2] == "%" for f in clause.facts):
            continue
        facts_ = {":".join(f.key()) for f in clause.facts}
        if not facts_ & said:
            return clause.text.strip()
    return ""


def subject(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause that says of one sentence's subject what the passages say of another's.

    The subject of a sentence is its first word that says anything.
    """
    places = sorted(set(source.place))
    pools = [frozenset(k.lstrip("-") for n in source.within(p) for k in source.labels[n]) for p in places]
    subjects = [_subject([source.clauses[n] for n in source.within(p)]) for p in places]
    for clause in own:
        named = [frozenset(k.lstrip("-") for k in w.labels) for w in clause.words if w.kind not in ("harmless", "light")]
        mine = frozenset().union(*named)
        for fact in clause.facts:
            if dimension(fact) in ("contact", "code", "bare"):
                continue
            homes = [m for m, p in enumerate(places) if any(holds(fact, source.known[n]) for n in source.within(p))]
            home = frozenset().union(*(pools[h] for h in homes))
            others = [
                m for m in range(len(places))
                if m not in homes and any(labels & subjects[m] and not labels & home for labels in named)
            ]
            own_to_home = home.difference(*(pool for m, pool in enumerate(pools) if m not in homes))
            told = sum(bool(labels & own_to_home) for labels in named)
            same = any(subjects[h] & mine or subjects[m] & pools[h] or not subjects[h] for h in homes for m in others)
            if homes and others and told < 2 and not same:
                return Finding("crossed", fact.shown, f"{fact.shown!r} is said of something else than the sentence speaks of.")
    for clause in own:
        first = _subject([clause])
        for word in clause.words:
            named = frozenset(k.lstrip("-") for k in word.labels)
            homes = [m for m, pool in enumerate(pools) if named & pool]
            if word.kind not in ("things", "") or not homes or clause.negative or clause.facts:
                continue
            others = [m for m in range(len(places)) if m not in homes and subjects[m] & first and not subjects[m] - first]
            mine = frozenset(k.lstrip("-") for k in clause.labels)
            if others and not any(subjects[h] & mine or subjects[m] & pools[h] or not subjects[h] for h in homes for m in others):
                return Finding("crossed", word.text, f"{word.text!r} is said of something else than the sentence speaks of.")
    for clause in own:
        if clause.negative or ALONE.search(clause.text) or any(holds(f, k) for f in clause.facts for k in source.known):
            continue
        for m, p in enumerate(places):
            if not subjects[m] & _subject([clause]) or any(subjects[m] & subjects[n] for n in range(len(places)) if n != m):
                continue
            alone = [source.clauses[n] for n in source.within(p) if ALONE.search(source.clauses[n].text)]
            for word in clause.words:
                named = frozenset(k.lstrip("-") for k in word.labels)
                if alone and word.kind in ("deeds", "things") and not named & pools[m] and any(named & pool for pool in pools):
                    return Finding("condition", word.text, f"{alone[0].text.strip()!r} leaves no room for {word.text!r}.")
    return None


def _subject(sentence: Sequence[Clause]) -> frozenset[str]:
    for clause in sentence:
        for word in clause.words:
            if word.kind not in ("harmless", "light"):
                return frozenset(k.lstrip("-") for k in word.labels)
    return frozenset()


def scattered(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause whose words stand in several sentences of the passages, but in none together."""
    places = sorted(set(source.place))
    pools = [frozenset(label.lstrip("-") for n in source.within(p) for label in source.labels[n]) for p in places]
    union = frozenset().union(*pools) if pools else frozenset()
    for clause in own:
        found = _words_found(clause, union)
        if len(found) < 2:
            continue
        best = max(sum(bool(labels & pool) for labels in found) for pool in pools)
        if best < len(found) * TOGETHER:
            return Finding("crossed", clause.text.strip(), f"{clause.text.strip()!r} joins what the passages say apart.")
    return None


TOGETHER = 0.5


def _words_found(clause: Clause, union: frozenset[str]) -> list[frozenset[str]]:
    words = [frozenset(label.lstrip("-") for label in w.labels) for w in clause.words if w.kind != "harmless"]
    words += [frozenset(f"{k}:{v}:{u}" for k, v, u in f.forms()) for f in clause.facts]
    return [labels for labels in words if labels & union]
