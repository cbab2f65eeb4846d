"""Formats that show a part of a date, or a fraction, in every kind of workbook."""

from pathlib import Path
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from core.imports.workbooks.formats.fractions import fraction_text, is_same_number
from tests.unit.imports.workbooks.binary_books import Book, Cell, xls, xlsb
from tests.unit.imports.workbooks.workbook_files import Read, ods, read, xlsx

SKU = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
DAY = 45352.0
"""1 March 2024."""
KINDS = (FileKind.XLSX, FileKind.XLSB, FileKind.XLS, FileKind.ODS)


def read_cell(
    folder: Path, file_kind: FileKind, value: float, code: str, shown: str, kind: AttributeType
) -> Read:
    """`shown` is what an ods stores; it has no formats."""
    if file_kind is FileKind.XLSX:

        def fill(book: Any) -> None:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["ProductSKU", "It"])
            sheet.write(1, 0, "A1")
            sheet.write(1, 1, value, book.add_format({"num_format": code}))

        data = xlsx(fill)
    elif file_kind is FileKind.ODS:
        stated = f'value-type="float" office:value="{value!r}"'
        if value == DAY:
            stated = 'value-type="date" office:date-value="2024-03-01"'
        texts = [
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
            "</table:table-cell>"
            for text in ("ProductSKU", "It", "A1")
        ]
        data = ods(
            f'<table:table table:name="P"><table:table-row>{texts[0]}{texts[1]}</table:table-row>'
            f"<table:table-row>{texts[2]}<table:table-cell office:{stated}><text:p>{shown}</text:p>"
            "</table:table-cell></table:table-row></table:table>"
        )
    else:
        rows = [[Cell("ProductSKU"), Cell("It")], [Cell("A1"), Cell(value, style=1)]]
        data = {FileKind.XLSB: xlsb, FileKind.XLS: xls}[file_kind](Book(rows, formats=(code,)))
    definitions = (SKU, AttributeDefinition("It", kind, unit="kg" if kind == "measure" else None))
    return read(data, folder, kind=file_kind, definitions=definitions)


@pytest.mark.parametrize("file_kind", KINDS)
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("mmm-yy", "Mar-24"),
        ("dd/mm", "01/03"),
        ("yyyy", "2024"),
        ("mmmm", "March"),
        ("[$-407]mmmm yyyy;@", "März 2024"),
        ("d. mmm", "1. Mrz"),
        ('yyyy"年"m"月"', "2024年3月"),
    ],
)
def test_a_part_of_a_date_is_read_whole_and_told(
    file_kind: FileKind, code: str, shown: str, tmp_path: Path
) -> None:
    found = read_cell(tmp_path, file_kind, DAY, code, shown, AttributeType.SHORT_TEXT)
    assert found.rows == [("A1", "2024-03-01")]
    message = found.notices["NUMBERS_SHOWN_OTHERWISE"]
    told = f'shows "{shown}"' if file_kind is FileKind.ODS else f'has the date format "{code}"'
    assert f'column "It", cell B2 {told} and was read as 2024-03-01' in message


@pytest.mark.parametrize("file_kind", (FileKind.XLSX, FileKind.XLSB, FileKind.XLS))
def test_a_date_with_the_year_of_an_era_is_a_whole_one(file_kind: FileKind, tmp_path: Path) -> None:
    code = '[$-411]ggge"年"m"月"d"日"'
    found = read_cell(tmp_path, file_kind, DAY, code, "令和6年3月1日", AttributeType.SHORT_TEXT)
    assert (found.rows, found.notices) == ([("A1", "2024-03-01")], {})


@pytest.mark.parametrize("file_kind", KINDS)
@pytest.mark.parametrize(
    ("code", "shown"),
    [("hh:mm", "00:00"), ("h:mm:ss AM/PM", "12:00:00 AM"), ("[$-F400]h:mm:ss", "0:00:00")],
)
def test_a_date_of_which_only_the_time_is_shown_is_read_whole_and_told(
    file_kind: FileKind, code: str, shown: str, tmp_path: Path
) -> None:
    found = read_cell(tmp_path, file_kind, DAY, code, shown, AttributeType.SHORT_TEXT)
    assert found.rows == [("A1", "2024-03-01")]
    told = f'shows "{shown}"' if file_kind is FileKind.ODS else f'has the date format "{code}"'
    message = found.notices["NUMBERS_SHOWN_OTHERWISE"]
    assert f"cell B2 {told} and was read as 2024-03-01" in message


@pytest.mark.parametrize("file_kind", (FileKind.XLSX, FileKind.XLSB, FileKind.XLS))
@pytest.mark.parametrize("code", ["hh:mm", "h:mm AM/PM", "hh:mm:ss"])
def test_a_time_alone_is_not_told(file_kind: FileKind, code: str, tmp_path: Path) -> None:
    found = read_cell(tmp_path, file_kind, 0.5, code, "", AttributeType.SHORT_TEXT)
    assert (found.rows, found.notices) == ([("A1", "12:00")], {})


@pytest.mark.parametrize(
    ("stored", "shown", "text", "is_told"),
    [
        ("PT1088460H30M00S", "12:30", "1088460:30", True),
        ("PT36H30M00S", "12:30 PM", "36:30", True),
        ("PT36H30M00S", "36:30:00", "36:30", False),
        ("PT12H30M00S", "12:30", "12:30", False),
    ],
)
def test_an_ods_may_store_a_date_as_hours(
    stored: str, shown: str, text: str, is_told: bool, tmp_path: Path
) -> None:
    data = ods(
        '<table:table table:name="P"><table:table-row><table:table-cell '
        'office:value-type="string"><text:p>It</text:p></table:table-cell></table:table-row>'
        f'<table:table-row><table:table-cell office:value-type="time" office:time-value="{stored}">'
        f"<text:p>{shown}</text:p></table:table-cell></table:table-row></table:table>"
    )
    definition = AttributeDefinition("It", AttributeType.SHORT_TEXT)
    found = read(data, tmp_path, kind=FileKind.ODS, definitions=[definition])
    assert found.rows == [(text,)]
    assert ("NUMBERS_SHOWN_OTHERWISE" in found.notices) is is_told


@pytest.mark.parametrize("file_kind", KINDS)
@pytest.mark.parametrize(
    ("code", "shown"),
    [("dd.mm.yyyy", "01.03.2024"), ("yyyymmdd", "20240301"), ("d mmmm yy", "1 March 24")],
)
def test_a_whole_date_is_not_told(
    file_kind: FileKind, code: str, shown: str, tmp_path: Path
) -> None:
    found = read_cell(tmp_path, file_kind, DAY, code, shown, AttributeType.SHORT_TEXT)
    assert (found.rows, found.notices) == ([("A1", "2024-03-01")], {})


@pytest.mark.parametrize("file_kind", KINDS)
def test_an_attribute_of_dates_holds_the_whole_date(file_kind: FileKind, tmp_path: Path) -> None:
    found = read_cell(tmp_path, file_kind, DAY, "mmm-yy", "Mar-24", AttributeType.DATE)
    assert (found.rows, found.notices) == ([("A1", "2024-03-01")], {})


@pytest.mark.parametrize("file_kind", KINDS)
@pytest.mark.parametrize(
    ("kind", "value", "code", "shown", "text", "is_told"),
    [
        (AttributeType.SHORT_TEXT, 12.625, "# ?/?", "12 5/8", "12 5/8", False),
        (AttributeType.SINGLE_SELECT, 0.5, "# ??/??", "1/2", "1/2", False),
        (AttributeType.SHORT_TEXT, 0.3125, "# ?/?", "1/3", "0.3125", True),
        (AttributeType.NUMBER, 12.625, "# ?/8", "12 5/8", "12.625", False),
        (AttributeType.MEASURE, 12.625, "# ?/8", "12 5/8", "12.625", False),
    ],
)
def test_a_fraction_is_read_as_shown_where_it_is_the_number(
    file_kind: FileKind,
    kind: AttributeType,
    value: float,
    code: str,
    shown: str,
    text: str,
    is_told: bool,
    tmp_path: Path,
) -> None:
    found = read_cell(tmp_path, file_kind, value, code, shown, kind)
    assert found.rows == [("A1", text)]
    message = found.notices.get("NUMBERS_SHOWN_OTHERWISE", "")
    assert (f'shows "{shown}" and was read as {text}' in message) is is_told


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("# ?/?", 12.625, "12 5/8"),
        ("# ??/??", 0.3125, "5/16"),
        ("# ?/16", 0.5, "8/16"),
        ("?/?", 1.5, "3/2"),
        ("# ?/?", -1.25, "-1 1/4"),
        ("# ?/?", 3.0, "3"),
        ("# ?/?", 0.0, "0"),
        ("# ?/8", 0.01, "0"),
        ("# ?/?", 0.99, "1"),
        ("# ???/???", 3.141592, "3 16/113"),
        ("0.00", 1.5, None),
        ("# ?/?", float("nan"), None),
        ("# ?/?", float("inf"), None),
    ],
)
def test_fractions_as_spreadsheets_show_them(code: str, number: float, shown: str | None) -> None:
    assert fraction_text(code, number) == shown


@pytest.mark.parametrize(
    ("shown", "number", "is_same"),
    [("12 5/8", "12.625", True), ("-1 1/4", "-1.25", True), ("1/3", "0.333333333", False)],
)
def test_a_rounded_fraction_is_another_number(shown: str, number: str, is_same: bool) -> None:
    assert is_same_number(shown, number) is is_same
