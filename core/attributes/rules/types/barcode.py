"""`barcode`: a GTIN, its check digit verified, kept as text with its leading zeros.

Source: GS1 General Specifications, section 7.9: from the right, without the check digit, the
digits weigh 3, 1, 3, 1, …; the check digit completes the sum to a multiple of ten. Lengths: GTIN-8,
GTIN-12 (UPC-A), GTIN-13 (EAN) and GTIN-14.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.attributes.rules.model import FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule

LENGTHS = (8, 12, 13, 14)
_GROUP = 10_000
_GROUPS = 4
_DIGIT_SUMS = np.array(
    [sum(int(d) * (3, 1)[at % 2] for at, d in enumerate(f"{n:04}")) for n in range(_GROUP)],
    np.uint8,
)
"""Of every four digits, the last one with weight 1."""
_DIGITS = "^[0-9]+$"
_LOST_ZERO = "; a leading zero may have been lost"
_NONE = pl.Series([None], dtype=pl.Int64)


class BarcodeRules(CellRules):
    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("invalid_barcode"),
                code=FaultCode.INVALID_BARCODE,
                column=self.column,
                broken=~_is_gtin(text).fill_null(value=False),
                value=text,
                reason=pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('" '), _reason(text)),
            ),
        )

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(_is_gtin(pl.col(self.reads[0])))

    def field(self) -> Field:
        return self._field(pl.col(self.reads[0]))


def _is_gtin(text: pl.Expr) -> pl.Expr:
    """Null if the text is not a number. A number of one of these lengths without a sign consists of
    digits, which is cheaper to check; both signs sort before the digits."""
    return text.str.len_bytes().is_in(LENGTHS) & (_weighted_sum(text) % 10 == 0) & (text >= "0")


def _weighted_sum(text: pl.Expr) -> pl.Expr:
    """Of all digits, the check digit with weight 1; only the last digit of the sum matters. Null if
    the text is not a number.

    By arithmetic, not by slicing: a GTIN fits into 64 bits, and its leading zeros add nothing. Four
    digits at once are looked up; as four is even, their weights are the same in every group.
    """
    return text.map_batches(_sum_of, return_dtype=pl.Int64)


def _sum_of(texts: pl.Series) -> pl.Series:
    numbers = texts.cast(pl.Int64, strict=False)
    rest = numbers.fill_null(0).to_numpy()
    total = np.zeros(len(rest), np.int64)
    for _ in range(_GROUPS):
        above = rest // _GROUP
        total += _DIGIT_SUMS[rest - above * _GROUP]
        rest = above
    sums = pl.Series(total)
    return sums if numbers.null_count() == 0 else sums.zip_with(numbers.is_not_null(), _NONE)


def _reason(text: pl.Expr) -> pl.Expr:
    """The explanation that follows a text that is not a GTIN."""
    length = text.str.len_bytes()
    last = text.str.slice(-1).cast(pl.Int64, strict=False)
    check = (last - _weighted_sum(text)) % 10
    return (
        pl.when(text.str.contains(r"^[0-9.,]+[eE]\+?[0-9]+$"))
        .then(
            pl.lit(
                "is what a spreadsheet makes of a barcode, and its last digits are lost; format "
                "the column as text and enter it again"
            )
        )
        .when(text.str.contains(r"^[0-9]+[.,]0+$"))
        .then(pl.lit("is what a spreadsheet makes of a barcode; format its column as text"))
        .when(~text.str.contains(_DIGITS))
        .then(pl.lit("is not a barcode; write its 8, 12, 13 or 14 digits alone"))
        .when(~length.is_in(LENGTHS))
        .then(
            pl.concat_str(
                pl.lit("has "),
                length.cast(pl.String),
                pl.lit(" digits, and a barcode has 8, 12, 13 or 14"),
                pl.when(length.is_in((7, 11))).then(pl.lit(_LOST_ZERO)).otherwise(pl.lit("")),
            )
        )
        .otherwise(
            pl.concat_str(
                pl.lit("is not a valid barcode: its last digit checks the others, and should be "),
                check.cast(pl.String),
            )
        )
    )
