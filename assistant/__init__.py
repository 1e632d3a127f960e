"""Kefu: a customer-service assistant for Chinese and English.

Importing this package loads no model, no torch, no faiss and no streamlit; the
heavy parts are imported by the functions of `assistant.assembly` that build them.
"""

__version__ = "0.1.0"
