"""The approved passages and the customer's words, read into statements that a sentence is held against.

Pure. Knows which clause holds a fact and what it speaks of. Judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.replying.bounds import periods
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
        self.labels = [telling(c) for c in self.clauses]
        self.text = normalise("\n".join(passages))
        self.latin = detect_language(self.text) == "en"
        self.asked_text = normalise("\n".join(asked))

    def within(self, place: tuple[int, int]) -> Iterator[int]:
        """Yield the numbers of the clauses of a sentence."""
        return (n for n, p in enumerate(self.place) if p == place)


def telling(clause: Clause) -> frozenset[str]:
    """Return what tells a clause from another: its words, and its facts but for prices."""
    facts = {f"{kind}:{value}:{unit}" for f in clause.facts if dimension(f) != "price" for kind, value, unit in f.forms()}
    return clause.labels | facts


def holds(fact: Fact, known: frozenset) -> bool:
    return fact.supported_by(known)


def context(n: int, source: Source, kind: str, all_of_it: bool = False) -> frozenset[str]:
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
            if not before_facts(source.clauses[n], kind):
                out |= before_facts(source.clauses[m], kind)  # "£75 for repair and £150 for replacement"
            continue
        out |= source.labels[m]
    return out


def before_facts(clause: Clause, kind: str) -> frozenset[str]:
    """Return the labels of the words of a clause that stand before its first fact of a kind."""
    first = min((f.at for f in clause.facts if dimension(f) == kind), default=0)
    return frozenset(
        x for w in clause.words if w.at < first and w.kind != "harmless" for k in w.labels
        for x in (k.lstrip("-"), "-" + k.lstrip("-")) if x in clause.labels
    )


SUPPOSES = re.compile(r"if|unless|when|as long as|once|provided|如果?|若|除非|只要|要是|假如")
RESTRICTS = re.compile(r"(?<![a-z])(?:only|must|has to|have to|needs? to|requires?)(?![a-z])|须|只|仅|限|必须|才")
ALONE = re.compile(r"(?<![a-z])only(?![a-z])|只能|仅限|仅支持|只支持|只可")


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
