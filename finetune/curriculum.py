"""Training examples for the base response model, made by code from texts of other companies.

Knows the record format and the tasks: copy a sentence, find it by meaning, follow a dialogue, answer
an authored question. Leaves rendering to `prompts` and training to `base`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from assistant.errors import BadInput
from assistant.records import LANGUAGES, Prompt
from assistant.text import content_terms, joiner, sentences
from finetune.companies import Firm, kept_for_measuring, read_firms

PERMITTED = {
    "dialogues/star_en.jsonl": "STAR, MIT",
    "dialogues/crosswoz_zh.jsonl": "CrossWOZ, Apache-2.0",
    "intent/banking77_en.jsonl": "Banking77 by PolyAI, CC BY 4.0",
    "intent/clinc150_en.jsonl": "CLINC150 by Larson et al., CC BY 3.0",
    "intent/hwu64_en.jsonl": "HWU64 by Liu et al., CC BY 4.0",
    "parallel/tatoeba_en_zh.jsonl": "Tatoeba (tatoeba.org), CC BY 2.0 FR",
}

FURTHER = 4  # questions beside the first on the same passages
_DIGITS = re.compile(r"\d+")
_WORD = {"en": re.compile(r"[A-Za-z]{4,}"), "zh": re.compile(r"[\u4e00-\u9fff]{2}")}
_PIECES = {"en": re.compile(r"\S+"), "zh": re.compile(r"[\u4e00-\u9fff]|[^\u4e00-\u9fff\s]+")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a passage, its reply, and the turns before it."""

    question: str
    reply: str
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A passage with what it answers and near questions that it does not answer."""

    passage: str
    asked: tuple[Asked, ...]
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    language: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the model sees and what it is to write; an empty reply means that nothing answers.

    `more` are further questions on the same passages with their replies: passages read once teach
    several times. Serving never asks so.
    """

    prompt: Prompt
    reply: str
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that lessons are made of, by language where that matters."""

    companies: tuple[Company, ...]
    lines: dict[str, list[str]]
    groups: dict[str, list[list[str]]] = field(default_factory=dict)
    dialogues: dict[str, list[list[tuple[str, str]]]] = field(default_factory=dict)


# Reading


def read_companies(path: Path, language: str) -> list[Company]:
    """Read records of other companies; raises BadInput naming file, line and what was expected."""
    companies: list[tuple[str, list[Record]]] = []
    block: list[tuple[int, str, str]] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        if line.startswith("@ "):
            companies.append((line[2:].strip(), []))
        elif line.strip():
            mark, colon, text = line.partition(":")
            if mark not in ("P", "Q", "R", "H", "N") or not colon or not companies:
                raise BadInput(
                    f"{path}:{number}: expected a line '@ company' or one that begins with P:, Q:, R:, H: "
                    f"or N:, found {line[:40]!r}."
                )
            block.append((number, mark, text.strip()))
        elif block:
            companies[-1][1].append(_record(path, block))
            block = []
    return [Company(name, language, tuple(records)) for name, records in companies if records]


def _record(path: Path, block: list[tuple[int, str, str]]) -> Record:
    passage, question, asked, missing = "", "", [], []
    history: tuple[tuple[str, str], ...] = ()
    for number, mark, text in block:
        if mark == "P":
            passage = text
        elif mark == "N":
            missing.append(text)
        elif mark == "H":
            customer, _, agent = text.partition("||")
            history = (*history, ("customer", customer.strip()), ("agent", agent.strip()))
        elif mark == "Q":
            question = text
        elif not question:
            raise BadInput(f"{path}:{number}: a reply (R:) must follow its question (Q:).")
        else:
            asked.append(Asked(question, text, history))
            question, history = "", ()
    if not passage:
        raise BadInput(f"{path}:{block[0][0]}: a record must begin with its passage (P:).")
    return Record(passage, tuple(asked), tuple(missing))


def company_of(firm: Firm, language: str) -> Company:
    """Return one language of a company: the first phrasing has its own reply, others the whole answer."""
    records = []
    for side in (entry.side(language) for entry in firm.entries):
        asked = [Asked(side.phrasings[0], side.reply)]
        asked += [Asked(q, side.answer) for q in (side.question, *side.phrasings[1:3])]
        records.append(Record(side.answer, tuple(asked), side.unanswered))
    return Company(firm.name_en, language, tuple(records))


def held_out(company: Company) -> bool:
    """Return whether a company is one of the tenth kept for measuring; fixed by its name."""
    return kept_for_measuring(company.name)


def gather(texts: Path, permitted: Path | None, bilingual: Path | None = None) -> Sources:
    """Read the authored records in `texts` (*_en.txt, *_zh.txt) and the permitted public sets.

    `bilingual` is a folder of companies in both languages (see `companies`).
    """
    companies: list[Company] = []
    for path in sorted(texts.glob("*.txt")):
        language = path.stem.rpartition("_")[2]
        if language in ("en", "zh"):
            companies += read_companies(path, language)
    if bilingual:
        companies += [company_of(firm, language) for firm in read_firms(bilingual) for language in LANGUAGES]
    if not companies:
        raise BadInput(f"{texts} holds no records: expected files named like base_en.txt and base_zh.txt.")
    lines: dict[str, list[str]] = {"en": [], "zh": []}
    for company in companies:
        if not held_out(company):
            lines[company.language] += [s.strip() for r in company.records for s in sentences(r.passage)]
    groups: dict[str, list[list[str]]] = {"en": [], "zh": []}
    dialogues: dict[str, list[list[tuple[str, str]]]] = {"en": [], "zh": []}
    if permitted:
        _add_translations(permitted, lines, groups)
        _add_intents(permitted, groups["en"])
        for language, name in (("en", "star_en"), ("zh", "crosswoz_zh")):
            dialogues[language] = _dialogues(permitted / f"dialogues/{name}.jsonl")
            lines[language] += [t for d in dialogues[language] for r, t in d if r == "agent" and len(t) > 12]
    return Sources(tuple(companies), lines, groups, dialogues)


def _rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _add_translations(permitted: Path, lines: dict, groups: dict) -> None:
    """Several translations of one sentence are phrasings of one meaning."""
    by: dict[str, dict[str, set[str]]] = {"zh": {}, "en": {}}
    for row in _rows(permitted / "parallel/tatoeba_en_zh.jsonl"):
        lines["en"].append(row["en"])
        lines["zh"].append(row["zh"])
        by["zh"].setdefault(row["en"], set()).add(row["zh"])
        by["en"].setdefault(row["zh"], set()).add(row["en"])
    for language in ("zh", "en"):
        groups[language] += [sorted(g) for g in by[language].values() if len(g) > 1]


def _add_intents(permitted: Path, groups: list[list[str]]) -> None:
    for name in ("banking77_en", "clinc150_en", "hwu64_en"):
        by: dict[str, list[str]] = {}
        for row in _rows(permitted / f"intent/{name}.jsonl"):
            if row["intent"] != "oos":
                by.setdefault(row["intent"], []).append(row["text"])
        # A big group is one intent: repeat it so that intents are drawn as often as translations.
        groups += [g for g in by.values() if len(g) > 1 for _ in range(10)]


def _dialogues(path: Path) -> list[list[tuple[str, str]]]:
    roles = {"user": "customer", "agent": "agent"}
    return [[(roles[t["role"]], t["text"]) for t in row["turns"]] for row in _rows(path)]


# Lessons


def copy_lesson(rng: random.Random, sources: Sources, language: str) -> Lesson:
    """A few passages of unrelated sentences; the question is a part of the one to copy."""
    pool = sources.lines[language]
    passages = [
        [rng.choice(pool) for _ in range(rng.choice((1, 1, 2, 3)))] for _ in range(rng.choice((1, 2, 2, 3)))
    ]
    targets = [t for passage in passages for t in passage]
    (target, question), *more = [
        (t, _part_of(rng, t, language)) for t in rng.sample(targets, min(len(targets), FURTHER + 1))
    ]
    texts = tuple(joiner(language).join(p) for p in passages)
    return Lesson(Prompt(question, texts, (), language), target, tuple((q, t) for t, q in more))


def _part_of(rng: random.Random, sentence: str, language: str) -> str:
    """Return some pieces of a sentence: a stretch of it, or here and there."""
    pieces = _PIECES[language].findall(sentence)
    keep = max(1, int(len(pieces) * rng.uniform(0.3, 0.8)))
    if rng.random() < 0.5:
        start = rng.randrange(len(pieces) - keep + 1)
        return joiner(language).join(pieces[start : start + keep])
    return joiner(language).join(pieces[i] for i in sorted(rng.sample(range(len(pieces)), keep)))


def meaning_lesson(rng: random.Random, sources: Sources, language: str) -> Lesson:
    """The sentence to copy is another phrasing of the question, among other meanings."""
    groups = sources.groups[language]
    (question, target), *further = (rng.sample(rng.choice(groups), 2) for _ in range(rng.choice((2, 3, 3, 4))))
    lesson = _among(rng, question, target, [t for _, t in further], (), language)
    return replace(lesson, more=tuple(further))


def dialogue_lesson(rng: random.Random, sources: Sources, language: str) -> Lesson:
    """The agent's next turn stands in the passages among turns of other dialogues."""
    while True:
        turns = rng.choice(sources.dialogues[language])
        places = [i for i in range(1, len(turns)) if turns[i][0] == "agent" and turns[i - 1][0] == "customer"]
        if places:
            break
    at = rng.choice(places)
    history = turns[max(0, at - 1 - rng.choice((0, 2, 4))) : at - 1]
    others = [rng.choice(sources.lines[language]) for _ in range(rng.choice((1, 2, 3)))]
    return _among(rng, turns[at - 1][1], turns[at][1], others, tuple(history), language)


def _among(rng, question, target, others, history, language) -> Lesson:
    """Deal `target` and the others into one to three passages in any order."""
    texts = [target, *others]
    rng.shuffle(texts)
    count = min(len(texts), rng.choice((1, 2, 3)))
    cuts = sorted(rng.sample(range(1, len(texts)), count - 1))
    dealt = [texts[a:b] for a, b in zip([0, *cuts], [*cuts, len(texts)], strict=True)]
    passages = tuple(joiner(language).join(part) for part in dealt)
    return Lesson(Prompt(question, passages, tuple(history), language), target)


def authored_lesson(
    rng: random.Random, company: Company, *, own_words: float, first: float, none: float
) -> Lesson:
    """A question of one company: the right passage among others of the same company.

    `own_words` is the share answered with the author's reply instead of the passage's sentences,
    `first` the share with the right passage on top, `none` the share that nothing answers.
    """
    record = rng.choice([r for r in company.records if r.asked])
    others = [r for r in company.records if r is not record]
    others = rng.sample(others, min(len(others), rng.choice((0, 1, 2, 2))))
    given = [r.passage for r in others]
    if rng.random() < none and (record.unanswered or others):
        if record.unanswered and (not others or rng.random() < 0.7):
            question, passages = rng.choice(record.unanswered), [record.passage, *given]
        else:
            question, passages = rng.choice(record.asked).question, given
        return Lesson(Prompt(question, tuple(passages), (), company.language), "")
    asked = rng.choice(record.asked)
    place = 0 if rng.random() < first else rng.randrange(len(others) + 1)
    passages = [*given[:place], record.passage, *given[place:]]

    def reply(record: Record, asked: Asked) -> str:
        return asked.reply if rng.random() < own_words else extract(record.passage, asked, company.language)

    rest = [(r, a) for r in (record, *others) for a in r.asked if a is not asked and not a.history]
    rest = rng.sample(rest, min(len(rest), FURTHER))
    prompt = Prompt(asked.question, tuple(passages), asked.history, company.language)
    return Lesson(prompt, reply(record, asked), tuple((a.question, reply(r, a)) for r, a in rest))


def extract(passage: str, asked: Asked, language: str) -> str:
    """Return the sentence or two of `passage` that hold what the authored reply says."""
    if asked.reply == passage:
        return passage
    wanted = content_terms(asked.reply) | set(_DIGITS.findall(asked.reply))
    near = content_terms(asked.question)
    parts = [(s.strip(), content_terms(s) | set(_DIGITS.findall(s))) for s in sentences(passage)]
    best = max(parts, key=lambda p: len(wanted & p[1]) / (3 + len(p[1])) ** 0.5 + 0.3 * len(near & p[1]))
    left = wanted - best[1]
    gain = max(parts, key=lambda p: len(left & p[1]))
    chosen = [p for p in parts if p is best or (p is gain and len(left & p[1]) >= max(3, len(wanted) // 3))]
    return joiner(language).join(text for text, _ in chosen)


# Substitution: the same lesson with other numbers and words, so that copying is the only way


def substitute(rng: random.Random, lesson: Lesson, words: Sequence[str], share: float) -> Lesson:
    """Replace numbers, and with probability `share` words, alike in all texts of a lesson."""
    prompt, table = lesson.prompt, {}
    written = " ".join([lesson.reply, *(reply for _, reply in lesson.more)])
    asked = [prompt.question, *(question for question, _ in lesson.more)]
    texts = [*prompt.passages, *asked, *(t for _, t in prompt.history), written]
    for run in {r for t in texts for r in _DIGITS.findall(t)}:
        table[run] = _other_number(rng, run)
    swap = partial(_DIGITS.sub, lambda m: table[m.group()])
    if words and rng.random() < share:
        pattern = _WORD[prompt.language]
        shared = sorted(set(pattern.findall(written)) & set(pattern.findall(" ".join(prompt.passages))))
        chosen = {w: rng.choice(words) for w in rng.sample(shared, min(len(shared), rng.randint(1, 6)))}
        swap = _then(swap, chosen)
    history = tuple((role, swap(text)) for role, text in prompt.history)
    passages = tuple(swap(p) for p in prompt.passages)
    more = tuple((swap(question), swap(reply)) for question, reply in lesson.more)
    return Lesson(Prompt(swap(prompt.question), passages, history, prompt.language), swap(lesson.reply), more)


def _then(first: Callable[[str], str], chosen: dict[str, str]) -> Callable[[str], str]:
    if not chosen:
        return first
    pattern = re.compile("|".join(map(re.escape, sorted(chosen, key=len, reverse=True))))
    return lambda text: pattern.sub(lambda m: chosen[m.group()], first(text))


def _other_number(rng: random.Random, run: str) -> str:
    if rng.random() < 0.3:
        return run
    head = "0" if run[0] == "0" else str(rng.randint(1, 9))
    return head + "".join(str(rng.randint(0, 9)) for _ in run[1:])


def word_pool(sources: Sources) -> dict[str, list[str]]:
    """Return the words that stand in for others, by language; rare characters are among them."""
    pool = {lang: sorted({w for t in sources.lines[lang] for w in _WORD[lang].findall(t)}) for lang in ("en", "zh")}
    rng = random.Random(0)
    pool["zh"] += ["".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(2)) for _ in range(len(pool["zh"]) // 8)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    pool["en"] += [
        "".join(rng.choices(letters, k=rng.randint(3, 9))).capitalize() for _ in range(len(pool["en"]) // 4)
    ]
    return pool


class Curriculum:
    """Deals lessons; `progress` from 0 to 1 moves the mix from copying to authored questions.

    Replies in the author's own words come late: seen early, they taught the model to leap within a
    passage before it could copy a sentence to its end. Further questions grow rarer, until every
    lesson has the form that serving gives.
    """

    def __init__(self, sources: Sources, seed: int = 7):
        self._sources = sources
        self._rng = random.Random(seed)
        self._words = word_pool(sources)
        train = [c for c in sources.companies if not held_out(c)]
        self._companies = {lang: [c for c in train if c.language == lang] for lang in ("en", "zh")}

    def lesson(self, progress: float) -> Lesson:
        """Return one lesson at that point of the training."""
        rng, language = self._rng, self._rng.choice([k for k, v in self._companies.items() if v])
        authored = 0.3 + 0.5 * progress
        kinds = [(copy_lesson, 0.4 * (1 - progress) + 0.05)]
        if self._sources.groups.get(language):
            kinds.append((meaning_lesson, 0.2 if language == "en" else 0.12))
        if self._sources.dialogues.get(language):
            kinds.append((dialogue_lesson, 0.15))
        if rng.random() < authored:
            lesson = authored_lesson(
                rng, rng.choice(self._companies[language]), own_words=0.6 * max(0.0, progress - 0.5),
                first=0.5 * progress, none=0.1 * progress,
            )
        else:
            makers, weights = zip(*kinds, strict=True)
            lesson = rng.choices(makers, weights)[0](rng, self._sources, language)
        if rng.random() < progress:
            lesson = replace(lesson, more=())
        return substitute(rng, lesson, self._words[language], 0.8 - 0.5 * progress)


def examination(sources: Sources, seed: int = 1) -> list[tuple[Lesson, str]]:
    """Return (lesson, right passage) of every held-out question, its passage first, second or third."""
    rng, out = random.Random(seed), []
    for company in (c for c in sources.companies if held_out(c)):
        for record in company.records:
            others = [r.passage for r in company.records if r is not record]
            for asked in record.asked:
                some = rng.sample(others, min(len(others), 2))
                place = rng.choice((0, 0, 1, 2))
                passages = (*some[:place], record.passage, *some[place:])
                prompt = Prompt(asked.question, passages, asked.history, company.language)
                out.append((Lesson(prompt, extract(record.passage, asked, company.language)), record.passage))
    return out
