"""From suspects to faults: the rule that a cell breaks first, and the words for it.

Suspects are few, so what counts here is the number of queries and not of cells: expressions are
made once per rule book, and what is the same for all faults of a rule (code, column, position) is
put to all faults at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from core.imports.rules.rule import SHOWN, CellRules, Rule
from core.imports.rules.shown import shown

FAULTS_SCHEMA = {
    "row": pl.UInt32,
    "position": pl.Int32,
    "code": pl.String,
    "column": pl.String,
    "says": pl.String,
    "value": pl.String,
}
"""Faults as a frame: `row` is the frame's row from 0, `position` the column's in the file."""

ROW, _RULE = "row", "rule"


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """The faults of one rule: columns `row`, `says` and `value` of FAULTS_SCHEMA."""

    rule: Rule
    cells: pl.DataFrame


class Wording:
    """Puts the suspects of one attribute into words."""

    def __init__(self, attribute: CellRules, value_max_characters: int) -> None:
        self._attribute = attribute
        self._limit = value_max_characters

    def faults(self, suspects: pl.DataFrame) -> Iterator[BrokenRule]:
        """`suspects` have the columns that the attribute's rules read, and ROW. Cells that break
        no rule are left out."""
        rules = self._attribute.rules
        if not rules:
            return
        judged = suspects.with_columns(self._first_broken)
        broken = judged[_RULE].unique().sort()
        for at in broken.drop_nulls():
            cells = judged if len(broken) == 1 else judged.filter(pl.col(_RULE) == at)
            quoting, words = self._words[at]
            if quoting is not None:
                cells = cells.with_columns(quoting)
            yield BrokenRule(rules[at], cells.select(words))

    @cached_property
    def _first_broken(self) -> pl.Expr:
        return pl.coalesce(
            pl.when(rule.broken).then(pl.lit(at, dtype=pl.UInt8))
            for at, rule in enumerate(self._attribute.rules)
        ).alias(_RULE)

    @cached_property
    def _words(self) -> list[tuple[pl.Expr | None, list[pl.Expr]]]:
        """Of each rule: what SHOWN is, where the sentence quotes it, and the columns of a fault."""
        return [
            (
                shown(rule.value, self._limit).alias(SHOWN)
                if SHOWN in rule.says.meta.root_names()
                else None,
                [
                    pl.col(ROW),
                    rule.says.alias("says"),
                    rule.value.str.head(self._limit).alias("value"),
                ],
            )
            for rule in self._attribute.rules
        ]


def in_order(found: Sequence[BrokenRule]) -> pl.DataFrame:
    """All faults, FAULTS_SCHEMA, in the order of row and position."""
    if not found:
        return pl.DataFrame(schema=FAULTS_SCHEMA)
    rules = [broken.rule for broken in found]
    which = np.repeat(np.arange(len(found)), [broken.cells.height for broken in found])
    cells = pl.concat([broken.cells for broken in found])
    position = np.array([rule.column.index for rule in rules])[which]
    order = np.lexsort((position, cells[ROW].to_numpy()))
    of_rule = pl.Series(which[order])
    return cells[order].select(
        pl.col(ROW),
        pl.Series("position", position[order], dtype=pl.Int32),
        pl.Series("code", [rule.code.value for rule in rules]).gather(of_rule),
        pl.Series("column", [rule.column.header for rule in rules]).gather(of_rule),
        "says",
        "value",
    )
