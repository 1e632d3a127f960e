"""Does a sentence say of the same things what the passages say of them?

Pure. Holds a statement against the statements that it draws on: a number belongs to one clause and to what
that clause speaks of, a bound and a period to the number, a denial to its words. Reading a text into
statements is left to `statements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.replying.bounds import Bounds, periods
from assistant.replying.facts import Fact, facts, keys
from assistant.replying.statements import Clause, clauses, dimension
from assistant.text import detect_language, normalise


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: a kind, what it was found in, and a reason in words."""

    kind: str
    found: str
    reason: str


class Source:
    """The approved passages and the customer's words, read into statements once."""

    def __init__(self, passages: Sequence[str], asked: Sequence[str]):
        self.clauses: list[Clause] = []
        self.place: list[tuple[int, int]] = []  # (passage, sentence) of each clause
        for n, passage in enumerate(passages):
            for clause in clauses(passage):
                self.clauses.append(clause)
                self.place.append((n, clause.sentence))
        self.asked = [c for text in asked[:1] for c in clauses(text)]
        self.all_asked = [c for text in asked for c in clauses(text)]
        self.known = [keys(c.facts) for c in self.clauses]
        self.labels = [_labels(c) for c in self.clauses]
        self.text = normalise("\n".join(passages))
        self.latin = detect_language(self.text) == "en"
        self.asked_text = normalise("\n".join(asked))

    def within(self, place: tuple[int, int]) -> Iterator[int]:
        """Yield the numbers of the clauses of a sentence."""
        return (n for n, p in enumerate(self.place) if p == place)


def _labels(clause: Clause) -> frozenset[str]:
    """Return what tells a clause from another: its words, and its facts but for prices."""
    facts = {f"{kind}:{value}:{unit}" for f in clause.facts if dimension(f) != "price" for kind, value, unit in f.forms()}
    return clause.labels | facts


def _holds(fact: Fact, known: frozenset) -> bool:
    return fact.supported_by(known)


def crossed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a fact that stands in the passages, but for something else than what the sentence speaks of."""
    for number, clause in enumerate(own):
        for fact, mine in zip(clause.facts, clause.bounds, strict=True):
            kind = dimension(fact)
            if kind in ("contact", "code", "age"):
                continue
            holders = [n for n, known in enumerate(source.known) if _holds(fact, known)]
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
    theirs = [b for f, b in zip(clause.facts, clause.bounds, strict=True) if _holds(fact, keys([f]))]
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


def _context(n: int, source: Source, kind: str, all_of_it: bool = False) -> frozenset[str]:
    """Return the labels of a clause and of those before it in its sentence, back to one with a fact of the kind.

    With `all_of_it` such a one is passed over and the way goes on to the start of the sentence.
    """
    out = source.labels[n]
    for m in range(n - 1, -1, -1):
        if source.place[m] != source.place[n]:
            break
        if any(dimension(f) == kind for f in source.clauses[m].facts):
            if not all_of_it:
                break
            if m == n - 1 and not _before_facts(source.clauses[n], kind):
                out |= _before_facts(source.clauses[m], kind)  # "£75 for repair and £150 for replacement"
            continue
        out |= source.labels[m]
    return out


def _before_facts(clause: Clause, kind: str) -> frozenset[str]:
    """Return the labels of the words of a clause that stand before its first fact of a kind."""
    first = min((f.at for f in clause.facts if dimension(f) == kind), default=0)
    return frozenset(
        x for w in clause.words if w.at < first and w.kind != "harmless" for k in w.labels
        for x in (k.lstrip("-"), "-" + k.lstrip("-")) if x in clause.labels
    )


def _belongs(speaks: Sequence[Clause], holder: int, rivals: list[int], source: Source, kind: str) -> str:
    """Return "" if the clause speaks of what the holder does, else the text of the rival it speaks of."""
    mine, mine_all = _context(holder, source, kind), _context(holder, source, kind, True)
    for rival in rivals:
        theirs, theirs_all = _context(rival, source, kind), _context(rival, source, kind, True)
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


GENERIC = frozenset(["fee", "price", "payment", "expense", "amount", "money", "accept", "receive", "collect", "rate", "card", "process"])  # tell no price from another
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
                    if (dimension(other) not in (dimension(fact), "bare") and dimension(fact) != "bare") or not _holds(fact, keys([other])):
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
            holders = [n for n, known in enumerate(source.known) if _holds(fact, known)]
            if not holders:
                continue
            theirs = [frozenset().union(*(b.rates for f, b in zip(source.clauses[n].facts, source.clauses[n].bounds, strict=True) if _holds(fact, keys([f])))) for n in holders]
            if any(mine.rates & t for t in theirs):
                continue
            around = periods("\n".join(source.clauses[m].text for n in holders for m in source.within(source.place[n])) + "\n" + source.asked_text)
            if any(theirs) or not mine.rates & around:
                return Finding("period", fact.shown, f"{fact.shown!r} is given by the {'/'.join(sorted(mine.rates))}, which no passage does.")
    return None


def polarity(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause that affirms what the passages deny of the same, or the reverse."""
    whole = frozenset().union(*(_labels(c) for c in own))
    for clause in own:
        mine = clause.signs
        if not mine or _SUPPOSES.match(clause.text.strip()):
            continue
        scores = []
        for n, other in enumerate(source.clauses):
            shared = [k for k in mine if k in other.signs]
            facts_shared = len((_labels(clause) - clause.labels) & (source.labels[n] - other.labels))
            if not shared:
                continue
            context = _context(n, source, "")
            weight = sum(any(k.lstrip("-") in other.signs for k in w.labels) for w in clause.words if w.kind != "harmless") + 0.5 * len((clause.labels & context) - other.labels) + facts_shared
            denied = [k for k in shared if False in mine[k] or False in other.signs[k]]
            agree = sum(bool(mine[k] & other.signs[k]) for k in denied)
            scores.append((weight, agree, len(denied) - agree, other))
        if not scores:
            continue
        best = max(w for w, *_ in scores)
        near = [(a, d, o) for w, a, d, o in scores if w >= 0.85 * best]
        if all(d > a and _opposed(clause, o) for a, d, o in near) and not any(
            (clause.negative and _ALONE.search(o.text) and o.labels & whole)
            or (not clause.facts and not _opposed(clause, o) and any(":" in label for label in _labels(o) & whole)) for o in source.clauses
        ):
            return Finding("negation", clause.text.strip(), f"{clause.text.strip()!r} says the opposite of {near[0][2].text.strip()!r}.")
    return None


_SUPPOSES = re.compile(r"if|unless|when|as long as|once|provided|如果?|若|除非|只要|要是|假如")


def _opposed(one: Clause, other: Clause) -> bool:
    """Return whether one of two clauses denies and the other does not.

    What must be done one way can't be done another: a denial does not oppose a requirement.
    """
    if one.negative == other.negative:
        return False
    return not (one.negative and _RESTRICTS.search(other.text) and "required" not in one.signs)


_RESTRICTS = re.compile(r"(?<![a-z])(?:only|must|has to|have to|needs? to|requires?)(?![a-z])|须|只|仅|限|必须|才")


def only_denied(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return what a clause affirms although the passages speak of it in a denial alone."""
    if any(c.negative or _RESTRICTS.search(c.text) for c in own):
        return None
    for clause in own:
        if _SUPPOSES.match(clause.text.strip()):
            continue
        for label, shown in _stated(clause):
            places = [c for c, labels in zip(source.clauses, source.labels, strict=True) if label in labels or f"-{label}" in labels]
            if places and all(
                (c.denies or c.signs.get(label) == {False} or label in c.left_out) and not any(b.bound for b in c.bounds) for c in places
            ):
                return Finding("negation", shown, f"{shown!r} stands in the passages in a denial alone: {places[0].text.strip()!r}.")
    return None


def _stated(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield (label, how it stood) of the telling words of a clause, and of its facts but for amounts."""
    for word in clause.words:
        if word.kind not in ("harmless", "light"):
            yield from ((k, word.text) for k in (label.lstrip("-") for label in word.labels) if True in clause.signs.get(k, ()))
    for fact in clause.facts:
        if dimension(fact) in ("duration", "weekday"):
            yield ":".join(fact.key()), fact.shown


OPPOSITES = ("afternoon", "custom", "digital", "east", "south", "economy", "fixed", "full time", "peak", "indoor", "large", "left", "local",
             "new", "online", "original", "personal", "retired", "temporary", "weekday", "opened", "valid", "first", "by oneself")


def only_affirmed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a deed that a clause denies although the passages speak of it in affirming alone."""
    for clause in own:
        if _SUPPOSES.match(clause.text.strip()):
            continue
        for word in clause.words:
            places = [c for c in source.clauses if any(k.lstrip("-") in c.signs for k in word.labels)]
            if word.kind == "things" and _NONE.search(clause.text[: word.at]) and any(
                f.kind == "number" and dimension(f) == "price" for c in places for f in c.facts
            ) and not any(c.negative or c.conditional or any(f.kind == "free" for f in c.facts) for c in places):
                return Finding("negation", word.text, f"{word.text!r} is denied, which the passages affirm: {places[0].text.strip()!r}.")
        if not clause.denies:
            continue
        denied = [w for w in clause.words if w.kind == "deeds" and all(clause.signs[k.lstrip("-")] == {k.startswith("-")} for k in w.labels)]
        for word in denied:
            places = [c for c in source.clauses if any(k.lstrip("-") in c.signs for k in word.labels)]
            if places and not any(c.negative or _RESTRICTS.search(c.text) or c.conditional for c in places):
                return Finding("negation", word.text, f"{word.text!r} is denied, which the passages affirm: {places[0].text.strip()!r}.")
    return None


_NONE = re.compile(r"(?:(?<![a-z])no|(?<![a-z])without(?: an?| any)?|没有|没|无)\s*$")


def needed(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a clause that calls needless what the passages require, or the reverse."""
    for clause in own:
        mine = clause.signs.get("required")
        if not mine or len(mine) > 1 or _SUPPOSES.match(clause.text.strip()):
            continue
        shared = [(len([k for k in clause.signs if k in c.signs and k != "required"]), c) for c in source.clauses]
        best = max((n for n, _ in shared), default=0)
        near = [c for n, c in shared if n == best]
        if best and not any(c.denies for c in near) and all(c.signs.get("required") not in (None, mine) for c in near) and mine == {False}:
            return Finding("negation", clause.text.strip(), f"{near[0].text.strip()!r} requires what the sentence calls needless.")
    return None


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


def uncovered_day(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a day of the week that only the customer named, where the passages name the days."""
    if not any(f.kind == "weekday" for c in source.clauses for f in c.facts):
        return None
    held = known([source.text], [])
    for clause in own:
        for fact in clause.facts:
            if fact.kind == "weekday" and not clause.negative and not _holds(fact, held):
                return Finding("fact", fact.shown, f"{fact.shown!r} is not among the days that the passages name.")
    return None


def dropped(own: Sequence[Clause], source: Source) -> Finding | None:
    """Return a favour that the passages give under a condition of which neither sentence nor customer speak."""
    said = frozenset(
        label for c in (*own, *source.all_asked) for label in (*_labels(c), *(":".join(k) for f in c.facts for k in f.forms()))
    )
    for clause in own:
        for fact in clause.facts:
            if fact.kind != "free" and fact.key()[2] != "%":
                continue
            holders = [n for n, keys_ in enumerate(source.known) if _holds(fact, keys_)]
            missing = [_unsaid_condition(n, source, said) for n in holders]
            if holders and all(missing):
                return Finding("condition", fact.shown, f"{fact.shown!r} holds in the passages under a condition: {missing[0]!r}.")
    return None


def _unsaid_condition(holder: int, source: Source, said: frozenset[str]) -> str:
    """Return a condition in the sentence of a clause whose number and words go unsaid, "" if there is none."""
    for n in source.within(source.place[holder]):
        clause = source.clauses[n]
        if n == holder or not clause.conditional or abs(n - holder) > 1 or not clause.facts or not any(b.bound for b in clause.bounds):
            continue
        facts_ = {":".join(f.key()) for f in clause.facts}
        if not facts_ & said:
            return clause.text.strip()
    return ""


_ALONE = re.compile(r"(?<![a-z])only(?![a-z])|只能|仅限|仅支持|只支持|只可")


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
            homes = [m for m, p in enumerate(places) if any(_holds(fact, source.known[n]) for n in source.within(p))]
            home = frozenset().union(*(pools[h] for h in homes))
            others = [m for m in range(len(places)) if m not in homes and any(labels & subjects[m] and not labels & home for labels in named)]
            own_to_home = home.difference(*(pool for m, pool in enumerate(pools) if m not in homes))
            told = sum(bool(labels & own_to_home) for labels in named)
            if homes and others and told < 2 and not any(subjects[h] & mine or subjects[m] & pools[h] or not subjects[h] for h in homes for m in others):
                return Finding("crossed", fact.shown, f"{fact.shown!r} is said in the passages of something else than the sentence speaks of.")
    for clause in own:
        if clause.negative or _ALONE.search(clause.text) or any(_holds(f, k) for f in clause.facts for k in source.known):
            continue
        for m, p in enumerate(places):
            if not subjects[m] & _subject([clause]) or any(subjects[m] & subjects[n] for n in range(len(places)) if n != m):
                continue
            alone = [source.clauses[n] for n in source.within(p) if _ALONE.search(source.clauses[n].text)]
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


def unknown(own: Sequence[Clause], source: Source) -> list[tuple[str, str]]:
    """Return (word, kind) of the content words that neither passages nor customer hold in any form."""
    held = frozenset().union(*source.labels, *(c.labels for c in source.all_asked)) if source.labels else frozenset()
    held |= {label.lstrip("-") for label in held}
    text = source.text + "\n" + source.asked_text
    out = []
    for clause in own:
        for word in clause.words:
            if word.kind in ("harmless", "light") or (len(word.text) == 1 and not word.text.isascii()) or any(label.lstrip("-") in held for label in word.labels) or (not word.text.isascii() and word.text in text):
                continue
            out.append((word.text, word.kind))
    return out


_NAME = re.compile(r"(?<=[a-z0-9,;:'’)] )(?:[A-Z][\w'’-]*)(?: (?:&|and|of|de) (?=[A-Z])| (?=[A-Z]))?|[“\"《『「]([^”\"》』」]{2,24})[”\"》』」]")
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


def known(passages: Sequence[str], asked: Sequence[str]) -> frozenset[tuple[str, str, str]]:
    """Return the keys of all facts that the texts state, in words or by what they imply."""
    texts = [normalise(t) for t in (*passages, *asked)]
    stated = [f for text in texts for f in facts(text)]
    implied = [Fact("number", "1", unit) for text in texts for unit in periods(text)]
    for text in texts:
        if _EVERY_DAY.search(text):
            implied += [Fact("weekday", str(day)) for day in range(1, 8)]
        if _ONCE.search(text):
            implied.append(Fact("number", "1", "time"))
    return keys([*stated, *implied])


_EVERY_DAY = re.compile(r"every day|daily|each day|seven days a week|7 days a week|每日|每天|天天|全年无休")
_ONCE = re.compile(r"(?<![a-z])(?:once|single|one-off|per|each|every|first)(?![a-z])|首次|单次|每次|每[一-龥]|首")
