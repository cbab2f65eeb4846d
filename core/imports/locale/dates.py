"""Dates in other orders than ISO 8601, with digits or names of months.

`01/02/2026` reads in two ways; `13/02/2026`, `02.02.2026` and `1. Februar 2026` do not. The certain
cells of a column decide about the others, as for numbers. Years have four digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from core.file_format import DateOrder
from core.imports.locale.numbers import Seen
from core.imports.model import ColumnFormat, ValueKind

_NAMES = (
    "jan january januar janvier janv enero ene gennaio gen januari janeiro",
    "feb february februar février fevrier févr fevr febrero febbraio februari fevereiro fev",
    "mar march märz maerz mär mrz mars marzo maart mrt março",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
"""English, German, French, Spanish, Italian, Dutch and Portuguese. No name means two months."""
_MONTHS = {name: f"{number:02}" for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MIDNIGHT = r"(?:[ T]00:00(?::00(?:\.0{1,9})?)?Z?)?$"
_DIGITS = rf"^([0-9]{{1,2}})([./-])\s?([0-9]{{1,2}})([./-])\s?([0-9]{{4}}){_MIDNIGHT}"
_YEAR_FIRST = rf"^([0-9]{{4}})([./-])([0-9]{{1,2}})([./-])([0-9]{{1,2}}){_MIDNIGHT}"
_DAY_NAME = (
    r"^([0-9]{1,2})(?:\.|st|nd|rd|th|er)?[ -]?(?:de |of )?(\pL+)\.?,?[ -](?:de )?([0-9]{4})"
    rf"{_MIDNIGHT}"
)
_NAME_DAY = rf"^(\pL+)\.?[ -]([0-9]{{1,2}})(?:st|nd|rd|th)?,? ([0-9]{{4}}){_MIDNIGHT}"
_SIMPLE = "|".join(f"^[0-9]{{2}}{sign}[0-9]{{2}}{sign}[0-9]{{4}}$" for sign in (r"\.", "/", "-"))
"""Most dates of a column with an order of day and month; they are put together from slices."""
ISO_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@dataclass(frozen=True, slots=True)
class DatesSeen:
    """What the cells of a column show. Those of chunks add up."""

    certain: dict[DateOrder, Seen] = field(default_factory=lambda: dict.fromkeys(DateOrder, Seen()))
    in_two_ways: Seen = field(default_factory=Seen)
    is_changed: bool = False
    """Some cell is a date that is not written as ISO 8601 does."""

    def __add__(self, later: DatesSeen) -> DatesSeen:
        return DatesSeen(
            {order: seen + later.certain[order] for order, seen in self.certain.items()},
            self.in_two_ways + later.in_two_ways,
            self.is_changed or later.is_changed,
        )


def dates_seen(texts: pl.Series, days: pl.Series | None = None) -> DatesSeen:
    """`texts` are trimmed; null for an empty cell. `days` are the dates in them, if they hold more
    than that."""
    days = texts if days is None else days
    is_other = ~days.str.contains(ISO_DAY)
    others, days = texts.filter(is_other), days.filter(is_other)
    if not len(others):
        return DatesSeen()
    first, second, same_sign = (_digits(days)[name] for name in ("first", "second", "same"))
    months = same_sign & (first >= 1) & (second >= 1)
    day_first = months & (first > 12) & (first <= 31) & (second <= 12)
    month_first = months & (second > 12) & (second <= 31) & (first <= 12)
    either = months & (first <= 12) & (second <= 12) & (first != second)
    certain = {DateOrder.DAY_FIRST: day_first, DateOrder.MONTH_FIRST: month_first}
    by_itself = ColumnFormat(column=0, kind=ValueKind.DATE)
    return DatesSeen(
        {order: Seen.of(others.filter(mask)) for order, mask in certain.items()},
        Seen.of(others.filter(either)),
        is_changed=bool(either.any() or read_dates(days, by_itself)["read"].is_not_null().any()),
    )


def date_format(
    seen: DatesSeen, column: int, given: DateOrder | None
) -> ColumnFormat | tuple[str, ...] | None:
    """How to read the column; None if it needs no care; the texts of cells if nothing decides."""
    if not seen.is_changed:
        return None
    orders = [order for order in DateOrder if seen.certain[order].count]
    if given is None and not orders and seen.in_two_ways.count:
        return seen.in_two_ways.first
    order = given or (orders[0] if len(orders) == 1 else None)
    return ColumnFormat(column=column, kind=ValueKind.DATE, date_order=order)


def read_dates(texts: pl.Series, form: ColumnFormat) -> pl.DataFrame:
    """In `read` the texts as ISO 8601 writes days, null for what is no date in this format;
    `misread` is false for each, since the rules read no other form."""
    if form.date_order is None:
        read = _read_by_parts(texts, form)
    else:
        days, months = texts.str.slice(0, 2), texts.str.slice(3, 2)
        if form.date_order is DateOrder.MONTH_FIRST:
            days, months = months, days
        parts = [texts.str.slice(6).alias("y"), months.alias("m"), days.alias("d")]
        read = pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="-")).to_series()
        others = (~texts.str.contains(_SIMPLE)).arg_true()
        if len(others):
            read = read.scatter(others, _read_by_parts(texts.gather(others), form))
    return pl.DataFrame({"read": read}).with_columns(pl.lit(value=False).alias("misread"))


def _read_by_parts(texts: pl.Series, form: ColumnFormat) -> pl.Series:
    parts = _digits(texts)
    first, second = pl.col("first"), pl.col("second")
    day_first = form.date_order is DateOrder.DAY_FIRST
    day, month = (first, second) if day_first else (second, first)
    if form.date_order is None:  # each certain cell by itself
        day = pl.when(first > 12).then(first).otherwise(second)
        month = pl.when(first > 12).then(second).otherwise(first)
        is_certain = (first > 12) | (second > 12) | (first == second)
    else:
        is_certain = pl.lit(value=True)
    digits = _iso("year", month, day)
    by_digits = pl.when(pl.col("same") & is_certain).then(digits)
    read = parts.select(by_digits.alias("read")).to_series()
    others = (parts["year"].is_null() & texts.is_not_null()).arg_true()
    return read.scatter(others, _in_other_forms(texts.gather(others))) if len(others) else read


def _in_other_forms(texts: pl.Series) -> pl.Series:
    year_first, named, named_first = (
        texts.str.extract_groups(p).struct.unnest() for p in (_YEAR_FIRST, _DAY_NAME, _NAME_DAY)
    )
    year_read = year_first.select(
        pl.when(pl.col("2") == pl.col("4")).then(_iso("1", _number("3"), _number("5")))
    ).to_series()
    return pl.select(
        pl.coalesce(
            year_read,
            named.select(_named("3", "2", "1")).to_series(),
            named_first.select(_named("3", "1", "2")).to_series(),
        )
    ).to_series()


def _digits(texts: pl.Series) -> pl.DataFrame:
    """`first` and `second` number, `year`, and `same`: whether one sign separates them."""
    groups = texts.str.extract_groups(_DIGITS).struct.unnest()
    return groups.select(
        _number("1").alias("first"),
        _number("3").alias("second"),
        pl.col("5").alias("year"),
        (pl.col("2") == pl.col("4")).fill_null(value=False).alias("same"),
    )


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32, strict=False)


def _iso(year: str, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """A day out of range stays one: the rules of dates refuse it."""
    two = [part.cast(pl.String).str.zfill(2) for part in (month, day)]
    return pl.concat_str(pl.col(year), pl.lit("-"), two[0], pl.lit("-"), two[1])


def _named(year: str, name: str, day: str) -> pl.Expr:
    month = pl.col(name).str.to_lowercase().replace_strict(_MONTHS, default=None)
    return _iso(year, month, _number(day)).alias("read")
