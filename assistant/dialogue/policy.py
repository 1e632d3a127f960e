"""What to do with a turn: pure rules over intent, hits and one calibrated confidence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.records import Action, Decision, Hit, Intent, Kind, Passage, Template
from assistant.settings import Policy
from assistant.understanding.person import Wish

PERSON, COMPLAINT = "person", "complaint"
SMALLTALK = ("greeting", "thanks", "goodbye", "smalltalk", "affirm", "deny")
GUESSES = 3


def decide(
    intent: Intent | None, hits: Sequence[Hit], confidence: float, settings: Policy,
    templates: Sequence[Template] = (), wish: Wish = Wish.NONE,
) -> Decision:
    """Return the action for a turn and its reason.

    `confidence` is the probability that the top hit answers the question. A request for a person
    comes first, by the intent or by `wish`, the wording's; a known answer goes before it unless the
    wording is plain. Smalltalk never meets a question whose best passage could be answered from.
    """
    said = intent.label if intent and intent.confidence >= settings.smalltalk_at else ""
    sure = bool(hits) and confidence >= settings.answer_at
    if wish == Wish.PLAIN or (wish and confidence < settings.known_at):
        return Decision(Action.HANDOFF, f"The customer asks for a person: {wish.name.lower()} by the wording.")
    if said == PERSON and confidence < settings.known_at:
        return Decision(Action.HANDOFF, "The customer asks for a person.")
    if sure:
        return _answer(hits, confidence, settings, templates)
    if said == COMPLAINT:
        return Decision(Action.HANDOFF, "The customer complains and no approved answer is certain.")
    if said in SMALLTALK:
        return Decision(Action.TEMPLATE, f"Smalltalk: {said}.", template=said)
    if hits and confidence >= settings.clarify_at:
        guesses = tuple(h for h in hits if h.passage.kind != "document")[:GUESSES] or tuple(hits[:1])
        reason = f"Confidence {confidence:.2f} is below {settings.answer_at:.2f}: guesses are offered."
        return Decision(Action.CLARIFY, reason, guesses)
    reason = f"Confidence {confidence:.2f} is below {settings.clarify_at:.2f}: nothing known answers this."
    return Decision(Action.DECLINE, reason if hits else "Nothing was found.")


def _answer(hits, confidence, settings, templates) -> Decision:
    top = hits[0].passage
    bound = [t for t in templates if t.faq and t.faq in (top.owner, top.pair) and t.language == top.language]
    if bound and confidence >= settings.known_at:
        reason = f"Confidence {confidence:.2f} and the template {bound[0].id} is bound to this FAQ."
        return Decision(Action.TEMPLATE, reason, (hits[0],), bound[0].id)
    reason = f"Confidence {confidence:.2f} is at least {settings.answer_at:.2f}."
    return Decision(Action.ANSWER, reason, tuple(hits))


def speaks_verbatim(top: Passage, confidence: float, settings: Policy, has_generator: bool) -> bool:
    """Return whether the approved text goes out word for word instead of a composed reply.

    In the mode `auto` that is so where the question is a known one: a FAQ, or an approved past reply,
    with a confidence of at least `known_at`.
    """
    if settings.answer_mode == "verbatim" or not has_generator or top.category in settings.verbatim_categories:
        return True
    return settings.answer_mode == "auto" and top.kind != Kind.DOCUMENT and confidence >= settings.known_at
