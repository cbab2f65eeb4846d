"""`boolean`: true or false, as people and spreadsheets write it, stored as a boolean."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import ACCEPTED, Answers, RememberedWork
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""The accepted words in lower case; a cell may have them in any case. Few, and none that depend on
a language: the meaning of `x` or `ok` differs between merchants."""


class BooleanRules(CellRules):
    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        super().__init__(definition, column)
        self._truth = self.name_of("truth")
        self._work = RememberedWork(self._read)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_boolean"),
                code=FaultCode.NOT_A_BOOLEAN,
                column=self.column,
                broken=pl.col(self._truth).is_null(),
                value=text,
                reason=pl.concat_str(
                    pl.lit('"'),
                    pl.col(SHOWN),
                    pl.lit('" is neither true nor false; write true or false, yes or no, 1 or 0'),
                ),
            ),
        )

    def answers(self, texts: pl.DataFrame) -> Answers:
        return self._work(texts[self.reads[0]])

    def _read(self, texts: pl.Series) -> pl.DataFrame:
        """True, false, or null for a text that is neither."""
        truth = texts.str.to_lowercase().replace_strict(
            list(WORDS), list(WORDS.values()), default=None, return_dtype=pl.Boolean
        )
        return pl.DataFrame({self._truth: truth, ACCEPTED: truth.is_not_null()})

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(pl.col(self.name_of(ACCEPTED)))

    def field(self) -> Field:
        return self._field(pl.col(self._truth))
