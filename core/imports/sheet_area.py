"""How many cells a sheet spans, before it is parsed.

The parser lays a sheet out densely, from its first to its last used cell: two cells in opposite
corners, in a file of some KiB, would ask for 400 GB and abort the whole process.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from core.errors import FileRefused
from core.imports.model import RefusalCode
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
    _refuse_beyond(rows, columns, settings)


def refuse_sparse_xlsb(archive: zipfile.ZipFile, settings: Settings) -> None:
    """The same for every sheet of an xlsb workbook, by its own statement."""
    for name in filter(_XLSB_SHEET.fullmatch, archive.namelist()):
        with archive.open(name) as sheet:
            for kind, data in _records(sheet.read(HEAD_BYTES)):
                if kind == _BRT_WS_DIM and len(data) >= 16:
                    at = [int.from_bytes(data[i : i + 4], "little") for i in range(0, 16, 4)]
                    _refuse_beyond(at[1] - at[0] + 1, at[3] - at[2] + 1, settings)


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


def _refuse_beyond(rows: int, columns: int, settings: Settings) -> None:
    if rows * columns > settings.max_workbook_cells:
        raise FileRefused(
            RefusalCode.WORKBOOK_TOO_LARGE,
            f"The sheet spans {rows:,} rows × {columns:,} columns; at most "
            f"{settings.max_workbook_cells:,} cells can be imported from a workbook. Delete stray "
            "cells far from the table, or save the sheet as CSV, which has no such limit.",
        )


def _records(head: bytes) -> Iterator[tuple[int, bytes]]:
    """The first records of an xlsb part: type and size are 7 bits a byte ([MS-XLSB] 2.1.4)."""
    at = 0
    for _ in range(_XLSB_RECORDS_BEFORE):
        numbers = []
        for most in (2, 4):
            value = shift = 0
            for _byte in range(most):
                if at >= len(head):
                    return
                value |= (head[at] & 0x7F) << shift
                shift += 7
                at += 1
                if head[at - 1] < 0x80:
                    break
            numbers.append(value)
        yield numbers[0], head[at : at + numbers[1]]
        at += numbers[1]
