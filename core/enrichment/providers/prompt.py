"""What a model is given in one call, whatever it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
"""A JSON Schema."""


@dataclass(frozen=True, slots=True)
class Prompt:
    system: str
    user: str
    schema: Schema
    """Of the answer."""
    name: str = "product_attributes"
    """Of the answer: ASCII letters, digits and `_`."""
    about: str = "Takes the values of the missing attributes."
    """What the answer is for, where a model answers by the use of a tool."""
    images: tuple[str, ...] = ()
    """Addresses."""
