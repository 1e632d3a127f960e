"""What the starter encoder learns from: parallel sentences, dictionary words, companies' questions.

Knows how batches are drawn and which part is kept for measuring. Leaves the losses to `train`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.records import Reading
from assistant.text import clean, normalise
from assistant.understanding.followup import readings
from finetune.companies import Entry, Firm, with_roles
from finetune.encoder.augment import Slips
from finetune.encoder.vocabulary import Word

KEPT_SENTENCES = 1000
INTENTS = ("banking77_en", "clinc150_en", "hwu64_en")
SLIPPED = 0.25  # the share of texts with a slip
FOLLOWED = 0.4  # the share of follow-ups, joined with what was said before, where an entry has some


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts `a` and `b`, row by row of one meaning; `kind` says which losses are taken.

    parallel and word: `b` is English and its teacher's vectors are the targets of both sides;
    meaning: `a` and `b` are phrasings of one question, or a question and its answer; `anchors`
    are rows of (text, English) whose teacher's vectors keep both in place, `others` further
    negatives of `a`: questions that no entry answers.
    """

    kind: str
    a: list[str]
    b: list[str]
    anchors: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()


def read_sentences(path: Path, seed: int = 7) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[int, int]]]:
    """Return (training pairs, kept pairs, sentence numbers of all pairs); a pair is (Chinese, English)."""
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    numbers = [tuple(r["tatoeba"]) for r in rows]
    pairs = [(normalise(r["zh"]), clean(r["en"])) for r in rows]
    order = list(range(len(pairs)))
    random.Random(seed).shuffle(order)
    kept_zh, kept, train = set(), [], []
    for i in order:  # a kept sentence stands in no training pair, in either language
        if len(kept) < KEPT_SENTENCES and not kept_zh & set(pairs[i]):
            kept.append(pairs[i])
            kept_zh |= set(pairs[i])
    train = [p for p in pairs if not kept_zh & set(p)]
    return train, kept, numbers


def read_intents(folder: Path) -> list[list[str]]:
    """Return groups of English texts of one intent (at least four each), out-of-scope rows left out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in INTENTS:
        for line in (folder / f"{name}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            if row["intent"] != "oos":
                groups.setdefault((name, row["intent"]), []).append(clean(row["text"]))
    return [g for g in groups.values() if len(g) > 3]


class Lessons:
    """Draws batches; `weights` are shares of parallel, word, meaning and intent batches.

    Of the words drawn, two thirds are among `tokens`, those that have a vector of their own.
    """

    def __init__(
        self, pairs: Sequence[tuple[str, str]], words: Sequence[Word], firms: Sequence[Firm],
        intents: Sequence[list[str]], slips: Slips, tokens: Collection[str] = (), *, size: int = 96, seed: int = 7,
        weights: tuple[float, float, float, float] = (0.22, 0.06, 0.67, 0.05),
    ):
        self._pairs, self._words, self._intents = list(pairs), list(words), list(intents)
        own = set(tokens)
        self._token_words = [w for w in words if w.text in own] or self._words
        self._firms = [f for f in firms if len(f.entries) > 8]
        self._slips, self._size, self._weights = slips, size, weights
        self._rng = random.Random(seed)

    def batches(self) -> Iterator[Batch]:
        """Yield batches without end."""
        makers = [self._parallel, self._word, self._meaning, self._intent]
        there = [bool(self._pairs), bool(self._words), bool(self._firms), bool(self._intents)]
        weights = [w * t for w, t in zip(self._weights, there, strict=True)]
        while True:
            yield self._rng.choices(makers, weights)[0]()

    def _slip(self, text: str) -> str:
        return self._slips.slip(self._rng, text) if self._rng.random() < SLIPPED else text

    def _parallel(self) -> Batch:
        some = self._rng.sample(self._pairs, min(self._size, len(self._pairs)))
        return Batch("parallel", [self._slip(zh) for zh, _ in some], [en for _, en in some])

    def _word(self) -> Batch:
        count, own = 2 * self._size, 4 * self._size // 3
        some = self._rng.sample(self._token_words, min(own, len(self._token_words)))
        some += self._rng.sample(self._words, min(count - own, len(self._words)))
        return Batch("word", [w.text for w in some], [self._rng.choice(w.glosses) for w in some])

    def _meaning(self) -> Batch:
        """Entries of a few companies: those of one company are each other's hard negatives."""
        rng, firms = self._rng, self._rng.sample(self._firms, min(3, len(self._firms)))
        room = self._size // len(firms)
        entries = [e for f in firms for e in rng.sample(f.entries, min(room, len(f.entries)))]
        both = [self._two(entry) for entry in entries]
        anchors = tuple((normalise(e.zh.question), e.en.question) for e in entries[: len(entries) // 2])
        near = [normalise(text) for e in entries for text in (*e.zh.unanswered, *e.en.unanswered)]
        others = tuple(rng.sample(near, min(self._size // 3, len(near))))
        return Batch("meaning", [a for a, _ in both], [b for _, b in both], anchors, others=others)

    def _two(self, entry: Entry) -> tuple[str, str]:
        rng = self._rng
        one = entry.side(rng.choice(("zh", "en")))
        other = one if rng.random() < 0.6 else entry.side("en" if one is entry.zh else "zh")
        first = rng.choice(one.asked())
        if one.followups and rng.random() < FOLLOWED:
            talk = rng.choice(one.followups)
            first = rng.choice(readings(talk[-1], with_roles(talk))[1:] or [Reading(talk[-1])]).text
        second = other.answer if rng.random() < 0.25 else rng.choice([t for t in other.asked() if t != first])
        return self._slip(normalise(first)), normalise(second)

    def _intent(self) -> Batch:
        groups = self._rng.sample(self._intents, min(self._size, len(self._intents)))
        both = [self._rng.sample(g, 2) for g in groups]
        return Batch("meaning", [a for a, _ in both], [b for _, b in both], tuple((a, a) for a, _ in both[:48]))
