"""A chunk as a table: every cell as the csv module reads it, however ragged the rows."""

import random
from itertools import product

import msgspec
import pytest

from core.file_format import ReadingOptions
from core.imports.model import Chunk, DataObject, Plan
from core.imports.planning import plan_import
from core.imports.reading import ChunkDiffers, read_chunk, read_text
from tests.unit.imports.text.text_imports import (
    KEYS,
    RESULTS,
    attributes,
    csv_rows,
    fitted,
    imported,
    settings,
    stored,
)


def test_cells_beyond_the_last_header_are_told_when_one_of_them_has_a_value() -> None:
    text = 'a,b\n1,2,3\n4,5,,\n6,7,"x,\ny", \n8,9, ,\u00a0\n'
    result = imported(text.encode(), chunk_target_bytes=12)
    assert result.rows == [["1", "2"], ["4", "5"], ["6", "7"], ["8", "9"]]
    assert result.extra_cells == {1: ("3",), 3: ("x,\ny", " ")}


def test_rows_with_too_few_cells_are_told_unless_they_are_blank() -> None:
    text = 'a,b,c\n1,2\n\n4,5,6\n ,\n"7"\n""\n8,,\n'
    result = imported(text.encode(), chunk_target_bytes=8)
    assert result.short_rows == [1, 5]
    assert result.rows[0] == ["1", "2", ""]
    assert result.rows[1] == ["", "", ""]


def test_too_many_and_too_few_cells_do_not_cancel_out() -> None:
    result = imported(b"a,b,c\n1,2\n3,4,5,6\n")
    assert (result.short_rows, result.extra_cells) == ([1], {2: ("6",)})


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("records", "short", "extra"),
    [
        (["1,2", "3,4,5,"], [1], {}),
        (["1,2,3,", "4,5"], [2], {}),
        (["1,2", "3,4,5,", ""], [1], {}),
        (["1", "3,4,5,,x", ""], [1], {2: ("", "x")}),
        (["", "3,4,5,,x", ""], [], {2: ("", "x")}),
        (['1,"2,\n3,4"', '5,6,7,"8,\n9"', ""], [1], {2: ("8,\n9",)}),
        (["1,2", "3,4,5,6", *["7,8,9"] * 5000, ""], [1], {2: ("6",)}),
    ],
)
def test_nor_do_they_at_the_end_of_a_text_or_in_quotes_or_where_they_are_blank(
    records: list[str], short: list[int], extra: dict[int, tuple[str, ...]], line_end: str
) -> None:
    text = line_end.join(["a,b,c", *records])
    result = imported(text.encode())
    assert (result.short_rows, result.extra_cells) == (short, extra)
    assert result.rows == fitted(csv_rows(text)[1:], 3)


def test_a_first_row_narrower_or_wider_than_the_rest_hides_no_cell() -> None:
    result = imported(b"a,b,c\n1\n2,3,4\n", chunk_target_bytes=1)
    assert result.rows == [["1", "", ""], ["2", "3", "4"]]
    result = imported(b"a,b\n1,2,3,4\n5,6\n")
    assert result.rows == [["1", "2"], ["5", "6"]]


@pytest.mark.parametrize("cell", ["\ufeffx", '"\ufeffx"', "\ufeff"])
def test_a_chunk_that_begins_with_a_zero_width_space_keeps_it(cell: str) -> None:
    result = imported(f"a,b\n1,2\n{cell},3\n".encode(), chunk_target_bytes=1)
    assert result.rows[1] == [cell.strip('"'), "3"]


@pytest.mark.parametrize("cell", ["x^2", "x^", "x\x01", "x^\x01A\u00fe<z"])
def test_cells_that_begin_as_compressed_files_do_are_text(cell: str) -> None:
    text = f"a,b\n{cell},1\n2,3\n{cell},4\n".encode()
    for chunk_bytes in (1, 1_000):
        result = imported(text, chunk_target_bytes=chunk_bytes)
        assert result.rows == [[cell, "1"], ["2", "3"], [cell, "4"]]


@pytest.mark.slow
def test_a_chunk_may_begin_with_any_two_characters() -> None:
    data = DataObject(
        bucket="b", key="k", version_id=None, encoding="utf-8", delimiter=",", line_end="\n"
    )
    chunk = Chunk(index=0, start=0, end=0, first_row=1, rows=1)
    plain = [chr(code) for code in range(1, 128) if chr(code) not in ',"\n\r']
    for cell in map("".join, product(plain, repeat=2)):
        batch = read_text(f"{cell}2,3\n".encode(), data, 2, chunk)
        assert batch.frame.rows() == [(f"{cell}2", "3")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cell", [", ", '""', "a{end}b", '{end},""{end}', ""])
def test_a_chunk_may_begin_with_quotes_delimiters_and_line_ends_in_a_cell(
    cell: str, line_end: str
) -> None:
    inside = cell.format(end=line_end)
    records = ["a,b,c", f'"{inside}",1,', f'2,"{inside}","{inside}"', f'3,4,"{inside}"']
    result = imported(line_end.join(records).encode(), chunk_target_bytes=1)
    value = inside.replace('""', '"')
    assert result.rows == [[value, "1", ""], ["2", value, value], ["3", "4", value]]


def test_one_column_with_blank_lines_keeps_every_row() -> None:
    result = imported(b"a\n1\n\n2\n\n", chunk_target_bytes=3)
    assert result.rows == [["1"], [""], ["2"], [""]]


def test_a_carriage_return_at_the_end_of_a_quoted_cell_is_kept() -> None:
    result = imported(b'a,b\r\n"x\r","y\r"\r\n"\r\n","\n"\r\n')
    assert result.rows == [["x\r", "y\r"], ["\r\n", "\n"]]


def test_comment_signs_and_backslashes_mean_nothing() -> None:
    assert imported(b"a,b\n#1,\\n\n//,\\\n").rows == [["#1", "\\n"], ["//", "\\"]]


def test_a_large_chunk_full_of_quoted_newlines_is_read_right_by_all_threads() -> None:
    # given 20 MB in one chunk, split at random by the threads that parse it
    rng = random.Random(11)
    texts = [
        '"' + "\n".join('x""y,' * rng.randint(0, 5) for _ in range(n % 9)) + '"' for n in range(99)
    ]
    pool = [f"{texts[n % 99]},{n},{texts[n * 7 % 99]}" for n in range(997)]
    text = "a,b,c\n" + "\n".join(pool[rng.randrange(997)] for _ in range(120_000)) + "\n"
    # when
    result = imported(text.encode(), chunk_target_bytes=100_000_000)
    # then
    assert len(result.chunks) == 1
    assert result.rows == fitted(csv_rows(text)[1:], 3)


def test_a_chunk_that_no_longer_holds_the_planned_rows_is_an_error() -> None:
    store, source = stored(b"a,b\n1,2\n3,4\n")
    plan = plan_import(store, settings(), KEYS, source, ReadingOptions(), attributes("a"))
    assert isinstance(plan, Plan)
    (chunk,) = msgspec.json.decode(store.get(RESULTS, KEYS.chunks), type=list[Chunk])
    store.put(source.bucket, source.key, b"a,b\n1,2  3,4\n", "text/csv")
    with pytest.raises(ChunkDiffers):
        read_chunk(store, RESULTS, KEYS, plan, chunk)
