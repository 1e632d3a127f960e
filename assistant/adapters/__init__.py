"""Doors for other programs: LangChain."""
