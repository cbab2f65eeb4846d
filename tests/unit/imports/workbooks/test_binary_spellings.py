"""One table gives one result in xlsb and xls, whichever records its cells are written in."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.binary_books import Book, Cell, xls, xlsb
from tests.unit.imports.workbooks.workbook_files import Read, read

WRITERS = {FileKind.XLSB: xlsb, FileKind.XLS: xls}
HEADERS = ("ProductSKU", "Price", "It", "on", "code", "note")
FORMATS = ("00000", '0" g"', "000-000", "0%")
ROWS: list[list[Cell | None]] = [
    [Cell(header) for header in HEADERS],
    [Cell(123.0, style=1), Cell(1.5e-10), Cell(500.0, style=2), Cell(True), None, Cell("ä\nb")],
    [Cell("A-2"), Cell("#N/A", is_error=True), Cell(2.5), Cell(False), Cell(123456.0, style=3)],
    [Cell("A-3"), Cell(123456789.123456), Cell(0.25, style=4), None, Cell("007"), Cell("日本")],
    [Cell("A-4"), Cell(19.99), Cell(-7.0), Cell(True), Cell("true"), Cell(4006381333931.0)],
]
EXPECTED = [
    ("00123", "0.00000000015", "500 g", "TRUE", "", "ä\nb"),
    ("A-2", "#N/A", "2.5", "FALSE", "123-456", ""),
    ("A-3", "123456789.123456", "25%", "", "007", "日本"),
    ("A-4", "19.99", "-7", "TRUE", "true", "4006381333931"),
]
TEXT = AttributeType.SHORT_TEXT
DEFINITIONS = (
    AttributeDefinition("ProductSKU", TEXT, is_required=True),
    AttributeDefinition("Price", AttributeType.NUMBER),
    AttributeDefinition("It", AttributeType.MEASURE, unit="kg"),
    *(AttributeDefinition(name, TEXT) for name in HEADERS[3:]),
)
HOW = st.sampled_from(["", "rk", "hundredths", "formula", "inline", "shared"])


def check(book: Book, kind: FileKind, folder: Path) -> Read:
    found = read(WRITERS[kind](book), folder, kind=kind, definitions=DEFINITIONS)
    assert found.rows == EXPECTED
    notices = dict(found.notices)
    assert "Cell B3 holds the error #N/A" in notices.pop("ERROR_CELLS")
    has_hidden = book.has_row_records or kind is FileKind.XLSB
    hidden = [row for row in book.hidden if row] if has_hidden else []
    assert ("HIDDEN_ROWS" in notices) is bool(hidden)
    message = notices.pop("HIDDEN_ROWS", "")
    assert not hidden or f"ow {min(hidden) + 1} " in message or f"row {min(hidden) + 1}." in message
    assert not notices
    return found


@given(
    kind=st.sampled_from([FileKind.XLSB, FileKind.XLS]),
    hows=st.lists(HOW, min_size=30, max_size=30),
    hidden=st.lists(st.integers(0, 4), unique=True, max_size=3),
    has_row_records=st.booleans(),
    long_sizes=st.booleans(),
    blanks=st.booleans(),
    filling=st.sampled_from([0, 4000, 20_000]),
)
@settings(max_examples=30)
def test_any_mix_of_records_gives_the_same(
    kind: FileKind,
    hows: list[str],
    hidden: list[int],
    has_row_records: bool,
    long_sizes: bool,
    blanks: bool,
    filling: int,
) -> None:
    ways = iter(hows)
    rows = [[cell and replace(cell, how=next(ways)) for cell in row] for row in ROWS]
    book = Book(
        rows,
        hidden=hidden,
        formats=FORMATS,
        has_row_records=has_row_records,
        long_sizes=long_sizes,
        blanks=blanks,
        filling=filling,
    )
    with tempfile.TemporaryDirectory() as folder:
        check(book, kind, Path(folder))


@pytest.mark.parametrize("kind", WRITERS)
def test_hidden_and_filtered_rows_are_told_with_the_first(kind: FileKind, tmp_path: Path) -> None:
    found = check(Book(ROWS, hidden=(0, 2, 4), formats=FORMATS), kind, tmp_path)
    message = found.notices["HIDDEN_ROWS"]
    assert "2 rows of the sheet are hidden" in message
    assert "the first is row 3" in message


@pytest.mark.parametrize("kind", WRITERS)
def test_a_sheet_without_hidden_rows_says_nothing_of_them(kind: FileKind, tmp_path: Path) -> None:
    assert "HIDDEN_ROWS" not in check(Book(ROWS, formats=FORMATS), kind, tmp_path).notices


@pytest.mark.parametrize("kind", WRITERS)
def test_a_currency_that_is_not_the_unit_is_told(kind: FileKind, tmp_path: Path) -> None:
    rows = [[Cell("ProductSKU"), Cell("It")], [Cell("A"), Cell(5.0, style=1)]]
    book = Book(rows, formats=("$#,##0.00",))
    found = read(WRITERS[kind](book), tmp_path, kind=kind, definitions=DEFINITIONS)
    assert found.rows == [("A", "5")]
    assert 'B2 shows "$5.00"' in found.notices["NUMBERS_SHOWN_OTHERWISE"]
