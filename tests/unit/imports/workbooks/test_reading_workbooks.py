"""Workbooks become rows of text, with the row numbers and the texts that a person sees."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.model import Chunk
from core.outcomes import RefusalCode
from core.settings import Settings
from tests.sources import ROOT
from tests.unit.imports.workbooks.workbook_files import (
    KEYS,
    ods,
    read,
    replaced,
    table,
    with_parts,
    xlsx,
)

DATA = ROOT / "tests/data" / "workbooks"


# rows, columns and their numbers


def test_a_plain_table_is_read_as_it_stands(tmp_path: Path) -> None:
    book = read(table([["ProductSKU", "Price"], ["a", 1], ["b", 2.5]]), tmp_path)
    assert book.plan.original_headers == ("ProductSKU", "Price")
    assert book.rows == [("a", "1"), ("b", "2.5")]
    assert (book.plan.row_count, book.plan.format.header_row) == (2, 1)
    assert book.plan.format.sheet == "Products"
    assert book.plan.data is None
    assert book.notices == {}


def test_a_table_that_starts_at_b5_keeps_its_columns_and_row_numbers(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["ProductSKU", "Price"], ["a", 1], [], ["c", 3]]
    book = read(table(rows, at=(4, 1)), tmp_path)
    assert book.plan.format.header_row == 5
    assert book.plan.original_headers == ("", "ProductSKU", "Price")
    assert [c.attribute for c in book.plan.columns] == [None, "ProductSKU", "Price"]
    assert book.rows == [("", "a", "1"), ("", "", ""), ("", "c", "3")]


def test_blank_rows_between_rows_count(tmp_path: Path) -> None:
    book = read(table([["ProductSKU"], [], ["b"], [], [], ["e"]]), tmp_path)
    assert [row[0] for row in book.rows] == ["", "b", "", "", "e"]


def test_a_title_and_remarks_above_the_header_are_skipped(tmp_path: Path) -> None:
    title = ["Autumn", "", "", "", "", "", "valid until May"]
    book = read(table([title, [], ["ProductSKU", "Price"], ["a", 1]]), tmp_path)
    assert book.plan.format.header_row == 3
    assert book.plan.original_headers == ("ProductSKU", "Price")
    assert book.rows == [("a", "1")]


def test_a_table_far_below_the_top_is_found(tmp_path: Path) -> None:
    book = read(table([["title"], ["ProductSKU"], ["a"]], at=(99, 0)), tmp_path)
    assert book.plan.format.header_row == 101
    assert book.rows == [("a",)]


def test_the_caller_names_the_header_row(tmp_path: Path) -> None:
    book = read(table([["ProductSKU"], ["x", "Price"], ["a", 1]]), tmp_path, header_row=2)
    assert book.plan.original_headers == ("x", "Price")
    assert book.rows == [("a", "1")]


def test_blank_rows_at_the_end_and_blank_columns_to_the_right_are_dropped(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["ProductSKU", "Price", " "], ["a", 1, "\u00a0"]]
    rows += [[" ", "", ""], ["", "", "  "]]
    book = read(table(rows), tmp_path)
    assert book.plan.original_headers == ("ProductSKU", "Price")
    assert book.rows == [("a", "1")]


def test_a_column_without_header_but_with_values_is_kept(tmp_path: Path) -> None:
    book = read(table([["ProductSKU", "", ""], ["a", "x", ""]]), tmp_path)
    assert book.plan.original_headers == ("ProductSKU", "")
    assert book.rows == [("a", "x")]


def test_rows_are_cut_into_even_chunks_of_at_most_the_target(tmp_path: Path) -> None:
    rows = [["ProductSKU"], *([f"p{i}"] for i in range(1, 11))]
    few = Settings(uploads_bucket="uploads", results_bucket="results", chunk_target_rows=4)
    book = read(table(rows), tmp_path, settings=few)
    assert book.chunks == (
        Chunk(index=0, start=0, end=0, first_row=1, rows=3),
        Chunk(index=1, start=0, end=0, first_row=4, rows=3),
        Chunk(index=2, start=0, end=0, first_row=7, rows=4),
    )
    assert [frame.height for frame in book.frames] == [3, 3, 4]
    assert [row[0] for row in book.rows] == [f"p{i}" for i in range(1, 11)]
    assert sorted(book.objects) == [KEYS.rows(i) for i in range(3)]


def test_the_same_workbook_gives_the_same_bytes(tmp_path: Path) -> None:
    data = table([["ProductSKU", "Price"], *([f"p{i}", i / 7] for i in range(500))])
    assert read(data, tmp_path / "1").objects == read(data, tmp_path / "2").objects


# error cells


def test_error_cells_are_read_as_their_text_and_reported(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_string(1, 0, "a")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")

    book = read(xlsx(fill), tmp_path)
    assert book.rows == [("a", "#DIV/0!"), ("#N/A", "")]
    assert "2 cells" in book.notices["ERROR_CELLS"]
    assert "B2 with #DIV/0!" in book.notices["ERROR_CELLS"]


def test_a_single_error_cell_is_named(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_formula(3, 1, "=x", None, "#NAME?")

    book = read(xlsx(fill), tmp_path)
    assert book.rows == [("", ""), ("", ""), ("", "#NAME?")]
    assert "Cell B4 holds the error #NAME?" in book.notices["ERROR_CELLS"]


def test_special_cells_are_found_whatever_prefix_their_writer_uses(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_row(1, 0, [True, 2.5e-12])

    sheet_part = "xl/worksheets/sheet1.xml"

    def prefixed(name: str, content: bytes) -> bytes:
        if name != sheet_part:
            return content
        content = content.replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"<x:?", b"<?")
        return content.replace(b"xmlns=", b"xmlns:x=")

    assert read(with_parts(xlsx(fill), prefixed), tmp_path).rows == [("TRUE", "0.0000000000025")]


# which sheet


def several_sheets(book: Any) -> None:
    book.add_worksheet("Cover")  # visible, empty
    hidden = book.add_worksheet("Old")
    hidden.write_row(0, 0, ["ProductSKU", "old"])
    hidden.hide()
    for name in ("Tents", "Stoves", "Notes"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["ProductSKU"])
        sheet.write_row(1, 0, [name])
    secret = book.add_worksheet("Secret")
    secret.write(0, 0, "x")
    secret.very_hidden()


def test_the_first_visible_sheet_with_data_is_read_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    book = read(xlsx(several_sheets), tmp_path)
    assert book.plan.format.sheet == "Tents"
    assert book.rows == [("Tents",)]
    assert '"Stoves", "Notes"' in book.notices["OTHER_SHEETS"]
    assert "Old" not in book.notices["OTHER_SHEETS"]
    assert "Secret" not in book.notices["OTHER_SHEETS"]


@pytest.mark.parametrize("wanted", ["Stoves", " stoves ", "STOVES"])
def test_the_sheet_that_the_caller_names_is_read(wanted: str, tmp_path: Path) -> None:
    book = read(xlsx(several_sheets), tmp_path, sheet=wanted)
    assert book.plan.format.sheet == "Stoves"
    assert book.rows == [("Stoves",)]
    assert book.notices == {}


def test_a_hidden_sheet_is_read_when_it_is_named(tmp_path: Path) -> None:
    assert read(xlsx(several_sheets), tmp_path, sheet="Old").plan.original_headers[1] == "old"


def test_an_unknown_sheet_is_refused_with_the_list_of_sheets(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(xlsx(several_sheets), tmp_path, sheet="Boots")
    assert refused.value.code == RefusalCode.SHEET_NOT_FOUND
    assert '"Boots"' in refused.value.message
    assert '"Tents", "Stoves", "Notes"' in refused.value.message


def test_a_workbook_without_a_visible_sheet_is_refused(tmp_path: Path) -> None:
    data = table([["ProductSKU"], ["a"]])
    hidden = replaced(data, "xl/workbook.xml", b'sheetId="1"', b'sheetId="1" state="hidden"')
    with pytest.raises(FileRefused) as refused:
        read(hidden, tmp_path)
    assert refused.value.code == RefusalCode.NO_VISIBLE_SHEET
    assert '"Products"' in refused.value.message


@pytest.mark.parametrize("rows", [[], [[" ", "\u00a0"], ["", "\t"]]])
def test_a_workbook_with_only_empty_sheets_is_an_empty_file(rows: Any, tmp_path: Path) -> None:
    book = read(table(rows), tmp_path)
    assert list(book.notices) == ["EMPTY_FILE"]
    assert (book.plan.chunk_count, book.plan.row_count, book.plan.columns) == (0, 0, ())


def test_headers_without_rows_are_told(tmp_path: Path) -> None:
    book = read(table([["ProductSKU", "Price"]]), tmp_path)
    assert list(book.notices) == ["HEADER_ONLY"]
    assert book.chunks == ()


def test_no_matching_column_is_told_and_no_row_is_written(tmp_path: Path) -> None:
    book = read(table([["a", "productsku"], [1, 2], [3, 4]]), tmp_path)
    assert 'did you mean "ProductSKU"' in book.notices["NO_MATCHING_COLUMN"]
    assert (book.chunks, book.plan.row_count, book.objects) == ((), 2, {})


# the other formats


@pytest.mark.parametrize("kind", [FileKind.XLS, FileKind.XLSB])
def test_older_and_binary_workbooks_are_read_alike(kind: FileKind, tmp_path: Path) -> None:
    book = read((DATA / f"products.{kind.value}").read_bytes(), tmp_path, kind=kind)
    assert book.plan.format.sheet == "Products"
    assert book.plan.format.header_row == 3
    assert [row[:4] for row in book.rows] == [
        ("A-1", "12.5", "3", "2024-03-01"),
        ("A-2", "0.00000000015", "0", "2024-03-02 12:30:00"),
        ("", "", "", ""),
        ("A-3", "99.9", "7", "2024-03-03"),
    ]
    assert '"More"' in book.notices["OTHER_SHEETS"]
    assert [row[4:] for row in book.rows[:3]] == [
        ("TRUE", "naïve 日本"),
        ("FALSE", "true"),
        ("", ""),
    ]


def test_error_cells_of_an_older_workbook_are_told(tmp_path: Path) -> None:
    book = read((DATA / "products.xls").read_bytes(), tmp_path, kind=FileKind.XLS)
    assert book.rows[3][4:] == ("TRUE", "#N/A")
    assert "Cell F7 holds the error #N/A" in book.notices["ERROR_CELLS"]


@pytest.mark.parametrize("code", [0x01, 0x2C, 0x2D, 0x2E, 0x30, 0x45, 0x7F, 0xFE, 0xFF, 0x2B])
def test_an_unknown_error_of_an_older_workbook_is_an_error_cell(code: int, tmp_path: Path) -> None:
    data = (DATA / "products.xls").read_bytes()
    at = data.index(struct.pack("<HHHH", 0x0205, 8, 6, 5))  # BoolErr in F7
    assert data[at + 10 : at + 12] == b"\x2a\x01"
    data = data[: at + 10] + bytes([code]) + data[at + 11 :]
    book = read(data, tmp_path, kind=FileKind.XLS)
    assert book.rows[3][0] == "A-3"
    assert book.rows[3][5] in ("#ERROR!", "#GETTING_DATA")
    assert "Cell F7 holds the error #" in book.notices["ERROR_CELLS"]


def test_error_cells_of_a_binary_workbook_are_told(tmp_path: Path) -> None:
    def broken(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet2.bin"):
            return content
        at = content.index(struct.pack("<BBIId", 5, 16, 1, 0, 12.5))  # B4, a BrtCellReal
        error = struct.pack("<BBII", 3, 9, 1, 0) + b"\x07"  # BrtCellError
        return content[:at] + error + content[at + 18 :]

    data = with_parts((DATA / "products.xlsb").read_bytes(), broken)
    book = read(data, tmp_path, kind=FileKind.XLSB)
    assert book.rows[0][:3] == ("A-1", "#DIV/0!", "3")
    assert "Cell B4 holds the error #DIV/0!" in book.notices["ERROR_CELLS"]


@pytest.mark.parametrize("code", [0x01, 0x2C, 0x2D, 0x2E, 0x30, 0x45, 0x7F, 0xFE, 0xFF, 0x2B])
def test_an_unknown_error_of_a_binary_workbook_is_an_error_cell(code: int, tmp_path: Path) -> None:
    def broken(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet2.bin"):
            return content
        at = content.index(struct.pack("<BBIId", 5, 16, 1, 0, 12.5))  # B4, a BrtCellReal
        error = struct.pack("<BBII", 3, 9, 1, 0) + bytes([code])  # BrtCellError
        return content[:at] + error + content[at + 18 :]

    data = with_parts((DATA / "products.xlsb").read_bytes(), broken)
    book = read(data, tmp_path, kind=FileKind.XLSB)
    assert book.rows[0][0] == "A-1"
    assert book.rows[0][1] in ("#ERROR!", "#GETTING_DATA")
    assert "Cell B4 holds the error #" in book.notices["ERROR_CELLS"]


def test_open_document_spreadsheets_are_read(tmp_path: Path) -> None:
    def cell(text: str, **attributes: str) -> str:
        given = {"value-type": "string", **attributes}
        shown = " ".join(f'office:{k.replace("_", "-")}="{v}"' for k, v in given.items())
        return f"<table:table-cell {shown}><text:p>{text}</text:p></table:table-cell>"

    empty = '<table:table-cell table:number-columns-repeated="16380"/>'
    rows = [
        cell("ProductSKU") + cell("Price") + cell("Since"),
        cell("A-1")
        + cell("12,50 €", **{"value-type": "currency", "value": "12.5"})
        + cell("01.03.24", **{"value-type": "date", "date-value": "2024-03-01"}),
        empty,
        cell("A &amp; B") + cell("3", **{"value-type": "float", "value": "3"}),
    ]
    table_rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    trailing = f'<table:table-row table:number-rows-repeated="1048570">{empty}</table:table-row>'
    data = ods(f'<table:table table:name="Products">{table_rows}{trailing}</table:table>')

    book = read(data, tmp_path, kind=FileKind.ODS)

    assert book.plan.original_headers == ("ProductSKU", "Price", "Since")
    assert book.rows == [("A-1", "12.5", "2024-03-01"), ("", "", ""), ("A & B", "3", "")]


# any table


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6)
            | st.integers(-(10**9), 10**9),
            min_size=3,
            max_size=3,
        ),
        max_size=12,
    ),
    target=st.integers(1, 5),
)
def test_any_table_comes_back_whatever_the_chunk_size(
    rows: list[list[str | int]], target: int, tmp_path: Path
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price", "x"])
        for number, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                (sheet.write_string if isinstance(cell, str) else sheet.write_number)(
                    number, at, cell
                )

    expected = [tuple(str(cell) for cell in row) for row in rows]
    while expected and not any(cell.strip() for cell in expected[-1]):
        expected.pop()
    few = Settings(uploads_bucket="uploads", results_bucket="results", chunk_target_rows=target)
    assert read(xlsx(fill), tmp_path, settings=few).rows == expected
