"""Which columns of an import hold values that may occur once."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.definitions import IDENTIFIER_TYPES, UNIQUE_TYPES, AttributeDefinition
from core.attributes.rules.model import Column, ColumnRole


def unique_columns(
    definitions: Sequence[AttributeDefinition], columns: Sequence[Column]
) -> tuple[int, ...]:
    """Indexes of the columns that feed a unique attribute or the identifying one, in file order."""
    names = {d.name for d in definitions if occurs_once(d)}
    return tuple(c.index for c in columns if c.role is ColumnRole.VALUE and c.attribute in names)


def occurs_once(definition: AttributeDefinition) -> bool:
    """May no two rows of a file have one value?"""
    is_identifier = definition.is_identifier and definition.type in IDENTIFIER_TYPES
    return is_identifier or is_unique(definition)


def is_unique(definition: AttributeDefinition) -> bool:
    """May no two products of the catalogue have one value? An identifying value is the `_id` of its
    product in any case; an index over the attribute only comes with `isUnique`."""
    return definition.is_unique and definition.type in UNIQUE_TYPES
