"""What a text states that can be checked: numbers with units, dates, times, links, numbers to call.

Pure. Both languages map to the same facts: 七天, 7天, seven days and 7 days are one. Leaves judging to
`factlock`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from assistant.replying.numerals import (
    ENGLISH,
    ENGLISH_WORD,
    HAN,
    HAN_DIGIT,
    chinese,
    english,
    plain,
)
from assistant.text import normalise


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """A checkable statement: `kind` and `value` in one normal form; `unit` is empty if unknown.

    `shown` is how it stood in the text, `at` and `until` where in the normalised text (characters);
    the places take no part in comparing.
    """

    kind: str
    value: str
    unit: str = ""
    shown: str = ""
    at: int = field(default=0, compare=False)
    until: int = field(default=0, compare=False)

    def key(self) -> tuple[str, str, str]:
        """Return kind, value and unit, of a number in the smallest unit: a week and 168 hours are one."""
        if self.kind != "number" or self.unit not in _SMALLEST:
            return self.kind, self.value, self.unit
        unit, size = _SMALLEST[self.unit]
        value = Decimal(self.value)
        if self.unit == "discount":  # nine tenths of the price are ten per cent off
            return self.kind, plain(100 - 10 * value), unit
        return self.kind, plain(value * size), unit

    def supported_by(self, others: frozenset[tuple[str, str, str]]) -> bool:
        """Return whether one of `others` (see `keys`) states the same; an unknown unit fits any."""
        if self.key() in others:
            return True
        if self.kind == "time" and self.unit:
            return any(("time", value, "") in others for value in _both_halves(self.value))
        if self.kind == "day of month" and ("bare number", self.value, "") in others:
            return True
        if self.kind != "number":
            return False
        if not self.unit:
            return ("bare number", self.value, "") in others
        return ("number", self.value, "") in others

    def forms(self) -> tuple[tuple[str, str, str], ...]:
        """Return the keys that this fact bears out, the weaker readings of it among them."""
        if self.kind == "number":
            return self.key(), ("bare number", self.value, "")
        if self.kind == "time":
            hour, minute = self.value.split(":")
            clock = [("time", v, "") for v in (_both_halves(self.value) if self.unit else (self.value,))]
            said = [("bare number", str((int(hour) - 1) % 12 + 1), ""), ("bare number", str(int(hour)), "")] if minute == "00" else []
            return self.key(), *clock, *said
        if self.kind == "date" and "-" in self.value:
            month, day = self.value.split("-")
            return self.key(), ("date", month, ""), ("day of month", str(int(day)), ""), ("bare number", str(int(day)), "")
        if self.kind == "day of month":
            return self.key(), ("bare number", self.value, ""), ("number", self.value, "day")
        return (self.key(),)


def _both_halves(clock: str) -> tuple[str, str]:
    """Return what a time on a dial may mean: 06:30 is 06:30 or 18:30."""
    hour, minute = int(clock[:2]) % 12, clock[3:]
    return f"{hour:02d}:{minute}", f"{hour + 12:02d}:{minute}"


def keys(found: Iterable[Fact]) -> frozenset[tuple[str, str, str]]:
    """Return facts in the form that `supported_by` compares with."""
    return frozenset(form for f in found for form in f.forms())


def facts(text: str) -> list[Fact]:
    """Return every fact of `text` in the order of the rules below; each character counts once."""
    rest, found = normalise(text), []
    for read in (_links, _dates, _times, _phones, _codes, _parts, _numbers, _weekdays):
        rest = read(rest, found)
    return found


# Links, addresses, numbers to call

_URL = re.compile(r"https?://[^\s<>()（）【】「」“”\"'，。；、！？\u4e00-\u9fff]+|www\.[^\s<>()，。；、\u4e00-\u9fff]+")
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_DOMAIN = re.compile(r"(?<![\w.@-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|cn|net|org|io|co|shop|app|example|edu|gov|uk|de|fr|eu|info)(?:/[^\s，。；、\u4e00-\u9fff]*)?(?![a-z])")
_PHONE = re.compile(r"(?<![\d.a-z-])\+?\(?\d[\d() -]{5,}\d(?!\d|\.\d)|(?<![a-z\d-])(?:\d{5,}|400-?\d{3}-?\d{4})(?!\d)")
_CODE = re.compile(r"(?<![a-z0-9])(?!(?:under|over|pre|post|non)-)(?=[a-z][a-z0-9-]{0,64}\d|[a-z]\d)[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?![a-z0-9])")


def _take(pattern: re.Pattern, text: str, found: list[Fact], make) -> str:
    def one(match: re.Match) -> str:
        fact = make(match)
        if fact is None:
            return match.group()
        at, until = match.span()
        found.extend(replace(f, at=at, until=until) for f in (fact if isinstance(fact, list) else [fact]))
        return "\x00" * (until - at)  # as long as what it stood for, so that places stay true

    return pattern.sub(one, text)


def _links(text: str, found: list[Fact]) -> str:
    text = _take(_EMAIL, text, found, lambda m: Fact("e-mail", m.group(), shown=m.group()))

    def link(match: re.Match) -> Fact:
        bare = re.sub(r"^https?://(www\.)?|^www\.", "", match.group()).rstrip("/.,;:!?")
        return Fact("link", bare, shown=match.group())

    return _take(_DOMAIN, _take(_URL, text, found, link), found, link)


def _phones(text: str, found: list[Fact]) -> str:
    def phone(match: re.Match) -> Fact | None:
        digits = re.sub(r"\D", "", match.group())
        short_range = re.fullmatch(r"\d{1,4} ?- ?\d{1,4}", match.group().strip())
        if len(digits) < 5 or short_range or _is_amount(match):
            return None
        return Fact("phone", digits, shown=match.group().strip())

    return _take(_PHONE, text, found, phone)


def _is_amount(match: re.Match) -> bool:
    """Return whether a long run of digits stands beside a currency or a unit."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if re.search(r"(?:[¥$€£]|rmb|cny|usd)\s*$", before):
        return True
    return bool(re.match(rf"\s*(?:{_UNIT})", after))


def _codes(text: str, found: list[Fact]) -> str:
    def code(match: re.Match) -> Fact | None:
        word = match.group()
        if re.fullmatch(rf"(?:{_CURRENCY_WORD})\d+", word):
            return None
        return Fact("code", word.replace("-", ""), shown=word)

    return _take(_CODE, text, found, code)


# Dates and times

_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_MONTH = "|".join(
    rf"{m}|{m[:3]}\.?" if m != "may" else r"may(?! (?!at |by |and |until |to |from |or |in |noon)[a-z])" for m in _MONTHS
) + r"|sept\.?"
_DATE_ZH = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})(?:[日号]|(?!\d)))?|(?<!\d)((?:19|20)\d{2})年(?!级)")
_DATE_ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DATE_EN = re.compile(
    rf"(?<![a-z])(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})|({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?(?!\d))"
    r"(?![a-z])(?:,? ((?:19|20)\d{2})(?!\d))?"
)
# The 5th of a month that is not named; "5号窗口" numbers a window.
_DAY_OF_MONTH = re.compile(
    r"(?<![\d-])(\d{1,2})号(?![线楼窗仓柜店门院馆厅桌房])|(?<=[每当次下本上]月)(\d{1,2})[日号]|(?<=个月)(\d{1,2})[日号]"
    r"|(?<=the )(?:(\d{1,2})(?:st|nd|rd|th))(?! (?:floor|grade|time|year|anniversary|birthday))(?![a-z])"
)
_TIME_ZH = re.compile(
    r"(凌晨|早上|上午|中午|下午|傍晚|晚上|晚|早)?\s*(?:(\d{1,2})[:：](\d{2})(?!\d)|(\d{1,2}|[一二两三四五六七八九十]{1,3})点(?:(半)|(\d{1,2})分?|(一刻)|钟|整)?)"
    r"\s*([ap])?\.?(?:m(?![a-z])\.?)?"
)
_HOUR_EN = r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_TIME_SPOKEN = re.compile(
    rf"(?<![a-z])(?:(?P<part>half past|quarter past|quarter to) (?P<past>{_HOUR_EN})|(?P<full>{_HOUR_EN})(?= o'?clock| in the (?:morning|afternoon|evening)| at night))"
    r"(?: o'?clock)?(?: in the (?P<when>morning|afternoon|evening)| (?P<night>at night))?(?![a-z])(?! ?[ap]\.?m)"
    r"|(?P<name>(?<![a-z])(?:noon|midday|midnight)(?![a-z])|正午|午夜|零点)"
)
DIAL = "dial"  # the unit of a time that may be before or after noon
_TIME_EN = re.compile(r"(?<![\d.:])(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?m(?![a-z])\.?")


def _dates(text: str, found: list[Fact]) -> str:
    def date(year: str | None, month: int | None, day: str | None, shown: str) -> list[Fact] | None:
        if month is not None and not (1 <= month <= 12 and (not day or 1 <= int(day) <= 31)):
            return None
        out = [Fact("year", year, shown=shown)] if year else []
        if month is not None:
            out.append(Fact("date", f"{month:02d}-{int(day):02d}" if day else f"{month:02d}", shown=shown))
        return out

    def zh(m: re.Match):
        return date(m[4], None, None, m[0]) if m[4] else date(m[1], int(m[2]), m[3], m[0])

    def en(m: re.Match):
        name, day = (m[2], m[1]) if m[2] else (m[3], m[4])
        return date(m[5], [x[:3] for x in _MONTHS].index(name[:3]) + 1, day, m[0])

    def day(m: re.Match) -> Fact | None:
        value = int(m[1] or m[2] or m[3] or m[4])
        return Fact("day of month", str(value), shown=m[0]) if 1 <= value <= 31 else None

    text = _take(_DATE_ISO, text, found, lambda m: date(m[1], int(m[2]), m[3], m[0]))
    return _take(_DAY_OF_MONTH, _take(_DATE_EN, _take(_DATE_ZH, text, found, zh), found, en), found, day)


def _times(text: str, found: list[Fact]) -> str:
    def time(hour: int, minute: int, late: bool, early: bool, shown: str, dial: bool = False) -> Fact | None:
        if late and hour < 12:
            hour += 12
        elif early and hour == 12:
            hour = 0
        if hour > 24 or minute > 59:
            return None
        unit = DIAL if dial and 0 < hour <= 12 and not late and not early else ""
        return Fact("time", f"{hour % 24:02d}:{minute:02d}", unit, shown)

    def zh(m: re.Match):
        part, hour = m[1] or "", m[2] or m[4]
        if m[0].strip() in ("一点", "两点", "几点"):  # "a little", "two points"
            return None
        minute = int(m[3] or m[6] or (30 if m[5] else 15 if m[7] else 0))
        value = int(hour) if hour.isdigit() else int(chinese(hour) or 99)
        late = part in ("下午", "傍晚", "晚上", "晚") or m[8] == "p" or (part == "中午" and value < 3)
        early = m[8] == "a" or part in ("凌晨", "早上", "上午", "早")
        return time(value, minute, late, early and value < 12, m[0].strip(), dial=not m[2] and part != "中午")

    def en(m: re.Match):
        return time(int(m[1]), int(m[2] or 0), m[3] == "p", m[3] == "a", m[0])

    def spoken(m: re.Match):
        if m["name"]:
            return Fact("time", "12:00" if m["name"] in ("noon", "midday", "正午") else "00:00", shown=m[0])
        raw = m["past"] or m["full"]
        hour = int(raw) if raw.isdigit() else int(ENGLISH[raw])
        minute = {"half past": 30, "quarter past": 15, "quarter to": 45}.get(m["part"] or "", 0)
        hour -= m["part"] == "quarter to"
        late = (m["when"] or "") in ("afternoon", "evening") or (m["night"] or "") == "at night"
        return time(hour, minute, late, m["when"] == "morning", m[0].strip(), dial=True)

    text = _take(_TIME_SPOKEN, text, found, spoken)
    return _take(_TIME_ZH, _take(_TIME_EN, text, found, en), found, zh)


_DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAY_EN = "|".join(rf"{d}|{d[:3]}(?=s?\b)|{d[:4]}(?=s?\b)" for d in _DAY_NAMES)
_DAY_ONE, _RANGE = "[一二三四五六日天]", r"\s*(?:至|到|-|~|–|—|to|through|until|till)\s*"
_WEEKDAY = re.compile(
    rf"(?<![a-z])(?:(?P<en>{_DAY_EN})s?(?:{_RANGE}(?P<en2>{_DAY_EN})s?)?|(?P<week>week-?ends?|week-?days?|(?:business|working|work) ?days?))(?![a-z])"
    rf"|(?:周|星期|礼拜)(?P<zh>{_DAY_ONE})(?:{_RANGE}(?:周|星期|礼拜)?(?P<zh2>{_DAY_ONE})(?![天个月年小点]))?(?P<more>(?:[、和及与](?:周|星期|礼拜)?{_DAY_ONE}(?![天个月年周小点]))*)"
    r"|(?P<rest>周末|双休日|工作日)"
)
_DAY_ZH = {c: n for n, c in enumerate("一二三四五六日", 1)} | {"天": 7}


def _weekdays(text: str, found: list[Fact]) -> str:
    def day(m: re.Match) -> list[Fact]:
        if named := m["week"] or m["rest"]:
            values = [6, 7] if "end" in named or named in ("周末", "双休日") else [1, 2, 3, 4, 5]
        else:
            first, last = (
                [x and [d[:3] for d in _DAY_NAMES].index(x[:3]) + 1 for x in (m["en"], m["en2"])]
                if m["en"] else [x and _DAY_ZH[x] for x in (m["zh"], m["zh2"])]
            )
            values = [(first - 1 + n) % 7 + 1 for n in range((last - first) % 7 + 1)] if last else [first]
            values += [_DAY_ZH[c] for c in m["more"] or "" if c in _DAY_ZH]
        return [Fact("weekday", str(value), shown=m[0]) for value in values]

    return _take(_WEEKDAY, text, found, day)


# Parts of a whole, and money in two units

_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_PARTS = {"half": "50", "third": "33", "quarter": "25", "fifth": "20", "tenth": "10", "一半": "50", "半价": "50", "对半": "50"}
_PART = re.compile(
    r"(?P<half>(?<![a-z])half(?: price| off| of(?! the year)| the (?:price|fee|fare|cost|amount)|-price)?(?![a-z])(?! an?(?![a-z])| past| (?:hour|day|year|month|board|term))|一半|半价|对半)"
    r"|(?<![a-z])(?:a|one)[ -](?P<part>third|quarter|fifth|tenth)(?= (?:of|off|on|less|from|cheaper)(?![a-z])|[.,;]|$)"
    r"|(?<![a-z])(?<!\ba )(?<!per )(?<!each )(?<!every )(?<!one )(?<!same )(?<!working )(?<!business )(?P<lead>week|day|year|floor) (?P<nth>\d{1,3})(?![\d.,:-]*\d| ?(?:am|pm|days?|hours?|%))"
    r"|(?<![a-z])(?P<level>first|second|third|fourth|fifth|\d{1,2}(?:st|nd|rd|th)) floor(?![a-z])"
    r"|(?<![a-z])first (?P<opening>hour|day|week|month|year)(?![a-z])|(?:第一|头一?|首)个?(?P<anfang>小时|天|日|周(?![一二三四五六日天末])|星期(?![一二三四五六日天])|月|年)(?![\u4e00-\u9fff]?[保租])"
    r"|(?<![a-z])(?P<dayone>day one)(?![a-z])"
    r"|(?P<of>[千万])分之(?P<mille>[零一二两三四五六七八九十百\d.]+)"
    r"|(?P<yuan>[零一二两三四五六七八九十百\d]+)?(?P<block>块)?(?P<mao>[一二两三四五六七八九\d])(?:毛|角)(?P<fen>[一二两三四五六七八九\d])?分?"
    r"|(?P<whole>[零一二两三四五六七八九十百\d]+)块(?P<over>[一二两三四五六七八九\d])(?![\d千百])"
    r"|(?<![a-z])(?P<en>an?|one|two|three|four|five|\d+)(?: (?P<unit>hours?|days?|years?|months?|weeks?|minutes?))? and a half(?: (?P<unit2>hours?|days?|years?|months?|weeks?|minutes?))?"
    r"|(?P<zh>[一二两三四五六七八九十\d]+)个?半?(?P<zhunit>年半|个半小时|个半月|个半钟头|小时半|天半|周半)"
)


def _parts(text: str, found: list[Fact]) -> str:
    def digit(raw: str | None) -> Decimal:
        return Decimal(0) if not raw else Decimal(raw) if raw[0].isdigit() else chinese(raw) or Decimal(0)

    def part(m: re.Match) -> Fact | None:
        shown = m[0].strip()
        if m["half"] or m["part"]:
            return Fact("number", _PARTS["half" if m["half"] else m["part"]], "%", shown)
        if m["mille"]:
            return Fact("number", plain(digit(m["mille"]) / (10 if m["of"] == "千" else 100)), "%", shown)
        if m["level"]:
            return Fact("number", str(_ORDINAL.get(m["level"]) or int(re.sub(r"\D", "", m["level"]))), "floor", shown)
        if m["opening"] or m["anfang"] or m["dayone"]:
            return Fact("first", "day" if m["dayone"] else _unit(m["opening"] or m["anfang"]) or "month", "", shown)
        if m["lead"]:
            return Fact("number", m["nth"], m["lead"], shown)
        if m["mao"]:
            if m["yuan"] and not m["block"]:
                return None
            return Fact("number", plain(digit(m["yuan"]) + digit(m["mao"]) / 10 + digit(m["fen"]) / 100), "cny", shown)
        if m["over"]:
            return Fact("number", plain(digit(m["whole"]) + digit(m["over"]) / 10), "cny", shown)
        if m["zh"]:
            unit = next(u for c, u in (("年", "year"), ("时", "hour"), ("头", "hour"), ("月", "month"), ("天", "day"), ("周", "week")) if c in m["zhunit"])
            return Fact("number", plain(digit(m["zh"]) + Decimal("0.5")), unit, shown)
        unit = _unit(m["unit"] or m["unit2"] or "")
        value = Decimal(1) if m["en"] in ("a", "an") else Decimal(m["en"]) if m["en"].isdigit() else english(m["en"])
        return Fact("number", plain(value + Decimal("0.5")), unit, shown) if unit else None

    return _take(_PART, text, found, part)


# Numbers with units

_UNITS: dict[str, str] = {
    "working day": "个工作日|工作日|working days?|business days?|work days?",
    "day": "个自然日|自然日|calendar days?|days?|天|日",
    "hour": "个?小时|个?钟头|hours?|hrs?|h(?![a-z])",
    "minute": "分钟|minutes?|mins?",
    "second": "秒钟?|seconds?|secs?",
    "week": "个?(?:星期|礼拜)(?![一二三四五六日天末])|周(?![年岁一二三四五六日天末])|weeks?",
    "quarter": "个?季度|quarters?",
    "month": "个月|months?",
    "year": "周年|年|years?(?! old)|yrs?",
    "age": "周岁|岁|years? old|year-old",
    "%": "%|％|percent|per cent|个百分点|percentage points?",
    "cny": "元|块钱?|人民币|yuan|rmb|cny",
    "usd": "美元|美金|dollars?|usd",
    "eur": "欧元|欧|euros?|eur",
    "gbp": "英镑|pounds?(?! in weight)|quid|gbp",
    "pence": "pence|p(?![a-z])",
    "discount": "折",
    "tenth": "成(?![为功人员立本分都品])",
    "time": "次|times(?![a-z])|x(?![a-z])",
    "point": "个?积分|分(?!钟|期|之|享|类|别|店|开|为|成|享|公)|points?",
    "instalment": "期|个分期|instal?lments?",
    "kg": "公斤|千克|kilos?|kilograms?|kg",
    "g": "克|grams?|g(?![a-z])",
    "km": "公里|千米|kilomet(?:er|re)s?|km",
    "mile": "英里|miles?",
    "cm": "厘米|公分|centimet(?:er|re)s?|cm",
    "mm": "毫米|mm",
    "m": "米(?![饭粉线])|met(?:er|re)s?|m(?![a-z])",
    "inch": "英寸|寸|inch(?:es)?",
    "l": "升|lit(?:er|re)s?|l(?![a-z])",
    "ml": "毫升|ml",
    "gb": "gb|g内存", "mb": "mb|兆", "tb": "tb", "mah": "毫安时?|mah", "w": "瓦|watts?|w(?![a-z])",
    "kwh": "度(?![假过])|kwh|kilowatt[- ]hours?", "m3": "立方米|立方|方(?![便式法案面])|cubic met(?:er|re)s?", "mbps": "mbps|兆宽带",
    "lesson": "课时|节(?![假日省约])|lessons?", "floor": "楼|层(?!次)|floor", "place": "号", "celsius": "℃|摄氏度|°c|degrees?",
    "jpy": "日元|yen|jpy", "hkd": "港元|港币|hkd",
    "piece": "件|个(?!工|自|小|钟|星|礼|月|季|百|积)|台|张|只|部|份|盒|袋|瓶|条|双|套|pieces?|items?",
    "person": "人|位|名|people|persons?|guests?",
}
# Units of one measure: the smallest, and how many of it one has.
_SMALLEST: dict[str, tuple[str, Decimal]] = {
    name: (smallest, Decimal(size))
    for smallest, sizes in {
        "second": {"second": "1", "minute": "60", "hour": "3600", "day": "86400", "week": "604800"},
        "month": {"month": "1", "quarter": "3", "year": "12"}, "%": {"%": "1", "tenth": "10", "discount": "1"},
        "g": {"g": "1", "kg": "1000"}, "mm": {"mm": "1", "cm": "10", "m": "1000", "km": "1000000"},
        "ml": {"ml": "1", "l": "1000"}, "pence": {"pence": "1", "gbp": "100"},
    }.items()
    for name, size in sizes.items()
}
_CURRENCY_WORD = "rmb|cny|usd|eur|gbp"
_SIGN = {"¥": "cny", "rmb": "cny", "cny": "cny", "人民币": "cny", "$": "usd", "usd": "usd", "us$": "usd",
         "€": "eur", "eur": "eur", "£": "gbp", "gbp": "gbp"}
_UNIT = "|".join(_UNITS.values())
_UNIT_OF = [(re.compile(pattern), name) for name, pattern in _UNITS.items()]

# "once a year" is a rate; "within a year" states a number.
_DURING = r"(?:(?<=in )|(?<=inside )|(?<=least )|(?<=most )|(?<=for )|(?<=after )|(?<=takes )|(?<=take )|(?<=than )|(?<=to )|(?<=about ))"
_NUMBER = (
    r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|(?<![a-z])(?:(?:{ENGLISH_WORD})(?:[ -](?:{ENGLISH_WORD}|hundred|thousand|and(?= (?:{ENGLISH_WORD}))))*"
    rf"|a (?:hundred|thousand|dozen)|half an?|twice|{_DURING}an?(?= (?:{_UNIT})(?![a-z]))"
    rf"|an?(?= (?:full |whole |calendar )?(?:day|week|month|year|hour)(?: ahead| in advance| before| earlier| later| afterwards| beforehand| early))"
    r")(?![a-z])"
    rf"|百分之[{HAN}\d.]+|[{HAN}]+|半(?=年|天|小时|个月|个小时|个?钟头|个学期)"
)
_QUANTITY = re.compile(
    rf"(?P<sign>us\$|[¥$€£]|(?<![a-z])(?:{_CURRENCY_WORD})|人民币)?\s*(?P<number>{_NUMBER})"
    rf"(?P<scale>\s*(?:万|亿|千|k(?![a-z])|thousand|million))?"
    rf"(?:\s*(?:-|–|—|~|～|至|到|to|or|或)\s*(?P<sign2>[¥$€£])?(?P<upper>{_NUMBER})(?P<scale2>万)?)?"
    rf"(?: full| whole| calendar(?! days?)| more| further| extra| additional)?\s*-?(?P<unit>{_UNIT})?"
)
_SCALE = {"万": 10_000, "亿": 100_000_000, "千": 1000, "k": 1000, "thousand": 1000, "million": 1_000_000}


def _numbers(text: str, found: list[Fact]) -> str:
    def quantity(m: re.Match) -> list[Fact] | None:
        unit = _SIGN.get(m["sign"] or m["sign2"] or "") or _unit(m["unit"] or "")
        out = []
        for raw, scale in ((m["number"], m["scale"]), (m["upper"], m["scale2"] or m["scale"])):
            if not raw or not _counts(raw, unit, m):
                continue
            value = _value(raw, unit)
            if value is None:
                continue
            if raw.startswith("百分之"):
                unit = "%"
            for v in value if isinstance(value, list) else [value]:
                out.append(Fact("number", plain(v * _SCALE.get((scale or "").strip(), 1)), unit, m[0].strip()))
        return out or None

    return _take(_QUANTITY, text, found, quantity)


def _unit(raw: str) -> str:
    raw = raw.strip()
    return next((name for pattern, name in _UNIT_OF if raw and pattern.fullmatch(raw)), "")


# Characters that stand beside a Chinese numeral in words that count nothing.
_NOT_COUNTING = re.compile(r"[一十千万百]")
_WHICH = tuple("哪另任某同唯")  # 哪一天 counts nothing
_VAGUE_UNITS = ("", "piece", "person", "point")


def _counts(raw: str, unit: str, match: re.Match) -> bool:
    """Return whether a numeral written in words states a number (一下, 一般 and 千万 do not)."""
    if raw[0].isdigit() or raw.startswith(("百分之", "半")) or raw.isascii():
        return raw != "one" or unit not in ("", "piece", "person", "time")
    before = match.string[match.start() - 1 : match.start()]
    if before == "第":
        return raw != "一"
    if raw == "一" and (before in _WHICH or unit in ("time", "piece", "person", "lesson", "kwh", "m3")):
        return False
    if len(raw) == 1 and _NOT_COUNTING.fullmatch(raw):
        return unit not in _VAGUE_UNITS
    if unit or len(raw) > 2:
        return True
    return len(raw) == 2 and raw not in ("一一", "千万", "万一", "十分", "百十")


def _value(raw: str, unit: str) -> Decimal | list[Decimal] | None:
    if raw[0].isdigit():
        try:
            value = Decimal(raw.replace(",", ""))
        except InvalidOperation:
            return None
        return value / 10 if unit == "discount" and value > 10 else value  # 95折 is 9.5折
    if raw.startswith("百分之"):
        rest = raw[3:]
        return Decimal(rest) if rest[0].isdigit() else chinese(rest)
    if raw == "半" or raw.startswith("half"):
        return Decimal("0.5")
    if raw.isascii():
        return english(raw)
    digits = [HAN_DIGIT[c] for c in raw if c in HAN_DIGIT]
    if len(digits) == len(raw) == 2 and unit == "discount":  # 八五折 is 8.5折
        return Decimal(digits[0]) + Decimal(digits[1]) / 10
    if len(digits) == len(raw) == 2 and digits[1] == digits[0] + 1:  # 三四天 is three or four
        return [Decimal(d) for d in digits]
    return chinese(raw)
