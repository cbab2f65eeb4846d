"""The question to a provider for one product: the attributes to fill, and the known values.

Values become texts as people write them (`2.5 kg`, `red; blue`). All of them come from third
parties: to the model they are data, never instructions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.attributes.definitions import OPTION_SEPARATOR, AttributeDefinition, AttributeType
from core.enrichment.prompts.choosing import is_present
from core.settings import Settings

NAME_ATTRIBUTES = ("ProductName", "Product Name", "Name", "Title", "Product", "Model")
"""Attributes that hold a product's name, the best first; compared without regard to case."""

_CUT = " […]"
_KEY_MAX_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class RequestedAttribute:
    """One attribute to fill."""

    key: str
    """Its name in the answer: ASCII letters, digits and `_`, which every provider accepts."""
    definition: AttributeDefinition
    max_characters: int | None
    """Of a text; None if there is no limit."""
    description: str = ""
    """The merchant's description."""


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A value of a first answer that broke a rule, or was missing."""

    requested: RequestedAttribute
    value: str | None
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    requested: tuple[RequestedAttribute, ...]
    known: Mapping[str, str]
    """Attribute → value as text, in the order of the definitions; shortened to the limit."""
    images: tuple[str, ...] = ()
    """Addresses that `core.enrichment.prompts.images` allows."""
    wrong: tuple[WrongValue, ...] = ()
    """If not empty, this is the second and last try, for these attributes alone."""


def requested_attributes(
    definitions: Sequence[AttributeDefinition],
    descriptions: Mapping[str, str],
    settings: Settings,
) -> tuple[RequestedAttribute, ...]:
    """The definitions, each with its key. Keys depend only on the definitions."""
    taken: set[str] = set()
    requested = []
    for definition in definitions:
        key = _key(definition.name, taken)
        taken.add(key)
        requested.append(
            RequestedAttribute(
                key=key,
                definition=definition,
                max_characters=_max_characters(definition, settings),
                description=descriptions.get(definition.name, ""),
            )
        )
    return tuple(requested)


def known_values(
    values: Mapping[str, Any], definitions: Iterable[AttributeDefinition], max_characters: int
) -> dict[str, str]:
    """The product's values as texts, at most `max_characters` together. The longest are cut first,
    so that a long description never displaces a short fact."""
    texts = {
        d.name: text
        for d in definitions
        if is_present(values, d.name) and (text := value_text(values[d.name]))
    }
    limit = _limit_each([len(text) for text in texts.values()], max_characters)
    return {n: t if len(t) <= limit else t[:limit] + _CUT for n, t in texts.items()}


def value_text(value: Any) -> str:
    """A stored value as people write it, and as a cell holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        number, unit = value.get("value"), value.get("unit")
        return f"{value_text(number)} {unit}" if unit else value_text(number)
    if isinstance(value, list | tuple):
        return f"{OPTION_SEPARATOR} ".join(map(value_text, value))
    if isinstance(value, float):
        return f"{value:g}" if value == float(f"{value:g}") else repr(value)
    return "" if value is None else str(value)


def product_name(values: Mapping[str, Any]) -> str | None:
    """The product's name; None if no attribute holds one."""
    folded = {name.casefold(): name for name in values}
    for candidate in NAME_ATTRIBUTES:
        name = folded.get(candidate.casefold())
        if name is not None and isinstance(values[name], str) and values[name].strip():
            return str(values[name])
    return None


def _key(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_KEY_MAX_CHARACTERS] or "attribute"
    unique, number = key, 1
    while unique in taken:
        number += 1
        unique = f"{key}_{number}"
    return unique


def _max_characters(definition: AttributeDefinition, settings: Settings) -> int | None:
    if definition.type is AttributeType.SHORT_TEXT:
        own = definition.max_length
        limit = settings.short_text_max_characters
        return limit if own is None else min(own, limit)
    return definition.max_length


def _limit_each(lengths: Sequence[int], total: int) -> int:
    """The largest length to which all longer texts can be cut so that all fit into `total`."""
    left = total
    for done, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - done)
        if length > share:
            return share
        left -= length
    return total
