"""Cells of an OpenDocument spreadsheet as a person sees them."""

from pathlib import Path

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.workbook_files import Read, ods, read

STRING, FLOAT = 'office:value-type="string"', 'office:value-type="float"'
FORMULA = 'table:formula="of:=1"'
SKU = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
TEXT = AttributeDefinition("It", AttributeType.SHORT_TEXT)


def cell(attributes: str, content: str) -> str:
    return f"<table:table-cell {attributes}>{content}</table:table-cell>"


def texts(*values: str) -> str:
    return "".join(cell(STRING, f"<text:p>{value}</text:p>") for value in values)


def read_column(
    folder: Path, *cells: str, attribute: AttributeDefinition = TEXT, row: str = ""
) -> Read:
    rows = "".join(
        f"<table:table-row{row}>{texts(f'A{number}')}{one}</table:table-row>"
        for number, one in enumerate(cells, 1)
    )
    header = f"<table:table-row>{texts('ProductSKU', 'It')}</table:table-row>"
    data = ods(f'<table:table table:name="P">{header}{rows}</table:table>')
    return read(data, folder, kind=FileKind.ODS, definitions=(SKU, attribute))


@pytest.mark.parametrize(
    ("attributes", "content", "text"),
    [
        (STRING, "<text:p>a<text:line-break/>b</text:p>", "a\nb"),
        (STRING, "<text:p>a<text:tab/>b</text:p>", "a\tb"),
        (STRING, '<text:p>a<text:s text:c="3"/>b<text:tab/></text:p>', "a   b\t"),
        (STRING, "<text:p>a</text:p><text:p>b<text:line-break/>c</text:p>", "a\nb\nc"),
        (STRING, "<text:p>a<text:span>b<text:line-break/></text:span>c</text:p>", "ab\nc"),
        (
            STRING,
            "<office:annotation><text:p>note</text:p></office:annotation>"
            "<text:p>x<text:tab/>y</text:p>",
            "x\ty",
        ),
        (
            'office:value-type="boolean" office:boolean-value="true"',
            "<text:p>WAHR</text:p>",
            "TRUE",
        ),
        (
            'office:value-type="date" office:date-value="2024-03-01T12:30:00"',
            "<text:p>01.03.24</text:p>",
            "2024-03-01 12:30:00",
        ),
        (
            'office:value-type="date" office:date-value="2024-03-01T00:00:00"',
            "<text:p>01.03.24</text:p>",
            "2024-03-01",
        ),
        (
            'office:value-type="time" office:time-value="PT36H30M00S"',
            "<text:p>36:30</text:p>",
            "36:30",
        ),
        (
            'office:value-type="time" office:time-value="PT08H05M30S"',
            "<text:p>08:05:30</text:p>",
            "08:05:30",
        ),
        (f'{FLOAT} office:value="500"', "<text:p>500 g</text:p>", "500 g"),
        (f'{FLOAT} office:value="NaN"', "<text:p>1/2</text:p>", "1/2"),
        (f'{FLOAT} office:value="INF"', "<text:p>∞</text:p>", "∞"),
        (f'{FLOAT} office:value="1500.5"', "<text:p>1.500,50 g</text:p>", "1500.5 g"),
        (f'{FLOAT} office:value="12500"', "<text:p>12,5 kg</text:p>", "12.5 kg"),
        (f'{FLOAT} office:value="123"', "<text:p>SKU-00123</text:p>", "SKU-00123"),
        (f'{FLOAT} office:value="0"', "<text:p>SKU-000</text:p>", "SKU-000"),
        (f'{FLOAT} office:value="7.25"', "<text:p>007.3 g</text:p>", "007.25 g"),
        (f'{FLOAT} office:value="123"', "<text:p>00123</text:p>", "00123"),
        (f'{FLOAT} office:value="123456"', "<text:p>123-456</text:p>", "123-456"),
        (f'{FLOAT} office:value="123"', "<text:p>SKU-123</text:p>", "SKU-123"),
        (f'{FLOAT} office:value="4.5"', "<text:p>4,50</text:p>", "4.5"),
        (f'{FLOAT} office:value="1234.5"', "<text:p>1.234,50</text:p>", "1234.5"),
        (f'{FLOAT} office:value="15000"', "<text:p>1,50E+04</text:p>", "15000"),
        (
            f'{FLOAT} office:value="123456789.123456"',
            "<text:p>123456789,12</text:p>",
            "123456789.123456",
        ),
        (f'{FLOAT} office:value="1.5E-10"', "<text:p>0</text:p>", "0.00000000015"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(
    attributes: str, content: str, text: str, tmp_path: Path
) -> None:
    assert read_column(tmp_path, cell(attributes, content)).rows == [("A1", text)]


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        (f'{STRING} office:string-value="" {FORMULA} calcext:value-type="error"', "#DIV/0!"),
        (f'{STRING} office:string-value="" {FORMULA} calcext:value-type="error"', "Err:502"),
        (f'{STRING} office:string-value="" {FORMULA}', "#N/A"),
        (f'{FLOAT} office:value="0" {FORMULA}', "#DIV/0!"),
        (f'{FLOAT} office:value="0" {FORMULA}', "#WERT!"),
        (f'{FLOAT} office:value="0" {FORMULA}', "#NV"),
        (f'{FLOAT} office:value="0" {FORMULA}', "#NAME?"),
        (f'{FLOAT} office:value="0"', "Err:508"),
        (f"{FLOAT} {FORMULA}", "#REF!"),
        (f'{STRING} {FORMULA} calcext:value-type="error"', "#BEZUG!"),
    ],
)
def test_an_error_is_read_as_its_text_and_told(attributes: str, shown: str, tmp_path: Path) -> None:
    attributes += ' xmlns:calcext="urn:calcext"'
    found = read_column(tmp_path, cell(attributes, f"<text:p>{shown}</text:p>"))
    assert found.rows == [("A1", shown)]
    assert f"B2 holds the error {shown}" in found.notices["ERROR_CELLS"]


def test_a_text_that_only_looks_like_an_error_is_a_text(tmp_path: Path) -> None:
    found = read_column(tmp_path, cell(STRING, "<text:p>#1</text:p>"))
    assert found.rows == [("A1", "#1")]
    assert "ERROR_CELLS" not in found.notices


def test_percent_goes_to_a_measure_and_is_told_to_a_number(tmp_path: Path) -> None:
    percent = cell('office:value-type="percentage" office:value="0.25"', "<text:p>25%</text:p>")
    measure = AttributeDefinition("It", AttributeType.MEASURE, unit="%")
    number = AttributeDefinition("It", AttributeType.NUMBER)
    assert read_column(tmp_path / "a", percent, attribute=measure).rows == [("A1", "25%")]
    found = read_column(tmp_path / "b", percent, attribute=number)
    assert found.rows == [("A1", "0.25")]
    assert 'B2 shows "25%"' in found.notices["NUMBERS_SHOWN_OTHERWISE"]


@pytest.mark.parametrize(
    ("shown", "reported"), [("5,00 €", False), ("$5.00", True), ("5 kr", True)]
)
def test_a_measure_in_another_currency_is_told(shown: str, reported: bool, tmp_path: Path) -> None:
    price = cell('office:value-type="currency" office:value="5"', f"<text:p>{shown}</text:p>")
    measure = AttributeDefinition("It", AttributeType.MEASURE, unit="EUR")
    found = read_column(tmp_path, price, attribute=measure)
    assert found.rows == [("A1", "5")]
    assert ("NUMBERS_SHOWN_OTHERWISE" in found.notices) is reported


def test_formulas_without_a_result_are_told(tmp_path: Path) -> None:
    found = read_column(tmp_path, cell(FORMULA, ""), cell(f"{FLOAT} {FORMULA}", ""))
    assert "2 formulas have no stored result" in found.notices["FORMULAS_WITHOUT_RESULT"]
    assert "cell B2" in found.notices["FORMULAS_WITHOUT_RESULT"]


@pytest.mark.parametrize("visibility", ["collapse", "filter"])
def test_hidden_rows_are_told(visibility: str, tmp_path: Path) -> None:
    hidden = f' table:visibility="{visibility}" table:number-rows-repeated="2"'
    found = read_column(tmp_path, texts("x"), row=hidden)
    assert found.rows == [("A1", "x")] * 2
    assert "2 rows of the sheet are hidden" in found.notices["HIDDEN_ROWS"]


def test_repeated_cells_are_all_read_as_they_are_shown(tmp_path: Path) -> None:
    grams = cell(f'{FLOAT} office:value="5"', "<text:p>5 g</text:p>")
    found = read_column(tmp_path, grams, row=' table:number-rows-repeated="3"')
    assert found.rows == [("A1", "5 g")] * 3


def test_the_pronunciation_above_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    base, above = "<text:ruby-base>漢字</text:ruby-base>", "<text:ruby-text>kan</text:ruby-text>"
    ruby = f"<text:ruby>{base}{above}</text:ruby>"
    content = f"<text:p>a {ruby} b</text:p>"
    found = read_column(tmp_path, cell('office:value-type="string"', content))
    assert found.rows == [("A1", "a 漢字 b")]
