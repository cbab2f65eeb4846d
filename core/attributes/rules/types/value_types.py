"""The type that an attribute's values have for analysts.

The definition alone decides, never the data: so all chunks of an import write one schema.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition, AttributeType

_TYPES: Mapping[AttributeType, DataType] = {
    AttributeType.BOOLEAN: pl.Boolean(),
    AttributeType.DATE: pl.Date(),
    AttributeType.MULTIPLE_SELECT: pl.List(pl.String),
    AttributeType.MEASURE: pl.Struct({"value": pl.Float64, "unit": pl.String}),
}
"""All others are texts, except numbers."""


def value_type(definition: AttributeDefinition) -> DataType:
    """The type of an attribute's column. A number is a double, which holds whole numbers up to
    2^53 exactly; where no decimals are allowed and both bounds are given (at most 10^15 each) it
    is a 64-bit integer."""
    if definition.type is AttributeType.NUMBER:
        bounded = definition.min is not None and definition.max is not None
        return pl.Int64() if definition.decimals == 0 and bounded else pl.Float64()
    return _TYPES.get(definition.type, pl.String())
