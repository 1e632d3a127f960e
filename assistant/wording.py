"""Fixed sentences that a customer may read from the assistant, in Chinese and English."""

from __future__ import annotations

import re

_BLANK = re.compile(r"\{[a-z]+\}")
SENTENCES: dict[str, dict[str, str]] = {
    "decline": {
        "zh": "抱歉，我手头的资料里没有这个问题的答案。您可以换个说法再问，或者让人工客服来帮您。",
        "en": "I'm sorry, I have no approved answer to that. You can ask it another way, or talk to a person.",
    },
    "clarify": {
        "zh": "我不太确定您问的是哪一个，您想了解的是下面这些吗？",
        "en": "I'm not quite sure what you mean. Is it one of these?",
    },
    "handoff": {
        "zh": "好的，已经为您转接人工客服，请稍等，这里会直接显示客服的回复。",
        "en": "Of course. I have asked a person to join; their reply will appear right here.",
    },
    "complaint": {
        "zh": "非常抱歉给您带来不好的体验。已经为您转接人工客服，请稍等。",
        "en": "I'm very sorry about this. I have asked a person to help you; please stay with us.",
    },
    "failed": {
        "zh": "抱歉，我这边暂时出了点问题。您的消息已经保存，已为您转接人工客服。",
        "en": "I'm sorry, something went wrong on my side. Your message is saved and I have asked a person to help.",
    },
    "no_sure_answer": {
        "zh": "关于“{question}”，我没有确切的答案。需要的话，可以为您转接人工客服。",
        "en": "On “{question}” I have no sure answer. If you like, a person can help you with it.",
    },
    "greeting": {
        "zh": "您好！我是{company}的智能助手，请问有什么可以帮您？",
        "en": "Hello! I'm the assistant of {company}. How can I help you?",
    },
    "thanks": {"zh": "不客气，还有其他问题随时问我。", "en": "You're welcome. Just ask if there is anything else."},
    "goodbye": {"zh": "感谢您的咨询，再见！", "en": "Thank you for getting in touch. Goodbye!"},
    "smalltalk": {
        "zh": "我是{company}的智能助手，主要回答和我们的商品、服务有关的问题。",
        "en": "I'm the assistant of {company}; I'm here for questions about our products and service.",
    },
    "affirm": {"zh": "好的。请问还有什么可以帮您？", "en": "All right. Is there anything else I can help with?"},
    "deny": {"zh": "好的，没关系。请问还有什么可以帮您？", "en": "No problem. Is there anything else I can help with?"},
}


def sentence(name: str, language: str, company: str = "", question: str = "") -> str:
    """Return a fixed sentence in the given language, with company and question filled in."""
    return SENTENCES[name]["zh" if language == "zh" else "en"].format(company=company, question=question)


def is_fixed(text: str) -> bool:
    """Return whether a text is one of these sentences, whatever is filled in."""
    starts = (_BLANK.split(s) for both in SENTENCES.values() for s in both.values())
    return any(text.startswith(parts[0]) and text.endswith(parts[-1]) for parts in starts)
