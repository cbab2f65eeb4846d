"""Cell texts as a person sees them, where the parser writes them for machines.

The parser gives a date as `2024-03-01 00:00:00` and a time as `1899-12-31 12:00:00` (times are
fractions of day 0). Here they become `2024-03-01` and `12:00`.
"""

from __future__ import annotations

import polars as pl

MIDNIGHT = " 00:00:00"
DATE_AT_MIDNIGHT = r"^\+?\d{4,6}-\d\d-\d\d 00:00:00$"
DAY_ZERO = "1899-12-31 "
DAY_ZERO_OF_1904 = "1904-01-01 "
"""Where a workbook counts days from 1904 (older Macs), a time alone falls on that day."""


def dates_and_times(texts: pl.DataFrame, *, from_1904: bool) -> pl.DataFrame:
    """Dates without `00:00:00`, times without a day, and without seconds where they are zero."""
    day_zero = DAY_ZERO_OF_1904 if from_1904 else DAY_ZERO
    affected = [
        name
        for name in texts.columns
        if texts[name].null_count() < texts.height
        and texts.select(_may_be_date_or_time(pl.col(name), day_zero).any()).item()
    ]
    return texts.with_columns(_as_shown(pl.col(name), day_zero) for name in affected)


def _may_be_date_or_time(text: pl.Expr, day_zero: str) -> pl.Expr:
    return text.str.ends_with(MIDNIGHT) | text.str.starts_with(day_zero)


def _as_shown(text: pl.Expr, day_zero: str) -> pl.Expr:
    is_time = text.str.contains(f"^{day_zero}" + r"\d\d:\d\d:\d\d(\.\d+)?$")
    time = text.str.slice(len(day_zero))
    without_seconds = (
        pl.when(time.str.contains(r"^\d\d:\d\d:00$")).then(time.str.head(5)).otherwise(time)
    )
    return (
        pl.when(is_time)
        .then(without_seconds)
        .when(text.str.contains(DATE_AT_MIDNIGHT))
        .then(text.str.head(-len(MIDNIGHT)).str.strip_prefix("+"))
        .otherwise(text)
    )
