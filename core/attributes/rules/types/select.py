"""`single_select` and `multiple_select`: texts out of the options of the definition."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import ACCEPTED, Answers, RememberedWork
from core.attributes.rules.distinct import each_distinct
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.options import OptionFinder, allowed_sentence, did_you_mean, is_one_of
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule
from core.attributes.rules.shown import shown_text
from core.attributes.rules.types.spellings import Spellings
from core.attributes.rules.whitespace import trim

SEPARATOR = ";"


class SingleSelectRules(CellRules):
    def __init__(self, definition: AttributeDefinition, column: Column) -> None:
        super().__init__(definition, column)
        self._finder = OptionFinder(definition.options)
        self._spellings = Spellings(definition.options)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_an_option"),
                code=FaultCode.NOT_AN_OPTION,
                column=self.column,
                broken=~text.is_in(self.definition.options),
                value=text,
                reason=pl.concat_str(
                    pl.lit('"'),
                    pl.col(SHOWN),
                    pl.lit('" is not an option; '),
                    text.map_batches(self._advice, return_dtype=pl.String),
                ),
            ),
        )

    def _advice(self, texts: pl.Series) -> pl.Series:
        allowed = allowed_sentence(self.definition.options)
        return each_distinct(texts, lambda text: self._advice_on(text) + allowed)

    def _advice_on(self, text: str) -> str:
        listed = self._spellings.listed(text)
        if listed is not None:
            return "it names several, and one is allowed; "
        return did_you_mean([self._finder.nearest(text)])

    @property
    def tidies_plain_texts(self) -> bool:
        return self._spellings.some_are_odd

    def tidied(self, texts: pl.Series) -> pl.Series:
        return each_distinct(super().tidied(texts), self._spellings.meant)

    def suspect(self) -> pl.Expr:
        return self._suspect_unless(is_one_of(pl.col(self.reads[0]), self.definition.options))

    def field(self) -> Field:
        return self._field(pl.col(self.reads[0]))


class MultipleSelectRules(CellRules):
    """`max_shown_characters`: how much of the parts that are no options a sentence quotes.
    `max_values`: of one cell, as they are written."""

    def __init__(
        self,
        definition: AttributeDefinition,
        column: Column,
        *,
        max_shown_characters: int,
        max_values: int,
    ) -> None:
        super().__init__(definition, column)
        self._max_values = max_values
        self._max_shown_characters = max_shown_characters
        self._list, self._accepted = self.name_of("list"), self.name_of(ACCEPTED)
        self._finder = OptionFinder(definition.options)
        self._options = frozenset(definition.options)
        self._spellings = Spellings(definition.options)
        self._work = RememberedWork(self._read)

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            # a cell of separators alone holds no part: it is empty, not wrong
            *self._required_rule(text.is_null() | pl.col(self._list).is_null()),
            self._too_many(text),
            Rule(
                name=self.name_of("not_an_option"),
                code=FaultCode.NOT_AN_OPTION,
                column=self.column,
                broken=pl.col(self._list).is_not_null() & ~pl.col(self._accepted),
                value=text,
                reason=text.map_batches(self._statement, return_dtype=pl.String),
            ),
        )

    def _too_many(self, text: pl.Expr) -> Rule:
        values = text.str.count_matches(SEPARATOR, literal=True) + 1
        return Rule(
            name=self.name_of("too_many"),
            code=FaultCode.TOO_MANY_VALUES,
            column=self.column,
            broken=pl.col(self._list).is_not_null() & (values > self._max_values),
            value=text,
            reason=pl.concat_str(
                pl.lit("the list has "),
                values.cast(pl.String),
                pl.lit(f" values, and at most {self._max_values} are allowed"),
            ),
        )

    def is_empty(self) -> pl.Expr:
        text = pl.col(self.reads[0])
        return text.is_null() | (text.str.strip_chars(BLANKS + SEPARATOR) == "")

    def answers(self, texts: pl.DataFrame) -> Answers:
        return self._work(texts[self.reads[0]])

    def _read(self, texts: pl.Series) -> pl.DataFrame:
        """The parts of each text, null without one; accepted are parts that are all options."""
        parts = (
            pl.col("text")
            .str.split(SEPARATOR)
            .list.eval(pl.element().str.strip_chars(BLANKS))
            .list.eval(pl.element().filter(pl.element() != ""))
            .list.unique(maintain_order=True)
        )
        good = pl.element().is_in(self.definition.options)
        return (
            texts.to_frame("text")
            .select(parts.alias("parts"))
            .select(
                pl.when(pl.col("parts").list.len() > 0).then(pl.col("parts")).alias(self._list),
                (
                    pl.col("parts").list.eval(good).list.all() & (pl.col("parts").list.len() > 0)
                ).alias(ACCEPTED),
            )
        )

    def _statement(self, texts: pl.Series) -> pl.Series:
        return each_distinct(texts, self._statement_of)

    @property
    def tidies_plain_texts(self) -> bool:
        return self._spellings.some_are_odd

    def tidied(self, texts: pl.Series) -> pl.Series:
        return each_distinct(super().tidied(texts), self._tidied_parts)

    def _tidied_parts(self, text: str) -> str:
        """As it is, unless a part is an option in another spelling."""
        parts = text.split(SEPARATOR)
        meant = [
            trim(part) if trim(part) in self._options else self._spellings.meant(trim(part))
            for part in parts
        ]
        changes = any(new != trim(part) for new, part in zip(meant, parts, strict=True))
        return SEPARATOR.join(meant) if changes else text

    def _statement_of(self, text: str) -> str:
        listed = None if SEPARATOR in text else self._spellings.listed(text)
        if listed is not None:
            separator, options = listed
            shown_parts = shown_text(SEPARATOR.join(options), self._max_shown_characters)
            return (
                f'"{shown_text(text, self._max_shown_characters)}" is not an option: options are '
                f'separated by a semicolon, not by {separator}; write "{shown_parts}"'
            )
        parts = dict.fromkeys(filter(None, map(trim, text.split(SEPARATOR))))
        bad = [part for part in parts if part not in self._options]
        result = "is not an option" if len(bad) == 1 else "are not options"
        meant = did_you_mean(self._finder.nearest(part) for part in bad)
        quoted_parts = shown_text('", "'.join(bad), self._max_shown_characters)
        return f'"{quoted_parts}" {result}; {meant}{allowed_sentence(self.definition.options)}'

    def suspect(self) -> pl.Expr:
        # a text without a part may consist of blanks, which is checked for suspects only; and one
        # of too many values has more bytes than there may be values
        is_short = pl.col(self.reads[0]).str.len_bytes() <= self._max_values
        return self._suspect_unless(pl.col(self._accepted) & is_short)

    def field(self) -> Field:
        return self._field(pl.col(self._list))
