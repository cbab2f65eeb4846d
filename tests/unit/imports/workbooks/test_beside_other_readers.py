"""Odd workbooks of random tables, read by us and by others: openpyxl for xlsx, calamine by itself
for xlsb, xls and ods. Where the two differ, the table `EXPLAINED` says why, or the test fails."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.binary_books import Book, Cell, xls, xlsb
from tests.unit.imports.workbooks.workbook_files import ods, read, with_parts, xlsx

WIDTH = 4
NAMES = [f"Column {letter}" for letter in "ABCD"]
DEFINITIONS = [AttributeDefinition(name, AttributeType.LONG_TEXT) for name in NAMES]
EPOCH = date(1899, 12, 30)
FORMATS: dict[str, Callable[[int], str]] = {
    "00000": lambda number: f"{number:05}",
    '0" g"': lambda number: f"{number} g",
    '"SKU-"00000': lambda number: f"SKU-{number:05}",
    "[$-407]00000": lambda number: f"{number:05}",
}
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!")


@dataclass(frozen=True)
class Drawn:
    """A cell: what it holds, and the code of its number format."""

    value: str | float | bool | date | None
    code: str = ""
    is_error: bool = False
    formula: bool = False


@dataclass(frozen=True)
class Pair:
    drawn: Drawn
    theirs: str
    ours: str


def whole(number: float) -> str:
    """At most 15 digits, as spreadsheets keep them."""
    return format(Decimal(f"{number:.15g}"), "f")


EXPLAINED: dict[str, Callable[[Pair], bool]] = {
    "The number format is part of what a person sees; the others give the bare number": (
        lambda pair: (
            pair.drawn.code in FORMATS
            and isinstance(pair.drawn.value, int)
            and pair.theirs == str(pair.drawn.value)
            and pair.ours == FORMATS[pair.drawn.code](pair.drawn.value)
        )
    ),
    "calamine leaves out errors; we read their text and give a notice": (
        lambda pair: pair.drawn.is_error and (pair.theirs, pair.ours) == ("", pair.drawn.value)
    ),
    "calamine keeps nine decimals; we keep the fifteen digits of a spreadsheet": (
        lambda pair: (
            isinstance(pair.drawn.value, float)
            and not pair.drawn.is_error
            and pair.ours == whole(pair.drawn.value)
            and abs(Decimal(pair.theirs) - Decimal(pair.ours)) < Decimal("1e-6")
        )
    ),
    "A date that is stored with the time 00:00 is shown as a date": (
        lambda pair: (
            isinstance(pair.drawn.value, date)
            and pair.theirs == f"{pair.ours} 00:00:00"
            and pair.ours == pair.drawn.value.isoformat()
        )
    ),
}


def explained(pair: Pair) -> str | None:
    return next((why for why, holds in EXPLAINED.items() if holds(pair)), None)


# cells

TEXTS = st.one_of(
    st.sampled_from(["true", "007", "1e5", "12,5", "a\nb", "日本", "x & <y>", "'1", " edge ", "-"]),
    st.text("abcäß€ 0123.,-", min_size=1, max_size=8),
)
CELLS = st.one_of(
    TEXTS.map(Drawn),
    st.integers(-(10**6), 10**15 - 1).map(Drawn),
    st.floats(-1e9, 1e9).map(lambda number: Drawn(round(number, 6) + 0.0)),
    st.booleans().map(Drawn),
    st.none().map(Drawn),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)).map(lambda day: Drawn(day, "yyyy-mm-dd")),
    st.builds(Drawn, st.integers(0, 99_999), st.sampled_from(list(FORMATS))),
    st.sampled_from(ERRORS).map(lambda text: Drawn(text, is_error=True)),
    st.integers(0, 999).map(lambda number: Drawn(number, formula=True)),
    st.sampled_from(["x", "ä b"]).map(lambda text: Drawn(text, formula=True)),
)
TABLES = st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=6)


def serial(day: date) -> float:
    return float((day - EPOCH).days)


# writers


def as_xlsx(rows: Sequence[Sequence[Drawn]], inline: bool, spelling: str, merged: bool) -> bytes:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                form = book.add_format({"num_format": cell.code}) if cell.code else None
                put(sheet, number, column, cell, form)
        if merged:  # beside the table, so that no value is hidden
            sheet.merge_range(len(rows) + 1, 0, len(rows) + 2, WIDTH - 1, "merged")

    data = xlsx(fill, constant_memory=inline)
    change = SPELLINGS[spelling]
    return with_parts(
        data,
        lambda name, part: change(part.decode()).encode() if "worksheets/" in name else part,
    )


def put(sheet: Any, row: int, column: int, cell: Drawn, form: Any) -> None:
    value = cell.value
    if cell.is_error:
        sheet.write_formula(row, column, "=NA()", form, value)
    elif cell.formula:
        sheet.write_formula(row, column, "=A1", form, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, form)
    elif isinstance(value, date):
        sheet.write_number(row, column, serial(value), form)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, form)
    elif value is not None:
        sheet.write_number(row, column, value, form)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as usual": lambda part: part,
    "line ends between tags": lambda part: part.replace("><", ">\r\n<"),
    "comments": lambda part: part.replace("<c ", "<!-- c --><c "),
    "single quotes": lambda part: re.sub(r'(\w)="([^"\']*)"', r"\1='\2'", part),
    "no places of rows": lambda part: re.sub(r'<row r="\d+"', "<row", part),
    "character data": lambda part: re.sub(r"<v>([^<&]+)", r"<v><![CDATA[\1]]>", part),
    "references": lambda part: part.replace("<v>1", "<v>&#49;"),
}


def as_binary(rows: Sequence[Sequence[Drawn]], kind: FileKind, how: str) -> bytes:
    codes = [*FORMATS, "yyyy-mm-dd"]

    def cell(drawn: Drawn) -> Cell | None:
        value = drawn.value
        style = codes.index(drawn.code) + 1 if drawn.code else 0
        if value is None:
            return None
        if isinstance(value, date):
            return Cell(serial(value), style=style)
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        return Cell(
            value, how="formula" if drawn.formula else how, style=style, is_error=drawn.is_error
        )

    table: list[list[Cell | None]] = [[Cell(name) for name in NAMES]]
    table += [[cell(one) for one in row] for row in rows]
    return {FileKind.XLSB: xlsb, FileKind.XLS: xls}[kind](Book(table, formats=tuple(codes)))


def as_ods(rows: Sequence[Sequence[Drawn]], blank: str) -> bytes:
    def cell(drawn: Drawn) -> str:
        value, formula = drawn.value, ' table:formula="of:=[.A1]"' if drawn.formula else ""
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, bool):
            truth = str(value).lower()
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{truth}"/>'
        if isinstance(value, date):
            stated = f'office:value-type="date" office:date-value="{value.isoformat()}"'
            shown = f"<text:p>{value.isoformat()}</text:p>"
            return f"<table:table-cell {stated}>{shown}</table:table-cell>"
        if isinstance(value, str):
            lines = value.replace("&", "&amp;").replace("<", "&lt;").split("\n")
            text = "".join(f"<text:p>{re.sub(' ', '<text:s/>', line)}</text:p>" for line in lines)
            return (
                f'<table:table-cell office:value-type="string"{formula}>{text}</table:table-cell>'
            )
        shown = FORMATS[drawn.code](int(value)) if drawn.code in FORMATS else whole(value)
        stated = f'office:value-type="float" office:value="{value!r}"{formula}'
        return f"<table:table-cell {stated}><text:p>{shown}</text:p></table:table-cell>".replace(
            "&", "&amp;"
        )

    table = [[Drawn(name) for name in NAMES], *rows]
    body = blank.join(
        f"<table:table-row>{blank.join(map(cell, row))}</table:table-row>" for row in table
    )
    return ods(f'<table:table table:name="P">{body}</table:table>')


# readers


def by_openpyxl(data: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    rows = book.active.iter_rows(min_row=2, max_col=WIDTH, values_only=True)
    return [[as_text(value) for value in row] for row in rows]


def by_calamine(data: bytes, kind: FileKind) -> list[list[str]]:
    with tempfile.NamedTemporaryFile(suffix=f".{kind.value}") as file:
        file.write(data)
        file.flush()
        sheet = fastexcel.read_excel(file.name).load_sheet(0, header_row=0, dtypes="string")
    rows = [list(map(as_text, row)) for row in sheet.to_polars().rows()]
    return [row + [""] * (WIDTH - len(row)) for row in rows]


def as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ")
        case date() | time() | str():
            return str(value)
    return whole(value)


def differences(
    rows: Sequence[Sequence[Drawn]], theirs: list[list[str]], ours: Sequence[Sequence[str]]
) -> list[Pair]:
    """Cells that differ. Rows and columns that are empty to the end may be left out."""
    found = []
    for number, row in enumerate(rows):
        for column, drawn in enumerate(row):
            pair = Pair(drawn, _at(theirs, number, column), _at(ours, number, column))
            if isinstance(drawn.value, bool):
                pair = Pair(drawn, pair.theirs.upper(), pair.ours)
            if pair.theirs != pair.ours:
                found.append(pair)
    return found


def _at(table: Sequence[Sequence[str]], row: int, column: int) -> str:
    return table[row][column] if row < len(table) and column < len(table[row]) else ""


def ours_of(data: bytes, kind: FileKind) -> list[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        return read(data, Path(folder), kind=kind, definitions=DEFINITIONS).rows


def check(
    rows: list[list[Drawn]], data: bytes, kind: FileKind, *, usual: bytes | None = None
) -> list[Pair]:
    """`usual`: the same in a spelling that the other reader understands."""
    other = usual or data
    theirs = by_openpyxl(other) if kind is FileKind.XLSX else by_calamine(other, kind)
    found = differences(rows, theirs, ours_of(data, kind))
    assert [pair for pair in found if explained(pair) is None] == []
    return found


@given(
    rows=TABLES, inline=st.booleans(), spelling=st.sampled_from([*SPELLINGS]), merged=st.booleans()
)
@settings(max_examples=40)
def test_an_xlsx_is_read_as_openpyxl_reads_it(
    rows: list[list[Drawn]], inline: bool, spelling: str, merged: bool
) -> None:
    check(rows, as_xlsx(rows, inline, spelling, merged), FileKind.XLSX)


@given(
    rows=TABLES,
    kind=st.sampled_from([FileKind.XLSB, FileKind.XLS]),
    how=st.sampled_from(["", "rk", "hundredths", "inline", "shared"]),
)
@settings(max_examples=40)
def test_an_xlsb_or_xls_is_read_as_calamine_reads_it(
    rows: list[list[Drawn]], kind: FileKind, how: str
) -> None:
    check(rows, as_binary(rows, kind, how), kind)


ODS_CELLS = CELLS.filter(lambda cell: not cell.is_error)
"""calamine refuses an ods with errors of some kinds."""


@given(
    rows=st.lists(st.lists(ODS_CELLS, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=6),
    blank=st.sampled_from(["", "\n", "\r\n  "]),
)
@settings(max_examples=40)
def test_an_ods_is_read_as_calamine_reads_it(rows: list[list[Drawn]], blank: str) -> None:
    usual = as_ods(rows, blank="")
    check(rows, as_ods(rows, blank), FileKind.ODS, usual=usual)


@pytest.mark.parametrize(
    ("why", "cell", "kind"),
    [
        ("number format", Drawn(7, "00000"), FileKind.XLSX),
        ("leaves out errors", Drawn("#N/A", is_error=True), FileKind.XLSB),
        ("nine decimals", Drawn(123456789.123456), FileKind.XLS),
        ("the time 00:00", Drawn(date(2024, 3, 1), "yyyy-mm-dd"), FileKind.XLSX),
    ],
)
def test_each_explained_difference_exists(why: str, cell: Drawn, kind: FileKind) -> None:
    rows = [[cell] * WIDTH]
    data = (
        as_xlsx(rows, False, "as usual", False)
        if kind is FileKind.XLSX
        else as_binary(rows, kind, "")
    )
    found = check(rows, data, kind)
    assert [why in (explained(pair) or "") for pair in found] == [True] * WIDTH
