"""`min`, `max` and `decimals`: what a number may be, alone or in a measure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition, Number
from core.attributes.rules.model import FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Rule

EXACT_UP_TO = 2.0**52
"""Below this a double can represent a half, so that rounding to a whole number is exact."""


def has_bounds(definition: AttributeDefinition) -> bool:
    return definition.min is not None or definition.max is not None


def surely_within(double: pl.Expr, definition: AttributeDefinition) -> pl.Expr:
    """As `is_within`, cheaper; may be false for valid numbers with very many digits, which are then
    checked exactly.

    Bounds are at most 10^15, so that comparing a 64-bit integer as a double is correct.
    """
    within = is_within(double, msgspec.structs.replace(definition, decimals=None))
    if definition.decimals is not None:
        scaled = double * 10.0**definition.decimals
        # A double whose shortest text has so few decimals is the one nearest to n / 10^d, and a
        # single division gives exactly that. By a column: a scalar would be multiplied by its
        # reciprocal instead, which rounds twice.
        divisor = double * 0.0 + 10.0**definition.decimals
        nearest = scaled.round(0, mode="half_to_even") / divisor
        within &= (nearest == double) & (scaled.abs() < EXACT_UP_TO)
    return within


def is_within(double: pl.Expr, definition: AttributeDefinition) -> pl.Expr:
    """True if a number breaks none of the settings, exact to the last digit."""
    within = double.is_not_null()
    if definition.min is not None:
        within &= double >= definition.min
    if definition.max is not None:
        within &= double <= definition.max
    if definition.decimals is not None:
        within &= decimal_places(double) <= definition.decimals
    return within


def decimal_places(double: pl.Expr) -> pl.Expr:
    """Decimal places of the shortest text that reads as the number."""
    text = double.cast(pl.String)
    fraction = text.str.extract(r"\.([0-9]*?)0*(?:e|$)", 1).fill_null("").str.len_bytes()
    exponent = text.str.extract(r"e([+-]?[0-9]+)$", 1).cast(pl.Int64).fill_null(0)
    return (fraction.cast(pl.Int64) - exponent).clip(lower_bound=0)


def number_setting_rules(
    rules: CellRules, double: pl.Expr, value: pl.Expr, unit: str = ""
) -> Iterator[Rule]:
    """`double` is the number as it is stored, null where there is none; `value` the text."""
    definition = rules.definition
    quoted = pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('"'))
    behind = f" {unit}" if unit else ""
    if definition.min is not None:
        bound = f"{shown_number(definition.min)}{behind}"
        yield Rule(
            name=rules.name_of("too_small"),
            code=FaultCode.TOO_SMALL,
            column=rules.column,
            broken=double < definition.min,
            value=value,
            reason=pl.concat_str(quoted, pl.lit(f" is too small; at least {bound} is allowed")),
        )
    if definition.max is not None:
        bound = f"{shown_number(definition.max)}{behind}"
        yield Rule(
            name=rules.name_of("too_large"),
            code=FaultCode.TOO_LARGE,
            column=rules.column,
            broken=double > definition.max,
            value=value,
            reason=pl.concat_str(quoted, pl.lit(f" is too large; at most {bound} is allowed")),
        )
    if definition.decimals is not None:
        allowed = {0: "none is", 1: "only 1 is"}.get(
            definition.decimals, f"at most {definition.decimals} are"
        )
        places = decimal_places(double)
        yield Rule(
            name=rules.name_of("too_many_decimals"),
            code=FaultCode.TOO_MANY_DECIMALS,
            column=rules.column,
            broken=places > definition.decimals,
            value=value,
            reason=pl.concat_str(
                quoted,
                pl.lit(" has "),
                places.cast(pl.String),
                pl.when(places == 1).then(pl.lit(" decimal")).otherwise(pl.lit(" decimals")),
                pl.lit(f", and {allowed} allowed"),
            ),
        )


def shown_number(number: Number) -> str:
    """A bound as a person writes it: `5`, not `5.0`."""
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return str(number)
