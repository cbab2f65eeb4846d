"""Cached results for repeated texts: computed once for each, and kept for the next frames.

Dates, weights and lists repeat, and parsing one costs many times as much as looking it up. For all
cells, validation only needs to know whether they are accepted; further results are collected for
the few suspects, and for the products if they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from core.attributes.rules.options import is_one_of

ACCEPTED = "accepted"
"""The column of answers that is true for a text that breaks no rule, and not for null."""

Work = Callable[[pl.Series], pl.DataFrame]
"""From a column of texts to a frame with as many rows. The result for a text is the same in every
row."""


def spread(column: pl.Series, texts: pl.Series, answers: pl.DataFrame) -> pl.DataFrame:
    """For each text of the column its row of `answers`, which are for some distinct texts; nulls
    for others."""
    return answers[column.cast(pl.Enum(texts), strict=False).to_physical()]


@dataclass(frozen=True, slots=True)
class _Known:
    """Texts, the answers for each, and those texts that are accepted."""

    texts: pl.Series
    answers: pl.DataFrame
    accepted: pl.Series

    @classmethod
    def of(cls, texts: pl.Series, answers: pl.DataFrame) -> _Known:
        return cls(texts, answers, texts.filter(answers[ACCEPTED]))

    def plus(self, texts: pl.Series, answers: pl.DataFrame) -> _Known:
        return self.of(
            pl.concat([self.texts, texts]), pl.concat([self.answers, answers], rechunk=True)
        )

    def fits(self, column: pl.Series) -> bool:
        """Is it no more than the column has?"""
        few = len(self.texts) <= len(column)
        return few and _bytes_of(self.texts) <= _bytes_of(column)


@dataclass(frozen=True, slots=True)
class Answers:
    """The results of `work` for the texts of a column."""

    accepted: pl.Series
    """Of each text; not true for null."""
    _column: pl.Series
    _answers: _Known | pl.DataFrame
    """Per distinct text, or per row if most texts occur once."""

    def at(self, rows: pl.Series | None = None) -> pl.DataFrame:
        """The answers at these rows, or at all. Those for null have no meaning."""
        if isinstance(self._answers, pl.DataFrame):
            return self._answers if rows is None else self._answers[rows]
        texts = self._column if rows is None else self._column[rows]
        return spread(texts, self._answers.texts, self._answers.answers)


class RememberedWork:
    """`work` at the cost of the distinct texts, of which those that were met before cost nothing.
    The texts that are remembered are never more than the last column had. Threads may learn the
    same at once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: _Known | None = None

    def __call__(self, column: pl.Series) -> Answers:
        known = self._known
        if known is None:
            new = column.drop_nulls().unique(maintain_order=True)
        else:
            accepted = _is_in(column, known.accepted)
            others = column.filter(~accepted)
            new = others.filter(~_is_in(others, known.texts)).unique(maintain_order=True)
            if not len(new):
                return Answers(accepted, column, known)
        if len(new) * 2 > len(column) or not len(new):
            answers = self._work(column)
            return Answers(answers[ACCEPTED], column, answers)
        new = pl.Series(new.to_list(), dtype=pl.String)  # a view would keep the whole column
        answers = self._work(new)
        known = _Known.of(new, answers) if known is None else known.plus(new, answers)
        self._known = known if known.fits(column) else None
        return Answers(_is_in(column, known.accepted), column, known)


def _is_in(column: pl.Series, texts: pl.Series) -> pl.Series:
    return column.to_frame("text").select_seq(is_one_of(pl.col("text"), texts)).to_series()


def _bytes_of(texts: pl.Series) -> int:
    return int(texts.str.len_bytes().sum())
