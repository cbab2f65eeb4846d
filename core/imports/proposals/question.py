"""What a model is asked about a file's columns, and what it answers: values alone, which the
function that holds the model's key can read without the packages of column work."""

from __future__ import annotations

from typing import Any

import msgspec


class AskedColumn(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    column: int
    """1 is the first column."""
    header: str
    type: str
    """That the cells have."""
    values: tuple[str, ...] = ()
    """A few of them."""


class AskedAttribute(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    name: str
    type: str
    unit: str | None = None
    headers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """A few of them."""
    description: str = ""


class MappingQuestion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which of the attributes does each column mean?"""

    columns: tuple[AskedColumn, ...]
    attributes: tuple[AskedAttribute, ...]


class NamedPair(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """As a model names it: untrusted."""

    column: int
    attribute: str
    confidence: float


class NoAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: str
    message: str
    """One sentence for people."""


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pairs: tuple[NamedPair, ...] = ()
    model: str = ""
    failure: NoAnswer | None = None
    usage: dict[str, Any] | None = None
    """Of all calls, as the answer of the API shows it."""
