"""May this sentence be shown? Only if the passages, or the customer's own words, bear it out. Pure.

Knows what an unsupported fact, promise or denial is. Leaves reading facts to `facts` and what is said
instead to the speaker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.replying.facts import facts, keys
from assistant.text import content_terms, detect_language, jaccard, normalise, sentences, trigrams


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a sentence was not shown; `kind` is one word for counting, `found` what was wrong in it."""

    kind: str
    sentence: str
    found: str
    reason: str


def allowed(
    sentence: str, passages: Sequence[str], customer_texts: Sequence[str], language: str,
    said: Sequence[str] = (),
) -> Refusal | None:
    """Return None if the sentence may be shown, else the first reason against it.

    `passages` are the approved texts, `customer_texts` what the customer wrote in this conversation,
    `said` the sentences of this reply that were shown already.
    """
    for check in (_form, _repeat, _language, _facts, _actions, _promises, _negation):
        if refusal := check(sentence, passages, customer_texts, language, said):
            return refusal
    return None


def verbatim(sentence: str, passages: Sequence[str]) -> bool:
    """Return whether the sentence is one whole sentence, or several in a row, of a passage.

    A part of a sentence does not count: it may have lost the condition that it stands under.
    """
    wanted = _bare(sentence)
    for passage in passages:
        parts = [_bare(p) for p in sentences(passage)]
        for start in range(len(parts)):
            joined = ""
            for part in parts[start:]:
                joined += part
                if joined == wanted and wanted:
                    return True
                if len(joined) > len(wanted):
                    break
    return False


_EDGE = re.compile(r"[\s。！？!?.,，；;：:~～…]+")


def _bare(text: str) -> str:
    return _EDGE.sub("", normalise(text))


# The checks: each takes (sentence, passages, customer_texts, language, said)

_LEFTOVER = re.compile(r"<\||\|>|\ufffd|</?(?:s|think|im_start|im_end)>|\[(?:passage|资料) ?\d|^(?:assistant|system|user):", re.I)
_WORD = re.compile(r"[^\W_]", re.UNICODE)


def _form(sentence, passages, customer_texts, language, said) -> Refusal | None:
    if not _WORD.search(sentence):
        return Refusal("empty", sentence, "", "The sentence says nothing.")
    if match := _LEFTOVER.search(sentence):
        return Refusal("leftover", sentence, match.group(), "The sentence holds text that is meant for the model alone.")
    return None


def _repeat(sentence, passages, customer_texts, language, said) -> Refusal | None:
    bare, grams = _bare(sentence), trigrams(sentence)
    for earlier in said:
        if bare == _bare(earlier) or (len(grams) > 8 and jaccard(grams, trigrams(earlier)) > 0.85):
            return Refusal("repeat", sentence, earlier, "The sentence says again what was said.")
    return None


def _language(sentence, passages, customer_texts, language, said) -> Refusal | None:
    found = detect_language(sentence, default=language)
    if found == language or verbatim(sentence, passages):
        return None
    return Refusal("language", sentence, found, f"The reply must be in {language!r}, the sentence is in {found!r}.")


def _facts(sentence, passages, customer_texts, language, said) -> Refusal | None:
    known = keys([f for text in (*passages, *customer_texts) for f in facts(text)])
    for fact in facts(sentence):
        if not fact.supported_by(known):
            return Refusal(
                "fact", sentence, fact.shown,
                f"{fact.shown!r} ({fact.kind}) stands neither in the passages nor in the customer's words.",
            )
    return None


# What an assistant that only knows texts can't do, whatever the words: look up, cancel, arrange.
_ACTION = re.compile(
    r"\bI(?:'ve| have|'ll| will|'m| am)(?: just| now| already| going to)* (?:check|look|cancel|refund|arrang|send|sent|"
    r"contact|pass|forward|escalat|order|book|chang|updat|process|register|transfer|submit|credit|appl)\w*"
    r"|\b(?:let me|allow me to) (?:check|look|see|arrange|cancel|find out|transfer)"
    r"|\bwe(?:'ve| have) (?:just |now |already )?(?:cancel|refund|sent|credit|issu|arrang|process|updat)\w*"
    r"|(?:我|我们|小编|这边|现在)?(?:已经|已|这就|马上|立即|立刻|现在就?|会|来|先)?(?:帮|为|给|替)(?:您|你)"
    r"(?:查|办|取消|退|申请|登记|记录|处理|安排|转|提交|催|核实|联系|改|开通|补发|下单|预约)",
    re.I,
)


def _actions(sentence, passages, customer_texts, language, said) -> Refusal | None:
    match = _ACTION.search(sentence.replace("’", "'"))
    if match is None or any(normalise(match.group()) in normalise(p) for p in passages):
        return None
    return Refusal(
        "action", sentence, match.group(), "The sentence claims an action that the assistant can't take."
    )


# Words of promise, by what they promise; a passage in either language may bear them out.
_PROMISES: dict[str, re.Pattern] = {
    "guarantee": re.compile(r"guarantee\w*|promis\w+|assured?\b|rest assured|保证|承诺|担保|包您"),
    "free": re.compile(
        r"\bfree\b(?! to\b| time| hand)|\bno (?:extra |additional )?(?:charge|fee|cost)s?\b|at no (?:extra |additional )?cost|"
        r"without (?:a |any )?(?:charge|fee|cost)|complimentary|\bcosts? (?:you )?nothing|\bor nothing\b|without interest|"
        r"免费|免收|不收(?:取|您)?(?:任何|额外)?(?:费|钱|手续费|运费)|不用(?:付|花|掏)?钱|不要钱|无需付费|免运费|包邮|无息|免息|免(?=年费|邮|押|费|手续费|服务费|配送费|运费|息)|0元"
    ),
    "our cost": re.compile(
        r"由我们(?:承担|出|付)|我们(?:承担|出|付|报销)|we(?:'ll| will)? (?:pay|cover|bear) (?:the |all |for |your )*(?:freight|postage|shipping|return|"
        r"delivery|cost|fee)|(?:paid|covered|borne) by us|我方承担|(?:运费|邮费|费用)(?:由|归)?(?:我们|商家|本店|平台)"
    ),
    "whole": re.compile(r"\bfull(?:y)? (?:refund\w*|amount|price|compensat\w*)|\b100 ?%|in full\b|全额|全部退|全款"),
    "compensation": re.compile(r"compensat\w*|\bdamages\b|赔偿|补偿|赔付|赔您|包赔|先行赔付"),
    "at once": re.compile(r"\bimmediate(?:ly)?\b|\binstant(?:ly)?\b|\bat once\b|\bright away\b|straight away|\bstraightaway\b|(?<!请)(?<!请您)(?<!请先)马上|立即|立刻|即时|实时|秒到|当场|即刻"),
    "any time": re.compile(r"\b(?:at )?any ?time\b|\bwhenever you\b|\bround the clock\b|\b24/7\b|day (?:and|or) night|随时|任何时候|全天候"),
    "always": re.compile(r"\balways\b|\bforever\b|\blife ?time\b|\blife-?long\b|永久|终身|终生|永远|一直有效|长期有效"),
    "unconditional": re.compile(r"\bunconditional\w*|\bno questions asked\b|\bwithout (?:giving )?(?:a |any )?(?:reason|condition)s?\b|no reason|无条件|无理由|不需要理由"),
    "everything": re.compile(r"\b(?:all|any|every) (?:items?|products?|orders?|goods|countr(?:y|ies)|cards?|customers?|purchases?|devices?)\b|所有(?:商品|订单|产品|国家|客户)|任何(?:商品|订单|产品|情况|原因)|全场"),
    "certain": re.compile(r"\bdefinitely\b|\bcertainly will\b|\bwithout fail\b|\bfor sure\b|一定(?:会|能|可以)|肯定(?:会|能|可以|是)|绝对|必定"),
}


_JUST_DENIED = re.compile(r"(?:不|无法|没法|未|别|勿|没有?)[能会可敢]?$|(?:\bnot|n't|\bno|\bnever|\bcannot) (?:\w+ ){0,1}$|\bplease\b[^.]*$")


def _promises(sentence, passages, customer_texts, language, said) -> Refusal | None:
    own, theirs = normalise(sentence), normalise("\n".join(passages))
    for name, pattern in _PROMISES.items():
        match = pattern.search(own)
        if not match or pattern.search(theirs) or _JUST_DENIED.search(own[: match.start()]):
            continue
        return Refusal("promise", sentence, match.group(), f"{match.group()!r} promises ({name}) what no passage says.")
    return None


# Phrases with a negative word that deny nothing.
_NO_DENIAL = re.compile(
    r"no problem|no worries|don'?t worry|not to worry|(?:do not|don'?t) hesitate|not only|whether or not|if not|"
    r"\bnot? (?:later|more|less|fewer|longer) than|\bno (?:extra |additional )?(?:charge|fee|cost)s?\b|at no (?:extra |additional )?cost|"
    r"without (?:a |any )?(?:charge|fee|cost)|unless|"
    r"不客气|不好意思|对不起|不用担心|别担心|不必担心|没问题|没关系|不过|不但|不仅|不管|不论|无论|不同|不错|不超过|不晚于|不少于|"
    r"不低于|不高于|不多于|不满|不足|未满|未成年|无理由|无条件|无忧|无线|非常|未来|分别|特别|级别|类别|个别|识别|性别|差别|不收(?:取|您)?(?:任何|额外)?(?:费|钱|手续费|运费)|"
    r"不用(?:付|花|掏)?钱|不要钱|无需付费|能不能|可不可以|是不是|有没有|会不会|要不要|是否"
)
_DENIAL = re.compile(
    r"\b(?:not|no|never|cannot|none|neither|nor|nothing|unable|without|isn|aren|don|doesn|won|can|couldn|didn|wasn|"
    r"shouldn|wouldn|haven|hasn)(?:'t|\b(?<!\bcan)(?<!\bdon)(?<!\bwon))|\b(?:unfortunately|except|excluded?|excluding|"
    r"closed|unavailable|refused?)\b|不|没|无法|无须|无需|未|勿|禁止|除外|概不|谢绝|非(?=质量|人为|会员|本人|工作)|闭馆|休馆|停业|歇业|打烊|拒"
)


def denies(text: str) -> bool:
    """Return whether a text says that something is not so, apart from fixed polite phrases."""
    return bool(_DENIAL.search(_NO_DENIAL.sub(" ", normalise(text).replace("’", "'"))))


_CLAUSE = re.compile(r"[,;:()，；：（）—]+|\b(?:if|when|unless|but|while|because|until|otherwise)\b|如果|若|但是?|否则|除非")
NEAR, COVERED, TOUCHED = 0.15, 0.75, 0.3


def _negation(sentence, passages, customer_texts, language, said) -> Refusal | None:
    """Refuse a sentence that affirms what its nearest passage sentence denies, or the reverse.

    A passage sentence often holds both ("X is free, Y is not"), so single clauses count too: a denial
    needs one denying clause that speaks of the same; an affirmation needs each of its clauses covered.
    """
    if verbatim(sentence, passages):
        return None
    negative, own = denies(sentence), content_terms(sentence)
    parts = [part for passage in passages for part in sentences(passage)]
    shares = [(_share(own, content_terms(part)), denies(part)) for part in parts]
    best = max((share for share, _ in shares), default=0.0)
    if best < NEAR:
        if negative and not _polite(sentence):
            return Refusal("negation", sentence, "", "The sentence denies something that no passage speaks of.")
        return None
    if any(denied == negative for share, denied in shares if share >= 0.9 * best):
        return None
    clauses = [content_terms(c) for part in parts for c in _CLAUSE.split(part) if denies(c) == negative]
    needed = TOUCHED if negative else COVERED
    mine = [
        terms for clause in _CLAUSE.split(sentence)
        if denies(clause) == negative and len(terms := content_terms(clause)) > 1
    ]
    if mine and all(any(_share(m, c) >= needed for c in clauses) for m in mine):
        return None
    what = "denies" if negative else "does not deny"
    return Refusal(
        "negation", sentence, "", f"The sentence {what} what the passage it is closest to puts the other way."
    )


def _share(own: set[str], other: set[str]) -> float:
    return len(own & other) / len(own) if own else 0.0


def _polite(sentence: str) -> bool:
    """Return whether a sentence only regrets or thanks: short, and without any fact."""
    regrets = re.search(r"sorry|apolog|thank|pleasure|抱歉|对不起|谢谢|感谢|理解", normalise(sentence))
    return bool(regrets) and len(content_terms(sentence)) <= 8 and not facts(sentence)
