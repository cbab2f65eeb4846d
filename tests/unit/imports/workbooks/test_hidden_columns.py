"""Hidden columns, and rows that a sheet hides by default, are read and reported."""

import struct
from pathlib import Path
from typing import Any

import pytest

from core.file_format import FileKind
from tests.unit.imports.workbooks import binary_books
from tests.unit.imports.workbooks.binary_books import Book, Cell
from tests.unit.imports.workbooks.workbook_files import ods, read, replaced, table, xlsx
from tests.unit.imports.workbooks.xlsx.variants_kit import ROWS, book

TABLE: list[list[Any]] = [["ProductSKU", "Price"], ["K", 5]]


def with_columns(cols: str, rows: str = ROWS) -> bytes:
    return replaced(book(rows), "xl/worksheets/sheet1.xml", b"<sheetData>", cols.encode())


@pytest.mark.parametrize(
    ("cols", "message"),
    [
        ('<col min="2" max="2" hidden="1"/>', 'The hidden column B ("Price")'),
        ('<col min="2" max="2" width="0" hidden="true"/>', 'The hidden column B ("Price")'),
        ('<col hidden="1" min="1" max="3"/>', "3 hidden columns were read like any other; the"),
        ('<col min="4" max="16384" hidden="1"/>', 'The hidden column D ("on")'),
        ('<col min="1" max="1" hidden="1"/><col min="3" max="3" hidden="1"/>', "2 hidden columns"),
        ('<col min="1" max="9999999999" hidden="1"/>', "4 hidden columns"),
        ('<col min="5" max="16384" hidden="1"/>', ""),
        ('<col min="2" max="2" hidden="0"/>', ""),
        ('<col min="2" max="2" width="9"/>', ""),
        ('<col min="x" max="2" hidden="1"/>', ""),
    ],
)
@pytest.mark.parametrize("rows", [ROWS, ROWS.replace("><", "> <")], ids=["usual", "blanks"])
def test_hidden_columns_of_an_xlsx_are_reported(
    cols: str, message: str, rows: str, tmp_path: Path
) -> None:
    found = read(with_columns(f"<cols>{cols}</cols><sheetData>", rows), tmp_path)
    assert message in found.notices.get("HIDDEN_COLUMNS", "")
    assert ("HIDDEN_COLUMNS" in found.notices) is bool(message)
    assert found.rows[1][0] == "A-2"


@pytest.mark.parametrize(("value", "is_hidden"), [("1", True), ("true", True), ("0", False)])
def test_rows_that_are_hidden_by_default_are_reported(
    value: str, is_hidden: bool, tmp_path: Path
) -> None:
    rows = ROWS.replace(' hidden="1"', "")
    data = with_columns(f'<sheetFormatPr zeroHeight="{value}"/><sheetData>', rows)
    assert ("zeroHeight" in read(data, tmp_path).notices.get("HIDDEN_ROWS", "")) is is_hidden


def test_what_other_programs_hide_is_reported(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(TABLE):
            sheet.write_row(number, 0, row)
        sheet.set_column(1, 1, None, None, {"hidden": True})

    assert 'column B ("Price")' in read(xlsx(fill), tmp_path).notices["HIDDEN_COLUMNS"]
    assert "HIDDEN_COLUMNS" not in read(table(TABLE), tmp_path).notices


@pytest.mark.parametrize(
    ("columns", "is_reported"),
    [
        ('<table:table-column/><table:table-column table:visibility="collapse"/>', True),
        ('<table:table-column table:number-columns-repeated="2" table:visibility="filter"/>', True),
        ('<table:table-column table:number-columns-repeated="2"/>', False),
        (
            '<table:table-column table:number-columns-repeated="2"/><table:table-column '
            'table:number-columns-repeated="16382" table:visibility="collapse"/>',
            False,
        ),
    ],
)
def test_hidden_columns_of_an_ods_are_reported(
    columns: str, is_reported: bool, tmp_path: Path
) -> None:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in TABLE
    )
    data = ods(f'<table:table table:name="P">{columns}{rows}</table:table>')
    notices = read(data, tmp_path, kind=FileKind.ODS).notices
    assert ("HIDDEN_COLUMNS" in notices) is is_reported


@pytest.mark.parametrize("is_hidden", [True, False])
@pytest.mark.parametrize("kind", [FileKind.XLSB, FileKind.XLS])
def test_hidden_columns_of_binary_workbooks_are_reported(
    kind: FileKind, is_hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[Cell("ProductSKU"), Cell("Price")], [Cell("K"), Cell(5.0)]]
    if kind is FileKind.XLSB:
        inner = binary_books._xlsb_sheet
        setting = struct.pack("<4IH", 1, 1, 0, 0, is_hidden)
        setting = bytes([60, len(setting)]) + setting

        def sheet(made: Book, record: Any) -> bytes:
            begin = inner(made, record)
            at = begin.index(record(145))  # BrtBeginSheetData
            return begin[:at] + setting + begin[at:]

        monkeypatch.setattr(binary_books, "_xlsb_sheet", sheet)
        data = binary_books.xlsb(Book(rows))
    else:
        old = binary_books._xls_sheet
        setting = struct.pack("<HH5H", 0x7D, 10, 1, 1, 0, 0, is_hidden)

        def with_setting(made: Book) -> bytes:
            whole = old(made)
            size = int.from_bytes(whole[2:4], "little") + 4  # of the BOF
            return whole[:size] + setting + whole[size:]

        monkeypatch.setattr(binary_books, "_xls_sheet", with_setting)
        data = binary_books.xls(Book(rows))
    notices = read(data, tmp_path, kind=kind).notices
    assert ("HIDDEN_COLUMNS" in notices) is is_hidden
