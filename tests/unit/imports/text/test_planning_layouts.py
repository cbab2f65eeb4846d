"""Delimiter, line end and header row are found where they are."""

from typing import Any

import pytest

from core.file_format import ReadingOptions
from tests.unit.imports.text.text_imports import imported, refused


def with_options(**given: Any) -> ReadingOptions:
    return ReadingOptions(**given)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_a_delimiter_is_found_with_and_without_known_headers(delimiter: str) -> None:
    rows = [["sku", "name", "price"], ["1", "Lamp, red; tall", "1,50"], ["2", "Bed", "99,00"]]
    lines = [delimiter.join(f'"{c}"' if delimiter in c else c for c in row) + "\n" for row in rows]
    for names in (("sku", "price"), ("unknown",)):
        result = imported("".join(lines).encode(), names)
        assert result.plan.format.delimiter == delimiter


@pytest.mark.parametrize(
    ("text", "names", "delimiter"),
    [
        ("name;price\na;1,5\nb;2,5\nc;3,5\n", ("other",), ";"),
        ("x;y;z\n1,1;2,2;3,3\n4,4;5,5;6,6\n", ("other",), ";"),
        ('name,price\n"a;b;c",1\n"d;e;f",2\n', ("other",), ","),
        ("Start: Date,Name\n10:30:00,x\n11:30:00,y\n", ("Name",), ","),
        ("a:b\n1:2\n", ("a", "b"), ":"),
        ("name\nLamp\nBed\n", ("name",), ","),
        ("name\nLamp, red\nBed, big, soft\n", ("name",), ";"),
        ("a;Tags (x,y,z);b\n1;p;q;\n2;p, q;r;\n", ("other",), ";"),
        ("Size, EU\n38\n", ("Size, EU",), ";"),
        ("when\n10:30\n11:30\n", ("other",), ","),
        ("Title of the list; 2024\n\nsku,name\n1,x\n2,y\n", ("sku", "name"), ","),
    ],
)
def test_the_delimiter_is_judged_by_attribute_names_then_by_even_records(
    text: str, names: tuple[str, ...], delimiter: str
) -> None:
    assert imported(text.encode(), names).plan.format.delimiter == delimiter


def test_the_extension_tsv_hints_at_tabs() -> None:
    text = b"notes\nred, blue\ngreen, white\n"
    assert imported(text, ("other",), name="list.tsv").plan.format.delimiter == "\t"
    assert imported(b"a,b\n1,2\n", ("a", "b"), name="list.tsv").plan.format.delimiter == ","


@pytest.mark.parametrize(
    ("given", "delimiter"),
    [(";", ";"), ("\t", "\t"), ("\\t", "\t"), ("tab", "\t"), ("Pipe", "|"), ("comma", ",")],
)
def test_the_callers_delimiter_wins(given: str, delimiter: str) -> None:
    text = f"a{delimiter}b,c\n1{delimiter}2\n"
    result = imported(text.encode(), options=with_options(delimiter=given))
    assert result.plan.format.delimiter == delimiter


@pytest.mark.parametrize("given", ["", ";;", '"', "\n", "\r", "\0", "ü", "tabs"])
def test_a_delimiter_that_cannot_be_one_is_refused(given: str) -> None:
    refusal = refused(b"a,b\n1,2\n", options=with_options(delimiter=given))
    assert refusal.code == "INVALID_OPTIONS"
    assert "delimiter" in refusal.message


@pytest.mark.parametrize(
    ("text", "line_end"),
    [
        ("a,b\n1,2\n", "\n"),
        ("a,b\r\n1,2\r\n", "\r\n"),
        ("a,b\r1,2\r", "\r"),
        ('a,b\r1,"x\ny"\r', "\r"),
        ("a,b\n1,2\r\n", "\r\n"),
        ("a,b\r\n1,2\n", "\r\n"),
        ('a,b\n1,"x\r\ny"\n', "\n"),
        ("a,b", "\n"),
    ],
)
def test_the_line_end_is_told(text: str, line_end: str) -> None:
    assert imported(text.encode()).plan.format.line_end == line_end


def test_titles_and_blank_lines_above_the_header_row_are_skipped_and_not_counted() -> None:
    text = "Price list,\n,,\n\nsku,name,price\n1,x,2\n\n3,y,4\n"
    result = imported(text.encode(), ("sku", "price"), chunk_target_bytes=1)
    assert result.plan.format.header_row == 4
    assert result.rows == [["1", "x", "2"], ["", "", ""], ["3", "y", "4"]]
    assert [chunk.first_row for chunk in result.chunks] == [1, 2, 3]


def test_hundreds_of_blank_lines_above_the_header_row_do_not_hide_it() -> None:
    result = imported(b"\r\n" * 200_000 + b"sku,name\r\n1,x\r\n", ("sku",))
    assert result.plan.format.header_row == 200_001
    assert result.rows == [["1", "x"]]


def test_a_header_row_of_multi_line_cells_is_one_record() -> None:
    result = imported(b'sku,"price\n(EUR)"\n1,2\n', ("sku", "price\n(EUR)"), chunk_target_bytes=1)
    assert result.plan.original_headers == ("sku", "price\n(EUR)")
    assert result.rows == [["1", "2"]]


def test_the_callers_header_row_counts_records_of_the_file() -> None:
    text = b"a,b\n\n1,2\nx,y\n3,4\n"
    result = imported(text, ("y",), options=with_options(header_row=4))
    assert result.plan.original_headers == ("x", "y")
    assert result.rows == [["3", "4"]]


def test_a_header_row_far_down_is_found_when_it_is_named() -> None:
    text = "remark,1\n" * 90_000 + "sku,name\n1,x\n"
    result = imported(text.encode(), ("sku",), options=with_options(header_row=90_001))
    assert result.rows == [["1", "x"]]


@pytest.mark.parametrize("row", [3, 4, 500])
def test_a_named_header_row_that_is_blank_or_not_there_is_refused(row: int) -> None:
    refusal = refused(b"a,b\n1,2\n,\n", options=with_options(header_row=row))
    assert refusal.code == "HEADER_ROW_MISSING"
    assert f"Row {row}" in refusal.message


def test_a_named_header_row_beyond_what_is_searched_is_refused() -> None:
    refusal = refused(
        b"a,b\n1,2\n" * 60_000, options=with_options(header_row=115_000), max_record_bytes=50_000
    )
    assert refusal.code == "HEADER_ROW_MISSING"
    assert "the first 304.8 KiB" in refusal.message


def test_a_header_row_below_one_is_refused() -> None:
    assert refused(b"a,b\n", options=with_options(header_row=0)).code == "INVALID_OPTIONS"


def test_a_file_that_begins_with_too_much_nothing_is_refused() -> None:
    refusal = refused(b"\n" * 400_000 + b"a,b\n", max_record_bytes=50_000)
    assert refusal.code == "HEADER_ROW_MISSING"
    assert "blank lines" in refusal.message


def test_thousands_of_rows_of_empty_cells_above_the_header_row_are_refused_quickly() -> None:
    refusal = refused(b",,,\n" * 50_000 + b"a,b\n1,2\n")
    assert refusal.code == "HEADER_ROW_MISSING"
    assert "10,000 rows" in refusal.message
    assert list(imported(b",,,\n" * 50_000).notices) == ["EMPTY_FILE"]


def test_a_title_above_headers_that_match_nothing_is_told_with_the_likely_row() -> None:
    text = b"Price list 2026,,\n\nArtikel,Preis,Farbe\nA-1,10,rot\n"

    notices = imported(text, ["SKU"]).notices

    assert "NO_MATCHING_COLUMN" in notices
    assert 'Its cells are "Artikel", "Preis", "Farbe".' in notices["HEADER_DOUBTFUL"]
    assert "Row 3 of the file" in notices["HEADER_DOUBTFUL"]
    assert "`headerRow` 3" in notices["HEADER_DOUBTFUL"]


@pytest.mark.parametrize("text", [b"Artikel,Preis\nA-1,10\n", b"Artikel,Preis\nA-1,10,rot\n"])
def test_headers_that_may_well_be_headers_are_not_doubted(text: bytes) -> None:
    assert "HEADER_DOUBTFUL" not in imported(text, ["SKU"]).notices
