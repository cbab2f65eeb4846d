"""Work on the distinct texts of a column, where they are few, and spread the answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from core.attributes.rules.answers import Work, spread

_ROW = "row in the frame"


def by_distinct(column: pl.Series, work: Work) -> pl.DataFrame:
    """`work(column)`, at the cost of the distinct texts: units, sizes and mistakes repeat."""
    texts = column.drop_nulls().unique(maintain_order=True)
    if len(texts) * 2 > len(column):
        return work(column)
    return spread(column, texts, work(texts))


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
