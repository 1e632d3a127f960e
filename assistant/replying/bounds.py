"""What stands beside a number and changes what it says: at least, at most, before, after, per day.

Pure. Reads both languages in normalised text. Knows no passages and judges nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LEFT, _RIGHT = 40, 22  # characters that are looked at on either side


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bound of a number (`most`, `least` or ""), its side (`before`, `after` or ""), its rates."""

    bound: str = ""
    side: str = ""
    rates: frozenset[str] = frozenset()

    def against(self, other: Bounds) -> str:
        """Return what in both excludes each other, "" if nothing does."""
        if self.bound and other.bound and self.bound != other.bound:
            return f"{_SHOWN[self.bound]} is not {_SHOWN[other.bound]}"
        if self.side and other.side and self.side != other.side:
            return f"{self.side} is not {other.side}"
        return ""


_SHOWN = {"most": "at most", "least": "at least"}

# Cues are tried in this order; the first that touches the number wins. "no less than" comes before "less than".
_LEFT_CUES = [
    ("least", r"(?:no|not|never|n't|cannot [a-z ]{0,24}with) (?:be )?(?:less|fewer|lower|under|earlier) than|不(?:得|能|可)?(?:少于|低于|小于|早于|短于)"),
    ("most", r"(?:no|not|never|n't) (?:be )?(?:more|longer|greater|higher|later|over|above|exceed\w*|go (?:over|above|beyond))(?: than)?|(?:不(?:得|能|可|会)?|没有?|未)(?:超过|多于|高于|大于|晚于|超出|长于)"),
    ("least", r"at least|(?:a |the )?minimum(?: of| is| age(?: is| of)?)?|more than|over|above|exceed\w*|starting (?:at|from)|as (?:little|few) as|longer than|older than|upwards of|greater than|past|beyond|"
              r"至少|最少|最低|起码|满(?=了?\s*$)|超过|高于|大于|超出|多于|最短|最早|达到?(?=\s*$)|逾(?=\s*$)|长于|不止"),
    ("most", r"up to|at most|at the most|(?:a |the )?maximum(?: of| is| daily| [a-z]+)?|as (?:much|many|late|long|far) as|within|inside|under|below|less than|fewer than|capped at|caps? (?:at|of)|limit(?:ed)?(?: of| to| is| at)?|"
             r"不足|不满|低于|少于|小于|未满|未达|最多|至多|最高|最长|最晚|最迟|最大|上限|限额|封顶|限购"),
]
_RIGHT_CUES = [
    ("least", r"(?:or|and) (?:more|over|older|above|later|newer|up|longer|upwards)|plus(?![a-z])|\+|(?:at )?minimum|at (?:the )?least|(?:及|或|\(含\))?以上|起(?:步|存|购|租|送|订|售)?(?!来|床|点)|往上|打底"),
    ("most", r"(?:or|and) (?:less|under|fewer|younger|below|sooner|earlier)|at (?:the )?(?:most|longest|latest)|maximum|limit|tops|(?:及|或)?以下|以内|之内|(?<!\d)内|封顶|为限|为上限|为止"),
]
_SIDES_LEFT = [
    ("before", r"(?:before|by|until|till|no later than|prior to|ahead of|not after)(?: the| noon on| midnight on)?|(?:最晚|最迟|赶在|截至|截止到?|提前|[^以目之提当先]前|之前|以前)(?:的)?(?:至少)?"),
    ("after", r"(?:after|from|since|starting(?: on| from)?|as of|not before|no earlier than|past)(?: the)?|(?:[^以然之最背售]后|之后|以后|自(?=\s*$)|从(?=\s*$)|起(?=\s*$))(?:的)?(?:至少|最多)?"),
]
_SIDES_RIGHT = [
    ("before", r"(?:or more |or earlier )?(?:before|prior to|ahead(?: of)?|in advance|beforehand|earlier|early|notice)|(?:之前|以前|前)(?!台)|为止|截止|止"),
    ("after", r"(?:or more )?(?:after|following|later|afterwards|onwards|of (?:the )?(?:delivery|receipt|receiving|purchase|incident|accident|filing|signing|report|request|transaction|moving|arrival))|(?:之后|以后|后)(?!台)|起|开始|(?:以内|之内|内)?(?:[^,。]{0,4}之后)"),
]

_PERIODS = {
    "hour": r"hour|hourly|小时|钟头", "day": r"day|daily|night|nightly|24 ?hours?|天|日|晚|24小时", "week": r"week|weekly|周|星期|礼拜",
    "month": r"month|monthly|个?月", "quarter": r"quarter|quarterly|季度", "year": r"year|yearly|annual(?:ly)?|annum|年度?|twelve months|12 months",
    "term": r"term|semester|学期", "stay": r"whole stay|entire stay|stay|程|次入住|个行程",
}
_RATE = {
    name: re.compile(
        rf"(?:(?<![a-z])(?:an?|per|each|every|/|once an?|one)[ /]?(?:calendar |single |full |academic |school )?(?:{p})(?![a-z])|/ ?(?:{p})(?![a-z])|(?<![a-z])(?:{'|'.join(w for w in p.split('|') if (w.isascii() and w.endswith('ly')) or w.startswith('annual'))or 'zzz'})(?![a-z])"
        rf"|(?:每|一|全|单|当|按|逐|/)(?:个)?(?:{p})(?!前|后|内|之|以|[卡票]))"
    )
    for name, p in _PERIODS.items()
}
_EXTRA = {"month": re.compile(r"月(?:费|租|付|供|卡)"), "year": re.compile(r"年(?:费|利率|租|付|保费|化|卡|用电|免赔|上限|限额)"), "day": re.compile(r"日(?:租|限额|利率)"), "stay": re.compile(r"(?:whole|entire) (?:stay|trip|rental|journey)|整个|全程")}


def periods(text: str) -> frozenset[str]:
    """Return the periods that a text counts by: "5 a day" and "每日5" count by the day."""
    found = {name for name, pattern in _RATE.items() if pattern.search(text)}
    return frozenset(found | {name for name, pattern in _EXTRA.items() if pattern.search(text)})


_LATE = re.compile(r"later? than|as late as|最晚|最迟|latest")


def _beside(cues: list[tuple[str, str]], text: str, form: str) -> str:
    for name, cue in cues:
        if re.search(form.format(cue), text):
            return name
    return ""


def bounds(clause: str, at: int, until: int, first: bool = True) -> Bounds:
    """Return the bounds of the number at `at` to `until` of a clause.

    `first` is false for the upper number of a range, which a cue on the left does not touch.
    """
    left, right = clause[max(0, at - _LEFT) : at], clause[until : until + _RIGHT]
    near = r"(?:{0})(?:\s|:|[£$€¥]|about|around|roughly|an?(?= )|the(?= )|of(?= )){{0,4}}(?:(?![至到部])[\u4e00-\u9fff]){{0,8}}\s*$"
    bound = _beside(_RIGHT_CUES, right, r"^\s*(?:的|of [a-z]+ )?\s*(?:{0})") or _beside(_LEFT_CUES, left, near)
    side = _beside(_SIDES_RIGHT, right, r"^\s*(?:的|时间)?\s*(?:{0})") or _beside(_SIDES_LEFT, left, near)
    ahead = _beside(_SIDES_RIGHT, right, r"^\s*(?:的|时间)?\s*(?:{0})") or left.rstrip().endswith("前")
    if bound == "most" and side == "before" and ahead and _LATE.search(left):
        bound = "least"  # no later than five days ahead: five days or more
    return Bounds(bound, side, periods(clause[max(0, at - _LEFT) : at] + "\n" + clause[until : until + _RIGHT]))
