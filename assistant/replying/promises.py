"""What a sentence claims, promises, or says of everyone: words that need a passage of their own.

Pure. Reads both languages. Leaves numbers and denials to the other checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.replying.sources import Finding
from assistant.replying.statements import FREE
from assistant.text import normalise

# What an assistant that only knows texts can't do, whatever the words: look up, cancel, arrange.
_ACTION = re.compile(
    r"^(?:ok(?:ay)?,? |alright,? )?(?:done|all done|all set|sorted)\b|办好了|取消好了|(?:预约|取消|办理|申请|提交|登记)成功|已成功|搞定"
    r"|\bI(?:'ve| have)(?: just| now| already)* (?!to\b|no\b|not\b)\w+|\bI(?:'ll| will|'m| am)(?: just| now| already| going to)* (?:check|look|cancel|refund|arrang|send|sent|"
    r"contact|pass|forward|escalat|order|book|chang|updat|process|register|transfer|submit|credit|appl)\w*"
    r"|\b(?:let me|allow me to) (?:check|look|see|arrange|cancel|find out|transfer)"
    r"|\bwe(?:'ve| have) (?:just |now |already )?(?:cancel|refund|sent|credit|issu|arrang|process|updat)\w*"
    r"|(?:我|我们|小编|这边|现在)?(?:已经|已|这就|马上|立即|立刻|现在就?|会|来|先)?(?:帮|为|给|替)(?:您|你)"
    r"(?:查|办|取消|退|申请|登记|记录|处理|安排|转|提交|催|核实|联系|改|开通|补发|下单|预约)",
    re.I,
)


def action(sentence: str, passages: Sequence[str], customer_texts: Sequence[str]) -> Finding | None:
    """Return a deed that a sentence claims and the assistant, which only knows texts, can't do."""
    match = _ACTION.search(sentence.replace("’", "'"))
    if match is None or any(normalise(match.group()) in normalise(p) for p in passages):
        return None
    return Finding("action", match.group(), "The sentence claims an action that the assistant can't take."
    )


# Words of promise, by what they promise; a passage in either language may bear them out.
_PROMISES: dict[str, re.Pattern] = {
    "guarantee": re.compile(r"guarantee\w*|promis\w+|assured?\b|rest assured|保证|承诺|担保|包您"),
    "free": re.compile(
        r"\bfree\b(?! to\b| time| hand)|\bno (?:extra |additional )?(?:charge|fee|cost)s?\b|at no (?:extra |additional )?cost|"
        r"without (?:a |any )?(?:charge|fee|cost)|complimentary|\bcosts? (?:you )?nothing|\bor nothing\b|without interest|"
        r"免费|免收|不收(?:取|您)?(?:任何|额外)?(?:费|钱|手续费|运费)|不用(?:付|花|掏)?钱|不要钱|无需付费|免运费|包邮|无息|免息|免(?=年费|邮|押|费|手续费|服务费|配送费|运费|息)|(?<![\d.,])0元"
    ),
    "our cost": re.compile(
        r"由我们(?:承担|出|付)|我们(?:承担|出|付|报销)|we(?:'ll| will)? (?:pay|cover|bear) (?:the |all |for |your )*(?:freight|postage|shipping|return|"
        r"delivery|cost|fee)|(?:paid|covered|borne) by us|我方承担|(?:运费|邮费|费用)(?:由|归)?(?:我们|商家|本店|平台)"
    ),
    "whole": re.compile(r"\bfull(?:y)? (?:refund\w*|amount|price|compensat\w*)|\b100 ?%|in full\b|全额|全部退|全款"),
    "compensation": re.compile(r"compensat\w*|\bdamages\b|赔偿|补偿|赔付|赔您|包赔|先行赔付"),
    "at once": re.compile(r"\bimmediate(?:ly)?\b|\binstant(?:ly)?\b|\bat once\b|\bright away\b|straight away|\bstraightaway\b|(?<!请)(?<!请您)(?<!请先)马上|立即|立刻|即时|实时|秒到|当场|即刻|一[入到付下买交开注][\u4e00-\u9fff]?就|as soon as you (?:join|sign|order|pay)|the moment you"),
    "any time": re.compile(r"\b(?:at )?any ?time\b|\bwhenever you\b|\bround the clock\b|\b24/7\b|day (?:and|or) night|随时|任何时候|全天候"),
    "always": re.compile(r"\balways\b|\bforever\b|\blife ?time\b|\blife-?long\b|永久|终身|终生|永远|一直有效|长期有效"),
    "unconditional": re.compile(r"\bunconditional\w*|\bno questions asked\b|\bwithout (?:giving )?(?:a |any )?(?:reason|condition)s?\b|no reason|无条件|无理由|不需要理由"),
    "everything": re.compile(r"\b(?:all|any|every) (?:items?|products?|orders?|goods|countr(?:y|ies)|cards?|customers?|purchases?|devices?)\b|所有(?:商品|订单|产品|国家|客户)|任何(?:商品|订单|产品|情况|原因)|全场"),
    "gift": re.compile(r"\bfree gift|\bbonus\b|\bthrow in\b|\bgifts?\b|赠送|附赠|送(?:给)?您?[一两三个份]|还送|免费送|红包|大礼包|赠品"),
    "enough": re.compile(r"(?:只要|只需要?|仅需|光)(?:带|提供|准备|出示|交)|\bonly (?:need|have) to (?:bring|show|provide|send)|\bjust (?:bring|show|provide)|\b(?:is|are) enough\b|就够了"),
    "provided": re.compile(r"\bwe(?:'ll| will| can| also)* (?:provide|supply|lend)\b|(?:我们|店里|现场)(?:会|都|也)?(?:有)?提供"),
    "everyone": re.compile(r"\b(?:everyone|everybody|anyone|anybody)\b|\b(?:all|every|any) (?:customers?|members?|guests?|students?|passengers?|visitors?|users?|patients?|residents?|people|child(?:ren)?|adults?)\b|所有(?:人|客户|会员|住客|学生|旅客|用户|家庭|孩子|儿童)|人人|谁都"),
    "often": re.compile(r"多次|无限次|不限次|\b(?:multiple|several|many|unlimited) times\b|\bas often as\b"),
    "certain": re.compile(r"\bdefinitely\b|\bcertainly will\b|\bwithout fail\b|\bfor sure\b|一定(?:会|能|可以)|肯定(?:会|能|可以|是)|绝对|必定"),
}

# What bears a promise out in other words.
_BORNE_OUT = {
    "provided": re.compile(r"\b(?:provid|suppl|includ|lend|offer|available)\w*|提供|附|含|配|借"),
    "everyone": re.compile(r"\b(?:everyone|everybody|anyone|no one|nobody)\b|\b(?:every|each|all|any) (?:person|customers?|members?|guests?|students?|passengers?|visitors?|users?|patients?|residents?|people|child(?:ren)?|adults?)\b|每[人位名](?!仅?限?[一二两三\d])|所有|任何|均|一律|统一|概|各"),
    "often": re.compile(r"多次|多回|反复|times|again|repeatedly|不限"),
    "enough": re.compile(r"\bonly\b|\benough\b|只|仅|即可"),
    "gift": re.compile(r"\bgift|\bfree\b|送|赠|红包"),
}

_JUST_DENIED = re.compile(r"(?:不|无法|没法|未|别|勿|没有?)[能会可敢]?$|(?:\bnot|n't|\bno|\bnever|\bcannot) (?:\w+ ){0,1}$|\bplease\b[^.]*$")


def promise(sentence: str, passages: Sequence[str], customer_texts: Sequence[str]) -> Finding | None:
    """Return a promise that no passage makes."""
    own, theirs = normalise(sentence), normalise("\n".join(passages))
    for name, pattern in _PROMISES.items():
        match = pattern.search(own)
        if (name == "free" and FREE.search(theirs)) or (name in _BORNE_OUT and _BORNE_OUT[name].search(theirs)):
            continue
        if not match or pattern.search(theirs) or _JUST_DENIED.search(own[: match.start()]):
            continue
        return Finding("promise", match.group(), f"{match.group()!r} promises ({name}) what no passage says.")
    return None


# What holds for all, or at all times: it needs passages that say so of all.
_EVERY = {
    "all": re.compile(
        r"\b(?:all|any|every|whichever|whatever(?! you haven)|whoever|regardless|no matter|irrespective)\b(?! (?:of )?(?:the |your |our )?(?:money|amount|it|tuition|price|cost|day|night|week|month|year|hour|minute|term|other|monday|tuesday|wednesday|thursday|"
        r"friday|saturday|sunday|time you|more|longer|fee|one|second|\d+|two|three|four|six)s?\b)|\b(?:everyone|everybody|anyone|anybody|everywhere|anywhere|everything|anything)\b|"
        r"所有|任何|任意|全部(?!退|返|金额|款)|一切|全国|各地|全场|凡是|每(?:位|名|个(?:人|客户|用户|会员|家庭|孩子|学生))|人人|谁都|不管|无论|不论|哪里都|随便|全都(?!退)|都可以.{0,3}免|一律"
    ),
    "always": re.compile(
        r"\balways\b|\bnever (?:expires?|ends?|runs? out|lapses?)|永不|不会过期|\bwhenever\b|\bany ?time\b|\b(?:all|whole) year\b|year[- ]round|\b24/7\b|\baround the clock\b|\bround the clock\b|\bday (?:or|and) night\b|\bany hour\b|\bas (?:many|often|much|long) (?:times )?as you (?:like|want|wish|need)|\bno limit|\bunlimited\b|\bwithout limit|\bforever\b|"
        r"随时|任何时候|任何时间|全天候|全天|24小时|全年(?!用|以|度)|一年四季|永久|一直|想什么时候|不限|没有限制|无限|不设上限|长期"
    ),
}

_SOON = re.compile(r"\b(?:same day|today|tonight|tomorrow|this (?:afternoon|evening|morning))\b|当天|当日|今天|今日|明天|今晚|(?<!一)次日")

_EVERY_HELD = {
    "all": re.compile(
        r"\b(?:all|any|each|every|whatever|whichever|anyone|everyone|regardless|no matter|anywhere|everywhere|not? .{0,20}(?:any|all)|nothing|unlimited)\b|所有|任何|任意|全部|全场|均|一律|都|各|每(?!年|月|日|天|周|小时|度|平|笔)|不限|凡|无论|不论|不管|全国|统一|概不|皆"
    ),
    "always": re.compile(
        r"\balways\b|\bany ?time\b|\ball year\b|\b24 ?(?:/7|hours?)\b|\bround the clock\b|\bday (?:or|and) night\b|\bany\b|\bno limit|\bunlimited\b|\bevery day\b|\bwhenever\b|\blifetime\b|随时|任何|全天|24小时|全年|永久|一直|不限|无限|长期|终身|每日|每天|不休"
    ),
}

_UNDER_NO = re.compile(r"\b(?:not|no|never|without|if)\b|n't|haven|hasn")


def everything(sentence: str, passages: Sequence[str], customer_texts: Sequence[str]) -> Finding | None:
    """Return what a sentence says of all, of always, or of a near day, without a passage that does."""
    own, theirs = normalise(sentence), normalise("\n".join(passages))
    asked = normalise("\n".join(customer_texts))
    soon = _SOON.search(own)
    if soon and not _SOON.search(theirs) and soon.group() not in asked:
        return Finding("promise", soon.group(), f"{soon.group()!r} promises a day that no passage names.")
    for name, pattern in _EVERY.items():
        match = pattern.search(own)
        if match and _UNDER_NO.search(own) and "any" in match.group():
            continue
        if match and not _EVERY_HELD[name].search(theirs) and not _JUST_DENIED.search(own[: match.start()]):
            return Finding("promise", match.group(), f"{match.group()!r} says of {name} what the passages say of some.")
    return None
