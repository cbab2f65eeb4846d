"""Attributes proposed from a file: evidence of every row, and what is decided from it."""
