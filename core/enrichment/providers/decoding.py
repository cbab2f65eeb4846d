"""Decodes the text of an answer as JSON."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_IN_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)

MAX_ANSWER_CHARACTERS = 1_000_000
"""Far more than any limit of output tokens allows; a server that sends more is broken."""


def decoded(text: object) -> Any:
    """The decoded JSON. A Markdown fence around it, which servers without structured outputs often
    add, is removed. Raises ValueError if the text is not JSON."""
    if not isinstance(text, str) or len(text) > MAX_ANSWER_CHARACTERS:
        raise ValueError("not a text")
    fenced = _IN_FENCE.fullmatch(text)
    try:
        return msgspec.json.decode(fenced.group(1) if fenced else text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError("not JSON") from error
