"""Texts that are repeated within or across chunks: validated once, reported for each."""

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.rules.answers import ACCEPTED, RememberedWork
from core.attributes.rules.compilation import _book
from core.attributes.rules.distinct import distinct_rows
from core.settings import Settings
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLUMNS,
    batch_of,
    lines,
    plan_of,
    tables,
    validated,
    validated_batch,
)

OTHER_SETTINGS = Settings(uploads_bucket="another", results_bucket="another")
TIMES = 8
MISTAKES: list[list[str | None]] = [
    [None, "kg", "", "12,50", "x", "red", None, "S;Q", "heavy", ""],
    ["a\nb", "cm", '"', "1e999", None, "Red", "y", "S; M", "1 kg", "3"],
]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(tables(len(COLUMNS)))
@example(MISTAKES)
def test_a_row_says_the_same_however_often_it_stands(rows: list[list[str | None]]) -> None:
    alone = [validated([row], COLUMNS, ALL) for row in rows]

    outcome = validated(rows * TIMES, COLUMNS, ALL)

    faults = [
        fault | {"row": number, "message": fault["message"].replace("Row 1", f"Row {number}", 1)}
        for number, one in enumerate(alone * TIMES, start=1)
        for fault in lines(one.faults)
    ]
    assert lines(outcome.faults) == faults
    assert outcome.products == b"".join(one.products for one in alone) * TIMES


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(tables(len(COLUMNS)), max_size=4))
@example([MISTAKES, MISTAKES[:1], [*MISTAKES[1:], *MISTAKES]])
def test_a_chunk_comes_out_the_same_whatever_was_judged_before(
    chunks: list[list[list[str | None]]],
) -> None:
    book = _book.__wrapped__(ALL, COLUMNS, OTHER_SETTINGS)  # it has met nothing yet
    for rows in chunks:
        met = batch_of(rows * TIMES, len(COLUMNS))
        fresh = _book.__wrapped__(ALL, COLUMNS, OTHER_SETTINGS)
        plan = plan_of(COLUMNS)
        first = validated_batch(met, plan, fresh, OTHER_SETTINGS)
        again = validated_batch(met, plan, book, OTHER_SETTINGS)
        assert (again.faults, again.products) == (first.faults, first.products)
        assert (again.product_rows, again.rejected) == (first.product_rows, first.rejected)


def test_texts_that_were_met_before_are_not_worked_on_again() -> None:
    requested: list[list[str]] = []

    def double(texts: pl.Series) -> pl.DataFrame:
        requested.append(texts.to_list())
        return pl.DataFrame({"twice": texts + texts, ACCEPTED: texts != "b"})

    answers = RememberedWork(double)

    def twice(texts: Sequence[str | None]) -> list[str | None]:
        reported = answers(pl.Series(texts, dtype=pl.String))
        assert [bool(yes) for yes in reported.accepted] == [
            text not in (None, "b") for text in texts
        ]
        return reported.at()["twice"].to_list()

    assert twice(["a", "b", None, "a", "b", "a"]) == ["aa", "bb", None, "aa", "bb", "aa"]
    assert twice(["b", "c", "b", None, "c", "b"]) == ["bb", "cc", "bb", None, "cc", "bb"]
    assert twice(["c", "a", "c", "a"]) == ["cc", "aa", "cc", "aa"]
    assert requested == [["a", "b"], ["c"]]
    assert twice([]) == []
    assert twice([None]) == [None]


def test_no_more_is_remembered_than_the_last_column_had() -> None:
    requested: list[int] = []

    def work(texts: pl.Series) -> pl.DataFrame:
        requested.append(len(texts))
        return pl.DataFrame({"answer": texts, ACCEPTED: texts == ""})

    answers = RememberedWork(work)
    for start in range(0, 40, 10):  # ten other texts in each column of twenty
        answers(pl.Series([str(start + n % 10) for n in range(20)]))
    answers(pl.Series([str(n % 10) for n in range(20)]))

    assert requested == [10, 10, 10, 10, 10]


def test_the_distinct_rows_and_their_places_make_the_frame_again() -> None:
    frame = pl.DataFrame({"a": ["x", None, "x", "", None, "x"], "b": [1, 2, 1, 1, 2, 1]})

    different, places = distinct_rows(frame)

    assert places is not None
    assert different.rows() == [("x", 1), (None, 2), ("", 1)]
    assert different[places].equals(frame)
    assert distinct_rows(different)[1] is None
