"""How a customer asks for a human being in English: pure patterns over one sentence in lower case.

A small grammar in two steps. Whoever is spoken of becomes one word: HUMAN (a human as opposed to a
machine), STAFF, SOMEONE or MACHINE; what follows keeps "an agent discount" and "an operator licence"
out. Then short patterns over those words say what is asked for, and what stands before them keeps out
what is denied, told or supposed. Knows nothing of Chinese.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SHORT = {
    "u": "you", "ur": "your", "some1": "someone", "sum1": "someone", "smone": "someone", "any1": "anyone", "smbdy": "somebody",
    "wanna": "want to", "gimme": "give me", "lemme": "let me", "ppl": "people", "pls": "please", "plz": "please", "plse": "please",
    "hooman": "human", "dont": "don't", "cant": "can't", "wont": "won't", "id": "i'd", "im": "i'm", "cs": "customer service",
    "csr": "representative", "mgr": "manager", "gotta": "have to", "r": "are", "w": "with", "w/": "with",
}
_KNOWN = (
    "human", "person", "people", "agent", "representative", "operator", "manager", "supervisor", "advisor", "colleague", "employee",
    "specialist", "someone", "somebody", "customer", "service", "support", "speak", "talk", "chat", "transfer", "connect", "escalate",
    "robot", "machine", "please", "member", "staff", "actual",
)
# Words of their own, one letter from a known one.
_REAL = frozenset(
    ["manage", "managed", "manages", "managers", "employer", "employed", "employees", "humane", "humans", "persona", "persons", "steak",
    "sneak", "spear", "spark", "tank", "tall", "task", "tale", "char", "cart", "that", "stuff", "staffs", "agents", "talks", "chats",
    "serviced", "services", "customers", "supports", "operators", "operated", "colleagues", "advisors", "machines", "representation",
    "representatives", "specialists", "specialise", "specialised", "transfers", "connects", "connected", "members", "robots", "chart",
    "chats", "members", "peoples", "actually", "speaks", "talking", "escalated", "escalates", "escalator",
    "cat", "hat", "advisory"]
)
_WORD = re.compile(r"w/|[a-z0-9]+(?:'[a-z]+)?")
_TWO = re.compile(r"(?<=[a-z] )2(?= [a-z])")
_AGAIN = re.compile(r"\b(\w+)(?: \1\b)+")


@lru_cache(maxsize=8192)
def _meant(word: str) -> str:
    """Return the word that was meant: written out, or mended by a letter (two in a long word)."""
    if word in _SHORT:
        return _SHORT[word]
    if word in _KNOWN or word in _REAL:
        return word
    for known in _KNOWN:
        allowed = 2 if len(known) >= 10 else 1
        if abs(len(word) - len(known)) > allowed or len(word) < 4:
            continue
        swapped = len(word) == len(known) and sorted(word) == sorted(known)
        if (swapped or (word[0] == known[0] and len(known) >= 5)) and _distance(word, known) <= allowed:
            return known
    return word


def _distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance: letters added, left out, changed, or neighbours swapped."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


# Who is spoken of
_DET = (
    r"(?:(?:an?|the|any|some|one|your|another|this|that|these|those|1|one of (?:your|the|those|these)(?: own)?|(?:an? |any |"
    r"some )?members? of|"
    r"someone from|somebody from|anyone from|anybody from) )"
)
_REAL_ONE = (
    r"(?:real(?:[- ]life)?|live|living|actual|proper|genuine|true|breathing|thinking|flesh[- ]and[- ]blood|non[- ](?:robot|bot|automated|"
    r"ai))"
)
_SORT = (
    r"(?:customer|client|services?|support|care|store|shop|duty|shift|call|cent(?:er|re)|sales|technical|tech|account|billing|"
    r"claims?|complaints?|"
    r"general|branch|floor|hotel|online|phone|senior|different|qualified|trained|competent|friendly|nice|kind|available|next|first|single|"
    r"bloody|damn|goddamn|f\S*ing|fuckin|freaking|stupid|relevant|responsible|certified|\w+[- ]speaking|native|department|company|"
    r"help|desk|chat|"
    r"legit|decent|good|normal|regular|in-house)"
)
_ONE = r"(?:persons?|people|someone|somebody|anyone|anybody|nobody|no one|soul|beings?|individual)"
_JOB = (
    r"(?:agents?|reps?|representatives?|operators?|advis[eo]rs?|specialists?|consultants?|supervisors?|managers?|boss|bosses|"
    r"colleagues?|co-?workers?|"
    r"team ?mates?|employees?|staff(?: members?| person)?|clerks?|receptionists?|associates?|team leaders?|team leads?|superiors?|"
    r"higher[- ]ups?|"
    r"attendants?|officers?|team members?|personnel|experts?|professionals?)"
)
_PULSE = (
    r"(?:with (?:an? )?(?:actual |real |working |beating )?(?:pulse|heart ?beat|heart|brain|soul|face)|made of flesh(?: and blood)?|"
    r"(?:who|that)(?:'s| is| has) (?:actually |really )?(?:not an? \w+|an? (?:pulse|heart ?beat|brain)|alive|breathing))"
)
# What may follow: an end, or a word that makes no other noun of it ("an agent discount").
_AFTER = (
    r"(?=$|\s*[^\w\s'-]|\s+(?:[^\x00-\x7f]|(?:please|now|right|asap|immediately|today|tomorrow|tonight|instead|here|there|on|in|at|"
    r"about|regarding|re|"
    r"concerning|who|who's|whom|that|that's|which|and|or|not|no|rather|than|because|cause|cos|coz|since|so|as|if|before|after|with|"
    r"from|over|out|of|i|i'm|i'd|"
    r"i've|i'll|we|you|your|can|could|would|will|may|might|must|should|shall|needs?|has|have|had|is|are|isn't|was|this|my|me|us|it|"
    r"quickly|quick|fast|soon|urgently|"
    r"straight|directly|again|thanks|thank|thx|ty|then|too|also|already|but|ok|okay|yes|though|anymore|to|for|via|by|available|"
    r"online|when|while|"
    r"first|only|just|sir|either|well|lol|ffs|omg|the|real|alive|human|hello|hi|kindly|next|without|until|any|some|behind|"
    r"around|up|back|like|do|does|"
    r"did|working|awake|nearby|free|take|takes|call|calls|answer|reply|respond|help|look|join|come|contact|read|explain|talk|speak|"
    r"deal|handle|step|listen|"
    r"review|sort|fix|phone|ring|get|reach|write|message|actually|personally|really|chat|ever|still|at all|capable|involved|twice|"
    r"three|four|"
    r"five|several|many|have|wanted|required|needed)\b))"
)
_TAGS = tuple((re.compile(rf"(?<![\w'-]){p}"), tag) for p, tag in (
    (
        rf"{_DET}*(?:{_SORT} )*{_REAL_ONE}(?:,? (?:{_REAL_ONE}|{_SORT}))*,? (?:{_ONE}|{_JOB}|humans?(?: beings?)?|body|man|woman|"
        r"(?<=live )one|(?<=living )one|(?<=human )one|guy|voice|lady|gentleman|support|"
     rf"customer service|service|help|assistance){_AFTER}", "HUMAN"),
    (rf"{_DET}*{_ONE},? {_PULSE}{_AFTER}", "HUMAN"),
    (rf"{_DET}*{_ONE},? (?:who(?:'s| is)? |that(?:'s| is)? )?(?:actually )?(?:real|human|alive)\b(?! (?:estate|time|size)\b)", "HUMAN"),
    (
        rf"{_DET}*(?:{_SORT} )*(?:humans?|hoomans?)(?:[- ]beings?)?(?:,? {_SORT})*(?: (?:{_ONE}|{_JOB}|support|help|assistance|"
        rf"customer service|service|intervention|take-?over|interaction|contact|attention|response|reply|touch))?{_AFTER}", "HUMAN"),
    (rf"{_DET}*(?:{_SORT} )*{_JOB}(?: (?:in charge|on duty|on shift|of yours))?{_AFTER}", "STAFF"),
    (rf"(?:(?:an?|the|your|any|some) )?(?:customer (?:services?|care|support|relations)|(?:technical |tech |live )?support|help ?desk)"
     rf"(?: (?:team|department|desk|people|person|staff|line|guys?))?{_AFTER}", "DESK"),
    (
        r"(?:(?:one of|members? of|(?:some|any)(?:one|body) (?:from|in|on|of)|from|a person (?:from|in|on|of)|"
        r"an? members? of) (?:your|the|this) )"
     r"(?:\w+ )?(?:team|people|staff|crew|guys|folks|company|office|department|side|end|support|service|store|shop|desk|"
     rf"organi[sz]ation|humans|lot){_AFTER}", "STAFF"),
    (
        r"(?:some|any)(?:one|body) (?:in charge|senior|higher(?: up)?|more senior|above you|with (?:\w+ )?(?:authority|power|clout)|"
        rf"in (?:authority|management))(?: of \w+)?{_AFTER}", "STAFF"),
    (rf"whoever(?:'s)? (?:is |was )?(?:above you|in charge|responsible|on duty)(?: (?:of|for) \w+)?{_AFTER}", "STAFF"),
    (r"(?:some|any)(?:one|body) who works? (?:there|here|for you|with you|at \w+)", "STAFF"),
    (r"whoever (?:handles|runs|does|manages|deals with|looks after|can|decides|makes|knows)\b", "STAFF"),
    (rf"(?:an? |some |the )?(?:lady|gentleman)(?: or (?:a )?(?:lady|gentleman))?{_AFTER}", "STAFF"),
    (rf"(?:your (?:people|guys|folks)|(?:your|the) (?:\w+ )?(?:team|department)){_AFTER}", "STAFF"),
    (
        r"(?:(?:an?|the|this|that|your|these|those|some|any|another|all|more|stupid|dumb|damn|bloody|useless|silly|f\S*ing|freaking|"
        r"automatic|automated|ai|chat|virtual|auto|canned|"
     r"talking|digital|another) )*(?:(?:chat ?)?bots?|robots?|machines?|computers?|a\.?i\.?|software|algorithms?|programs?|scripts?|"
     r"chatgpt|automation|system|"
     rf"virtual assistants?|assistant|the auto thing){_AFTER}", "MACHINE"),
    (rf"(?:(?:an?|the|some|one|another|any) )?(?:{_SORT} )*some(?:one|body)(?: else)?{_AFTER}", "SOMEONE"), (
        rf"any(?:one|body)(?: else)?{_AFTER}", "ANYONE"),
    (rf"(?:(?:an?|the|some|any) )(?:{_SORT} )*person{_AFTER}", "PERSON"), (rf"person{_AFTER}", "PERSON"), (
        r"(?:any )?people (?:who )?work(?:ing)?(?= |\W*$)", "HUMAN"), (rf"whoever{_AFTER}",
        "SOMEONE"),
    (rf"(?:an adult|a grown[- ]?up){_AFTER}", "ANYONE"), (
        r"(?:SOMEONE|ANYONE|PERSON|some(?:one|body)|any(?:one|body)) (?:from|in|at|on) DESK", "STAFF"),
))

# What is asked for
_N, _W = r"(?:HUMAN|STAFF|DESK)", r"(?:HUMAN|STAFF|DESK|PERSON|SOMEONE|ANYONE)"
_OR = rf"(?: (?:or|and) {_W})?"
_TALK = (
    r"(?:speak|talk|chat|converse|communicate|correspond)(?: (?:directly|further|again|live|online|properly|on the phone|privately|"
    r"about \w+(?: \w+)?|this over|it over))*"
)
_TALKING = r"(?:talk|speak|chat|deal|convers|typ|discuss|writ|communicat|argu|interact|messag|explain|repeat)(?:e|ing|ting|es|s)?"
_MOVE = (
    r"(?:transfer|connect|put|pass|hand|switch|patch|forward|direct|redirect|route|refer|bring|link|move|get|send|hook|turn|take|zhuan|转|"
    r"escalate)"
)
_THROUGH = r"(?:(?:through|over|on|straight|directly|right|along|back|up|across|now|please|immediately|off|in touch|in contact) )*"
_MATTER = (
    r"(?:this|it|that|(?:this|my|the|our) (?:\w+ )?(?:call|chat|case|query|question|conversation|matter|issue|problem|ticket|complaint|"
    r"request|session|inquiry|enquiry))"
)
_HELP = (
    r"(?:(?:talk|speak)(?! (?:english|chinese|mandarin|cantonese|french|german|spanish|japanese|korean|\w+ese|\w+ish))|chat|"
    r"help (?:me|us)|assist|explain|answer|respond|reply|listen|look (?:at|into) (?:this|it|my|what|the (?:chat|"
    r"case))|deal with|handle|sort (?:this|it|my)|solve|resolve|fix (?:this|it|my)|"
    r"(?:take|have) (?:over|a look|a chat|a word|this|it from)|call (?:me|us|him|her|back)|ring (?:me|us|him|her)|phone (?:me|us|him|"
    r"her)|contact (?:me|us)|"
    r"get (?:back|in touch|on|in here|involved)|step in|jump in|join|"
    r"come (?:on|here|to the phone|and)|read (?:this|my|what)|review|reach out|be (?:here|on)|write|message (?:me|us)|tell me|advise|"
    r"discuss)\b"
)
# Someone to sign for a parcel is no one to talk to.
_TO_HELP = (
    rf"(?! (?:who |that |to )?(?:can |could )?to (?!(?:\w+ly |please |just |really )?{_HELP})| to (?!(?:\w+ly |please |just |"
    rf"really )?{_HELP}))"
)
_CALM = (
    r"(?:(?:please|kindly|just|only|simply|actually|really|maybe|at least|possibly|perhaps|finally|now|to|then|even|still|personally) )*"
)
_END = (
    r"(?=\W*$|\s*[,.!?;:()]| (?:please|now|instead|asap|then|here|already|right|thanks|for|about|because|and|or|i|this|not|rather|so|"
    r"to (?:talk|speak|help|discuss))\b)"
)
# Up to three words that say which one; whose, or what else, is no one of the company's.
_KIND = r"(?:(?!(?:my|our|his|her|their|other|estate|travel|real|delivery|letting|insurance|cleaning|and|or|to|for|about)\b)[\w'-]+ ){1,3}"
_WANTS = tuple(re.compile(p) for p in (
    # to talk
    rf"\b{_TALK} (?:to|with) {_W}", rf"\b(?:{_TALK}|{_MOVE} (?:me|us) {_THROUGH}) ?(?:to|with) (?:an?|the|your|one of your) {_KIND}{_W}",
    rf"\b(?:speak|talk) {_N}", rf"\bdiscuss(?: [\w']+){{1,9}}? with {_N}",
    rf"\b{_TALK} (?:to|with) (?:an?|the|your) (?:real|live|living|actual|human) \w+",
    rf"\b{_TALK} (?:to|with) (?:the |your )?(?:sales|billing|accounts|claims|returns|complaints|refunds|retentions?|management|"
    rf"head office){_END}",
    r"\b(?:prefer|rather be|love|appreciate|mind|insist on|like|mind me|(?:chance|possibility|way|hope|pleasure|option) of|better|"
    r"easier|happier|"
    rf"comfortable) (?:talking|speaking|chatting|conversing) (?:to|with) {_W}",
    rf"(?:\bwhom?|{_W})\b[^?!]{{0,40}}?\b(?:i|we) (?:can|could|might|may|should) {_CALM}(?:talk|speak|chat|complain|write|"
    r"discuss) ?(?:\w+ )?(?:to|with)\b",
    rf"\bwho (?:else )?(?:can|could|should|may|might|do) (?:i|we) {_CALM}(?:talk|speak|chat|"
    r"escalate (?:this )?)(?: about \w+)? ?(?:to|with)\b",
    rf"\b(?:let me|want to|need to|like to|demand to|can i|could i|may i) {_TALK} (?:to|with) (?:them|him|her|one of you){_END}",
    r"\bget (?:him|her|them) on (?:here|the (?:chat|line|phone))\b",
    rf"\bcomplain (?:directly )?to {_N}{_END}",
    # to be put through
    rf"\b{_MOVE} (?:me|us|(?:my|this) (?:call|chat)) {_THROUGH}(?:to|with|onto) (?:my )?{_W}",
    rf"\b(?:{_MOVE}|give|leave|raise|take|report) {_MATTER} {_THROUGH}(?:to|with) {_N}",
    rf"\b(?:transfer|connect|switch|escalate|redirect|forward|put|route|pass|zhuan) {_THROUGH}(?:to|with|onto|me)? ?{_N}{_END}",
    r"\b(?:put|patch) (?:me|us) through\b(?! (?:the|a|this|hell|all)\b)",
    rf"\b(?:transfer|connect|redirect|escalate) (?:me|us)(?: over)?{_END}", rf"\b(?:pass|hand) me (?:on|over){_END}",
    r"\b(?:transfer|connect|put|pass|switch|redirect) (?:me|us) (?:over |on |through )?(?:to|with) (?:[\w']+ ){1,4}?(?:department|"
    r"team|desk|office)\b",
    r"\b(?:to|i|we|just|please) (?:be|get) (?:transferred|connected|put|passed|handed|escalated|switched|referred|forwarded|"
    rf"directed) {_THROUGH}(?:to|with) {_W}", r"\bbe put through\b",
    rf"\b(?:straight|directly|right|through|over|go) to {_N}{_END}",
    r"\bescalate (?:this|it|my (?:case|complaint|issue|problem)|the (?:case|issue|matter))\b(?! (?:in|as)\b)",
    # to be given one
    rf"\b(?:get|give|fetch|find|bring|send|assign|summon|call|grab|offer) (?:me|us) {_CALM}(?:to )?(?:(?<!find me ){_W}|{_N}){_TO_HELP}",
    rf"\b(?:get|fetch|bring|call|summon|put|grab) {_W} (?:on|here|in here|over here|out|online|to the phone|into this|right now|now|"
    r"immediately|please|asap)\b(?! (?:my|the (?!line|phone|chat))\b)",
    rf"(?:^|[,;:] |\b(?:please|just|now|to|you|and|go|then) )(?:get|fetch|summon|bring|call|page) {_N}{_END}",
    r"\bfetch (?:me )?(?:PERSON|SOMEONE|ANYONE)\b",
    r"\b(?:want|need|like|prefer|require|demand|request|insist on|rather have|i'll have|i'll take|"
    rf"expect) {_CALM}{_N}{_TO_HELP}(?! (?:if|when|would|at|is|of|per|for (?:the|my|a|an|our))\b)",
    rf"\b(?:want|need|like|prefer|require|demand|looking for|wish for) {_CALM}(?:SOMEONE|PERSON)(?: (?:who|that)\b|"
    rf" to {_CALM}{_HELP}|\W*$| please| instead|,? not )",
    rf"\b(?:can|could|may|might|let|shall|how (?:do|can|could)) (?:i|we|me|us) {_CALM}(?:have|get|see|reach|meet|ask for|request|"
    rf"find|get to) (?:HUMAN|STAFF){_TO_HELP}(?! (?:if|when|at|for|of)\b)",
    rf"\b(?:can|could|may) (?:i|we) {_CALM}(?:have|get) (?:SOMEONE|PERSON)(?: to {_CALM}{_HELP}| on (?:here|the (?:line|phone|chat))|"
    r",? (?:please|instead)|\W*$)",
    rf"\b(?:asking|begging|waiting|wait|looking|searching|screaming|asked|ask|trouble you|ask you) (?:\w+ times )?for {_N}(?! (?:in|"
    r"with|to|for|who)\b)",
    rf"\b(?:fetch|summon) {_N}", rf"\bput (?:an? \w+ or )?{_W} on\b(?! (?:hold|my|an?|the (?!line|phone|chat))\b)",
    rf"\b(?:get|find) (?:SOMEONE|PERSON) (?:else )?to {_CALM}{_HELP}",
    r"\bask(?:ing|ed)?\b[^?!]{0,50}\bfor HUMAN", rf"\b(?:bring|get|call) in {_N}{_END}", rf"\b(?:get|have) {_N} involved\b",
    r"\bmind (?:passing|transferring|connecting|putting|handing|switching|forwarding|redirecting|getting|fetching|calling) (?:me|us|"
    rf"this)? ?{_THROUGH}(?:to |with )?{_W}",
    # that one acts
    rf"HUMAN{_OR} {_CALM}(?:(?:who )?(?:could|can|should|must|needs? to|has to|have to|to|ought to|better) )?{_CALM}{_HELP}",
    rf"STAFF {_CALM}(?:could|can|should|must|needs? to|has to|please|ought to) {_CALM}{_HELP}",
    rf"\b(?:can|could|let|have|ask|get|make|tell|please|want|need|wish|for|like) {_CALM}{_N} {_CALM}{_HELP}",
    rf"\b(?:can|could|have|ask|get|please|let|make|want|need|like) {_CALM}(?:SOMEONE|PERSON)(?: there)? {_CALM}(?:call|ring|phone|"
    r"contact|message|reply to|answer|respond to|talk to|speak (?:to|with)|chat (?:to|with)|"
    rf"get back to|get in touch with|reach out to|step in|jump in|come (?:on|to the phone))(?: (?:me|us|from you)\b| here| back|\W*$)",
    rf"\b(?:can|could|may|let|have|get) {_CALM}PERSON {_CALM}{_HELP}",
    rf"^(?:please |hi |hello |ok )*SOMEONE {_CALM}(?:call|ring|phone|answer|reply to|talk to|help) (?:me|us)\b",
    rf"\b(?:can|could) SOMEONE (?:there )?{_CALM}(?:talk|walk) me through\b", rf"\bassign {_N}", rf"\bif there(?:'s| is) {_CALM}HUMAN",
    # whether there is one
    rf"\b(?:is|are|isn't|aren't|might|would) (?:there )?(?:be )?{_CALM}(?:not )?HUMAN(?! (?:for|or|if|to (?:the|buy|use)|on (?:the|"
    r"your) (?:site|picture|photo|cover|box)|in (?:the|this) (?:picture|photo|video|ad|game|box)))",
    rf"\b(?:is|are|isn't|aren't) (?:there )?{_CALM}STAFF {_CALM}(?:there|around|here|available|online|on duty|on shift|free|awake|"
    r"who|that|i can|on the (?:line|chat))\b(?! (?:for|on|at|in)\b)",
    r"\b(?:is|are) (?:there )?ANYONE (?:there |here )?(?:who|that) (?:actually |really |can )*(?:understands?|knows?|speaks?|"
    r"listens?|decides?|helps?|thinks?)\b",
    r"(?:^|[,:] ?)(?:any|no)? ?HUMAN(?: out)?(?: (?:there|around|here|available|online|on duty|working))*\W*$",
    r"\b(?:do|don't) you (?:guys |not |even |actually )*(?:have|got) HUMAN(?: (?:i can|to|there|who|that|working|available|around|"
    r"at all)\b.*)?\W*$",
    r"\bwhere(?:'s| is| are) (?:all )?(?:HUMAN|STAFF|PERSON|the people|the humans)\W*$",
    # how to reach one
    r"\b(?:reach|get (?:hold of|a hold of|through to|to|in touch with)|getting (?:hold of|through to|to)|contact|find|access|"
    rf"call) {_CALM}HUMAN",
    r"\b(?:get (?:hold of|a hold of|through to)|getting (?:hold of|through to)|(?:trying|need|want|have) to reach|"
    rf"conversation with) {_W}(?! (?:i|we|who|else|in)\b)",
    r"\bget past (?:you\b|MACHINE)", r"\b(?:skip|bypass|leave|exit|quit|get rid of|cut out|lose) MACHINE(?! (?:in|on|at|from|for|with)\b)",
    rf"\b(?:call|callback|call ?back|word|conversation|chat|reply|answer|response|help|assistance) (?:from|with|by) {_N}{_END}",
    r"\b(?:replied|answered|helped|served|handled|assisted|contacted|dealt with|called) (?:to )?(?:back )?by HUMAN",
    # that the machine be gone
    r"\b(?:refuse|don't want|do not want|won't|not going|sick of|tired of|hate)(?: to)? be(?:ing)? .{0,20}\bby MACHINE",
    r"\b(?:get me|want) (?:off|out of|away from) (?:MACHINE|(?:this|the|your) (?:\w+ )?(?:bot|menu|loop))",
    r"\b(?:don't|do not|won't|will not|refuse to|not|never|no longer|can't|cannot|hate|stop|done|tired of|sick of|fed up with|"
    r"fed up of|finished|enough of|quit|time)"
    r"(?: (?:want|wish|going|like|intend|care|mean|need|have|time|to|in the mood|be|wanting|bother|keen on|interested in|rather|"
    rf"prefer))* {_TALKING}(?: [\w']+){{0,3}}? (?:to|with|at|into) MACHINE(?! (?:at|on the|for)\b)",
    r"\b(?:no more|enough (?:of|with)|stop|quit|sick (?:and tired )?of|tired of|fed up (?:with|of)|done with|spare me|don't (?:want|"
    r"need|send me|give me)|cut)(?: (?:me|with|the|your|these|those|this|all|any|more|sending|giving|stupid|useless|damn))*"
    r" (?:automated|automatic|auto|canned|scripted|template|robotic|robot|bot|chatbot|machine|computer|ai|"
    r"generic)[- ](?:generated )?(?:replies|reply|answers?|responses?|messages?|menus?|talk|nonsense|crap|garbage|bs|stuff|scripts?|"
    r"texts?)"
    r"(?! (?:in|on|for|from|to)\b)",
    r"\b(?:stop|enough|done|no more|quit|sick of|tired of|fed up|fed up with|enough of) (?:with )?MACHINE\W*(?:$|,|please|and|"
    r"already|i |get|give|put)",
    r"^(?:(?:please|no|just|but|hi|hello|ok|sorry),? )*(?:no|not|no more|i don't do|i don't want) (?:more )?MACHINE\W*(?:please)?\W*$",
    rf"\b{_W}\b[^.]{{0,25}}\b(?:instead of|rather than|not|no) (?:to |with |by |from )?(?:MACHINE|you)\W*$",
    r"\b(?:instead of|rather than|not|no|without) MACHINE\b.{0,20}\bHUMAN\b",
    r"\bin charge\b.{0,10}\bnow\W*$",
))

# What turns a wish into something denied, told or supposed
_BEFORE = re.compile(
    r"(?:\b(?:do|did|does|must|should|would|will) (?:i|we|they|you|he|she|customers?|one|people) (?:really |still |always |actually |"
    r"even )?(?:have to|need(?: to)?|want(?: to)?|require|get)"
    r"|\b(?:if|when|whenever|after|once|while|unless|every time|each time|the moment|last time) (?:i|we|you|he|she|they|customers?|"
    r"people|my \w+)\b(?! (?:can|could|may|might)\b)[^,;]*"
    r"|\b(?:don't|do not|didn't|did not|doesn't|not|never|wouldn't|needn't|no longer|won't)(?: (?:need|want|have|wish|like|necessary|"
    r"require|expect|looking|asking|asked)(?: (?:to|for))?)?"
    r"|\bwhen(?: (?:is|are|can|do|does|will|would|could)\b[^,;]*)?|\bwhat time\b[^,;]*"
    r"|\bdoes (?:(?:the|this|your|an?) )?\w+|\bno need(?: to| for)?|\bwithout(?: having)?(?: to)?|\binstead of|"
    r"\bto avoid(?: having to)?|\brather than"
    r"|\b(?:told|asked|advised|instructed) (?:me|us|him|her|you|them) (?:to )?"
    r"|\b(?:had to|managed to|was able to|used to|got to|were able to|afraid to|how long [^,]*)"
    r"|\b(?:robot|toy|watch|speaker|camera|kids?|dog|cat|children|son|daughter|wife|husband|they|he|she|it|users?|members?|visitors?|"
    r"guests?|students?|parents?|friend|mum|mom|dad|drivers?|app|doorbell|tv|car|device)"
    r" (?:can|could|to|will|may|does|do)?(?: not)?|\b(?:be|was|became|become|am|i'm|as) an?)\s*$"
)
_POLITE = (
    r"(?:please|now|asap|hi|hello|hey|ok|okay|right|here|there|just|only|yes|sorry|i said|said|again|thanks|thank you|thx|kindly|"
    r"urgent|urgently|immediately|today|then|or|and|"
    r"help|first|already|omg|ffs|come on|i repeat|for god's sake|\d)"
)
_ALONE = r"(?:HUMAN|STAFF|DESK|live (?:chat|help)|PERSON|escalate|transfer me|escalation)"
_BARE = re.compile(rf"^(?:(?:{_POLITE}|no) )*{_ALONE}(?: (?:{_POLITE}|{_ALONE}|wanted|required|needed|to talk|for me|over|mode))*$")
_SOMEONE_ALONE = re.compile(rf"(?:{_POLITE} )*SOMEONE(?: {_POLITE})*\W*")
_CLAUSE = re.compile(r"[,:;()/|*~–—-]+")
_NOT_BARE = re.compile(r"^(?:(?:no|thanks|thank you|thx|dear|hi|hello|hey) )+(?:STAFF|DESK|SOMEONE)(?! (?:please|now))")
_ENQUIRES = re.compile(
    r"\b(?:how|where|when|what|which|who|why|is there|are there|(?:is|are) (?:HUMAN|STAFF|DESK|ANYONE)|do you|hours|number)\b")


def meant(sentence: str) -> str:
    """Return a normalised sentence with short forms written out, slips in key words mended, and whoever is spoken of tagged."""
    plain = re.sub("[“”\"]", "", re.sub("[’‘`]", "'", sentence))
    text = _AGAIN.sub(r"\1", " ".join(_WORD.sub(lambda m: _meant(m.group()), _TWO.sub("to", plain)).split()))
    for pattern, tag in _TAGS:
        text = pattern.sub(tag, text)
    return text


def asks(tagged: str) -> bool:
    """Return whether a sentence, as `meant` returns it, asks for a human being."""
    if _SOMEONE_ALONE.fullmatch(tagged) or any(_bare(clause) for clause in _CLAUSE.split(tagged)):
        return True
    return any(_stands(tagged, m) for p in _WANTS for m in p.finditer(tagged))


def enquires(tagged: str) -> bool:
    """Return whether a tagged sentence asks how, where, when or whether: a known answer may be what is wanted."""
    return bool(_ENQUIRES.search(tagged))


def _stands(tagged: str, found: re.Match) -> bool:
    return not _BEFORE.search(tagged[: found.start()].rstrip(" '") + " ")


def _bare(clause: str) -> bool:
    words = " ".join(re.sub(r"[^\w' ]", " ", clause).split())
    return bool(_BARE.match(words)) and not _NOT_BARE.match(words)
