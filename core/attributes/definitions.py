"""An attribute definition: as a person maintains it, and as the pipeline judges by it.

Source of the rules: the REST contract, "Attribute definitions".
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from core import clock


class AttributeType(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    SINGLE_SELECT = "single_select"
    MULTIPLE_SELECT = "multiple_select"
    MEASURE = "measure"


SELECT_TYPES = frozenset({AttributeType.SINGLE_SELECT, AttributeType.MULTIPLE_SELECT})
OPTION_SEPARATOR = ";"
"""Splits the cell of a multiple select, so none of its options can hold it."""


class AttributeDefinition(msgspec.Struct, frozen=True, rename="camel", omit_defaults=False):
    """What the pipeline needs of a definition; frozen into S3 once per attempt of an import."""

    name: str
    """Matched exactly against a column header; the key of the value in a product."""
    type: AttributeType
    options: tuple[str, ...] = ()
    """The allowed values of the select types."""
    unit: str | None = None
    """The unit of a measure whose cell names none."""
    is_required: bool = False


class Attribute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A definition as it stands in the database. Times are aware, in UTC."""

    id: str = msgspec.field(name="_id")
    """Derived from the name by `core.attributes.naming.attribute_id`, so it never changes."""
    name: str
    type: AttributeType
    description: str = ""
    options: tuple[str, ...] = ()
    unit: str | None = None
    is_filterable: bool = True
    is_sortable: bool = True
    is_required: bool = False
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str
    revision: int = 1
    """Counts the writes, from 1."""

    def definition(self) -> AttributeDefinition:
        return AttributeDefinition(
            name=self.name,
            type=self.type,
            options=self.options,
            unit=self.unit,
            is_required=self.is_required,
        )

    def to_json(self) -> dict[str, Any]:
        """As REST shows it: `options` and `unit` only where the type has them."""
        shown = msgspec.to_builtins(self, builtin_types=(datetime,))
        for field in ("createdAt", "updatedAt"):
            shown[field] = clock.iso(shown[field])
        del shown["options"]
        if self.type in SELECT_TYPES:
            shown["options"] = list(self.options)
        if self.type is not AttributeType.MEASURE:
            del shown["unit"]
        result: dict[str, Any] = shown
        return result
