"""Figures about what customers asked and what was missing."""
