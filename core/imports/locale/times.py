"""Times as suppliers write them: a date in any order, a clock of 12 or 24 hours, a zone or none.

What stands before the clock is read like the dates of a column. A time without a zone is one of the
zone that the upload names; if it names none, the rules of `datetime` read it in UTC and say so. A
time that the clocks of that zone skip or show twice, in spring and autumn, is never guessed.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import polars as pl

from core.attributes.rules.types.datetime import moment_text, moments_of
from core.file_format import Locale
from core.imports.locale.dates import ISO_DAY, DatesSeen, date_format, dates_seen, read_dates
from core.imports.model import ColumnFormat, ValueKind

_CELL = (
    r"^(?<day>.*[0-9]),?(?:T|\s+)(?<hour>[0-9]{1,2})"
    r"(?<minutes>:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?)"
    r"(?:\s?(?<half>[AaPp])\.?[Mm]\.?)?\s?(?<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)


def times_seen(texts: pl.Series) -> DatesSeen:
    """`texts` are trimmed; null for an empty cell."""
    others = texts.filter(texts.is_not_null() & moments_of(texts).is_null())
    if not len(others):
        return DatesSeen()
    seen = dates_seen(others, _parts(others)["day"])
    by_itself = ColumnFormat(column=0, kind=ValueKind.DATETIME)
    is_read = read_times(others, by_itself)["read"].is_not_null().any()
    return replace(seen, is_changed=seen.is_changed or bool(is_read))


def time_format(
    seen: DatesSeen, column: int, given: Locale
) -> ColumnFormat | tuple[str, ...] | None:
    """As `date_format`. With a zone every column needs care."""
    form = date_format(seen, column, given.date_order)
    if form is None and given.time_zone is not None:
        form = ColumnFormat(column=column, kind=ValueKind.DATETIME)
    if not isinstance(form, ColumnFormat):
        return form
    return msgspec.structs.replace(form, kind=ValueKind.DATETIME, time_zone=given.time_zone)


def read_times(texts: pl.Series, form: ColumnFormat) -> pl.DataFrame:
    """In `read` the texts as ISO 8601 writes times, null where they stay as they are; `misread` are
    those that the zone does not have once, though the rules would read them in UTC."""
    parts = _parts(texts)
    dates = read_dates(parts["day"], form)["read"]
    day = pl.coalesce(dates, pl.when(pl.col("day").str.contains(ISO_DAY)).then(pl.col("day")))
    iso = parts.select(pl.concat_str(day, pl.col("clock"))).to_series()
    if form.time_zone is None:
        is_read = moments_of(iso).is_not_null() & moments_of(texts).is_null()
        return pl.DataFrame({"read": iso}).select(
            pl.when(is_read).then(pl.col("read")), pl.lit(value=False).alias("misread")
        )
    moments = moments_of(iso, form.time_zone)
    misread = moments.is_null() & moments_of(iso).is_not_null()
    return pl.DataFrame({"moment": moments, "iso": iso, "misread": misread}).select(
        # with the name of the zone, it is no time for the rules
        pl.when("misread")
        .then(pl.concat_str("iso", pl.lit(f" {form.time_zone}")))
        .otherwise(moment_text(pl.col("moment")))
        .alias("read"),
        "misread",
    )


def _parts(texts: pl.Series) -> pl.DataFrame:
    """`day`, the whole text if it has no clock, and `clock` as ISO 8601 writes it, with T and zone,
    empty if there is none. An hour that a clock does not have stays one: no rule reads it."""
    hour, half = pl.col("hour").cast(pl.Int32), pl.col("half").str.to_lowercase()
    of_24 = (
        pl.when(half.is_null())
        .then(hour)
        .when(hour.is_between(1, 12))
        .then(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
        .otherwise(99)
    )
    clock = pl.concat_str(
        pl.lit("T"),
        of_24.cast(pl.String).str.zfill(2),
        pl.col("minutes"),
        pl.col("zone").replace(["UTC", "GMT"], "Z").fill_null(""),
    )
    groups = texts.str.extract_groups(_CELL).struct.unnest()
    return groups.select(
        pl.coalesce(pl.col("day"), texts.alias("whole")).alias("day"),
        clock.fill_null("").alias("clock"),
    )
