"""Numbers in words, Chinese and English, to values and back to one plain form. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = {w: 10 * n for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)}
ENGLISH = {w: n for n, w in enumerate(_SMALL)} | _TENS
ENGLISH_WORD = "|".join(sorted(ENGLISH, key=len, reverse=True))
HAN = "零〇一二两三四五六七八九十百千万亿"
HAN_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_PLACE = {"十": 10, "百": 100, "千": 1000}


def chinese(raw: str) -> Decimal | None:
    """Return the value of a Chinese numeral: 二十四 is 24, 一万二 is 12000, 二〇二六 is 2026."""
    if all(c in HAN_DIGIT for c in raw):
        return Decimal("".join(str(HAN_DIGIT[c]) for c in raw))
    total, section, digit, place = 0, 0, 0, 1
    for c in raw:
        if c in HAN_DIGIT:
            digit = HAN_DIGIT[c]
            place = 1 if digit == 0 else place
        elif c in _HAN_PLACE:
            section, digit, place = section + (digit or 1) * _HAN_PLACE[c], 0, _HAN_PLACE[c]
        elif c in ("万", "亿"):
            scale = 10_000 if c == "万" else 100_000_000
            total, section, digit, place = (total + section + digit or 1) * scale, 0, 0, scale
        else:
            return None
    return Decimal(total + section + digit * (place // 10 if place >= 100 and digit else 1))


def english(raw: str) -> Decimal:
    """Return the value of an English numeral of words that `ENGLISH` and hundred, thousand, dozen, twice name."""
    if raw == "twice":
        return Decimal(2)
    total, current = 0, 0
    for word in re.split(r"[ -]", raw):
        if word in ("a", "an"):
            current = 1
        elif word == "dozen":
            current *= 12
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = total + (current or 1) * 1000, 0
        else:
            current += ENGLISH.get(word, 0)
    return Decimal(total + current)


def plain(value: Decimal) -> str:
    """Return a number without trailing zeros: 62.50 is 62.5, 1000.00 is 1000."""
    text = format(value.normalize(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
