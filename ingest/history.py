"""What past dialogues become: stored conversations, evidence for a FAQ, and replies approved for reuse.

Pure. Reading files is left to the readers, storing to the pipeline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from assistant.records import Conversation, Faq, PastReply, Review, Turn
from assistant.safety.personal import mask
from assistant.text import content_terms, detect_language, normalise
from assistant.understanding.followup import leans_on_history
from ingest.readers.dialogues import Dialogue

SOURCE = "import"
ORIGINS = {"agent": "person", "bot": "", "customer": ""}


class FaqNames:
    """Finds the FAQ meant by an id in a dialogue: its own id, or that of a pair of languages."""

    def __init__(self, faqs: Sequence[Faq]):
        self._known: Mapping[str, Faq] = {f.id: f for f in faqs}
        self._pairs: dict[str, dict[str, str]] = {}
        for faq in faqs:
            self._pairs.setdefault(faq.pair or faq.id, {})[faq.language] = faq.id

    def find(self, name: str, language: str) -> str:
        """Return the FAQ's id in that language where there is one, "" for an unknown name."""
        if name in self._known:
            return name
        languages = self._pairs.get(name, {})
        return languages.get(language) or next(iter(languages.values()), "")


def to_conversation(dialogue: Dialogue, names: FaqNames, now: str) -> tuple[Conversation, list[Turn]]:
    """Return the conversation and its turns; names of FAQs that nobody knows stay as they are."""
    first = next(m.text for m in dialogue.messages if m.role == "customer")
    at = dialogue.at or now
    conversation = Conversation(
        dialogue.id, at, dialogue.language, "closed", title=first[:60], source=SOURCE
    )
    turns = [
        Turn(
            id=f"{dialogue.id}/{number}", conversation=dialogue.id, at=m.at or at, role=m.role, text=m.text,
            language=detect_language(m.text, dialogue.language), author=m.author, intents=m.intents,
            faqs=tuple(dict.fromkeys(names.find(f, dialogue.language) or f for f in m.faqs)),
            origin=ORIGINS[m.role],
        )
        for number, m in enumerate(dialogue.messages, 1)
    ]
    return conversation, turns


def said(turns: Sequence[Turn]) -> list[tuple]:
    """Return what makes two tellings of a conversation the same: everything but times."""
    return [(t.role, t.text, t.language, t.author, t.intents, t.faqs) for t in turns]


def past_replies(turns: Sequence[Turn], names: FaqNames) -> list[PastReply]:
    """Return a past reply for each person's turn that names exactly one known FAQ.

    Its question is the customer's turn right before it, taken only where it can be understood
    alone. The id is made of question and FAQ, so that the same question counts once.
    """
    found: dict[str, PastReply] = {}
    for before, turn in pairwise(turns):
        if turn.role != "agent" or before.role != "customer" or len(turn.faqs) != 1:
            continue
        faq = names.find(turn.faqs[0], turn.language)
        if faq and _may_be_reused(before, turns):
            id = reply_id(before.text, faq)
            found.setdefault(
                id, PastReply(id, before.text, turn.text, before.language, faq, turn.conversation)
            )
    return list(found.values())


def approved_reply(turns: Sequence[Turn], review: Review, keep: Collection[str] = ()) -> tuple[str, PastReply | None]:
    """Return (id, past reply) that a staff review of a turn approves, None where it approves none.

    A better answer, or a person's reply found right, may be said again; a bot's reply found right is
    evidence for its first FAQ. Nothing is taken of a question that leans on what was said before, or
    where personal data stands in question or answer; `keep` names the company's own contacts.
    """
    id = f"review-{review.turn}"
    place = next((i for i, t in enumerate(turns) if t.id == review.turn), -1)
    asked = next((t for t in reversed(turns[: max(place, 0)]) if t.role == "customer"), None)
    if asked is None or not _may_be_reused(asked, turns):
        return id, None
    turn = turns[place]
    answer = turn.text if review.verdict == "right" else review.better.strip()
    faq = turn.faqs[0] if review.verdict == "right" and turn.role == "bot" and turn.faqs else ""
    own_words = turn.role == "agent" or review.verdict != "right"
    if not answer or not (faq or own_words) or any(mask(t, keep) != t for t in (asked.text, answer)):
        return id, None
    return id, PastReply(id, asked.text, answer, asked.language, faq, turn.conversation)


def _may_be_reused(asked: Turn, turns: Sequence[Turn]) -> bool:
    opening = next((t.id for t in turns if t.role == "customer"), "")
    leans = asked.id != opening and leans_on_history(asked.text, asked.language)
    return stands_alone(asked.text) and not leans


def reply_id(question: str, faq: str) -> str:
    """Return the id of a past reply: 12 hex digits of the normalised question and the FAQ."""
    return "past-" + hashlib.sha256(f"{normalise(question)}\n{faq}".encode()).hexdigest()[:12]


def stands_alone(text: str) -> bool:
    """Return whether a question means something without what was said before.

    It needs four characters of Chinese or two words, and two terms that carry meaning.
    """
    plain = normalise(text)
    long_enough = len(plain) >= 4 if detect_language(text) == "zh" else len(plain.split()) >= 2
    return long_enough and len(text) <= 300 and len(content_terms(text)) >= 2
