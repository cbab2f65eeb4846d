"""From suspects to faults: the rule that a cell breaks first, and its sentence.

Suspects are few, so the number of queries matters, not that of cells: expressions are built once
per rule book, values that all faults of a rule share (code, column, position) are added to all
faults at once, and each text is worded once. Mistakes repeat (`n/a`, `12,50`), within a chunk and
from chunk to chunk, and a query over three of them costs almost as much as over a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.rules.answers import ACCEPTED, Answers
from core.attributes.rules.invisibles import LOOK_ALIKES, names_of
from core.attributes.rules.model import FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Rule
from core.attributes.rules.shown import shown

FAULTS_SCHEMA = {
    "row": pl.UInt32,
    "position": pl.Int32,
    "code": pl.String,
    "column": pl.String,
    "reason": pl.String,
    "value": pl.String,
}
"""Faults as a frame: `row` is the frame's row from 0, `position` the column's in the file."""

ROW, RULE = "row", "rule"
_WORDS_SCHEMA = {RULE: pl.UInt8, "reason": pl.String, "value": pl.String}

_WORTH_GROUPING = 4
"""Texts that occur this often on average are worded once each."""
_REMEMBERED_TEXTS, _REMEMBERED_CHARACTERS = 100, 10_000
"""Of one attribute, whose words are kept for the next frame."""

_TOLERANT = frozenset(
    {
        *(FaultCode.REQUIRED_VALUE_MISSING, FaultCode.TEXT_TOO_LONG),
        *(FaultCode.NUMBER_OUT_OF_RANGE, FaultCode.TOO_SMALL, FaultCode.TOO_LARGE),
        *(FaultCode.TOO_MANY_DECIMALS, FaultCode.TOO_MANY_VALUES),
    }
)
"""Faults that an invisible or look-alike character does not explain. For all others every character
counts."""

_Text = str | tuple[str | None, ...] | None
"""The text of a suspect that the rules read: of one column, or of a pair."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """The cells of one attribute to check with its rules. There are many small sets of them, so
    they are collected without a query."""

    frame: pl.DataFrame
    rows: pl.Series
    """Of the frame, UInt32, in order; at least one."""
    reads: Sequence[str]
    """The columns of texts that the attribute's rules read."""
    derived: Sequence[str]
    """The columns that they read besides."""
    answers: Answers | None
    """Where they read answers."""

    def texts(self, column: str) -> pl.Series:
        return self.frame[column][self.rows]

    def distinct_inputs(self) -> list[_Text]:
        """The texts that the rules read, per cell."""
        if len(self.reads) == 1:
            return self.texts(self.reads[0]).to_list()
        return list(zip(*(self.texts(column).to_list() for column in self.reads), strict=True))

    def cells(self, which: Sequence[int] | None = None) -> pl.DataFrame:
        """All that the rules read, of all or only of some, and ROW."""
        rows = self.rows if which is None else self.rows[which]
        columns = pl.col(*self.reads, *self.derived)
        answers = self.answers.at(rows).drop(ACCEPTED).get_columns() if self.answers else ()
        return self.frame.select_seq(rows.rename(ROW), columns.gather(rows), *answers)


@dataclass(frozen=True, slots=True)
class Worded:
    """The faults of one attribute: of each its row in the frame, and the place of its words."""

    rules: Sequence[Rule]
    rows: pl.Series
    places: NDArray[np.intp]
    words: pl.DataFrame
    """`says` and `value` of FAULTS_SCHEMA, and `rule`, the index of the broken one in `rules`; null
    for a text that breaks none and has no fault."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Texts with a sentence: their index in `words`, and their length."""

    places: Mapping[_Text, int]
    words: pl.DataFrame
    """As in Worded."""
    characters: int


_NOTHING_KNOWN = _Known({}, pl.DataFrame(schema=_WORDS_SCHEMA), 0)


class Wording:
    """Puts the suspects of one attribute into words."""

    def __init__(self, attribute: CellRules, value_max_characters: int) -> None:
        self._attribute = attribute
        self._limit = value_max_characters
        self._known = _NOTHING_KNOWN

    def faults(self, suspects: Suspects) -> Worded:
        """Cells that break no rule are omitted."""
        rules, known = self._attribute.rules, self._known
        texts = suspects.distinct_inputs()
        unknown = {text: at for at, text in enumerate(texts) if text not in known.places}
        if len(unknown) * _WORTH_GROUPING > len(texts):
            words = self._word(suspects.cells())
            return Worded(rules, words[ROW], np.arange(words.height), words.drop(ROW))
        if unknown:
            known = self._learn(known, unknown, suspects)
        rows, places = suspects.rows, np.array([known.places[text] for text in texts])
        if known.words[RULE].null_count():
            is_fault = known.words[RULE].is_not_null().to_numpy()[places]
            rows, places = rows.filter(pl.Series(is_fault)), places[is_fault]
        return Worded(rules, rows, places, known.words)

    def _learn(self, known: _Known, unknown: Mapping[_Text, int], suspects: Suspects) -> _Known:
        """The known sentences and those for further texts, each of which occurs in a suspect. A
        text has the same sentence in every row and frame. Threads may add the same text at once;
        both results are right."""
        requested = suspects.cells(list(unknown.values()))
        worded = requested.select(ROW).join(
            self._word(requested), on=ROW, how="left", maintain_order="left"
        )
        # out of Python: a view of a rejected text would keep the whole column
        words = pl.DataFrame(worded.drop(ROW).rows(), schema=_WORDS_SCHEMA, orient="row")
        known = _Known(
            {**known.places, **{t: at for at, t in enumerate(unknown, len(known.places))}},
            pl.concat([known.words, words]),
            known.characters + sum(map(_characters_of, unknown)),
        )
        fits = len(known.places) <= _REMEMBERED_TEXTS and known.characters <= _REMEMBERED_CHARACTERS
        self._known = known if fits else _NOTHING_KNOWN
        return known

    def _word(self, suspects: pl.DataFrame) -> pl.DataFrame:
        """The faults, rule by rule: ROW, and the columns of words. One expression after the other:
        sharing out a few cells among threads takes longer than the work."""
        if not self._attribute.rules:
            return pl.DataFrame(schema={ROW: pl.UInt32, **_WORDS_SCHEMA})
        validated = suspects.with_columns_seq(self._first_broken)
        broken = validated[RULE].unique().sort()
        found = []
        for at in broken.drop_nulls():
            cells = validated if len(broken) == 1 else validated.filter(validated[RULE] == at)
            quoting, words = self._words[at]
            if quoting is not None:
                cells = cells.with_columns_seq(quoting)
            found.append(cells.select_seq(words))
        if not found:
            return pl.DataFrame(schema={ROW: pl.UInt32, **_WORDS_SCHEMA})
        return self._with_names(pl.concat(found))

    def _with_names(self, words: pl.DataFrame) -> pl.DataFrame:
        """If a value is refused for its spelling, characters that look like others are named;
        otherwise a sentence could say that `X` is not `X`."""
        odd = words["value"].str.contains(LOOK_ALIKES).fill_null(value=False)
        if not odd.any():
            return words
        exact = [at for at, rule in enumerate(self._attribute.rules) if rule.code not in _TOLERANT]
        named = pl.when(pl.lit(odd) & pl.col(RULE).is_in(exact)).then(pl.col("value"))
        names = words.select(named).to_series().map_elements(_says_names, return_dtype=pl.String)
        return words.with_columns(pl.col("reason") + names.fill_null(""))

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
                if SHOWN in rule.reason.meta.root_names()
                else None,
                [
                    pl.col(ROW),
                    pl.col(RULE),
                    rule.reason.alias("reason"),
                    rule.value.str.head(self._limit).alias("value"),
                ],
            )
            for rule in self._attribute.rules
        ]


def in_order(found: Sequence[Worded]) -> pl.DataFrame:
    """All faults, FAULTS_SCHEMA, in the order of row and position."""
    found = [worded for worded in found if len(worded.rows)]
    if not found:
        return pl.DataFrame(schema=FAULTS_SCHEMA)
    rules = [rule for worded in found for rule in worded.rules]
    words = pl.concat([worded.words for worded in found], rechunk=True)
    rules_before = np.cumsum([0, *(len(worded.rules) for worded in found[:-1])])
    words_before = np.cumsum([0, *(worded.words.height for worded in found[:-1])])
    broken = np.repeat(rules_before, [worded.words.height for worded in found])
    broken += words[RULE].fill_null(0).to_numpy()
    of_rule = pl.Series(broken)
    words = words.select_seq(
        pl.Series("code", [rule.code.value for rule in rules]).gather(of_rule),
        pl.Series("column", [rule.column.header for rule in rules]).gather(of_rule),
        "reason",
        "value",
    )
    rows = pl.concat([worded.rows for worded in found]).to_numpy()
    places = np.concatenate([w.places + at for w, at in zip(found, words_before, strict=True)])
    position = np.array([rule.column.index for rule in rules])[broken[places]]
    # as one number, and stable: the rows of each attribute are sorted already, which that heeds
    order = np.argsort((rows.astype(np.int64) << 32) | position, kind="stable")
    where = [
        pl.Series("row", rows[order], dtype=FAULTS_SCHEMA["row"]),
        pl.Series("position", position[order], dtype=FAULTS_SCHEMA["position"]),
    ]
    return pl.DataFrame([*where, *words[places[order]].get_columns()])


def _says_names(text: str) -> str:
    names = names_of(text)
    return f"; it holds {names}" if names else ""


def _characters_of(text: _Text) -> int:
    parts = text if isinstance(text, tuple) else (text,)
    return sum(len(part) for part in parts if part)
