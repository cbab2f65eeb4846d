"""Sizes of chunks: derived from the file, or as the settings say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.sizing import text_chunk_bytes, workbook_chunk_rows
from core.settings import GIB, MIB, Settings

DERIVED = Settings()


def chunks(settings: Settings, size: int) -> int:
    return -(-size // text_chunk_bytes(settings, size))


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (0, 0),
        (1, 1),
        (32 * MIB, 1),
        (32 * MIB + 1, 2),
        (500 * MIB, 31),
        (1 * GIB, 40),
        (10 * GIB, 320),
        (300 * GIB, 9600),
    ],
)
def test_a_file_of_this_size_has_so_many_chunks(size: int, count: int) -> None:
    assert chunks(DERIVED, size) == count


@given(size=st.integers(1, 1024 * GIB))
def test_no_chunk_is_too_large_and_none_is_a_rest(size: int) -> None:
    each = text_chunk_bytes(DERIVED, size)
    count = chunks(DERIVED, size)
    last = size - (count - 1) * each
    assert 0 < each <= DERIVED.chunk_largest_bytes
    assert last > each - count
    assert count == 1 or each >= DERIVED.chunk_smallest_bytes


@given(size=st.integers(1, 1024 * GIB))
def test_a_larger_file_never_has_fewer_chunks(size: int) -> None:
    assert chunks(DERIVED, size) <= chunks(DERIVED, size * 2)


@given(size=st.integers(0, 1024 * GIB), reported=st.integers(1, GIB))
def test_a_size_that_is_told_wins(size: int, reported: int) -> None:
    assert text_chunk_bytes(Settings(chunk_target_bytes=reported), size) == reported
    assert workbook_chunk_rows(Settings(chunk_target_rows=reported), size, 15) == reported


@pytest.mark.parametrize(
    ("rows", "columns", "rows_of_a_chunk"),
    [(100_000, 15, 100_000), (400_000, 15, 50_000), (1_048_575, 15, 52_428), (8_000, 5_000, 200)],
)
def test_a_sheet_is_cut_by_its_cells(rows: int, columns: int, rows_of_a_chunk: int) -> None:
    assert workbook_chunk_rows(DERIVED, rows, columns) == rows_of_a_chunk


def test_a_table_without_columns_or_rows_can_be_sized() -> None:
    assert workbook_chunk_rows(DERIVED, 0, 0) == 1
    assert workbook_chunk_rows(DERIVED, 10, 2_000_000) == 1
