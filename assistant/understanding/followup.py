"""Follow-up questions made whole from the conversation, by rule and without a model.

Decides whether a message leans on what came before ("那国际件呢？", "and if I opened it?"), joins it
with the question that it continues, and says by which texts it is to be searched. Searching by them
and weighing what they find is the retriever's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records import Reading
from assistant.sounds import syllables, written_in_pinyin
from assistant.text import content_terms, detect_language, normalise, terms
from assistant.wording import is_fixed

_ZH_LEAN = re.compile(
    r"^(那|那么|还有|如果|要是|要|可是|但|但是|不过|这个|那个|它|他们|这种|这样|所以|万一|再|也)|呢[?？]?$|"
    r"^(多少钱|多久|为什么|怎么弄|在哪|几天|多少|什么时候|要钱吗|收费吗|可以吗|行吗|价格多少)"
)
_EN_LEAN = re.compile(
    r"^(and|but|so|what about|how about|what if|or|then|if|also|even|does that|is that|do they|"
    r"does it|is it|can it|will it|same|ok and|okay and)\b|"
    r"\b(it|that|this|those|these|them|they|one|there|instead|too|then)\b"
)
LONG_ZH, LONG_EN = 18, 15

# How much the history counts beside the message, chosen on the sample's past dialogues: more finds
# the last answer again more often, and a new question in the same conversation less often.
LEANING, STANDING = 0.7, 0.3
WITHIN = 1.5  # the same for a question that leans on the one before it in the same message
REPLY = 0.4  # the last reply, as a share of the earlier question's weight
REPLY_LENGTH = 300


def leans_on_history(text: str, language: str) -> bool:
    """Return whether a message probably needs the turns before it to be understood."""
    plain = normalise(text)
    single, _ = terms(plain)
    if written_in_pinyin(plain):
        return sum(len(syllables(word)) for word in single) <= 5
    if language == "zh":
        return len(single) <= 5 or (len(single) <= LONG_ZH and bool(_ZH_LEAN.search(plain)))
    return len(single) <= 4 or (len(single) <= LONG_EN and bool(_EN_LEAN.search(plain)))


def make_whole(text: str, history: Sequence[tuple[str, str]]) -> str:
    """Return the message joined with the customer's question it continues, or as it is.

    `history` holds (role, text), oldest first, without the message itself. The question continued
    is the last of the customer's that could stand alone.
    """
    before = continued(history)
    if not before or not leans_on_history(text, detect_language(text)):
        return text
    return f"{before} {text}"


def continued(history: Sequence[tuple[str, str]]) -> str:
    """Return the customer's last question that could stand alone, or the first there is; "" without."""
    asked = [t for role, t in history if role == "customer" and content_terms(t)]
    standing = (t for t in reversed(asked) if not leans_on_history(t, detect_language(t)))
    return next(standing, asked[0] if asked else "")


def readings(
    text: str, history: Sequence[tuple[str, str]], leaning: float = LEANING
) -> tuple[Reading, ...]:
    """Return the texts that a message is searched by, the message itself first with weight 1.

    The others are the message after the question it continues and after the last reply. They count
    for more where the message leans on the history, and never for nothing: many a follow-up shows
    no sign of being one. Without a question before there is nothing to add, and the result is empty.
    """
    before = continued(history)
    if not before:
        return ()
    weight = leaning if leans_on_history(text, detect_language(text)) else STANDING
    replies = (t for role, t in reversed(history) if role != "customer" and not is_fixed(t))
    reply = next(replies, "")[:REPLY_LENGTH]
    out = [Reading(text), Reading(f"{before} {text}", weight)]
    return (*out, Reading(f"{reply} {text}", weight * REPLY)) if reply else tuple(out)
