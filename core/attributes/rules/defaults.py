"""`defaultValue`: the text that is read in place of an empty cell."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.rules.rule import CellRules
from core.attributes.rules.whitespace import trimmed

GIVEN = "given"
"""The derived column that distinguishes cells with a text from those that a default fills."""


def has_default(attribute: CellRules) -> bool:
    return attribute.definition.default_value is not None


def with_defaults(
    frame: pl.DataFrame, attributes: Sequence[CellRules]
) -> tuple[pl.DataFrame, list[pl.Series]]:
    """The texts with defaults in place of empty cells, and for each attribute with a default its
    column GIVEN: a row of empty cells stays a blank row although defaults would fill it."""
    defaulted = [attribute for attribute in attributes if has_default(attribute)]
    if not defaulted:
        return frame, []
    frame = frame.with_columns(trimmed(pl.col([c for a in defaulted for c in a.reads])))
    given = frame.select(
        pl.any_horizontal(pl.col(a.reads).is_not_null()).alias(a.name_of(GIVEN)) for a in defaulted
    )
    filled = frame.with_columns(
        pl.when(a.is_empty())
        .then(pl.lit(a.definition.default_value))
        .otherwise(pl.col(a.reads[0]))
        .alias(a.reads[0])
        for a in defaulted
    )
    return filled, given.get_columns()
