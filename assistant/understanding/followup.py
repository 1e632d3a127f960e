"""Follow-up questions made whole from the conversation, by rule and without a model.

Decides whether a message leans on what came before ("那国际件呢？", "and if I opened it?") and if so
joins it with the question that it continues.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.text import content_terms, detect_language, normalise, terms

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


def leans_on_history(text: str, language: str) -> bool:
    """Return whether a message probably needs the turns before it to be understood."""
    plain = normalise(text)
    single, _ = terms(plain)
    if language == "zh":
        return len(single) <= 5 or (len(single) <= LONG_ZH and bool(_ZH_LEAN.search(plain)))
    return len(single) <= 4 or (len(single) <= LONG_EN and bool(_EN_LEAN.search(plain)))


def make_whole(text: str, history: Sequence[tuple[str, str]]) -> str:
    """Return the message joined with the customer's question it continues, or as it is.

    `history` holds (role, text), oldest first, without the message itself. The question continued
    is the last of the customer's that could stand alone.
    """
    asked = [t for role, t in history if role == "customer" and content_terms(t)]
    if not asked or not leans_on_history(text, detect_language(text)):
        return text
    before = asked[-1]
    for earlier in reversed(asked):
        before = earlier
        if not leans_on_history(earlier, detect_language(earlier)):
            break
    return f"{before} {text}"
