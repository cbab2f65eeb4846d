"""`short_text`, `long_text`, `rich_text`: the trimmed text itself."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.imports.json_lines import Field, escape_where_needed
from core.imports.model import Column, FaultCode
from core.imports.rules.rule import SHOWN, CellRules, Cells, Rule


class TextRules(CellRules):
    """`max_characters` is None for texts of any length."""

    is_free_text = True

    def __init__(
        self, definition: AttributeDefinition, column: Column, max_characters: int | None
    ) -> None:
        super().__init__(definition, column)
        self._max_characters = max_characters

    def compile(self) -> Sequence[Rule]:
        rules = self._required_rule(pl.col(self.reads[0]).is_null())
        if self._max_characters is None:
            return rules
        return (*rules, self._too_long(self._max_characters))

    def _too_long(self, max_characters: int) -> Rule:
        text = pl.col(self.reads[0])
        length = text.str.len_chars()
        return Rule(
            name=self._name("too_long"),
            code=FaultCode.TEXT_TOO_LONG,
            column=self.column,
            broken=length > max_characters,
            value=text,
            says=pl.concat_str(
                pl.lit('"'),
                pl.col(SHOWN),
                pl.lit('" has '),
                length.cast(pl.String),
                pl.lit(f" characters, and at most {max_characters} are allowed"),
            ),
        )

    def suspect(self) -> pl.Expr:
        if self._max_characters is None:
            return self._suspect_unless(pl.lit(value=True))
        # a text never has more characters than bytes, and bytes are known without reading it
        return self._suspect_unless(pl.col(self.reads[0]).str.len_bytes() <= self._max_characters)

    def field(self, cells: Cells) -> Field:
        column = self.reads[0]
        token = escape_where_needed(pl.col(column), cells.looks[column])
        return Field(self.definition.name, token, in_quotes=True)
