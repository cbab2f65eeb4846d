"""Work on the distinct texts of a column, where they are few, and spread the answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

_TEXT, _IS_KNOWN = "text", "is known"
_ROW = "row in the frame"

Work = Callable[[pl.Series], pl.DataFrame]
"""From a column of texts to a frame of as many rows. What it says of a text is the same wherever
that stands."""


def by_distinct(column: pl.Series, work: Work) -> pl.DataFrame:
    """`work(column)`, at the cost of the distinct texts: units, sizes and mistakes repeat."""
    return RememberedWork(work)(column)


class RememberedWork:
    """`work` at the cost of the distinct texts, of which those that were met before cost nothing:
    days and weights repeat from chunk to chunk. What is remembered is never more than the last
    column had. Threads may learn the same at once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: pl.DataFrame | None = None
        """Texts, true for each, and the answers."""

    def __call__(self, column: pl.Series) -> pl.DataFrame:
        known = self._known
        if known is not None:
            told = _spread(column, known)
            is_new = told[_IS_KNOWN].is_null() & column.is_not_null()
            if not is_new.any():
                return told.drop(_IS_KNOWN)
            new = column.filter(is_new).unique(maintain_order=True)
        else:
            new = column.drop_nulls().unique(maintain_order=True)
        if len(new) * 2 > len(column):
            return self._work(column)
        new = pl.Series(_TEXT, new.to_list(), pl.String)  # a view would keep the whole column
        learned = self._work(new).select(new, pl.lit(value=True).alias(_IS_KNOWN), pl.all())
        known = learned if known is None else pl.concat([known, learned], rechunk=True)
        fits = known.height <= len(column) and _bytes_of(known[_TEXT]) <= _bytes_of(column)
        self._known = known if fits else None
        return _spread(column, known).drop(_IS_KNOWN)


def _bytes_of(texts: pl.Series) -> int:
    return int(texts.str.len_bytes().sum())


def _spread(column: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    return (
        column.to_frame(_TEXT).join(known, on=_TEXT, how="left", maintain_order="left").drop(_TEXT)
    )


def each_distinct(column: pl.Series, answer: Callable[[str], str]) -> pl.Series:
    """A Python function over the distinct texts; null stays null."""

    def work(texts: pl.Series) -> pl.DataFrame:
        answers = [None if text is None else answer(text) for text in texts.to_list()]
        return pl.DataFrame({"answer": pl.Series(answers, dtype=pl.String)})

    return by_distinct(column, work)["answer"]


def distinct_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series | None]:
    """The distinct rows, and for each row of the frame the place of its equal among them. Where
    few rows repeat, the frame as it is, and None."""
    numbered = frame.with_row_index(_ROW)
    groups = numbered.group_by(frame.columns, maintain_order=True).agg(_ROW)
    if groups.height * 2 > frame.height:
        return frame, None
    rows = groups[_ROW]
    places = np.empty(frame.height, np.uint32)
    places[rows.explode().to_numpy()] = np.repeat(
        np.arange(groups.height, dtype=np.uint32), rows.list.len().to_numpy()
    )
    return groups.drop(_ROW), pl.Series(places)
