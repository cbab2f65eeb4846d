"""Cells of a simple form are read at once: exactly as they would be part by part."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.file_format import DateOrder
from core.imports.locale import dates, numbers
from core.imports.locale.words import EMPTY_WORDS, are_empty
from core.imports.model import ColumnFormat, ValueKind

TEXTS = st.text("0123456789.,-+ kgKe€'", max_size=9)
CELLS = st.lists(st.none() | TEXTS.map(lambda text: text.strip() or None), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", [ValueKind.NUMBER, ValueKind.MEASURE])
@given(cells=CELLS, sign=st.sampled_from([".", ","]))
@example(cells=["1,5", "1.450", "007", "-3", "1.", "5 kg", "5kg", "1e3", None], sign=",")
@example(cells=["1.5", "1,450", "-0.5"], sign=".")
@settings(max_examples=150, deadline=None)
def test_simple_cells_are_read_as_by_their_parts(
    kind: ValueKind, cells: list[str | None], sign: str
) -> None:
    texts = pl.Series(cells, dtype=pl.String)
    form = ColumnFormat(column=0, kind=kind, decimal_sign=sign)

    read = numbers.read_numbers(texts, form)

    by_parts = numbers._read_by_parts(texts, form)
    assert read["read"].to_list() == by_parts["read"].to_list()
    assert read["misread"].fill_null(value=False).to_list() == (
        by_parts["misread"].fill_null(value=False).to_list()
    )


DAYS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["01", "31", "99", "00", "1", "007"]),
    st.sampled_from("./-x"),
    st.sampled_from(["02", "12", "13", "2"]),
    st.sampled_from("./-x"),
    st.sampled_from(["2026", "26", "20261", "2026 00:00"]),
)


@given(cells=st.lists(st.none() | DAYS, min_size=1, max_size=8), order=st.sampled_from(DateOrder))
@settings(max_examples=150, deadline=None)
def test_simple_dates_are_read_as_by_their_parts(cells: list[str | None], order: DateOrder) -> None:
    texts = pl.Series(cells, dtype=pl.String)
    form = ColumnFormat(column=0, kind=ValueKind.DATE, date_order=order)

    read = dates.read_dates(texts, form)

    assert read["read"].to_list() == dates._read_by_parts(texts, form).to_list()


@given(
    st.lists(st.none() | st.sampled_from([" N/A", "nan", "Nil\t", "–", "no", "İ", "i̇", "K.A."])),
    st.sampled_from([(), EMPTY_WORDS, ("İ",), ("no", "K.a."), (" no ",), ("0", "n/a")]),
    st.sampled_from([[], ["1,5", "007"] * 32]),
)
@settings(max_examples=100, deadline=None)
def test_words_for_nothing_are_found_in_any_case(
    cells: list[str | None], words: tuple[str, ...], numbers_before: list[str | None]
) -> None:
    cells = [*numbers_before, *cells, "0"]
    folded = {word.strip().lower() for word in words}

    found = are_empty(pl.Series(cells, dtype=pl.String), words)

    assert found.to_list() == [
        cell is not None and cell.strip().lower() in folded for cell in cells
    ]
