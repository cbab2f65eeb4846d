"""Cells of a workbook as a person sees them: numbers, dates, text, formulas."""

import datetime as dt
from pathlib import Path
from typing import Any

from tests.unit.imports.workbooks.workbook_files import read, xlsx


def shown(folder: Path, *cells: tuple[Any, str | None], **options: Any) -> list[str]:
    """What the import reads of cells written as (value, number format)."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", *(f"c{i}" for i in range(1, len(cells)))])
        for at, (value, form) in enumerate(cells):
            style = book.add_format({"num_format": form}) if form else None
            if isinstance(value, str) and value.startswith("="):
                sheet.write_formula(1, at, value, style, form or "")
            elif isinstance(value, str):
                sheet.write_string(1, at, value, style)
            else:
                sheet.write(1, at, value, style)

    (row,) = read(xlsx(fill, **options), folder).rows
    return list(row)


def test_numbers_have_no_needless_decimals(tmp_path: Path) -> None:
    cells = [(3.0, None), (0.1 + 0.2, None), (19.99, None), (-0.5, None), (4006381333931, None)]
    assert shown(tmp_path, *cells) == ["3", "0.3", "19.99", "-0.5", "4006381333931"]


def test_tiny_and_huge_numbers_keep_their_value(tmp_path: Path) -> None:
    cells = [(1.5e-10, None), (4.27e-7, None), (1e25, None), (1.5e-300, None)]
    assert shown(tmp_path, *cells) == [
        "0.00000000015",
        "0.000000427",
        "10000000000000000000000000",
        "1.5E-300",
    ]


def test_text_that_looks_like_a_number_stays_as_it_is(tmp_path: Path) -> None:
    cells = [("0012345", None), ("1.50", None), ("1e5", None), ("  7 ", None), ("0,5", None)]
    assert shown(tmp_path, *cells) == ["0012345", "1.50", "1e5", "  7 ", "0,5"]


def test_codes_padded_with_zeros_by_their_format_keep_the_zeros(tmp_path: Path) -> None:
    cells = [(12345, "0000000"), (12345, "0000000000000"), (12.5, "0000"), ("12", "0000")]
    assert shown(tmp_path, *cells) == ["0012345", "0000000012345", "12.5", "12"]


def test_other_number_formats_give_the_value_itself(tmp_path: Path) -> None:
    cells = [(0.52, "0%"), (1299.5, "#,##0.00 €"), (1234.5678, "0.00")]
    assert shown(tmp_path, *cells) == ["0.52", "1299.5", "1234.5678"]


def test_dates_have_no_time_and_times_no_date(tmp_path: Path) -> None:
    cells = [
        (dt.datetime(2024, 3, 1), "dd.mm.yyyy"),
        (dt.datetime(2024, 3, 1, 12, 30), "dd.mm.yyyy hh:mm"),
        (dt.time(12, 0), "hh:mm"),
        (dt.time(8, 5, 30), "hh:mm:ss"),
        (0, "hh:mm"),
    ]
    expected = ["2024-03-01", "2024-03-01 12:30:00", "12:00", "08:05:30", "00:00"]
    assert shown(tmp_path, *cells) == expected


def test_dates_counted_from_1904_are_right(tmp_path: Path) -> None:
    cells = [(dt.datetime(2024, 3, 1), "yyyy-mm-dd"), (dt.time(12, 0), "hh:mm")]
    assert shown(tmp_path, *cells, date_1904=True) == ["2024-03-01", "12:00"]


def test_hours_beyond_a_day_are_counted_on(tmp_path: Path) -> None:
    assert shown(tmp_path, (1.5, "[h]:mm"), (0.5, "[h]:mm:ss"), (100.25, "[hh]:mm")) == [
        "36:00",
        "12:00",
        "2406:00",
    ]


def test_text_that_looks_like_a_date_with_a_time_stays_where_no_date_is(tmp_path: Path) -> None:
    cells = [("2024-03-01 00:00:00", None), ("1899-12-31 12:00:00", None)]
    assert shown(tmp_path, *cells) == ["2024-03-01 00:00:00", "1899-12-31 12:00:00"]


def test_truth_values_differ_from_the_text_true(tmp_path: Path) -> None:
    cells = [(True, None), (False, None), ("true", None), ("=TRUE()", "1")]
    assert shown(tmp_path, *cells[:3]) == ["TRUE", "FALSE", "true"]


def test_multi_line_cells_entities_and_escapes_are_decoded(tmp_path: Path) -> None:
    cells = [("a\nb", None), ("<&>\"'", None), ("_x000D_", None), ("日本 🏕", None)]
    assert shown(tmp_path, *cells) == ["a\nb", "<&>\"'", "_x000D_", "日本 🏕"]


def test_a_merged_cell_has_its_value_in_the_first_cell_only(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price"])
        sheet.merge_range("A2:A3", "a")
        sheet.write_column(1, 1, [1, 2])

    assert read(xlsx(fill), tmp_path).rows == [("a", "1"), ("", "2")]


def test_formulas_give_their_last_result(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Price", "x"])
        sheet.write_formula(1, 0, '="a"&"b"', None, "ab")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, "=TRUE", None, True)

    assert read(xlsx(fill), tmp_path).rows == [("ab", "2", "TRUE")]
