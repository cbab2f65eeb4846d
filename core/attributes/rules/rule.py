"""A rule: one named way in which a cell can be wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import Answers
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.tidying import tidied
from core.attributes.value_types import value_type

SHOWN = "shown"
"""The rejected text as it is quoted in sentences: on one line, cut at the allowed length."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Evaluated only over suspects, so it is written for clarity and not for speed."""

    name: str
    """`{attribute}|{fault}`, e.g. `Price|not_a_number`."""
    code: FaultCode
    column: Column
    """The column that the fault names."""
    broken: pl.Expr
    """Boolean over the cells; null counts as not broken."""
    value: pl.Expr
    """The rejected text; null where there is none."""
    reason: pl.Expr
    """The explanation after `column "Price": `, without a full stop. May use `SHOWN`."""


@dataclass(frozen=True, slots=True)
class Field:
    """How the values of one attribute are computed from its cells. Null means no value."""

    name: str
    kind: DataType
    """`value_type` of the attribute."""
    value: pl.Expr
    """Of numbers those that `whole` does not have."""
    whole: pl.Expr | None = None
    """Of doubles, and measures: the numbers that are 64-bit integers."""

    @property
    def is_present(self) -> pl.Expr:
        given = self.value.is_not_null()
        return given if self.whole is None else given | self.whole.is_not_null()


class CellRules(ABC):
    """The compiled definition of one attribute over the column (or pair) that feeds it.

    Its expressions run over a frame that has the trimmed text of every column under the column's
    index (`"0"`, `"1"`, …), null where the cell is empty, and whatever `derived` adds.
    """

    reads: tuple[str, ...]
    """The text columns that are read."""
    is_free_text: bool = False
    """The text itself lands in the product: trim and escape it with care for the bytes."""

    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        self.definition = definition
        self.column = column
        self.reads = (str(column.index),)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """In order: the first broken one names the fault of the cell. Compiled for the first
        suspect: most of a thousand columns have none."""
        return tuple(self.compile())

    @abstractmethod
    def compile(self) -> Sequence[Rule]:
        """The chain of rules."""

    def derived(self) -> Sequence[pl.Expr]:
        """Further columns, named `{attribute}|{what}`, for the other expressions."""
        return ()

    def answers(self, texts: pl.DataFrame) -> Answers | None:
        """Further columns, named likewise, that are computed per distinct text. `suspect` has only
        one of them, `name_of(ACCEPTED)`, which is true for accepted texts."""
        return None

    def stored(self) -> Sequence[pl.Expr]:
        """Further columns that `field` alone needs."""
        return ()

    def is_empty(self) -> pl.Expr:
        """Over trimmed texts: is there no value, so that a default is read instead?"""
        return pl.all_horizontal(pl.col(self.reads).is_null())

    @property
    def tidies_plain_texts(self) -> bool:
        """May `tidied` change a text that holds nothing unusual?"""
        return False

    def tidied(self, texts: pl.Series) -> pl.Series:
        """The replacement for the texts of suspects in one of the columns."""
        return tidied(texts)

    def _field(self, value: pl.Expr, whole: pl.Expr | None = None) -> Field:
        return Field(self.definition.name, value_type(self.definition), value, whole)

    @abstractmethod
    def suspect(self) -> pl.Expr:
        """Cheap and dense: true for every cell that breaks a rule; rarely true for others."""

    @abstractmethod
    def field(self) -> Field:
        """The attribute in a product."""

    def name_of(self, what: str) -> str:
        """Of a rule or a derived column. No `what` holds the mark, so the last mark of a name
        ends the attribute's own, whatever that holds."""
        return f"{self.definition.name}|{what}"

    def _required_rule(self, empty: pl.Expr) -> tuple[Rule, ...]:
        if not self.definition.is_required:
            return ()
        return (
            Rule(
                name=self.name_of("required_value_missing"),
                code=FaultCode.REQUIRED_VALUE_MISSING,
                column=self.column,
                broken=empty,
                value=pl.lit(None, dtype=pl.String),
                reason=pl.lit("the value is missing, and it is required"),
            ),
        )

    def _suspect_unless(self, accepted: pl.Expr) -> pl.Expr:
        """An empty cell is a suspect only where a value is required."""
        text = pl.col(self.reads[0])
        doubtful = text.is_not_null() & ~accepted.fill_null(value=False)
        return doubtful | text.is_null() if self.definition.is_required else doubtful
