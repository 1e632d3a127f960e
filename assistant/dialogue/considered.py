"""What is known of a message up to the decision, and which of its questions are answered in turn. Pure.

Finding is the retriever's, deciding on one question the policy's; speaking is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.dialogue.policy import PERSON
from assistant.records import Action, Decision, Hit, Intent, Query
from assistant.understanding.person import Wish


@dataclass(frozen=True, slots=True)
class Considered:
    """All that is known of a question up to and including the decision.

    `parts` are the questions of a message that asks several, in order, where they are answered in
    turn; hits, confidence and decision then speak for all of them. `wish` is what the wording says
    of a person being asked for.
    """

    query: Query
    intent: Intent | None
    hits: tuple[Hit, ...]
    confidence: float
    decision: Decision
    ms: dict[str, float]
    parts: tuple[Considered, ...] = ()
    wish: Wish = Wish.NONE

    @property
    def answered(self) -> bool:
        """Return whether approved knowledge answers this, so that smalltalk is no answer."""
        return self.decision.action in (Action.ANSWER, Action.TEMPLATE) and bool(self.decision.hits)


def in_turn(whole: Considered, parts: Sequence[Considered], plainly: bool) -> Considered:
    """Return the message as it is answered: in parts where that answers more than the whole does.

    A guessed cut stands where the whole message's best source answers one of the parts, and either
    another source answers another part or the whole has no answer: a clause torn from its question
    finds something else. Where the customer set the questions apart plainly, one answered part is
    enough, and the others are named as unanswered. A request for a person stays one, and smalltalk
    is no question.
    """
    if whole.decision.action == Action.HANDOFF:
        return whole
    person = next((p for p in parts if _asks_for_a_person(p)), None)
    if person:
        return replace(whole, decision=person.decision, wish=max(whole.wish, person.wish))
    asked = _open(_each_once([p for p in parts if p.answered or p.decision.action != Action.TEMPLATE]))
    sources = [_source(p.decision.hits[0]) for p in asked if p.answered]
    agreed = any(_source(hit) in sources for hit in whole.hits[:1])
    more = len(sources) > 1 or not whole.answered
    if len(asked) > 1 and sources and (plainly or (agreed and more)):
        return _spoken_for(whole, asked)
    return whole


def _asks_for_a_person(part: Considered) -> bool:
    said = part.intent is not None and part.intent.label == PERSON
    return part.decision.action == Action.HANDOFF and (said or part.wish > Wish.NONE)


def _each_once(parts: Sequence[Considered]) -> list[Considered]:
    """Leave out an answered part whose source a more certain one has; the place is the first's."""
    best: dict[tuple[str, str] | int, Considered] = {}
    for number, part in enumerate(parts):
        key = _source(part.decision.hits[0]) if part.answered else number
        if key not in best or part.confidence > best[key].confidence:
            best[key] = part
    return list(best.values())


def _open(parts: Sequence[Considered]) -> list[Considered]:
    """Leave out a part whose best guess is the source of another part's answer: that answer says it."""
    said = {_source(p.hits[0]) for p in parts if p.answered}
    guessed = [p.decision.action == Action.CLARIFY and _source(p.hits[0]) in said for p in parts]
    return [p for p, known in zip(parts, guessed, strict=True) if not known]


def _source(hit: Hit) -> tuple[str, str]:
    passage = hit.passage
    return passage.kind.value, passage.pair or passage.owner


def _spoken_for(whole: Considered, parts: Sequence[Considered]) -> Considered:
    """Return the message with the answers' hits first: the whole's best, then by certainty."""
    best = [_source(hit) for hit in whole.hits[:1]]
    answers = [p for p in parts if p.answered]
    answers.sort(key=lambda p: (_source(p.decision.hits[0]) not in best, -p.confidence))
    tops = tuple(p.decision.hits[0] for p in answers)
    seen = {_source(hit) for hit in tops}
    others = tuple(hit for hit in whole.hits if _source(hit) not in seen)
    reason = f"{len(answers)} of {len(parts)} questions in one message are answered in turn."
    return replace(
        whole, hits=(tops + others)[: max(len(whole.hits), len(tops))],
        confidence=min(p.confidence for p in answers),
        decision=Decision(Action.ANSWER, reason, tops), parts=tuple(parts),
    )
