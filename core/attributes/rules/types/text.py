"""`short_text`, `long_text`, `rich_text`: the trimmed text itself, perhaps of limited length or of
a certain look."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule
from core.attributes.rules.types.pattern import pattern_rule, whole


class TextRules(CellRules):
    """`max_characters` of any text of the type; the definition may allow less."""

    is_free_text = True

    def __init__(
        self, definition: AttributeDefinition, column: Column, max_characters: int
    ) -> None:
        super().__init__(definition, column)
        self._max_characters = min(max_characters, definition.max_length or max_characters)

    def compile(self) -> Sequence[Rule]:
        required = self._required_rule(pl.col(self.reads[0]).is_null())
        return (*required, self._too_long(), *pattern_rule(self))

    def _too_long(self) -> Rule:
        text = pl.col(self.reads[0])
        length = text.str.len_chars()
        return Rule(
            name=self.name_of("too_long"),
            code=FaultCode.TEXT_TOO_LONG,
            column=self.column,
            broken=length > self._max_characters,
            value=text,
            reason=pl.concat_str(
                pl.lit('"'),
                pl.col(SHOWN),
                pl.lit('" has '),
                length.cast(pl.String),
                pl.lit(f" characters, and at most {self._max_characters} are allowed"),
            ),
        )

    def suspect(self) -> pl.Expr:
        text = pl.col(self.reads[0])
        # a text never has more characters than bytes, and bytes are known without reading it
        accepted = text.str.len_bytes() <= self._max_characters
        if self.definition.pattern is not None:
            accepted &= text.str.contains(whole(self.definition.pattern))
        return self._suspect_unless(accepted)

    def field(self) -> Field:
        return self._field(pl.col(self.reads[0]))
