"""Which sheets of an xlsx workbook span too many cells to be parsed.

The size that a sheet declares is only a hint: every cell is compared with it, by one search that
only stops at exceptions. The cells are counted only if one lies outside, or is written in an
unusual way. Every part of the zip is checked, regardless of names and references: the parser may
find a sheet where this module would not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from core.errors import FileRefused
from core.imports.workbooks.safety import damaged
from core.imports.workbooks.sheet_area import (
    MAX_ROWS,
    column_index,
    holds_pair,
    place_of,
    refuse_area,
)
from core.imports.workbooks.special_cells import MAX_COLUMNS, column_letters
from core.imports.workbooks.xml_parts import parse_part
from core.settings import Settings

BLOCK_BYTES = 4 * 1024 * 1024
HEAD_BYTES = 64 * 1024
TAG_MAX_BYTES = 256
"""A cell's tag as programs write it is shorter; a longer one is left to the XML reader."""

_SHEET_MARK = b"sheetData"
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^<>]*ref\s*=\s*[\"']([^\"']*)[\"']")
_CORNER = re.compile(rb"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_ROOT = re.compile(rb"<(\w{1,20}:)?worksheet\b")
_OTHER_ATTRIBUTES = r'(?: (?:[st]|cm|vm|ph)="\w*+")*+ ?+'
_ANY_COLUMN, _ANY_ROW = "[A-Z]{1,3}", r"[1-9]\d{0,6}"
_UTF_16_STARTS = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def too_large_sheets(
    archive: zipfile.ZipFile, settings: Settings, unusual: set[str] | None = None
) -> dict[str, FileRefused]:
    """Part → why it must not be parsed: WORKBOOK_TOO_LARGE, or WORKBOOK_DAMAGED for a sheet that
    is neither written as usual nor XML. Adds to `unusual` the sheets in which a cell is not written
    as usual. Raises what `zipfile` raises."""
    refused = {}
    for name in archive.namelist():
        try:
            if not _is_usual_within(archive, name, settings) and unusual is not None:
                unusual.add(name)
        except FileRefused as reason:
            refused[name] = reason
    return refused


def _is_usual_within(archive: zipfile.ZipFile, part: str, settings: Settings) -> bool:
    """Are the cells written as usual? Raises FileRefused where they span too much."""
    if not _is_utf_16_sheet(archive, part):
        if _is_within(archive, part, settings.max_workbook_cells):
            return True
        try:
            refuse_area(*_usual_area(archive, part), settings)
            return True
        except FileRefused:  # the search takes a cell without a value for one
            refuse_area(*_exact_area(archive, part), settings)
            return True
        except _UnusualCell:
            pass
    refuse_area(*_exact_area(archive, part), settings)
    return False


def _is_utf_16_sheet(archive: zipfile.ZipFile, part: str) -> bool:
    with archive.open(part) as content:
        head = content.read(HEAD_BYTES)
    if not head.startswith(_UTF_16_STARTS):
        return False
    return _SHEET_MARK in head.replace(b"\0", b"")


def _is_within(archive: zipfile.ZipFile, part: str, limit: int) -> bool:
    """Whether the part is not a sheet, or all its cells are within the limit."""
    cells: _Cells | None = None
    is_sheet = False
    found = False
    for buffer, begin, end in _blocks(archive, part):
        if cells is None:
            head = buffer[:HEAD_BYTES]
            cells = _Cells(_prefix(head), *_area_to_hold(head, limit))
        is_sheet = is_sheet or _SHEET_MARK in buffer  # it comes before all cells
        found = found or (is_sheet and cells.any_other(buffer, begin, end))
    return not found


def _area_to_hold(head: bytes, limit: int) -> tuple[str, str]:
    """Patterns of the columns and rows that the sheet states; where that is too much or nothing, of
    those that any sheet may have."""
    stated = _DIMENSION.search(head)
    corners = _CORNER.findall(stated[1]) if stated else []
    if corners:
        columns, rows = column_index(corners[-1][0]) + 1, int(corners[-1][1])
        if rows * columns <= limit and rows <= MAX_ROWS and columns <= MAX_COLUMNS:
            return _roomier(rows, columns, limit)
    return _letters_up_to(limit // MAX_ROWS), _up_to(str(MAX_ROWS), "0", "9")


def _roomier(rows: int, columns: int, limit: int) -> tuple[str, str]:
    """Patterns of more columns and rows if the limit allows them: the search is faster if single
    characters decide."""
    more_rows = 10 ** len(str(rows)) - 1
    if more_rows * columns <= limit and more_rows <= MAX_ROWS:
        rows = more_rows
    more_columns = column_index(b"Z" * len(column_letters(columns - 1))) + 1
    if rows * more_columns <= limit and more_columns <= MAX_COLUMNS:
        columns = more_columns
    return _letters_up_to(columns), _up_to(str(rows), "0", "9")


def _letters_up_to(columns: int) -> str:
    return _up_to(column_letters(columns - 1), "A", "Z") if columns else "(?!)"


def _up_to(last: str, low: str, high: str) -> str:
    """Pattern of the numbers from 1 to `last`, or of the columns from A to `last`."""
    first = max(low, "1")
    if last == high * len(last):
        return f"[{first}-{high}]" + f"[{low}-{high}]{{0,{len(last) - 1}}}" * (len(last) > 1)
    ways = [last]
    for at, sign in enumerate(last):
        lowest = low if at else first
        if sign > lowest:
            rest = f"[{low}-{high}]" * (len(last) - at - 1)
            ways.append(f"{last[:at]}[{lowest}-{chr(ord(sign) - 1)}]{rest}")
    if len(last) > 1:
        ways.append(_up_to(high * (len(last) - 1), low, high))
    return f"(?:{'|'.join(ways)})"


class _Cells:
    """Searches for the cells that are not written as usual or lie beyond columns and rows."""

    def __init__(self, prefix: str, columns: str, rows: str) -> None:
        own = f"<{prefix}c"
        usual = rf' r="{columns}{rows}"{_OTHER_ATTRIBUTES}/?>'
        self._own = re.compile(rf"{own}(?!{usual})[\s/>]".encode())
        self._prefixed = re.compile((f"(?<!<{prefix[:-1]})" * bool(prefix) + r":c[\s/>]").encode())
        self._plain = re.compile(rb"<c[\s/>]") if prefix else None

    def any_other(self, buffer: bytes, begin: int, end: int) -> bool:
        """Does one begin between the bounds?"""
        patterns = [self._own]
        if self._plain is not None:
            patterns.append(self._plain)
        if holds_pair(buffer, b":c"):
            patterns.append(self._prefixed)
        hits = (pattern.search(buffer, begin) for pattern in patterns)
        return any(hit is not None and hit.start() < end for hit in hits)


class _UnusualCell(Exception):
    """A cell is not written as nearly all programs write it."""


def _usual_area(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Rows and columns from A1 to the last cells that may have a value. Raises _UnusualCell, also
    for a place that no sheet has."""
    cells: _Cells | None = None
    valued = re.compile(b"")
    last_row, columns = 0, set[bytes]()
    for buffer, begin, end in _blocks(archive, part):
        if cells is None:
            prefix = _prefix(buffer[:HEAD_BYTES])
            cells = _Cells(prefix, _ANY_COLUMN, _ANY_ROW)
            blank = rf"{_OTHER_ATTRIBUTES}(?:/>|></{prefix}c>)"
            valued = re.compile(rf'<{prefix}c r="([A-Z]+)(\d+)"(?!{blank})'.encode())
        if cells.any_other(buffer, begin, end):
            raise _UnusualCell
        for cell in valued.finditer(buffer, begin):
            if cell.start() < end:
                columns.add(cell[1])
                last_row = max(last_row, int(cell[2]))
    width = max(map(column_index, columns), default=-1) + 1
    if last_row > MAX_ROWS or width > MAX_COLUMNS:
        raise _UnusualCell
    return last_row, width


def _exact_area(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """The same, of all cells that have a value, however they are written. Raises FileRefused."""
    parser = ParserCreate("utf-8")
    area = _Area(parser)
    try:
        parse_part(parser, archive, part)
    except ExpatError as error:
        raise damaged() from error
    return area.rows, area.columns


class _Area:
    """Follows the elements of a sheet. A row or cell without a reference follows the one before
    (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73)."""

    def __init__(self, parser: XMLParserType) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0
        self._cell_row = self._cell_column = 0
        self._is_number = False
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._declared

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            place = place_of("A" + attributes.get("r", ""))
            self._row = place[0] if place else self._row
        elif local == "c":
            self._cell_row = self._row
            place = place_of(attributes.get("r", ""))
            if place is not None:
                self._cell_row, self._column = place
            self._cell_column = self._column
            self._column += 1
            self._is_number = attributes.get("t", "n") in ("n", "s", "b", "e")
        elif local == "is" or (local == "v" and not self._is_number):
            self._count("")
        elif local == "v":
            self._parser.CharacterDataHandler = self._count

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "v":
            self._parser.CharacterDataHandler = None
        elif local == "row":
            self._row += 1
            self._column = 0

    def _count(self, _: str) -> None:
        self.rows = max(self.rows, self._cell_row + 1)
        self.columns = max(self.columns, self._cell_column + 1)

    def _declared(self, *_: object) -> None:
        raise damaged()  # OPC forbids document types; one could redefine attributes


def _prefix(head: bytes) -> str:
    root = _ROOT.search(head)
    return (root[1] or b"").decode() if root else ""


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, int, int]]:
    """Overlapping blocks, each with the range in which tags must begin: those are complete, and the
    text before them is visible."""
    tail, begin = b"", 0
    with archive.open(part) as sheet:
        while block := sheet.read(BLOCK_BYTES):
            buffer = tail + block
            end = max(begin, len(buffer) - TAG_MAX_BYTES)
            yield buffer, begin, end
            kept = max(0, end - TAG_MAX_BYTES)
            tail, begin = buffer[kept:], end - kept
    yield tail, begin, len(tail)
