"""Trains encoders: the bilingual starter, and a company's own from its logs."""
