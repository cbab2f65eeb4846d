"""What is asked of a provider for one product: attributes to fill, and what is known.

Values become texts as a person writes them (`2.5 kg`, `red; blue`). All of them come from files and
forms of others: they are data for a model, never words of ours.
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
"""What a product is called, the best first; compared without regard to case."""

_CUT = " […]"
_KEY_MAX_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class AskedAttribute:
    """One attribute to fill."""

    key: str
    """Names it in the answer: ASCII letters, digits and `_`, as every provider takes them."""
    definition: AttributeDefinition
    max_characters: int | None
    """Of a text; None where there is no limit."""
    description: str = ""
    """What the merchant says of it."""


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A value of a first answer that broke a rule, or was missing."""

    asked: AskedAttribute
    value: str | None
    says: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    asked: tuple[AskedAttribute, ...]
    known: Mapping[str, str]
    """Attribute → value as text, in the order of the definitions; shortened to the limit."""
    images: tuple[str, ...] = ()
    """Addresses that `core.enrichment.prompts.images` let pass."""
    wrong: tuple[WrongValue, ...] = ()
    """Not empty: this is the second and last try, for these attributes alone."""


def asked_attributes(
    definitions: Sequence[AttributeDefinition],
    descriptions: Mapping[str, str],
    settings: Settings,
) -> tuple[AskedAttribute, ...]:
    """The definitions with a key each; keys depend on nothing but the definitions."""
    taken: set[str] = set()
    asked = []
    for definition in definitions:
        key = _key(definition.name, taken)
        taken.add(key)
        asked.append(
            AskedAttribute(
                key=key,
                definition=definition,
                max_characters=_max_characters(definition, settings),
                description=descriptions.get(definition.name, ""),
            )
        )
    return tuple(asked)


def known_values(
    values: Mapping[str, Any], definitions: Iterable[AttributeDefinition], max_characters: int
) -> dict[str, str]:
    """The product's values as texts, `max_characters` together at most: the longest are cut
    first, so that a short fact is never lost to a long description."""
    texts = {
        d.name: text
        for d in definitions
        if is_present(values, d.name) and (text := value_text(values[d.name]))
    }
    limit = _limit_each([len(text) for text in texts.values()], max_characters)
    return {n: t if len(t) <= limit else t[:limit] + _CUT for n, t in texts.items()}


def value_text(value: Any) -> str:
    """A stored value as a person writes it, which is also as a cell holds it."""
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
    """What people call the product; None where nothing comes near a name."""
    folded = {name.casefold(): name for name in values}
    for wanted in NAME_ATTRIBUTES:
        name = folded.get(wanted.casefold())
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
    """The largest length at which cutting all longer texts keeps them within `total`."""
    left = total
    for done, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - done)
        if length > share:
            return share
        left -= length
    return total
