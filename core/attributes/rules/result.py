"""The result of validating one frame of text: its faults, and the products of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from core.attributes.rules.answers import ACCEPTED, Answers
from core.attributes.rules.defaults import GIVEN, has_default
from core.attributes.rules.rule import CellRules, Field
from core.attributes.rules.tidying import Noted


@dataclass(frozen=True, slots=True)
class DerivedCells:
    """The derived columns of all cells."""

    frame: pl.DataFrame
    """The texts, and the columns derived from them."""
    answers: Mapping[str, Answers]
    """Of the attributes that have some."""


@dataclass(frozen=True)
class ValidationResult:
    """The result for one frame."""

    faults: pl.DataFrame
    """FAULTS_SCHEMA; at most one per cell, in the order of row and position."""
    fields: tuple[CellRules, ...]
    derived: DerivedCells
    noted: tuple[Noted, ...] = ()
    """Cells that people should know about, faulty or not."""

    @cached_property
    def cells(self) -> pl.DataFrame:
        """With all columns that products need, computed only when products are requested."""
        answers = [of_one.at().drop(ACCEPTED) for of_one in self.derived.answers.values()]
        return self.derived.frame.with_columns(
            *(column for frame in answers for column in frame.get_columns()),
            *(expression for rules in self.fields for expression in rules.stored()),
        )

    def products(self) -> list[Field]:
        """The fields of a product over `cells`, in the order of the columns. In rows with faults
        they have no meaning: drop those rows."""
        return [rules.field() for rules in self.fields]

    def is_valued(self) -> pl.Series:
        """For each row, whether a column that is read has a text. A default does not count."""
        frame = self.derived.frame
        if not self.fields:
            return pl.repeat(value=False, n=frame.height, eager=True)
        defaulted = [r.name_of(GIVEN) for r in self.fields if has_default(r)]
        columns = [column for r in self.fields if not has_default(r) for column in r.reads]
        return frame.select(
            pl.any_horizontal(
                *(pl.col(column) for column in defaulted),
                *(pl.col(column).is_not_null() for column in columns),
            ).alias("valued")
        ).to_series()
