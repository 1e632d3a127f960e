"""A text as statements: its clauses, each with its facts, their bounds, its words and what it denies.

Pure. Both languages come out in one form. Knows no passages apart from the text it is given; leaves
comparing two texts to `alignment`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from assistant.replying.bounds import Bounds, bounds
from assistant.replying.facts import Fact, facts
from assistant.replying.glossary import Word, words
from assistant.replying.polarity import denials, denied
from assistant.text import normalise, sentences

FREE = re.compile(
    r"(?<![a-z-])free(?![a-z-]| to | time| hand| of (?:defect|fault)| from )|no (?:[a-z]+ )?(?:charge|fee|cost)s?\b(?! (?:applies|is) (?:if|unless))|"
    r"at no (?:extra |additional )?cost|without (?:a |any )?(?:charge|fee|cost|paying)|complimentary|\bcosts? (?:you )?nothing|interest-free|on the house|"
    r"(?:don't|won't|doesn't|not|never) (?:have to |need to )?(?:pay|charge|cost)(?: you)?(?: the| a| any| anything)*(?: fee| charge)?(?= |[.,]|$)|nothing to pay|is waived|are waived|(?:we )?waive|"
    r"免费|免收|不(?:会|再|另)?(?:收|扣)(?:取|您)?(?:的|任何|额外|一分|您的?)*(?:费用?|钱|手续费|运费|利息|押金)|不用(?:付|花|掏|交)(?:钱|费|.{0,6}费)|不要钱|无需(?:付费|支付|缴费)|免(?:邮|押|费|息|除|收)|免[\u4e00-\u9fff]{1,4}费|包邮|免票|无息|(?<![\d.,])0元(?!购)|手续费全免"
)
_CUT = re.compile(
    r"[;。!?—\n]|,(?!\d{3}(?!\d))|:(?!\d|//)|\.(?=\s|$)|(?<![a-z])(?:but|while|whereas|although|though|otherwise|unless|if|when|because|since(?= [a-z]+ (?:is|are|can|have|has)))(?![a-z])"
    r"|(?<![a-z])and (?=(?:never|do not|don't|does not|doesn't|is not|isn't|are not|cannot|can't|no) )|(?<=[\u4e00-\u9fff])(?:但是?|不过|而且|否则|如果)"
)
_JOINT = re.compile(r"(?<![a-z])(?:and|or|plus|with)(?![a-z])|和|及|与|、|或|另外|另(?=收|有)")
_CONDITION = re.compile(
    r"(?<![a-z])(?:if|unless|when|once|provided|only|as long as|until|except|who|whose|with proof|on request|aged|for (?:customers|members|orders|students|residents|people|families))(?![a-z])"
    r"|如果?|若|满|须|凭|仅|只限|只有|才|除|达到|符合|且|年满|及以上|以上|当.{1,12}时|前提|的(?:客户|用户|会员|家庭|旅客|订单|人)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a text; `sentence` counts the sentences, `signs` says of each label: does it stand, is it denied?
    `denies` is whether the whole is denied, `inner` whether a thing in it is described by a denial,
    `left_out` the keys of the facts that stand under one.

    `bounds` stands in step with `facts`.
    """

    text: str
    sentence: int
    facts: tuple[Fact, ...]
    bounds: tuple[Bounds, ...]
    words: tuple[Word, ...]
    signs: dict[str, frozenset[bool]] = field(hash=False)
    denies: bool = False
    inner: bool = False
    left_out: frozenset[str] = frozenset()
    conditional: bool = False

    @property
    def negative(self) -> bool:
        """Return whether it says that something is not so, by a denial or by a word such as closed."""
        hours = any(f.kind in ("time", "date") for f in self.facts)  # closing at five is no denial
        own = any(
            f"-{k}" in w.meanings for w in self.words for k in POLAR
            if k != "open" or (not hours and (not w.text.isascii() or _SHUT.search(self.text)))
        )
        return self.denies != own

    @property
    def labels(self) -> frozenset[str]:
        """Return what its content words go by, each as it stands: open under a no is -open."""
        return frozenset(label if stands else f"-{label}" for label, signs in self.signs.items() for stands in signs)


@lru_cache(maxsize=1024)
def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a text in order."""
    out = []
    for number, sentence in enumerate(sentences(normalise(text))):
        for part in _cut(sentence):
            clause = _clause(part, number)
            if clause.words or clause.facts:
                out.append(clause)
    return tuple(out)


def _cut(sentence: str) -> list[str]:
    """Return the clauses of a sentence; a list of amounts that belong to different things is cut as well."""
    starts = [0]
    for match in _CUT.finditer(sentence):
        starts.append(match.start() if match.group()[0].isalpha() else match.end())
    parts = [sentence[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    out = []
    for part in parts:
        last = 0
        found = [f for f in facts(part) if dimension(f) in ("price", "duration", "time", "date", "weekday")]
        for one, other in pairwise(found):
            if dimension(one) == dimension(other) and other.at >= one.until:
                joint = next(iter(_JOINT.finditer(part, one.until, other.at)), None)
                if joint and words(part[one.until : joint.start()] + " " + part[joint.end() : other.at]):
                    out.append(part[last : joint.start()])
                    last = joint.start()
        out.append(part[last:])
    return _joined([p.strip() for p in out if p.strip()])


def _joined(parts: list[str]) -> list[str]:
    """Return the parts with the members of an English list before its verb put back to what follows them."""
    out, held = [], ""
    for n, part in enumerate(parts):
        few = part.isascii() and part.endswith(",") and len(part.split()) <= 3 and not facts(part) and not denials(part)
        if few and n + 1 < len(parts) and any(w.kind != "harmless" for w in words(part)):
            held += part + " "
            continue
        out.append(held + part)
        held = ""
    return out


def _clause(text: str, number: int) -> Clause:
    found, spans = facts(text), denials(text)
    if ((match := FREE.search(text)) and not denied(spans, match.end() - 1)) or (match and _NEGATIVE.match(match.group())):
        found.append(Fact("free", "0", "", match.group(), match.start(), match.end()))
    if match := _FULL_PRICE.search(text):
        found.append(Fact("number", "0", "%", match.group(), match.start(), match.end()))
    for value, pattern in _PAYER.items():
        if match := pattern.search(text):
            found.append(Fact("payer", value, "", match.group(), match.start(), match.start()))
    taken = [(f.at, f.until) for f in found]
    own = tuple(w for w in words(text) if not any(a <= w.at < b for a, b in taken))
    signs: dict[str, set[bool]] = {}
    for word in own:
        if word.kind == "harmless":
            continue
        stands = not denied(spans, word.at)
        for label in word.labels:
            signs.setdefault(label.lstrip("-"), set()).add(stands != label.startswith("-"))
    shown = [f.shown for f in found]
    marks = [bounds(text, f.at, f.until) for f in found]
    marks = [
        Bounds(_of_range(found, n, shown) or b.bound, b.side, b.rates) if f.kind == "number" else b
        for n, (f, b) in enumerate(zip(found, marks, strict=True))
    ]
    worded = {w.at for w in own if len(w.text) > 1 and any(k.startswith("-") for k in w.meanings)}  # 不含 is a word of its own
    for n in range(len(found) - 1):
        if found[n].kind == found[n + 1].kind == "time" and _TO.fullmatch(text[found[n].until : found[n + 1].at]):
            marks[n] = Bounds(marks[n].bound, marks[n].side or "after", marks[n].rates)
            marks[n + 1] = Bounds(marks[n + 1].bound, marks[n + 1].side or "before", marks[n + 1].rates)
    outer = [s for s in spans if not s[2] and s[0] not in worded and not any(f.kind == "free" and f.at <= s[0] < f.until for f in found)]
    marks = [
        Bounds("least", b.side, b.rates) if not b.bound and dimension(f) == "duration" and _passes(text, f) else b
        for f, b in zip(found, marks, strict=True)
    ]
    return Clause(
        text, number, tuple(found), tuple(marks), own, {k: frozenset(v) for k, v in signs.items()},
        len(outer) % 2 == 1, any(s[2] for s in spans),
        frozenset(":".join(f.key()) for f in found if denied([s for s in spans if s[2]], f.at)), bool(_CONDITION.search(text)),
    )


# Who bears a cost.
_PAYER = {
    "us": re.compile(
        r"由(?:我们|我方|商家|本店|平台|公司|卖家)(?:来)?(?:承担|出|付|负责|负担)|(?:我们|我方|商家|本店|平台|公司|卖家)(?:来)?(?:承担|出(?!示)|付|报销|负担)|(?<![a-z])(?:we|we'll|the shop|the store|the company)(?: will| also)? (?:pay|cover|bear)(?![a-z])|at our (?:own )?(?:cost|expense)|(?:paid|covered|borne) by (?:us|the (?:shop|store|company|seller))"
    ),
    "you": re.compile(
        r"由(?:您|买家|客户|顾客|用户|申请人|本人|乘客|投保人|学员|收件人)(?:自行|自己)?(?:承担|出|付|负责|负担|缴纳|在线缴纳)|(?:您|买家|客户|顾客|用户)(?:自己|自行)(?:承担|出(?!示)|付|负担)|自理|自费|(?<![a-z])(?:you|buyers?|customers?|the buyer|the customer)(?: have to| must| will| need to| has to|'ll)? (?:pay for|cover|bear)(?![a-z])|at your (?:own )?(?:cost|expense)|(?:paid|covered|borne) by (?:you|the (?:buyer|customer))"
    ),
}
_FULL_PRICE = re.compile(r"(?<![a-z])full price|原价|全价")  # nothing off
def _passes(text: str, fact: Fact) -> bool:
    """Return whether something comes after a span of time: after 3 days, 3天之后."""
    return bool(_PASSES.search(text[max(0, fact.at - 6) : fact.at] + "\x00" + text[fact.until : fact.until + 3]))


_TO = re.compile(r"\s*(?:至|到|to|-|~|–|—|until|till)\s*")
_PASSES = re.compile("after \x00|\x00 ?(?:之后|以后|后)")  # after 3 days: not sooner
_NEGATIVE = re.compile(r"no |at no|without|don't|won't|doesn't|not|never|nothing|cost|不|无")


def _of_range(found: list[Fact], n: int, shown: list[str]) -> str:
    """Return the bound that a place in a range gives: the lower number is a least, the upper one a most."""
    same = [m for m, f in enumerate(found) if f.at == found[n].at and f.kind == "number" and shown[m] == shown[n]]
    if len(same) == 2:
        return "least" if n == same[0] else "most"
    return ""


# Pairs of opposites that turn a whole clause round: closed denies open.
POLAR = ("open", "accept", "permit", "include", "keep", "use", "approve")
_SHUT = re.compile(r"\b(?:closed|shut)\b")
_DURATIONS = ("second", "minute", "hour", "day", "week", "working day", "month", "quarter", "year")
_PRICES = ("cny", "usd", "eur", "gbp", "pence", "jpy", "hkd", "%", "discount", "tenth")


def dimension(fact: Fact) -> str:
    """Return what a fact measures; two facts of one dimension with different values exclude each other."""
    if fact.kind == "free":
        return "price"
    if fact.kind == "day of month":
        return "date"
    if fact.kind in ("link", "e-mail", "phone"):
        return "contact"
    if fact.kind != "number":
        return fact.kind
    if fact.unit in _DURATIONS:
        return "duration"
    return "price" if fact.unit in _PRICES else fact.unit or "bare"
