"""What number formats show of numbers, and which attributes get it."""

from pathlib import Path
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.workbooks.formats.number_formats import number_format, padded_digits
from tests.unit.imports.workbooks.workbook_files import Read, read, xlsx

SHOWN = [
    ('0" g"', 500, "500 g"),
    ('0.0 "kg"', 2.5, "2.5 kg"),
    (r"0\ \x", 12, "12 x"),
    ('"SKU-"00000', 123, "SKU-00123"),
    ("000-000", 123456, "123-456"),
    ("000-000", 1234, "001-234"),
    ("00 00 00", 1234, "00 12 34"),
    ("(000) 000-0000", 5551234567, "(555) 123-4567"),
    ('#,##0" g"', 1500.5, "1500.5 g"),
    ('0" g"', 12.25, "12.25 g"),
    ('0.0," kg"', 12500, "12.5 kg"),
    ('[<1000]0" g";0.0," kg"', 500, "500 g"),
    ('[<1000]0" g";0.0," kg"', 1500, "1.5 kg"),
    ('[Red]0" g"', 3, "3 g"),
    ('General" kg"', 2.25, "2.25 kg"),
    ('0" g";(0" g")', -5, "(5 g)"),
    ('0" g"', -5, "-5 g"),
    ('"Yes";;"No"', 1, "Yes"),
    ('"Yes";;"No"', 0, "No"),
    ("000.00", 1.5, "001.50"),
    ("0%", 0.25, "25%"),
    ("0.00%", 0.125, "12.50%"),
    ('0" %"', 25, "25 %"),
    ('0.0"\'"', 5.5, "5.5'"),
    ("0\\'", 6, "6'"),
    ('0\\"', 6, '6"'),
    ("[$€-407] #,##0.00", 12.5, "€ 12.50"),
    ("[mm]:ss", 1 / 24, "60:00"),
    ('[h]" h"', 1.5, "36 h"),
]


@pytest.mark.parametrize(("code", "number", "shown"), SHOWN)
def test_a_format_shows_what_a_person_sees_with_all_digits(
    code: str, number: float, shown: str
) -> None:
    form = number_format(code)
    assert form is not None
    assert form.shown(number) == shown


@pytest.mark.parametrize(
    "code",
    [
        "",
        "General",
        "0",
        "0.00",
        "#,##0",
        "#,##0.00",
        "0.00E+00",
        "@",
        "dd.mm.yyyy",
        "[h]:mm",
        '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
        "0_)",
        "+0;-0",
        "[Red]0",
    ],
)
def test_a_format_that_adds_nothing_is_not_looked_at(code: str) -> None:
    assert number_format(code) is None


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("00000", 5),
        ("[$-407]00000", 5),
        ("0000_)", 4),
        ("#00000", 5),
        ("00000;-00000", 5),
        ("[Blue]000", 3),
        ("0", 0),
        ("0.00", 0),
        ('000" g"', 0),
        ("000-000", 0),
        ("00.0", 0),
    ],
)
def test_zeros_pad_whole_numbers_whatever_stands_around_them(code: str, digits: int) -> None:
    assert padded_digits(code) == digits


def column_of(
    folder: Path, attribute: AttributeDefinition, *cells: tuple[Any, str], header: str = ""
) -> Read:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", header or attribute.name])
        for row, (value, code) in enumerate(cells, 1):
            sheet.write(row, 0, f"A{row}")
            sheet.write(row, 1, value, book.add_format({"num_format": code}))

    sku = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
    return read(xlsx(fill), folder, definitions=(sku, attribute))


def of_type(kind: AttributeType, unit: str | None = None) -> AttributeDefinition:
    return AttributeDefinition("It", kind, unit=unit)


KG = of_type(AttributeType.MEASURE, "kg")
PERCENT = of_type(AttributeType.MEASURE, "%")
TEXT, NUMBER = of_type(AttributeType.SHORT_TEXT), of_type(AttributeType.NUMBER)
SELECT, BARCODE = of_type(AttributeType.SINGLE_SELECT), of_type(AttributeType.BARCODE)


@pytest.mark.parametrize(
    ("attribute", "value", "code", "text", "reported"),
    [
        (KG, 500, '0" g"', "500 g", False),
        (KG, 2.5, '0.0 "kg"', "2.5 kg", False),
        (KG, 5, '"ca. "0', "ca. 5", False),
        (KG, 0.25, "0%", "25%", False),
        (PERCENT, 0.25, "0%", "25%", False),
        (PERCENT, 0.125, "0.0%", "12.5%", False),
        (TEXT, 6, '0" pcs"', "6 pcs", False),
        (TEXT, 123, '"SKU-"00000', "SKU-00123", False),
        (TEXT, 45, "0000_)", "0045", False),
        (TEXT, 0.52, "0%", "0.52", True),
        (TEXT, 7, ";;;", "7", True),
        (SELECT, 0.25, "0%", "25%", False),
        (NUMBER, 500, '0" g"', "500", True),
        (NUMBER, 0.25, "0%", "0.25", True),
        (NUMBER, 5, "00000", "00005", False),
        (NUMBER, 12.5, "#,##0.00 €", "12.5", False),
        (NUMBER, 1.5, "000.00", "1.5", False),
        (BARCODE, 4006381333931, "0 000000 000000", "4006381333931", True),
    ],
)
def test_an_attribute_gets_what_it_can_hold_and_the_rest_is_told(
    attribute: AttributeDefinition,
    value: float,
    code: str,
    text: str,
    reported: bool,
    tmp_path: Path,
) -> None:
    found = column_of(tmp_path, attribute, (value, code))
    assert found.rows == [("A1", text)]
    assert ("NUMBERS_SHOWN_OTHERWISE" in found.notices) is reported


def test_the_notice_names_the_column_and_the_first_cell(tmp_path: Path) -> None:
    found = column_of(tmp_path, NUMBER, (1, "0"), (500, '0" g"'), (2, '0" kg"'))
    message = found.notices["NUMBERS_SHOWN_OTHERWISE"]
    assert 'column "It", cell B3 shows "500 g" and was read as 500 (and 1 more)' in message


def test_a_column_that_mixes_currencies_is_told(tmp_path: Path) -> None:
    found = column_of(tmp_path, NUMBER, (5, '0.00 "€"'), (5, '0.00 "USD"'))
    assert [row[1] for row in found.rows] == ["5", "5"]
    assert '"5.00 €"' in found.notices["NUMBERS_SHOWN_OTHERWISE"]


EUR, USD = of_type(AttributeType.MEASURE, "EUR"), of_type(AttributeType.MEASURE, "USD")
EUR_PER_KG = of_type(AttributeType.MEASURE, "EUR/kg")


@pytest.mark.parametrize(
    ("measure", "code", "reported"),
    [
        (EUR, "$#,##0.00", True),
        (EUR, '0.00 "kr"', True),
        (EUR, "[$USD] 0.00", True),
        (EUR, "[$£-809]#,##0.00", True),
        (EUR, '_-* #,##0.00 "€"_-', False),
        (EUR, "[$€-407] #,##0.00", False),
        (EUR_PER_KG, "0.00 €", False),
        (EUR_PER_KG, "$0.00", True),
        (USD, "$#,##0.00", False),
        (USD, '"US$" 0.00', False),
        (KG, "$#,##0.00", True),
    ],
)
def test_a_measure_whose_format_shows_another_currency_is_told(
    measure: AttributeDefinition, code: str, reported: bool, tmp_path: Path
) -> None:
    found = column_of(tmp_path, measure, (5, "0"), (6, code), (7, code))
    assert [row[1] for row in found.rows] == ["5", "6", "7"]
    message = found.notices.get("NUMBERS_SHOWN_OTHERWISE", "")
    assert ("cell B3 shows" in message and "(and 1 more)" in message) is reported


def test_a_currency_is_seen_beside_other_columns_in_it(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        dollars = book.add_format({"num_format": "$0.00"})
        sheet.write_row(0, 0, ["ProductSKU", "Price", "ItValue", "ItUnit"])
        for row in range(1, 4):
            sheet.write_row(row, 0, [f"A{row}"])
            sheet.write_row(row, 1, [row, row], dollars)
            sheet.write_row(row, 3, ["EUR"])

    sku = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
    price = AttributeDefinition("Price", AttributeType.NUMBER)
    found = read(xlsx(fill), tmp_path, definitions=(sku, price, EUR))
    message = found.notices["NUMBERS_SHOWN_OTHERWISE"]
    assert 'column "ItValue", cell C2 shows "$1.00"' in message
    assert '"Price"' not in message


def test_the_value_of_a_pair_of_columns_has_no_second_unit(tmp_path: Path) -> None:
    found = column_of(tmp_path, KG, (500, '0" g"'), header="ItValue")
    assert found.rows == [("A1", "500")]
    assert "NUMBERS_SHOWN_OTHERWISE" in found.notices


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (123456789.123456, "123456789.123456"),
        (1234567.89, "1234567.89"),
        (1234567.1234567, "1234567.1234567"),
        (98765432.1, "98765432.1"),
        (-123456789.5, "-123456789.5"),
        (19.989999999999998, "19.99"),
        (99.9999999999986, "100"),
        (0.12345678901, "0.12345678901"),
        (12.3456789012345, "12.3456789012345"),
        (1 / 3, "0.333333333"),
        (4006381333931, "4006381333931"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_noise_behind_the_fifteenth_digit_is_no_part_of_a_number(
    number: float, text: str, tmp_path: Path
) -> None:
    assert column_of(tmp_path, NUMBER, (number, "General")).rows == [("A1", text)]
