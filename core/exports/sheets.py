"""Products as rows of a sheet, written by XlsxWriter in constant memory.

Numbers, dates, times (UTC) and booleans are typed cells. Everything else is text, so that a barcode
keeps its zeros and nothing becomes a formula. What a spreadsheet would change is text as well: a
number of more than 15 digits, a date before March 1900, and a time with milliseconds.

Each task writes the rows of its chunk, at their place in the sheet. Of its workbook only the XML of
these rows is kept, compressed so that the rows of all chunks can be joined byte for byte.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.attributes.rules.tables import Table
from core.exports.model import CELL_CHARACTERS
from core.imports.output.tables import texts_of

SHEET_NAME = "Products"
SHEET_PATH = "xl/worksheets/sheet1.xml"
ROWS_BEGIN, ROWS_END = b"<sheetData>", b"</sheetData>"
HEADER_END = b"</row>"

_FIRST_DAY = date(1900, 3, 1)
"""Excel takes 1900 for a leap year; before this day the numbers of days differ."""
_DAY_ZERO = date(1899, 12, 30)
_DAY_FORMAT = "yyyy-mm-dd"
_MOMENT_FORMAT = "yyyy-mm-dd hh:mm:ss"
_MS_A_DAY = 86_400_000
_WIDTH = 18
COMPRESSION_LEVEL = 6


class TextTooLong(Exception):
    """A text that is too long for a cell."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class SheetRows:
    compressed: bytes
    """Raw deflate, of whole bytes and without an end: more may follow."""
    raw_bytes: int
    checksum: int


def empty_workbook(names: Sequence[str]) -> bytes:
    """A workbook with the header alone."""
    return _workbook(names, 0, ())


def sheet_rows(table: Table, first_row: int) -> SheetRows:
    """The rows of these products; `first_row` 0 follows the header. Raises TextTooLong."""
    _refuse_long_texts(table)
    workbook = _workbook(table.names, first_row + 1, _cells(table))
    return compressed(rows_xml(sheet_xml(workbook)))


def compressed(xml: bytes) -> SheetRows:
    deflate = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(xml) + deflate.flush(zlib.Z_FULL_FLUSH)
    return SheetRows(data, len(xml), zlib.crc32(xml))


def sheet_xml(workbook: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(SHEET_PATH)


def rows_xml(sheet: bytes) -> bytes:
    """The rows after the header."""
    return sheet[sheet.index(HEADER_END) + len(HEADER_END) : sheet.rindex(ROWS_END)]


def _workbook(names: Sequence[str], at_row: int, rows: Iterable[Sequence[Any]]) -> bytes:
    """With the header in the first row, and the rows from `at_row`."""
    sink = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(sink, options) as workbook:
        sheet = workbook.add_worksheet(SHEET_NAME, worksheet_class=_Sheet)
        bold = workbook.add_format({"bold": True})
        day = workbook.add_format({"num_format": _DAY_FORMAT})
        moment = workbook.add_format({"num_format": _MOMENT_FORMAT})
        for style in (bold, day, moment):  # the same numbers in each part, whatever it uses
            style._get_xf_index()
        sheet.set_row(0, None, bold)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        sheet.set_column(0, max(len(names) - 1, 0), _WIDTH)
        sheet.freeze_panes(1, 0)
        writers: dict[type, Callable[[int, int, Any], object]] = {
            str: sheet.write_string,
            float: sheet.write_number,
            bool: sheet.write_boolean,
            _Day: lambda row, column, value: sheet.write_number(row, column, value, day),
            _Moment: lambda row, column, value: sheet.write_number(row, column, value, moment),
        }
        for row, cells in enumerate(rows, start=at_row):
            for column, cell in enumerate(cells):
                if cell is not None:
                    writers[type(cell)](row, column, cell)
    return sink.getvalue()


class _Day(float):
    """The number of a day."""


class _Moment(float):
    """The number of a day, with the time as a fraction."""


class _Sheet(Worksheet):
    """XlsxWriter writes a text that begins with `<r>` and ends with `</r>` as XML of its own. None
    of our texts is."""

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)


def _cells(table: Table) -> Iterable[Sequence[Any]]:
    texts = texts_of(table)
    values = table.values().get_columns()
    columns = [_column(column, texts[str(at)]) for at, column in enumerate(values)]
    return zip(*columns, strict=True) if columns else ()


def _column(values: pl.Series, texts: pl.Series) -> Sequence[Any]:
    kind = values.dtype
    if kind == pl.Boolean:
        return values.to_list()
    if kind == pl.Date:
        return [
            text if day is None or day < _FIRST_DAY else _Day((day - _DAY_ZERO).days)
            for day, text in zip(values, texts, strict=True)
        ]
    if kind == pl.Datetime:
        since_day_zero = values.dt.epoch("ms") + (date(1970, 1, 1) - _DAY_ZERO).days * _MS_A_DAY
        first = (_FIRST_DAY - _DAY_ZERO).days * _MS_A_DAY
        return [
            # a cell shows whole seconds, and no day before the calendar of spreadsheets
            text if ms is None or ms < first or ms % 1000 else _Moment(ms / _MS_A_DAY)
            for ms, text in zip(since_day_zero, texts, strict=True)
        ]
    if kind.is_numeric():
        return [
            text if number is None or not _is_exact(number, text) else float(number)
            for number, text in zip(values, texts, strict=True)
        ]
    return texts.to_list()


def _is_exact(number: float, text: str) -> bool:
    """15 digits, as many as a spreadsheet has, give the number."""
    return float(f"{number:.15G}") == float(text) == number and abs(number) < 10**15


def _refuse_long_texts(table: Table) -> None:
    for name, texts in zip(table.names, texts_of(table), strict=True):
        if texts.dtype != pl.String:
            continue
        # a sheet counts UTF-16, in which no text is longer than in UTF-8
        long = texts.filter(texts.str.len_bytes() > CELL_CHARACTERS)
        if any(len(text.encode("utf-16-le")) // 2 > CELL_CHARACTERS for text in long):
            raise TextTooLong(name)
