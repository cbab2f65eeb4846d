"""Malformed text: read as the csv module reads it, or refused with the place that breaks it."""

import csv
from typing import Any

import pytest

from core.file_format import ReadingOptions
from core.imports.text.tolerant import any_cell_size, read_records, split_lines
from tests.unit.imports.text.text_imports import (
    KEYS,
    RESULTS,
    csv_rows,
    fitted,
    imported,
    refused,
    stored,
)

SMALL: dict[str, Any] = {"chunk_target_bytes": 12, "read_block_bytes": 7}


@pytest.mark.parametrize(
    ("body", "row"),
    [
        ('1,2\n5" screen,x\n3,4\n', 2),
        ('1,"a"b\n3,4\n', 1),
        ('1,x "a"\n3,4\n', 1),
        ('"a ""b"" "c,d\n', 1),
        ("1,2\n\n3\r4,5\n", 3),
        ('1,"x\ny"z\n5,6\n', 1),
    ],
)
def test_a_stray_quote_costs_time_not_correctness(body: str, row: int) -> None:
    text = f"a,b\n{body}"
    result = imported(text.encode(), **SMALL)
    assert result.rows == fitted(csv_rows(text)[1:], 2)
    assert result.plan.format.repaired
    assert result.plan.data is not None
    assert (result.plan.data.bucket, result.plan.data.key) == (RESULTS, KEYS.repaired)
    assert f"row {row}," in result.notices["REPAIRED_QUOTES"]


def test_the_notice_names_the_column_of_the_stray_quote() -> None:
    result = imported(b'a,Screen\n1,15"\n2,"17"""\n')
    assert 'row 1, column "Screen"' in result.notices["REPAIRED_QUOTES"]
    assert result.rows == [["1", '15"'], ["2", '17"']]


def test_a_well_formed_body_needs_no_repair_for_its_malformed_header() -> None:
    result = imported(b'a,x "b"\n1,2\n')
    assert not result.plan.format.repaired
    assert result.plan.original_headers == ("a", 'x "b"')
    assert "the header row" in result.notices["REPAIRED_QUOTES"]


def test_the_repaired_copy_keeps_blank_records_encoding_and_delimiter() -> None:
    text = 'a;Größe\n\n1;5" ü\n""\n2;"x\r\ny"\n'
    result = imported(text.encode("utf-16"), ("a", "Größe"), **SMALL)
    assert result.rows == [["", ""], ["1", '5" ü'], ["", ""], ["2", "x\r\ny"]]
    assert result.plan.format.encoding == "utf-16-le"
    assert result.plan.data is not None
    assert (result.plan.data.encoding, result.plan.data.delimiter) == ("utf-8", ";")


def test_records_above_the_header_row_do_not_shift_the_row_named() -> None:
    result = imported(b'Our "best" list\n\na,b\n1,2\n3,4"x"\n')
    assert 'row 2, column "b"' in result.notices["REPAIRED_QUOTES"]
    assert result.rows == [["1", "2"], ["3", '4"x"']]


@pytest.mark.parametrize(
    "text",
    ['a,Name\n1,2\n3,"open\n4,5\n', 'a,Name\n1,2\n3,"open', 'a,Name\n1"x,2\n3,"open\n4,5\n'],
    ids=["to the end", "at the end", "in malformed text"],
)
def test_an_unterminated_quote_is_refused_naming_the_row_and_column_where_it_opens(
    text: str,
) -> None:
    refusal = refused(text.encode(), **SMALL)
    assert refusal.code == "UNTERMINATED_QUOTE"
    assert 'row 2, column "Name"' in refusal.message


def test_an_unterminated_quote_in_the_header_row_is_refused() -> None:
    refusal = refused(b'a,"Name\n1,2\n')
    assert refusal.code == "UNTERMINATED_QUOTE"
    assert "cell 2 of the header row" in refusal.message


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('"', "cell 1 of the header row (row 1 "),
        ('"\n\n', "cell 1 of the header row (row 1 "),
        ('\n,\n,"', "cell 2 of the header row (row 3 "),
    ],
)
def test_a_file_with_nothing_but_an_open_quote_is_not_empty(text: str, where: str) -> None:
    refusal = refused(text.encode())
    assert refusal.code == "UNTERMINATED_QUOTE"
    assert where in refusal.message


@pytest.mark.parametrize("flaw", ["", 'x"y,\n'], ids=["well-formed", "malformed"])
def test_a_record_over_the_limit_is_refused_naming_its_row(flaw: str) -> None:
    text = f'a,b\n{flaw}1,2\n"{"x" * 600}",3\n'
    refusal = refused(text.encode(), max_record_bytes=500, read_block_bytes=64)
    assert refusal.code == "RECORD_TOO_LARGE"
    assert refusal.message.startswith(f"Row {3 if flaw else 2} is larger than 500 bytes")


@pytest.mark.parametrize("block", [7, 64, 499, 10_000])
@pytest.mark.parametrize("size", [500, 501])
def test_the_limit_of_a_record_is_exact(block: int, size: int) -> None:
    record = "x" * (size - 3) + ",y\n"
    text = f"a,b\n1,2\n{record}3,4\n".encode()
    if size > 500:
        assert refused(text, max_record_bytes=500, read_block_bytes=block).code == (
            "RECORD_TOO_LARGE"
        )
    else:
        assert len(imported(text, max_record_bytes=500, read_block_bytes=block).rows) == 3


def test_a_text_without_any_line_end_is_refused_before_it_fills_the_memory() -> None:
    refusal = refused(b"a" * 3_000_000, max_record_bytes=1_000_000)
    assert refusal.code == "RECORD_TOO_LARGE"
    assert refusal.message.startswith("The header row")


def test_a_huge_cell_in_malformed_text_is_read_whole() -> None:
    cell = "word\n" * 60_000
    result = imported(f'a,b\n1"2,"{cell}"\n'.encode())
    assert result.rows == [['1"2', cell]]


def test_the_limit_of_the_csv_module_is_lifted_only_for_the_while() -> None:
    before = csv.field_size_limit()
    with any_cell_size():
        assert len(next(csv.reader(["x" * (before + 1)]))[0]) == before + 1
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_split_as_a_text_file_splits_them(size: int) -> None:
    text = "a\r\nb\rc\n\n\r\r\n\u2028d\x0be\r"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    expected = ["a\r\n", "b\r", "c\n", "\n", "\r", "\r\n", "\u2028d\x0be\r"]
    assert list(split_lines(pieces, 100)) == expected


def test_a_record_knows_the_text_it_took_and_whether_it_was_closed() -> None:
    lines = ['a,"b\n', 'c"\n', "\n", 'x,"y\n']
    records = list(read_records(lines, ",", 100))
    assert [(r.cells, r.characters, r.terminated) for r in records] == [
        (["a", "b\nc"], 8, True),
        ([], 1, True),
        (["x", "y\n"], 5, False),
    ]


def test_a_repeated_plan_writes_the_same_repaired_copy() -> None:
    copies = set()
    for block in (5, 1_000):
        imported(b'a,b\n1,x"y\n"2\n",3\n', read_block_bytes=block, options=ReadingOptions())
        store, _ = stored(b"")
        copies.add(store.get(RESULTS, KEYS.repaired))
    assert copies == {b'"a","b"\n"1","x""y"\n"2\n","3"\n'}
