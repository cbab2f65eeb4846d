"""Notices about a workbook that was read: formulas without result, hidden rows."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.imports.workbooks.workbook_files import Read, read, replaced, xlsx

SHEET = "xl/worksheets/sheet1.xml"


def with_formulas(folder: Path, *values: Any) -> Read:
    """A table whose prices are formulas with the given results."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        for row, value in enumerate(values, 1):
            sheet.write_string(row, 0, f"A{row}")
            sheet.write_formula(row, 1, "=1+1", None, value)

    return read(xlsx(fill), folder)


def test_zeros_that_a_library_stores_for_every_formula_are_told(tmp_path: Path) -> None:
    found = with_formulas(tmp_path, 0, 0, 0)
    message = found.notices["FORMULAS_WITHOUT_RESULT"]
    assert "3 formulas have no stored result and were read as 0; the first is in cell B2" in message


def test_so_are_they_where_the_sheet_is_written_in_an_unusual_way(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_string(1, 0, "A1")
        sheet.write_formula(1, 1, "=1+1")

    data = replaced(xlsx(fill), SHEET, b"<v>0</v></c></row>", b"<v> 0 </v></c></row>")
    assert "was read as 0" in read(data, tmp_path).notices["FORMULAS_WITHOUT_RESULT"]


@pytest.mark.parametrize("values", [(2, 0), (0, 2), (0, "x")])
def test_a_zero_beside_other_results_is_a_result(values: tuple[Any, ...], tmp_path: Path) -> None:
    assert "FORMULAS_WITHOUT_RESULT" not in with_formulas(tmp_path, *values).notices


@pytest.mark.parametrize(
    "cell",
    [
        "<c r={place}><f>1+1</f></c>",
        "<c r={place}><f>1+1</f><v></v></c>",
        "<c r={place}><f>1+1</f><v/></c>",
        "<c r={place}><f>1+1</f><v /></c>",
        "<c r={place} s={style}><f>A1&amp;A2</f></c>",
        '<c r={place}><f t="shared" si="0"/></c>',
        '<c r={place}><f t="shared" si="0"/><v></v></c>',
        '<c r={place}><f t="shared" ref="B2:B3" si="0">1+1</f><v/></c>',
        '<c r={place} t="n"><f>1+1</f><v></v></c>',
        '<c r={place} t="b"><f>1+1</f></c>',
        '<c r={place}><f t="array" ref="B2">1+1</f></c>',
        "<c r={place}>\n<f>1+1</f>\n</c>",
    ],
)
def test_a_formula_without_a_result_is_told_however_it_is_written(
    cell: str, tmp_path: Path
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_row(1, 0, ["A1", 5])

    written = cell.format(place='"B2"', style='"0"').encode()
    data = replaced(xlsx(fill), SHEET, b'<c r="B2"><v>5</v></c>', written)
    found = read(data, tmp_path)
    assert found.rows == [("A1", "")] or found.rows == [("A1",)]
    assert "formula in cell B2 has no stored result" in found.notices["FORMULAS_WITHOUT_RESULT"]


def test_an_empty_text_is_a_result(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.write_row(1, 0, ["A1", 5])

    empty = b'<c r="B2" t="str"><f>""</f><v></v></c>'
    data = replaced(xlsx(fill), SHEET, b'<c r="B2"><v>5</v></c>', empty)
    assert "FORMULAS_WITHOUT_RESULT" not in read(data, tmp_path).notices


def test_hidden_and_filtered_rows_are_told_with_the_first(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(1, 0, ["ProductSKU", "Price"])
        for row in range(2, 7):
            sheet.write_row(row, 0, [f"A{row}", row])
        for row in (0, 3, 5, 9):  # above the header and behind the last row they do not count
            sheet.set_row(row, None, None, {"hidden": True})

    found = read(xlsx(fill), tmp_path)
    assert len(found.rows) == 5
    assert "2 rows of the sheet are hidden" in found.notices["HIDDEN_ROWS"]
    assert "the first is row 4" in found.notices["HIDDEN_ROWS"]
