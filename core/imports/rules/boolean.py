"""`boolean`: true or false, as people and spreadsheets write it, stored as a boolean."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.imports.json_lines import Field
from core.imports.model import FaultCode
from core.imports.rules.rule import SHOWN, CellRules, Cells, Rule

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""The accepted words in lower case; a cell may have them in any case. Few, and none of a single
language's customs: what else a merchant means by `x` or `ok`, only the merchant knows."""


class BooleanRules(CellRules):
    def _token(self) -> pl.Expr:
        """`true`, `false`, or null for a text that is neither."""
        word = pl.col(self.reads[0]).str.to_lowercase()
        tokens = ["true" if value else "false" for value in WORDS.values()]
        return word.replace_strict(list(WORDS), tokens, default=None, return_dtype=pl.String)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_boolean"),
                code=FaultCode.NOT_A_BOOLEAN,
                column=self.column,
                broken=pl.col(self.name_of("token")).is_null(),
                value=text,
                says=pl.concat_str(
                    pl.lit('"'),
                    pl.col(SHOWN),
                    pl.lit('" is neither true nor false; write true or false, yes or no, 1 or 0'),
                ),
            ),
        )

    def derived(self) -> Sequence[pl.Expr]:
        return (self._token().alias(self.name_of("token")),)

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(pl.col(self.name_of("token")).is_not_null())

    def field(self, cells: Cells) -> Field:
        word = pl.col(self.name_of("token"))
        return Field(self.definition.name, word, value=word == "true")
