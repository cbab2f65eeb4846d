"""`datetime`: a point in time, as ISO 8601 writes it: `2026-03-01T12:30:00Z`.

It is stored in UTC. A text with an offset is converted. One without is a time in UTC, unless the
upload names another zone (`core/imports/locale/times.py`): the cells of a spreadsheet never have
one. A date alone is its midnight. More than milliseconds are a fault, and not cut off.
Years 0001 to 9999. Source: ISO 8601-1:2019, calendar dates and times of day, extended format; RFC
3339, section 5.6, for the blank in place of the T.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import ACCEPTED, Answers, RememberedWork
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule

UTC = "UTC"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MILLISECONDS = "[.,][0-9]{1,3}0*"
_OFFSET = "Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"
_MOMENT = (
    f"^(?<day>{_DAY})"
    f"(?:[ T](?<clock>{_CLOCK})(?::(?<second>[0-5][0-9])(?<fraction>{_MILLISECONDS})?)?"
    f"(?<offset>{_OFFSET})?)?$"
)
WITHOUT_ZONE = f"^{_DAY}(?:[ T]{_CLOCK}(?::[0-5][0-9](?:{_MILLISECONDS})?)?)?$"
_TOO_FINE = f"^{_DAY}[ T]{_CLOCK}:[0-5][0-9][.,][0-9]{{4,}}(?:{_OFFSET})?$"
_SECONDS = "%Y-%m-%dT%H:%M:%S"


class DatetimeRules(CellRules):
    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        super().__init__(definition, column)
        self._moment = self.name_of("moment")
        self._work = RememberedWork(self._read)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_datetime"),
                code=FaultCode.NOT_A_DATETIME,
                column=self.column,
                broken=pl.col(self._moment).is_null(),
                value=text,
                reason=pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('" '), _reason(text)),
            ),
        )

    def answers(self, texts: pl.DataFrame) -> Answers:
        return self._work(texts[self.reads[0]])

    def _read(self, texts: pl.Series) -> pl.DataFrame:
        moments = moments_of(texts).alias(self._moment)
        return pl.DataFrame([moments, moments.is_not_null().alias(ACCEPTED)])

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(pl.col(self.name_of(ACCEPTED)))

    def field(self) -> Field:
        return self._field(pl.col(self._moment))


def moments_of(texts: pl.Series, zone: str = UTC) -> pl.Series:
    """The times in UTC, in milliseconds; null for a text that is not a time.

    Texts without an offset are in the time zone `zone`, an IANA name. A local time that the zone
    skips or repeats, when its clocks change, is null too."""
    parts = texts.str.extract_groups(_MOMENT).struct.unnest()
    clock, second = pl.col("clock").fill_null("00:00"), pl.col("second").fill_null("00")
    local = pl.concat_str(pl.col("day"), pl.lit("T"), clock, pl.lit(":"), second).str.to_datetime(
        _SECONDS, strict=False, time_unit="ms"
    )
    thousandths = pl.col("fraction").str.slice(1, 3).str.pad_end(3, "0").cast(pl.Int32)
    local += pl.duration(milliseconds=thousandths.fill_null(0), time_unit="ms")
    offset = pl.col("offset")
    digits = offset.str.replace_all("[^0-9]", "").str.pad_end(4, "0")  # of `Z` too
    minutes = digits.str.head(2).cast(pl.Int32) * 60 + digits.str.tail(2).cast(pl.Int32)
    ahead = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    by_offset = (local - pl.duration(minutes=ahead, time_unit="ms")).dt.replace_time_zone(UTC)
    by_zone = local.dt.replace_time_zone(
        zone, ambiguous="null", non_existent="null"
    ).dt.convert_time_zone(UTC)
    moment = pl.when(offset.is_null()).then(by_zone).otherwise(by_offset)
    years = pl.col("moment").dt.year()
    return (
        parts.select(moment.alias("moment"))
        .select(pl.when(years.is_between(1, 9999)).then(pl.col("moment")))
        .to_series()
    )


def moment_text(moment: pl.Expr) -> pl.Expr:
    """As a product stores it: milliseconds are written where there are any."""
    has_fraction = moment.dt.millisecond() != 0
    return (
        pl.when(has_fraction)
        .then(moment.dt.to_string(f"{_SECONDS}%.3fZ"))
        .otherwise(moment.dt.to_string(f"{_SECONDS}Z"))
    )


def _reason(text: pl.Expr) -> pl.Expr:
    """The explanation that follows a text that is no time."""
    return (
        pl.when(text.str.contains(_MOMENT))
        .then(pl.lit("is not a day of the calendar, or out of the years 1 to 9999 in UTC"))
        .when(text.str.contains(_TOO_FINE))
        .then(pl.lit("has more than milliseconds; write at most three decimals of a second"))
        .otherwise(
            pl.lit("is not a date with a time; write it like 2026-03-01T12:30:00Z, in UTC, or with")
            + pl.lit(" an offset, like 2026-03-01T12:30:00+02:00")
        )
    )
