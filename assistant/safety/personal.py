"""Masks personal data in text: pure patterns with check digits, Chinese and international.

Finds what has a form of its own: e-mail, telephone, identity and card numbers, IBAN. Names and
street addresses have none; they are left to people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

EMAIL, PHONE, IDENTITY, CARD, IBAN = "[email]", "[phone]", "[id number]", "[card]", "[iban]"
PLACEHOLDERS = (EMAIL, PHONE, IDENTITY, CARD, IBAN)

_DIGIT = "0-9０-９"
_WORD = rf"A-Za-z{_DIGIT}_"
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}[@＠](?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])",
    re.ASCII,
)
_IDENTITY = re.compile(rf"(?<![{_WORD}])[1-9１-９][{_DIGIT}]{{16}}[{_DIGIT}XxＸｘ](?![{_WORD}])")
_CARD = re.compile(rf"(?<![{_WORD}]|[-.+＋])[{_DIGIT}](?:[ -]?[{_DIGIT}]){{12,18}}(?![{_WORD}]|[-.]\d)")
_IBAN = re.compile(
    r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?![a-z0-9])", re.ASCII | re.IGNORECASE
)
_PHONE = re.compile(
    rf"(?<![{_WORD}]|[-.+/¥￥$€£])"
    rf"(?:"
    rf"(?:[+＋]|00)[{_DIGIT}]{{1,3}}[ \-.]?(?:[(（][{_DIGIT}]{{1,4}}[)）][ \-.]?)?[{_DIGIT}](?:[ \-.]?[{_DIGIT}]){{5,12}}"
    rf"|(?:86[ -]?)?[1１][3-9３-９][{_DIGIT}](?:[ -]?[{_DIGIT}]{{4}}){{2}}"
    rf"|[(（]?0[{_DIGIT}]{{2,3}}[)）]?[ -]?[{_DIGIT}]{{3,4}}[ -]?[{_DIGIT}]{{4}}(?:[ -]?(?:转|ext\.?|x)[ ]?\d{{1,5}})?"
    rf"|[(（]\d{{3}}[)）] ?\d{{3}}[-. ]\d{{4}}|\d{{3}}[-. ]\d{{3}}[-. ]\d{{4}}(?:x\d{{1,5}})?"
    rf"|0\d{{2,4}} \d{{3}} \d{{3,4}}|0\d{{1,3}}(?:[. ]\d{{2}}){{3,4}}"
    rf"|400[ -]?[{_DIGIT}]{{3,4}}[ -]?[{_DIGIT}]{{3,4}}"
    rf")(?![{_WORD}]|[-.]\d)"
)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ＠＋（）", "0123456789Xx@+()")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask(text: str, keep: Iterable[str] = ()) -> str:
    """Return `text` with personal data replaced by placeholders such as `[email]`.

    `keep` names what is nobody's secret, such as the company's own hotline and address; it stays
    however it is written (400 820 1188 for 400-820-1188). Numbers joined to letters, such as order
    numbers, stay too.
    """
    kept = {_bare(k) for k in keep if _bare(k)}
    for pattern, placeholder, holds in _RULES:

        def replace(found: re.Match, placeholder: str = placeholder, holds: Callable = holds) -> str:
            bare = _bare(found[0])
            return found[0] if bare in kept or not holds(bare) else placeholder

        text = pattern.sub(replace, text)
    return text


def own_contacts(texts: Iterable[str]) -> frozenset[str]:
    """Return the e-mail addresses and telephone numbers in texts that the company published."""
    found: set[str] = set()
    for text in texts:
        for pattern in (_EMAIL, _PHONE):
            found.update(match[0] for match in pattern.finditer(text))
    return frozenset(found)


def _bare(text: str) -> str:
    return re.sub(r"[\s().\-]", "", text.translate(_FULL_WIDTH)).lower()


def is_identity_number(bare: str) -> bool:
    """Return whether 18 characters are a Chinese identity number (GB 11643: date and check digit)."""
    if not re.fullmatch(r"\d{17}[\dx]", bare):
        return False
    month, day = int(bare[10:12]), int(bare[12:14])
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, bare, strict=False))
    return 1 <= month <= 12 and 1 <= day <= 31 and "10x98765432"[total % 11] == bare[17]


def is_card_number(bare: str) -> bool:
    """Return whether 13 to 19 digits pass the Luhn check (ISO/IEC 7812)."""
    if not 13 <= len(bare) <= 19 or len(set(bare)) == 1:
        return False
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(bare))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_iban(bare: str) -> bool:
    """Return whether the check digits of an IBAN hold (ISO 13616: mod 97 is 1)."""
    moved = bare[4:] + bare[:4]
    return 15 <= len(bare) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _always(bare: str) -> bool:
    return True


_RULES: tuple[tuple[re.Pattern, str, Callable[[str], bool]], ...] = (
    (_EMAIL, EMAIL, _always),
    (_IBAN, IBAN, is_iban),
    (_IDENTITY, IDENTITY, is_identity_number),
    (_CARD, CARD, is_card_number),
    (_PHONE, PHONE, _always),
)
