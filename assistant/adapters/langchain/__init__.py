"""Kefu in LangChain's terms; everything here is done by the rooms behind it."""

from assistant.adapters.langchain.knowledge import KefuEmbeddings, KefuRetriever, KefuVectorStore
from assistant.adapters.langchain.speech import KefuAssistant, KefuChatModel

__all__ = ["KefuAssistant", "KefuChatModel", "KefuEmbeddings", "KefuRetriever", "KefuVectorStore"]
