"""The words that a model gets."""

PROMPT_VERSION = "1"
