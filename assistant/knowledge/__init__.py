"""Encoders, the index, retrieval and the confidence of what was found."""
