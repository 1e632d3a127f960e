"""A filled engine and a list of questions -> figures, through the same path as the chat.

Runs up to and including the decision, one question at a time. The definitions are those of the
project's design: shares from 0 to 1, None where undefined.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.dialogue.engine import Considered, Engine
from assistant.errors import BadInput
from assistant.records import Action

DEPTH = 10
ANSWERED = (Action.ANSWER, Action.TEMPLATE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to measure with; `relevant` are the FAQ ids that answer it."""

    id: str
    text: str
    relevant: frozenset[str]
    answerable: bool
    language: str = ""
    kind: str = ""
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: ranked FAQ ids, confidence, action, milliseconds, and its language."""

    question: Question
    ranked: tuple[str, ...]
    confidence: float
    action: Action
    ms: float
    language: str = ""

    @property
    def rank(self) -> int | None:
        """Return the place (from 1) of the first relevant FAQ within DEPTH, or None."""
        for place, id in enumerate(self.ranked[:DEPTH], 1):
            if id in self.question.relevant:
                return place
        return None

    @property
    def answered(self) -> bool:
        return self.action in ANSWERED

    def told(self) -> dict:
        """Return what came of the question, as one object; `right` says whether the top FAQ answers it."""
        return {
            "id": self.question.id, "query": self.question.text, "language": self.language, "kind": self.question.kind,
            "action": self.action.value, "confidence": round(self.confidence, 4), "ranked": list(self.ranked[:DEPTH]),
            "right": self.question.answerable and self.rank == 1, "ms": round(self.ms, 2),
        }


def read_questions(path: Path) -> list[Question]:
    """Read questions from JSONL; raises BadInput naming the line."""
    questions = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} can't be read as UTF-8 text: {error}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            history = tuple(
                ("customer" if m["role"] in ("user", "customer") else "agent", m["content"])
                for m in row.get("history", ())
            )
            questions.append(
                Question(
                    str(row["id"]), row["query"], frozenset(map(str, row["relevant_ids"])),
                    bool(row["answerable"]), row.get("language", ""), row.get("kind", ""), history,
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{path}:{number}: expected an object with id, query, relevant_ids and answerable; {error!r}."
            ) from error
    if not questions:
        raise BadInput(f"{path} holds no question.")
    return questions


def ask(engine: Engine, question: Question) -> Outcome:
    """Put one question through the engine up to the decision."""
    started = time.perf_counter()
    considered: Considered = engine.consider(question.text, question.history, k=2 * DEPTH)
    ms = (time.perf_counter() - started) * 1e3
    ranked = tuple(
        dict.fromkeys(h.passage.owner for h in considered.hits if h.passage.kind == "faq")
    )
    return Outcome(question, ranked, considered.confidence, considered.decision.action, ms, considered.query.language)


def run(engine: Engine, questions: Sequence[Question], progress: Callable[[int], None] | None = None):
    """Ask every question; returns the outcomes in order."""
    outcomes = []
    for question in questions:
        outcomes.append(ask(engine, question))
        if progress:
            progress(1)
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict:
    """Return the figures of a run."""
    yes = [o for o in outcomes if o.question.answerable]
    no = [o for o in outcomes if not o.question.answerable]
    ranks = [o.rank for o in yes]
    right = sum(o.answered and bool(o.ranked) and o.ranked[0] in o.question.relevant for o in yes)
    wrong = sum(o.answered for o in yes) - right
    times = sorted(o.ms for o in outcomes)
    return {
        "n": len(outcomes),
        "hit@1": _share(sum(r == 1 for r in ranks), len(yes)),
        "hit@5": _share(sum(r is not None and r <= 5 for r in ranks), len(yes)),
        "mrr": _share(sum(1 / r for r in ranks if r), len(yes)),
        "auroc": auroc([o.confidence for o in yes], [o.confidence for o in no]),
        "answered_right": _share(right, len(yes)),
        "answered_wrong": _share(wrong, len(yes)),
        "false_answers": _share(sum(o.answered for o in no), len(no)),
        "coverage": _share(sum(o.answered for o in outcomes), len(outcomes)),
        "ms": {"p50": quantile(times, 0.5), "p95": quantile(times, 0.95)},
    }


def by_group(outcomes: Sequence[Outcome]) -> dict[str, dict]:
    """Return the figures of each language and kind that the questions name."""
    groups: dict[str, list[Outcome]] = {}
    for o in outcomes:
        name = " ".join(filter(None, (o.question.language, o.question.kind)))
        if name:
            groups.setdefault(name, []).append(o)
    return {name: figures(some) for name, some in sorted(groups.items())} if len(groups) > 1 else {}


def best_threshold(outcomes: Sequence[Outcome], limit: float = 0.05) -> float | None:
    """Return the lowest confidence from which at most `limit` of the answers are wrong.

    An answer is wrong where the question is unanswerable or the top FAQ is not relevant; None
    where no threshold keeps that promise.
    """
    ranked = sorted(outcomes, key=lambda o: -o.confidence)
    wrong, best = 0, None
    for n, o in enumerate(ranked, 1):
        wrong += not (o.question.answerable and o.rank == 1)
        if wrong / n <= limit:
            best = o.confidence
    return best


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return the chance that a positive scores above a negative, ties half (Mann-Whitney U)."""
    if not positive or not negative:
        return None
    from scipy.stats import rankdata

    ranks = rankdata([*positive, *negative])
    n, m = len(positive), len(negative)
    return round(float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m)), 4)


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def quantile(ordered: Sequence[float], q: float) -> float | None:
    return round(ordered[min(int(q * len(ordered)), len(ordered) - 1)], 2) if ordered else None
