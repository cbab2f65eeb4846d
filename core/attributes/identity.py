"""The `_id` of a product: the same over every import of the same product.

It is the value of the attribute that is marked as identifier; without one, or without its value,
the first that is there of ProductSKU, SKU, Barcode and ProductName; else a UUID of the content.
Source: the REST contract, "Products".
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

IDENTIFYING_NAMES = ("ProductSKU", "SKU", "Barcode", "ProductName")

_BY_CONTENT = uuid.UUID("b3f7c9f0-6d0e-5b0e-8a52-4f0c2b7d9e11")
"""Namespace of ids derived from content. Never change it: the ids of existing products depend on
it."""

ID_MAX_BYTES = 512
"""An index entry of DocumentDB holds 2,048 bytes, and every index of the products ends in `_id`."""

_PLAIN: frozenset[type] = frozenset({str, int, bool})
"""Values of these types are canonical as they are."""

_UNREACHABLE = frozenset({".", ".."})
"""Path segments that browsers remove from a URL, however they are encoded."""


def product_id_of(
    values: Mapping[str, Any], identifier: str | None = None, known_id: object = None
) -> str:
    """The id of a product with these attribute values (typed, as the rules return them).

    `known_id` is the `_id` that the caller sent along. It only speaks where the values name no id:
    then a product that got its id from its content keeps it when its content was edited.
    """
    named = identifying_value(values, identifier)
    if named is not None:
        return named
    if isinstance(known_id, str) and _is_content_id(known_id):
        return known_id
    return str(uuid.uuid5(_BY_CONTENT, canonical_json(values).decode()))


def identifying_value(values: Mapping[str, Any], identifier: str | None) -> str | None:
    """The id that the values name, if any."""
    names = IDENTIFYING_NAMES if identifier is None else (identifier, *IDENTIFYING_NAMES)
    for name in names:
        if name in values:
            text = id_text(values[name])
            if text and text not in _UNREACHABLE:
                return text
    return None


def id_text(value: Any) -> str:
    """A value as an id: numbers in one spelling (`10` for 10, 10.0 and 1e1)."""
    canonical = _canonical(value)
    if isinstance(canonical, str):
        text = canonical.strip()
    elif isinstance(canonical, int | float):
        text = str(canonical)
    else:
        text = msgspec.json.encode(canonical, order="sorted").decode()
    if len(text.encode()) > ID_MAX_BYTES:
        return str(uuid.uuid5(_BY_CONTENT, text))
    return text


def content_hash(values: Mapping[str, Any]) -> str:
    """Equal for equal values, whatever their order and the spelling of their numbers."""
    return digest(canonical_json(values))


def digest(canonical: bytes) -> str:
    """The hash of a content that is in its canonical form already."""
    return hashlib.sha256(canonical).hexdigest()[:32]


def canonical_json(values: Mapping[str, Any]) -> bytes:
    # nearly all values are plain, and a call for each would be most of the time that this takes
    plain = {n: v if type(v) in _PLAIN else _canonical(v) for n, v in values.items()}
    return msgspec.json.encode(plain, order="sorted")


def _canonical(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    if isinstance(value, Mapping):
        return {name: _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    return value


def _is_content_id(text: str) -> bool:
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return False
    return parsed.version == 5 and str(parsed) == text
