"""Cells that other programs write: what is shown is what is read, and none condemns its file."""

from pathlib import Path
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.binary_books import Book, Cell, xls, xlsb
from tests.unit.imports.workbooks.workbook_files import Read, ods, read, table, with_parts, xlsx

TEXTS = tuple(
    AttributeDefinition(name, AttributeType.SHORT_TEXT) for name in ("ProductSKU", "Price")
)


def xlsx_cell(cell: str, folder: Path) -> Read:
    """The cell B2 of a sheet, as XML."""

    def change(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        return content.replace(b'<c r="B2"><v>77</v></c>', cell.encode())

    book = with_parts(table([["ProductSKU", "Price"], ["K", 77]]), change)
    return read(book, folder, definitions=TEXTS)


def ods_cell(attributes: str, shown: str, folder: Path) -> Read:
    def cell(text: str, own: str = 'office:value-type="string"') -> str:
        return f"<table:table-cell {own}><text:p>{text}</text:p></table:table-cell>"

    header = cell("ProductSKU") + cell("Price")
    row = cell("K") + cell(shown, attributes)
    rows = "".join(f"<table:table-row>{each}</table:table-row>" for each in (header, row))
    sheet = f'<table:table table:name="P">{rows}</table:table>'
    return read(ods(sheet), folder, kind=FileKind.ODS, definitions=TEXTS)


DATES = [
    ("yyyy-mm-dd hh:mm:ss", 45352.5213541667, "2024-03-01 12:30:45"),
    ("dd/mm/yyyy hh:mm", 45352.5208333333, "2024-03-01 12:30:00"),
    ("hh:mm", 0.520833333333333, "12:30"),
    ("hh:mm", 0.52083333333, "12:30"),
    ("[$-407]hh:mm:ss", 0.521354166666667, "12:30:45"),
]


@pytest.mark.parametrize(("code", "days", "text"), DATES)
@pytest.mark.parametrize("kind", [FileKind.XLSX, FileKind.XLSB, FileKind.XLS])
def test_dates_and_times_stored_with_15_digits_are_no_bare_numbers(
    kind: FileKind, code: str, days: float, text: str, tmp_path: Path
) -> None:
    """LibreOffice stores them so."""
    if kind is FileKind.XLSX:

        def fill(book: Any) -> None:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["ProductSKU", "Price"])
            form = book.add_format({"num_format": code})
            sheet.write(1, 0, "K")
            sheet.write_number(1, 1, days, form)

        # xlsxwriter stores 16 digits
        data = with_parts(
            xlsx(fill),
            lambda _, content: content.replace(f"{days:.16G}".encode(), repr(days).encode()),
        )
    else:
        rows = [[Cell("ProductSKU"), Cell("Price")], [Cell("K"), Cell(days, style=1)]]
        data = {FileKind.XLSB: xlsb, FileKind.XLS: xls}[kind](Book(rows, formats=[code]))
    assert read(data, tmp_path, kind=kind, definitions=TEXTS).rows == [("K", text)]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("# ?/8", "12 5/8"),
        ("# ??/16", "12 10/16"),
        ("# ?/10", "12.625"),  # shown as 12 6/10, which is another number
        ("# ?/?", "12 5/8"),
        ("?/?", "101/8"),
    ],
)
@pytest.mark.parametrize("kind", [FileKind.XLSB, FileKind.XLS])
def test_a_fraction_is_read_as_shown_where_that_is_the_number(
    kind: FileKind, code: str, text: str, tmp_path: Path
) -> None:
    rows = [[Cell("ProductSKU"), Cell("Price")], [Cell("K"), Cell(12.625, style=1)]]
    data = {FileKind.XLSB: xlsb, FileKind.XLS: xls}[kind](Book(rows, formats=[code]))
    assert read(data, tmp_path, kind=kind, definitions=TEXTS).rows == [("K", text)]


@pytest.mark.parametrize("index", ["-1", "0.0", "99999999999999999999", "x"])
def test_what_is_no_index_of_a_shared_text_is_an_error_and_not_the_first_text(
    index: str, tmp_path: Path
) -> None:
    found = xlsx_cell(f'<c r="B2" t="s"><v>{index}</v></c>', tmp_path)
    assert found.rows == [("K", "#ERROR!")]
    assert "B2 holds the error" in found.notices["ERROR_CELLS"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><v>5</v><extLst><ext uri="x"><v>9</v></ext></extLst></c>',
        '<c r="B2"> <v>5</v><extLst><ext uri="x"><c r="C2"><v>9</v></c></ext></extLst></c>',
    ],
)
def test_an_extension_of_a_cell_is_no_part_of_its_value(cell: str, tmp_path: Path) -> None:
    assert xlsx_cell(cell, tmp_path).rows == [("K", "5")]


@pytest.mark.parametrize("value", ['office:value="5,5"', 'office:value=""', ""])
@pytest.mark.parametrize("kind", ["float", "currency", "percentage"])
def test_an_ods_number_that_is_none_is_read_as_it_is_shown(
    kind: str, value: str, tmp_path: Path
) -> None:
    found = ods_cell(f'office:value-type="{kind}" {value}', "5,5", tmp_path)
    assert found.rows == [("K", "5,5")]


@pytest.mark.parametrize(
    ("attributes", "shown", "text"),
    [
        ('office:value-type="boolean" office:boolean-value="1"', "WAHR", "TRUE"),
        ('office:value-type="boolean" office:boolean-value="0"', "FALSCH", "FALSE"),
        ('office:value-type="float" office:value="0.5"', "1/2", "1/2"),
        ('office:value-type="float" office:value="12.625"', "12 5/8", "12 5/8"),
        (
            'office:value-type="date" office:date-value="2024-03-01T00:00:00Z"',
            "01.03.24",
            "2024-03-01",
        ),
    ],
)
def test_other_spellings_of_ods_values(
    attributes: str, shown: str, text: str, tmp_path: Path
) -> None:
    assert ods_cell(attributes, shown, tmp_path).rows == [("K", text)]


@pytest.mark.parametrize("attributes", ["", 'office:value-type="zz"', 'office:value-type="void"'])
@pytest.mark.parametrize("shown", ["plain", "5 g", "007"])
def test_a_text_in_an_ods_cell_without_a_known_type_is_not_lost(
    attributes: str, shown: str, tmp_path: Path
) -> None:
    assert ods_cell(attributes, shown, tmp_path).rows == [("K", shown)]


DRAWN = (
    "<d:{0} xmlns:d='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'><d:text-box>"
    "<text:p>caption</text:p></d:text-box></d:{0}>"
)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<text:p>a    b</text:p>", "a b"),
        ("<text:p>a\n   b\n</text:p>", "a b"),
        ("<text:p>\n a</text:p>", "a"),
        ("<text:p>a <text:span> b</text:span></text:p>", "a b"),
        ("<text:p>a\tb</text:p>", "a b"),
        ("<text:p>a <text:s text:c='3'/>b</text:p>", "a    b"),
        ("<text:p>a<text:tab/>b  c</text:p>", "a\tb c"),
        (f"{DRAWN.format('frame')}<text:p>x</text:p>", "x"),
        (f"<text:p>x</text:p>{DRAWN.format('custom-shape')}", "x"),
        (f"<text:p>x{DRAWN.format('frame')}</text:p>", "x"),
        (f"<text:p>x</text:p>{DRAWN.format('g')}", "x"),
        ("<office:annotation><text:p>a  note</text:p></office:annotation><text:p>x</text:p>", "x"),
        ("<text:p>x</text:p><text:p>y</text:p>", "x\ny"),
    ],
)
def test_blanks_and_drawings_of_an_ods_cell_are_read_as_shown(
    inner: str, text: str, tmp_path: Path
) -> None:
    def cell(content: str) -> str:
        return f'<table:table-cell office:value-type="string">{content}</table:table-cell>'

    rows = [
        [cell("<text:p>ProductSKU</text:p>"), cell("<text:p>Price</text:p>")],
        [cell("<text:p>K</text:p>"), cell(inner)],
    ]
    xml = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    data = ods(f'<table:table table:name="P">{xml}</table:table>')
    assert read(data, tmp_path, kind=FileKind.ODS, definitions=TEXTS).rows == [("K", text)]
