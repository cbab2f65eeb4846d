"""Estimates the number of tokens of a text where the provider gives no count.

No tokenizer is loaded: each model has its own, and they fetch their tables from the web.
"""

from __future__ import annotations

import math

from core.enrichment.providers.interface import Tokens
from core.enrichment.providers.prompt import Prompt
from core.enrichment.providers.prompting import schema_text

CHARACTERS_PER_TOKEN = 4.0
"""For English text and JSON. OpenAI's rule of thumb ("What are tokens and how to count them?",
help.openai.com): one token is about 4 characters of English."""

CHARACTERS_PER_TOKEN_OTHER = 1.5
"""For characters outside ASCII. An accented letter or a character of Chinese, Japanese or Korean
takes about one token with common tokenizers; some tokenizers take two tokens for three."""

TOKENS_PER_REQUEST = 12
"""The overhead of two messages."""

TOKENS_PER_IMAGE = 800
"""Between some 85 (small, or low detail) and some 1,500 (large) with common models."""


def tokens_of(text: str) -> int:
    plain = sum(character.isascii() for character in text)
    other = len(text) - plain
    return math.ceil(plain / CHARACTERS_PER_TOKEN + other / CHARACTERS_PER_TOKEN_OTHER)


def input_tokens(prompt: Prompt, images: int = 0) -> int:
    texts = (prompt.system, prompt.user, schema_text(prompt.schema))
    return TOKENS_PER_REQUEST + sum(map(tokens_of, texts)) + images * TOKENS_PER_IMAGE


def roughly_used(prompt: Prompt, answer: str) -> Tokens:
    """The tokens of a call whose provider reports no count."""
    return Tokens(input=input_tokens(prompt), output=tokens_of(answer))
