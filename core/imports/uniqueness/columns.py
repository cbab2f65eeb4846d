"""Which columns of an import hold unique values."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.definitions import IDENTIFIER_TYPES, UNIQUE_TYPES, AttributeDefinition
from core.attributes.rules.model import Column, ColumnRole


def unique_columns(
    definitions: Sequence[AttributeDefinition], columns: Sequence[Column]
) -> tuple[int, ...]:
    """Indexes of the columns of unique attributes and of the identifying one, in file order."""
    names = {d.name for d in definitions if occurs_once(d)}
    return tuple(c.index for c in columns if c.role is ColumnRole.VALUE and c.attribute in names)


def occurs_once(definition: AttributeDefinition) -> bool:
    """Must the values be unique within a file?"""
    is_identifier = definition.is_identifier and definition.type in IDENTIFIER_TYPES
    return is_identifier or is_unique(definition)


def is_unique(definition: AttributeDefinition) -> bool:
    """Must the values be unique in the catalogue? An identifying value is always the `_id` of its
    product, but only `isUnique` creates an index over the attribute."""
    return definition.is_unique and definition.type in UNIQUE_TYPES
