"""`measure`: a number with an optional unit, in one column or in a pair of columns.

A pair is validated as one text, value and unit with a line break between them: the grammar treats
it as a blank, so the pair `2.5`, `kg` is read like `2.5 kg`, and the parts stay separate.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.comparing import BLANKS, MAYBE_REMOVED, canonical
from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.answers import ACCEPTED, Answers, RememberedWork
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule
from core.attributes.rules.types.bounds import has_bounds, is_within, number_setting_rules
from core.attributes.rules.types.number import (
    NUMBER,
    OUT_OF_RANGE_REASON,
    as_double,
    as_integer,
    is_out_of_range,
    not_whole,
    number_hint,
)
from core.attributes.rules.types.unit_case import telling_positions
from core.attributes.rules.whitespace import BLANK_CLASS

UNIT_MAX_CHARACTERS = 20

SPLIT = f"(?s)^({NUMBER}){BLANK_CLASS}*(.*)$"
_UNIT_START = r"^[^\s\p{Nd}\p{Cc}.,;:+\-_=<>|&!?*/\\()\[\]{}@#~^]"
_NOT_IN_UNIT = r"[;\p{Cc}]|\s\p{Nd}|\p{Nd}\p{Nd}|^[xX]\p{Nd}"
"""`10 x 20 cm`, `12 kg 5` and `10x5 cm` are more than one number; `m3`, `H2O` are units."""


def _is_unit(unit: pl.Expr) -> pl.Expr:
    return (
        unit.str.contains(_UNIT_START)
        & ~unit.str.contains(_NOT_IN_UNIT)
        & (unit.str.len_chars() <= UNIT_MAX_CHARACTERS)
    )


def in_one_text(texts: pl.DataFrame, reads: Sequence[str]) -> pl.Series:
    """The cells of a measure, value and unit if it has two columns, as one text; null when there is
    neither."""
    if len(reads) == 1:
        return texts[reads[0]]
    value, unit = map(pl.col, reads)
    alone = unit.is_null()
    if texts.select(value.str.ends_with(unit).any()).item():
        # `2.5 kg` with `kg` in the unit column names one unit twice
        alone |= value.str.extract(SPLIT, 2).str.strip_chars(BLANKS) == unit
    joined = pl.concat_str(value, pl.lit("\n"), unit.fill_null(""))
    return texts.select(pl.when(alone).then(value).otherwise(joined)).to_series()


class MeasureRules(CellRules):
    """`unit_column` is the second column of a pair."""

    def __init__(
        self,
        definition: AttributeDefinition,
        column: Column,
        unit_column: Column | None = None,
    ) -> None:
        super().__init__(definition, column)
        self._number, self._unit = self.name_of("number"), self.name_of("unit")
        self._measure, self._whole = self.name_of("measure"), self.name_of("whole")
        self._unit_column = unit_column
        self._work = RememberedWork(self._read)
        if unit_column is not None:
            self.reads = (str(column.index), str(unit_column.index))

    def compile(self) -> Sequence[Rule]:
        value = pl.col(self.reads[0])
        number, unit = pl.col(self._number), pl.col(self._unit)
        empty = pl.all_horizontal(pl.col(self.reads).is_null())
        quoted_value = pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('"'))
        rules = [*self._required_rule(empty)]
        if self._unit_column is not None:
            rules.append(
                Rule(
                    name=self.name_of("unit_without_value"),
                    code=FaultCode.NOT_A_MEASURE,
                    column=self.column,
                    broken=value.is_null() & ~empty,
                    value=pl.col(self.reads[1]),
                    reason=pl.concat_str(
                        pl.lit("the unit "), quoted_value, pl.lit(" has no value")
                    ),
                )
            )
        rules += [
            Rule(
                name=self.name_of("not_a_measure"),
                code=FaultCode.NOT_A_MEASURE,
                column=self.column,
                # a decimal comma splits into a number and a rest that begins with the comma
                broken=number.is_null() | unit.str.contains("^[.,]"),
                value=value,
                reason=pl.concat_str(
                    quoted_value, pl.lit(" is not a number with a unit"), _measure_hint(value)
                ),
            ),
            *self._unit_rules(quoted_value),
            Rule(
                name=self.name_of("out_of_range"),
                code=FaultCode.NUMBER_OUT_OF_RANGE,
                column=self.column,
                broken=is_out_of_range(number),
                value=value,
                reason=OUT_OF_RANGE_REASON,
            ),
            *self._comparable_rules(quoted_value),
            *number_setting_rules(self, as_double(number), value, self._own_unit),
        ]
        return rules

    def _comparable_rules(self, quoted_value: pl.Expr) -> list[Rule]:
        """Bounds hold for the own unit, and nothing here converts one unit into another."""
        if not has_bounds(self.definition):
            return []
        is_foreign = ~self._is_own(pl.col(self._unit))
        reason = pl.concat_str(
            quoted_value,
            pl.lit(f" is not in {self._own_unit}, for which the bounds hold; convert it"),
        )
        rules = []
        if self._unit_column is not None:
            unit_cell = pl.col(self.reads[1])
            rules.append(
                Rule(
                    name=self.name_of("unit_not_comparable_alone"),
                    code=FaultCode.UNIT_NOT_COMPARABLE,
                    column=self._unit_column,
                    broken=is_foreign & unit_cell.is_not_null(),
                    value=unit_cell,
                    reason=reason,
                )
            )
        rules.append(
            Rule(
                name=self.name_of("unit_not_comparable"),
                code=FaultCode.UNIT_NOT_COMPARABLE,
                column=self.column,
                broken=is_foreign,
                value=pl.col(self.reads[0]),
                reason=reason,
            )
        )
        return rules

    def _is_own(self, unit: pl.Expr) -> pl.Expr:
        """No unit is the own one. Upper and lower case are alike where both mean the same."""
        plain = unit.str.replace_all(f"{BLANK_CLASS}+", " ")
        own = canonical(self._own_unit)
        alike = self._is_spelled_like_own(unit)
        for at in telling_positions(own):
            alike &= plain.str.slice(at, 1) == own[at]
        return (unit == "") | (unit == self._own_unit) | alike

    def _is_spelled_like_own(self, unit: pl.Expr) -> pl.Expr:
        """But perhaps in another case that makes it another unit."""
        plain = unit.str.replace_all(f"{BLANK_CLASS}+", " ")
        own = pl.lit(canonical(self._own_unit))
        return plain.str.to_lowercase() == own.str.to_lowercase()

    def _is_allowed(self, unit: pl.Expr) -> pl.Expr:
        """The own unit is one whatever it looks like: somebody defined it, and it is what products
        store and files are written with."""
        return self._is_own(unit) | (_is_unit(unit) & ~self._is_spelled_like_own(unit))

    def _unit_rules(self, quoted_value: pl.Expr) -> list[Rule]:
        """A wrong unit is in the unit column, or after the number."""
        unit = pl.col(self._unit)
        other_case = self._is_spelled_like_own(unit) & ~self._is_own(unit)
        is_wrong = ~self._is_allowed(unit)
        says_case = pl.concat_str(
            quoted_value,
            pl.lit(" is in "),
            unit,
            pl.lit(
                f", which is another unit than {self._own_unit}: upper and lower case make the "
                f"difference; write {self._own_unit} if that is meant, or convert the value"
            ),
        )
        example = pl.lit(
            f" does not name one unit; write a number and a unit of at most {UNIT_MAX_CHARACTERS} "
            f'characters, such as "2.5 {self._own_unit}"'
        )
        after_number = Rule(
            name=self.name_of("not_a_unit"),
            code=FaultCode.NOT_A_MEASURE,
            column=self.column,
            broken=is_wrong,
            value=pl.col(self.reads[0]),
            reason=pl.when(other_case)
            .then(says_case)
            .otherwise(pl.concat_str(quoted_value, example)),
        )
        if self._unit_column is None:
            return [after_number]
        in_own_column = Rule(
            name=self.name_of("not_a_unit_alone"),
            code=FaultCode.NOT_A_MEASURE,
            column=self._unit_column,
            broken=is_wrong & pl.col(self.reads[1]).is_not_null(),
            value=pl.col(self.reads[1]),
            reason=pl.when(other_case)
            .then(says_case)
            .otherwise(
                quoted_value
                + pl.lit(
                    f' is not a unit beside its value; write one, such as "{self._own_unit}", '
                    f"of at most {UNIT_MAX_CHARACTERS} characters, and the number alone as value"
                ),
            ),
        )
        return [in_own_column, after_number]

    @property
    def _own_unit(self) -> str:
        return self.definition.unit or ""

    def answers(self, texts: pl.DataFrame) -> Answers:
        return self._work(in_one_text(texts, self.reads))

    def _read(self, texts: pl.Series) -> pl.DataFrame:
        """Number and unit as written (both null when no number comes first), and the measure (null
        unless both can be read)."""
        groups = texts.to_frame("text").select(pl.col("text").str.extract_groups(SPLIT))
        split = groups.unnest("text").select(
            pl.col("1").alias("number"), pl.col("2").str.strip_chars(BLANKS).alias("unit")
        )
        split = split.with_columns(self._is_own(pl.col("unit")).alias("own"))
        is_own, number = pl.col("own"), pl.col("number")
        unit = pl.when(is_own).then(pl.lit(self._own_unit)).otherwise(pl.col("unit"))
        readable = self._is_allowed(pl.col("unit")) & ~is_out_of_range(number)
        readable &= is_within(as_double(number), self.definition)
        if has_bounds(self.definition):
            readable &= is_own
        integer, there = as_integer(number), pl.when(readable)
        double = not_whole(integer, as_double(number))
        measure = pl.struct(double.alias("value"), unit.alias("unit"))
        return split.select(
            number.alias(self._number),
            pl.col("unit").alias(self._unit),
            there.then(measure).alias(self._measure),
            there.then(integer).alias(self._whole),
        ).with_columns(
            # invisible characters in a unit are removed before it is compared
            (
                pl.col(self._measure).is_not_null()
                & ~pl.col(self._unit).str.contains(MAYBE_REMOVED)
            ).alias(ACCEPTED)
        )

    def suspect(self) -> pl.Expr:
        empty = pl.all_horizontal(pl.col(self.reads).is_null())
        unread = ~pl.col(self.name_of(ACCEPTED)).fill_null(value=False)
        return unread if self.definition.is_required else unread & ~empty

    def field(self) -> Field:
        return self._field(pl.col(self._measure), pl.col(self._whole))


def _measure_hint(text: pl.Expr) -> pl.Expr:
    return number_hint(text).str.replace(r"^; write the number alone.*$", "")
