"""`boolean`: true or false, as people and spreadsheets write it, stored as a boolean."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.imports.json_lines import Field
from core.imports.model import FaultCode
from core.imports.rules.options import is_one_of
from core.imports.rules.rule import SHOWN, CellRules, Cells, Rule

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""The accepted words in lower case; a cell may have them in any case. Few, and none of a single
language's customs: what else a merchant means by `x` or `ok`, only the merchant knows."""

_USUAL = {
    value: tuple(
        dict.fromkeys(
            form
            for word, meant in WORDS.items()
            if meant is value
            for form in (word, word.upper(), word.capitalize())
        )
    )
    for value in (True, False)
}
"""How the words are mostly written."""


class BooleanRules(CellRules):
    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_boolean"),
                code=FaultCode.NOT_A_BOOLEAN,
                column=self.column,
                broken=pl.col(self.name_of("truth")).is_null(),
                value=text,
                says=pl.concat_str(
                    pl.lit('"'),
                    pl.col(SHOWN),
                    pl.lit('" is neither true nor false; write true or false, yes or no, 1 or 0'),
                ),
            ),
        )

    def derived(self) -> Sequence[pl.Expr]:
        read = pl.col(self.reads[0]).map_batches(_read, return_dtype=pl.Boolean)
        return (read.alias(self.name_of("truth")),)

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(pl.col(self.name_of("truth")).is_not_null())

    def field(self, cells: Cells) -> Field:
        truth = pl.col(self.name_of("truth"))
        return Field(self.definition.name, truth.cast(pl.String), value=truth)


def _read(texts: pl.Series) -> pl.Series:
    """True, false, or null for a text that is neither. Only what is not written as usual is looked
    at letter by letter."""
    text = pl.col("text")
    usual = texts.to_frame("text").select_seq(
        pl.when(is_one_of(text, _USUAL[True]))
        .then(pl.lit(value=True))
        .when(is_one_of(text, _USUAL[False]))
        .then(pl.lit(value=False))
    )
    truth = usual.to_series()
    if truth.null_count() == texts.null_count():
        return truth
    others = (truth.is_null() & texts.is_not_null()).arg_true()
    found = _of_any_case(texts.gather(others))
    return truth if found.null_count() == len(found) else truth.scatter(others, found)


def _of_any_case(texts: pl.Series) -> pl.Series:
    return texts.str.to_lowercase().replace_strict(
        list(WORDS), list(WORDS.values()), default=None, return_dtype=pl.Boolean
    )
