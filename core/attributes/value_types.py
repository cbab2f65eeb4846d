"""The type that an attribute's values have for analysts.

The definition alone decides, never the data: so all chunks of an import write one schema.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import TRAITS, AttributeDefinition, StoredAs

_TYPES: Mapping[StoredAs, DataType] = {
    StoredAs.TEXT: pl.String(),
    StoredAs.BOOLEAN: pl.Boolean(),
    StoredAs.DAY: pl.Date(),
    StoredAs.MOMENT: pl.Datetime("ms", "UTC"),
    StoredAs.LIST: pl.List(pl.String),
    StoredAs.MEASURE: pl.Struct({"value": pl.Float64, "unit": pl.String}),
}
"""Without numbers, whose type depends on the definition."""


def value_type(definition: AttributeDefinition) -> DataType:
    """The type of an attribute's column. A number is a double, which holds whole numbers up to
    2^53 exactly; where no decimals are allowed and both bounds are given (at most 10^15 each) it
    is a 64-bit integer."""
    stored_as = TRAITS[definition.type].stored_as
    if stored_as is StoredAs.NUMBER:
        bounded = definition.min is not None and definition.max is not None
        return pl.Int64() if definition.decimals == 0 and bounded else pl.Float64()
    return _TYPES[stored_as]
