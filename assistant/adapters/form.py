"""The public form of a reply: the same for `assistant ask --json` and for LangChain."""

from __future__ import annotations

from typing import Any

from assistant.records import Reply


def reply_values(reply: Reply, conversation: str) -> dict[str, Any]:
    """Return a reply as plain values that JSON knows."""
    intent = reply.intent
    return {
        "text": reply.text, "action": reply.decision.action.value,
        "reason": reply.decision.reason, "language": reply.language,
        "confidence": reply.confidence, "origin": reply.origin,
        "intent": {"label": intent.label, "confidence": intent.confidence} if intent else None,
        "sources": [
            {"kind": s.kind, "id": s.id, "title": s.title, "text": s.text, "score": s.score}
            for s in reply.sources
        ],
        "suggestions": list(reply.suggestions), "conversation": conversation,
        "versions": reply.versions, "ms": reply.ms,
    }
