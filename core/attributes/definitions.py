"""An attribute definition and the rules that it must keep itself.

Source of the rules: the REST contract, "Attribute definitions".
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AttributeType(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    SINGLE_SELECT = "single_select"
    MULTIPLE_SELECT = "multiple_select"
    MEASURE = "measure"


SELECT_TYPES = frozenset({AttributeType.SINGLE_SELECT, AttributeType.MULTIPLE_SELECT})


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
