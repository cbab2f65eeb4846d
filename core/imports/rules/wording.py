"""From suspects to faults: the rule that a cell breaks first, and the words for it.

Suspects are few, so what counts here is the number of queries and not of cells: expressions are
made once per rule book, what is the same for all faults of a rule (code, column, position) is put
to all faults at once, and a text is put into words once. Mistakes repeat (`n/a`, `12,50`), in a
chunk and from chunk to chunk, and a query over three of them costs nearly that over a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

ROW, RULE = "row", "rule"
_WORDS_SCHEMA = {RULE: pl.UInt8, "says": pl.String, "value": pl.String}
_WORDED_SCHEMA = {ROW: pl.UInt32, **_WORDS_SCHEMA}

_WORTH_GROUPING = 4
"""Texts that stand so many times on average are worded once each."""
_REMEMBERED_TEXTS, _REMEMBERED_CHARACTERS = 100, 10_000
"""Of one attribute, whose words are kept for the next frame."""

_Texts = tuple[str | None, ...]
"""A suspect: the text of each column that the rules read."""


@dataclass(frozen=True, slots=True)
class Worded:
    """The faults of one attribute: columns `row`, `says` and `value` of FAULTS_SCHEMA, and `rule`,
    the place of the broken one among `rules`."""

    rules: Sequence[Rule]
    cells: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Known:
    """Texts that were put into words: where in `words` they stand, and how long they are."""

    places: Mapping[_Texts, int]
    words: pl.DataFrame
    """`rule`, `says` and `value`; null for a text that breaks no rule."""
    characters: int


_NOTHING_KNOWN = _Known({}, pl.DataFrame(schema=_WORDS_SCHEMA), 0)


class Wording:
    """Puts the suspects of one attribute into words."""

    def __init__(self, attribute: CellRules, value_max_characters: int) -> None:
        self._attribute = attribute
        self._limit = value_max_characters
        self._known = _NOTHING_KNOWN

    def faults(self, suspects: pl.DataFrame) -> Worded:
        """`suspects` have the columns that the attribute's rules read, and ROW. Cells that break
        no rule are left out."""
        rules = self._attribute.rules
        if not rules:
            return Worded(rules, pl.DataFrame(schema=_WORDED_SCHEMA))
        texts = [suspects[column] for column in self._attribute.reads]
        if max(text.n_unique() for text in texts) * _WORTH_GROUPING > suspects.height:
            return Worded(rules, self._word(suspects))
        cells = list(zip(*(text.to_list() for text in texts), strict=True))
        known = self._knowing(cells, suspects)
        words = known.words[[known.places[text] for text in cells]]
        faults = words.select_seq(suspects[ROW], pl.all())
        return Worded(rules, faults.drop_nulls(RULE) if faults[RULE].null_count() else faults)

    def _knowing(self, cells: Sequence[_Texts], suspects: pl.DataFrame) -> _Known:
        """The words for each of the cells: what they say of a text is the same in every row and in
        every frame. Threads may learn the same at once; either answer is right."""
        known = self._known
        unknown = {text: at for at, text in enumerate(cells) if text not in known.places}
        if not unknown:
            return known
        asked = suspects[list(unknown.values())]
        told = asked.select(ROW).join(self._word(asked), on=ROW, how="left", maintain_order="left")
        # out of Python: a view of a rejected text would keep the whole column
        words = pl.DataFrame(told.drop(ROW).rows(), schema=_WORDS_SCHEMA, orient="row")
        known = _Known(
            {**known.places, **{t: at for at, t in enumerate(unknown, len(known.places))}},
            pl.concat([known.words, words]),
            known.characters + sum(len(part) for text in unknown for part in text if part),
        )
        fits = len(known.places) <= _REMEMBERED_TEXTS and known.characters <= _REMEMBERED_CHARACTERS
        self._known = known if fits else _NOTHING_KNOWN
        return known

    def _word(self, suspects: pl.DataFrame) -> pl.DataFrame:
        """The faults, rule by rule. One expression after the other: sharing out a few cells among
        threads takes longer than the work."""
        judged = suspects.with_columns_seq(self._first_broken)
        broken = judged[RULE].unique().sort()
        found = []
        for at in broken.drop_nulls():
            cells = judged if len(broken) == 1 else judged.filter(judged[RULE] == at)
            quoting, words = self._words[at]
            if quoting is not None:
                cells = cells.with_columns_seq(quoting)
            found.append(cells.select_seq(words))
        return pl.concat(found) if found else pl.DataFrame(schema=_WORDED_SCHEMA)

    @cached_property
    def _first_broken(self) -> pl.Expr:
        return pl.coalesce(
            pl.when(rule.broken).then(pl.lit(at, dtype=pl.UInt8))
            for at, rule in enumerate(self._attribute.rules)
        ).alias(RULE)

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
                    pl.col(RULE),
                    rule.says.alias("says"),
                    rule.value.str.head(self._limit).alias("value"),
                ],
            )
            for rule in self._attribute.rules
        ]


def in_order(found: Sequence[Worded]) -> pl.DataFrame:
    """All faults, FAULTS_SCHEMA, in the order of row and position."""
    found = [worded for worded in found if worded.cells.height]
    if not found:
        return pl.DataFrame(schema=FAULTS_SCHEMA)
    rules = [rule for worded in found for rule in worded.rules]
    cells = pl.concat([worded.cells for worded in found])
    before = np.cumsum([0, *(len(worded.rules) for worded in found[:-1])])
    which = cells[RULE].to_numpy() + np.repeat(before, [w.cells.height for w in found])
    position = np.array([rule.column.index for rule in rules])[which]
    # as one number, and stable: the rows of each attribute are sorted already, which that heeds
    order = np.argsort((cells[ROW].to_numpy().astype(np.int64) << 32) | position, kind="stable")
    of_rule = pl.Series(which[order])
    return cells[order].select_seq(
        pl.col(ROW),
        pl.Series("position", position[order], dtype=pl.Int32),
        pl.Series("code", [rule.code.value for rule in rules]).gather(of_rule),
        pl.Series("column", [rule.column.header for rule in rules]).gather(of_rule),
        "says",
        "value",
    )
