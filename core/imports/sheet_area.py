"""How many cells a sheet spans, before it is parsed.

The parser lays a sheet out densely, from its first to its last used cell: two cells in opposite
corners, in a file of some KiB, would ask for 400 GB and abort the whole process.
"""

from __future__ import annotations

import re
import struct
import zipfile
from itertools import islice

from core.errors import FileRefused
from core.imports.model import RefusalCode
from core.imports.xlsb_cells import records
from core.settings import Settings

HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 4 * 1024 * 1024
TAG_MAX_BYTES = 1024

_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^<>]*ref\s*=\s*[\"']([^\"']*)[\"']")
_CORNER = re.compile(rb"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_VALUED_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})([1-9]\d{0,6})"[^<>]*(?<!/)>')

_XLSB_SHEET = re.compile(r"xl/worksheets/[^/]+\.bin")
_BRT_WS_DIM = 148
"""[MS-XLSB] 2.4.855: first and last row, first and last column, 32 bits each."""
_XLSB_RECORDS_BEFORE = 20


def refuse_sparse_sheet(archive: zipfile.ZipFile, part: str, settings: Settings) -> None:
    """Raises FileRefused (WORKBOOK_TOO_LARGE) for an xlsx sheet that spans too many cells. The
    sheet's own statement is enough to let it pass; to refuse it, the cells are looked at, since
    the statement counts those that have but a format."""
    with archive.open(part) as sheet:
        stated = _DIMENSION.search(sheet.read(HEAD_BYTES))
    corners = _CORNER.findall(stated[1]) if stated else []
    if corners and _cells_between(corners) <= settings.max_workbook_cells:
        return
    rows, columns = _valued_area(archive, part)
    refuse_area(rows, columns, settings)


def refuse_sparse_xlsb(archive: zipfile.ZipFile, settings: Settings) -> None:
    """The same for every sheet of an xlsb workbook, by its own statement."""
    for name in filter(_XLSB_SHEET.fullmatch, archive.namelist()):
        with archive.open(name) as sheet:
            first_records = islice(records(sheet.read(HEAD_BYTES)), _XLSB_RECORDS_BEFORE)
            for kind, data in first_records:
                if kind == _BRT_WS_DIM and len(data) >= 16:
                    top, bottom, left, right = struct.unpack_from("<4I", data)
                    refuse_area(bottom - top + 1, right - left + 1, settings)


def column_index(letters: bytes) -> int:
    """Position of a column, from 0: `A`, `B`, … `XFD`."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _cells_between(corners: list[tuple[bytes, bytes]]) -> int:
    (left, top), (right, bottom) = corners[0], corners[-1]
    return (int(bottom) - int(top) + 1) * (column_index(right) - column_index(left) + 1)


def _valued_area(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Rows and columns from A1 to the last cells that have a value."""
    last_row, columns = 0, set[bytes]()
    with archive.open(part) as sheet:
        tail = b""
        while block := sheet.read(BLOCK_BYTES):
            for cell in _VALUED_CELL.finditer(tail + block):
                columns.add(cell[1])
                last_row = max(last_row, int(cell[2]))
            tail = block[-TAG_MAX_BYTES:]
    return last_row, max(map(column_index, columns), default=-1) + 1


def refuse_area(rows: int, columns: int, settings: Settings) -> None:
    """Raises FileRefused (WORKBOOK_TOO_LARGE) for a sheet of more cells than the limit."""
    if rows * columns > settings.max_workbook_cells:
        raise FileRefused(
            RefusalCode.WORKBOOK_TOO_LARGE,
            f"The sheet spans {rows:,} rows × {columns:,} columns; at most "
            f"{settings.max_workbook_cells:,} cells can be imported from a workbook. Delete stray "
            "cells far from the table, or save the sheet as CSV, which has no such limit.",
        )
