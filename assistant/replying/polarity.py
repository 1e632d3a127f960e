"""Where a clause denies: which of its words stand under a no, and which don't.

Pure. Reads both languages in normalised text. Leaves the comparing of texts to `alignment`.
"""

from __future__ import annotations

import re

from assistant.text import normalise

# Phrases with a negative word that deny nothing, or whose denial is a meaning of its own.
_NO_DENIAL = re.compile(
    r"no problem|no worries|don'?t worry|not to worry|(?:do not|don'?t) hesitate|not only|whether or not|if not|no matter|"
    r"(?:\bno|\bnot|\bnever|n't)(?: be)? (?:(?:later|more|less|fewer|longer|earlier|higher|lower) than|exceed\w*|go (?:above|over|beyond)|over|under|above|below)|"
    r"\bno (?:extra |additional )?(?:charge|fee|cost)s?\b|at no (?:extra |additional )?cost|cost(?:s)? (?:you )?nothing|"
    r"\bno limit\b|\bno questions asked\b|\bcan'?t wait|why not|\bno\.|"
    r"without (?:a |any )?(?:charge|fee|cost|paying)|unless|"
    r"不客气|不好意思|对不起|不用担心|别担心|不必担心|没问题|没关系|别着急|不过|不但|不仅|不管|不论|无论|不同|不错|(?:不(?:得|会|能|可)?|没有?|未)(?:超过|晚于|少于|低于|高于|多于|早于)|"
    r"不满|不足|未满|未成年|无理由|无条件|无忧|无线|非常|未来|分别|特别|级别|类别|个别|识别|性别|差别|区别|告别|别的|别人|不收(?:取|您)?(?:任何|额外|一分)?(?:费用?|钱|手续费|运费|利息)|"
    r"不用(?:付|花|掏)?钱|不要钱|无需付费|能不能|可不可以|是不是|有没有|会不会|要不要|是否|不限量?|无限|不断|不动产|不休息?|无休|不久|没到|没满|不到|不止|非全日制|不妨"
)
_EN = (
    r"\bnon-|\bexcept\b|\b(?:not|no|never|cannot|cant|none|neither|nor|nothing|nobody|unable|without|isn|aren|don|doesn|won|can|couldn|didn|wasn|weren|"
    r"shouldn|wouldn|haven|hasn|needn|mustn)(?:'t|\b(?<!\bcan)(?<!\bdon)(?<!\bwon))"
)
_ZH = r"不|没|无法|无须|无需|无(?=[^线忧])|未|勿|除外|谢绝|别(?=[让把再忘带用去来])|禁止|概不|恕不?|非(?=质量|人为|会员|本人|工作|定制|紧急)|莫|切勿"
_CUE = re.compile(f"{_EN}|{_ZH}")
# Words that say no without a negative word.
_CLOSING = re.compile(r"\b(?:unfortunately|except|excluded?|excluding|closed|unavailable|refused?)\b|除外|谢绝|闭馆|休馆|停业|歇业|打烊|拒")
# A verb that can't be done: 退不了, 收不到. What is denied stands before it.
_BEHIND = re.compile(r"不(?:了|到|成|上|起|下|完|掉|动)(?!一|达|载|架)")


def blanked(clause: str) -> str:
    """Return a normalised clause with what denies nothing blanked out, character for character."""
    return _NO_DENIAL.sub(lambda m: "\x00" * len(m.group()), clause.replace("’", "'"))


def denials(clause: str) -> list[tuple[int, int, bool]]:
    """Return (start, end, inner) of what stands under each denial of a normalised clause.

    An inner denial describes a thing (未接种的宠物, an unlocked bicycle) and leaves the rest as it is.
    """
    text, out = blanked(clause), []
    for match in _CUE.finditer(text):
        if _BEHIND.match(text, match.start()) or match.group() in _LEFT_OUT:
            out.append((0, len(text), False))
            continue
        if match.group() in ("非", "non-"):
            out.append((match.start(), match.end() + 2, True))
            continue
        of = _OF.search(text, match.end())
        if match.group() in ("without", "except"):
            out.append((match.start(), len(text), True))
        elif of and (match.group() in _INNER or (match.group() == "不" and of.start() - match.end() <= 3)):
            out.append((match.start(), of.start(), True))
        else:
            out.append((match.start(), len(text), False))
    return out


def denies(text: str) -> bool:
    """Return whether a text says that something is not so, apart from fixed polite phrases."""
    own = normalise(text)
    return bool(denials(own) or _CLOSING.search(own))


_OF = re.compile("的(?=[\u4e00-\u9fffa-z])")  # 未接种的宠物: the denial ends with what it describes
_INNER = ("非", "未", "没", "无")
# What is left out stands before the word: 定制除外.
_LEFT_OUT = ("除外",)


def denied(spans: list[tuple[int, int, bool]], at: int) -> bool:
    """Return whether the place stands under an odd number of denials."""
    return sum(start < at < end for start, end, _ in spans) % 2 == 1
