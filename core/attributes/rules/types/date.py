"""`date`: a day of the calendar, as ISO 8601 writes it: `2026-03-01`.

A spreadsheet's day arrives with the time that it has in the cell: midnight. That time is accepted
and dropped, and any other is a fault, since dropping it would lose something. Other orders of day,
month and year are not guessed: `01/02/2026` is another day in Rome than in Boston.
Source: ISO 8601-1:2019, calendar dates, extended format; years 0001 to 9999.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import ACCEPTED, Answers, RememberedWork
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MIDNIGHT = r"[ T]00:00(?::00(?:\.0{1,9})?)?"
_WITH_MIDNIGHT = f"^({_DAY})(?:{_MIDNIGHT})?$"
_WITH_ANY_TIME = "[0-9]{4}.*[ T][0-9]{1,2}:[0-9]{2}"
_YEAR_ZERO = "0000"


class DateRules(CellRules):
    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        super().__init__(definition, column)
        self._day = self.name_of("day")
        self._work = RememberedWork(self._read)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_date"),
                code=FaultCode.NOT_A_DATE,
                column=self.column,
                broken=pl.col(self._day).is_null(),
                value=text,
                reason=pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('" '), _reason(text)),
            ),
        )

    def answers(self, texts: pl.DataFrame) -> Answers:
        return self._work(texts[self.reads[0]])

    def _read(self, texts: pl.Series) -> pl.DataFrame:
        """The day of each text, as `YYYY-MM-DD`; null where there is none."""
        day = pl.col("text").str.extract(_WITH_MIDNIGHT, 1)
        is_real = day.str.to_date("%Y-%m-%d", strict=False).is_not_null()
        days = texts.to_frame("text").select(
            pl.when(is_real & ~day.str.starts_with(_YEAR_ZERO)).then(day).alias(self._day)
        )
        return days.with_columns(pl.col(self._day).is_not_null().alias(ACCEPTED))

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(pl.col(self.name_of(ACCEPTED)))

    def field(self) -> Field:
        return self._field(pl.col(self._day).str.to_date("%Y-%m-%d"))


def _reason(text: pl.Expr) -> pl.Expr:
    """The explanation that follows a text that is not a date."""
    return (
        pl.when(text.str.contains(_WITH_MIDNIGHT))
        .then(pl.lit("is not a day of the calendar"))
        .when(text.str.contains(_WITH_ANY_TIME))
        .then(
            pl.lit("has a time of day, which a date cannot keep; leave it out, or use a datetime")
        )
        .otherwise(pl.lit("is not a date; write year, month and day, such as 2026-03-01"))
    )
