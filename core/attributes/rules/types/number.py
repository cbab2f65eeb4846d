"""`number`: an ASCII decimal literal, stored as integer or double.

Integers stay integers within 64 bits, as MongoDB stores them; all else is a double.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule
from core.attributes.rules.types.bounds import number_setting_rules, surely_within
from core.attributes.value_types import value_type

INTEGER = "[+-]?[0-9]+"
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

_TWO_WAYS_COMMA = "[+-]?[1-9][0-9]{0,2},[0-9]{3}"
LOST_DIGITS = r"^[+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+$"
"""A number as a spreadsheet shows it in a narrow column. Digits are lost, so those with a comma
must not be read either."""
SAYS_LOST_DIGITS = (
    "; a spreadsheet shortened it, and its last digits are lost: format the column as a number "
    "without decimals, or as text, and export it again"
)

_INT64_LIMIT = float(2**63)

OUT_OF_RANGE_REASON = pl.concat_str(
    pl.lit('"'),
    pl.col(SHOWN),
    pl.lit(
        f'" is too large; whole numbers go from {-(2**63)} to {2**63 - 1}, others up to 1.7e308'
    ),
)


def as_integer(text: pl.Expr) -> pl.Expr:
    """64-bit integers; null for all else."""
    return text.cast(pl.Int64, strict=False)


def as_double(text: pl.Expr) -> pl.Expr:
    """Doubles. Accepts the grammar of NUMBER and, beyond it, only `nan` and the infinities."""
    return text.cast(pl.Float64, strict=False)


def not_whole(integer: pl.Expr, double: pl.Expr) -> pl.Expr:
    """The doubles that are stored as such; null where the number is stored as an integer."""
    return pl.when(integer.is_null()).then(double)


def surely_in_range(double: pl.Expr) -> pl.Expr:
    """True where the number needs no second look. Excludes NaN and infinities with the rest."""
    return double.abs() < _INT64_LIMIT


def is_out_of_range(text: pl.Expr) -> pl.Expr:
    """For texts that match NUMBER."""
    too_large_integer = text.str.contains(f"^{INTEGER}$") & as_integer(text).is_null()
    return too_large_integer | as_double(text).is_infinite()


_OR_LOCALE = ", or import the file with locale auto"
"""It reads the decimal commas of all cells."""


def number_hint(text: pl.Expr) -> pl.Expr:
    """How to correct the most common mistakes; empty for others. For a number that can be read in
    two ways both readings are given; no advice leads to a number that has lost digits."""
    grouped = r"^[+-]?[0-9]{1,3}(?:[,'’ \u{a0}\u{202f}][0-9]{3})+(?:\.[0-9]+)?$"
    german = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?$"
    minus_sign = r"[\x{2010}-\x{2015}\x{2212}\x{fe63}\x{ff0d}]"
    minus = rf"^(?:{minus_sign} ?(?:{NUMBER})|\((?:{NUMBER})\)|[0-9]+(?:\.[0-9]+)? ?-)$"
    comma = r"^[+-]?[0-9]*,[0-9]+(?:[^0-9,].*)?$"
    return (
        pl.when(text.str.contains(LOST_DIGITS))
        .then(pl.lit(SAYS_LOST_DIGITS))
        .when(text.str.contains(rf"^{_TWO_WAYS_COMMA}(?:[^0-9,.].*)?$"))
        .then(
            pl.concat_str(
                pl.lit("; it reads in two ways: write "),
                text.str.replace(",", "", literal=True),
                pl.lit(" if the comma separates thousands, or "),
                text.str.replace(",", ".", literal=True),
                pl.lit(" if it separates decimals"),
            )
        )
        .when(text.str.contains(grouped) & ~text.str.contains("^[+-]?0"))
        .then(pl.lit("; leave out the separators between thousands"))
        .when(text.str.contains(german))
        .then(pl.lit(f"; use a point for decimals and no separators between thousands{_OR_LOCALE}"))
        .when(text.str.contains(comma))
        .then(pl.lit(f"; use a point for decimals{_OR_LOCALE}"))
        .when(text.str.contains(minus))
        .then(pl.lit("; write a negative number with a hyphen before it, such as -5"))
        .when(text.str.contains(r"^[^0-9+\-.]*[0-9.]+[^0-9.]*$"))
        .then(pl.lit("; write the number alone, without a sign for currency or unit"))
        .otherwise(pl.lit(""))
    )


class NumberRules(CellRules):
    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        super().__init__(definition, column)
        self._integer, self._double = self.name_of("integer"), self.name_of("double")

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_number"),
                code=FaultCode.NOT_A_NUMBER,
                column=self.column,
                broken=~text.str.contains(f"^{NUMBER}$"),
                value=text,
                reason=pl.concat_str(
                    pl.lit('"'), pl.col(SHOWN), pl.lit('" is not a number'), number_hint(text)
                ),
            ),
            Rule(
                name=self.name_of("out_of_range"),
                code=FaultCode.NUMBER_OUT_OF_RANGE,
                column=self.column,
                broken=is_out_of_range(text),
                value=text,
                reason=OUT_OF_RANGE_REASON,
            ),
            *number_setting_rules(self, pl.col(self._double), text),
        )

    def derived(self) -> Sequence[pl.Expr]:
        return (as_double(pl.col(self.reads[0])).alias(self._double),)

    def stored(self) -> Sequence[pl.Expr]:
        return (as_integer(pl.col(self.reads[0])).alias(self._integer),)

    def suspect(self) -> pl.Expr:
        double = pl.col(self._double)
        return self._suspect_unless(
            surely_in_range(double) & surely_within(double, self.definition)
        )

    def field(self) -> Field:
        integer, double = pl.col(self._integer), pl.col(self._double)
        if value_type(self.definition) == pl.Int64:  # `1e3` is as whole as `1000`
            return self._field(pl.coalesce(integer, double.cast(pl.Int64, strict=False)))
        return self._field(not_whole(integer, double), integer)
