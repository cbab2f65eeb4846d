"""How many cells a sheet spans, before it is parsed.

The parser lays a sheet out densely, from its first to its last used cell: two cells in opposite
corners, in a file of some KiB, would need 400 GB and abort the whole process.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import IO

import numpy as np

from core.errors import FileRefused
from core.imports.workbooks.safety import damaged
from core.imports.workbooks.special_cells import MAX_COLUMNS
from core.imports.workbooks.xlsb_cells import record_head, records
from core.outcomes import RefusalCode
from core.settings import Settings
from core.wording import can_be_raised

HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 1024 * 1024
RECORD_HEAD_MAX_BYTES = 6
"""Of an xlsb record: its type in 2 bytes and its size in 4."""

SIGNS_AT_ONCE = 128 * 1024
"""So many stay in the processor's cache."""

_XLSB_SHEET = re.compile(r"xl/worksheets/[^/]+\.bin")
_BRT_WS_DIM = 148
"""[MS-XLSB] 2.4.855: first and last row, first and last column, 32 bits each."""
_XLSB_RECORDS_BEFORE = 20
_BRT_ROW_HDR, _BRT_BEGIN_SHEET_DATA, _BRT_END_SHEET_DATA = 0, 145, 146
_BRT_PLACES = frozenset((_BRT_ROW_HDR, *range(2, 12), 62))
"""2.3.1: rows, and all cells but BrtCellBlank. They begin with their row or column."""
PLACE_BYTES = 4
MAX_ROWS = 1_048_576
_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})", re.ASCII)


def too_large_xlsb_parts(archive: zipfile.ZipFile, settings: Settings) -> dict[str, FileRefused]:
    """Raises FileRefused (WORKBOOK_TOO_LARGE) for an xlsb workbook in which a sheet spans too many
    cells, by its own statement or by its cells. Returns the parts with other names that would do so
    if the parser took them for sheets: a picture can look like one by chance, so they alone are not
    to be parsed."""
    refused = {}
    for name in filter(_XLSB_SHEET.fullmatch, archive.namelist()):
        with archive.open(name) as sheet:
            first_records = islice(records(sheet.read(HEAD_BYTES)), _XLSB_RECORDS_BEFORE)
            for kind, data in _until_cut(first_records):
                if kind == _BRT_WS_DIM and len(data) >= 16:
                    top, bottom, left, right = struct.unpack_from("<4I", data)
                    refuse_area(bottom - top + 1, right - left + 1, settings)
    for name in archive.namelist():
        try:
            with archive.open(name) as part:
                refuse_area(*_xlsb_area(part), settings)
        except FileRefused as reason:
            if _XLSB_SHEET.fullmatch(name):
                raise
            refused[name] = reason
    return refused


def _until_cut(all_records: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    with suppress(ValueError):
        yield from all_records


def _xlsb_area(part: IO[bytes]) -> tuple[int, int]:
    """Rows and columns from A1 to the last cells that have a value; none in a part that is no
    sheet. Raises FileRefused (WORKBOOK_DAMAGED) for a row or cell too short to say where it is: the
    parser would take bytes of another record for the rest."""
    row = 1  # that of cells without a row, as the parser reads them
    rows = columns = 0
    in_cells = False
    has_ended = False
    for kind, start in _record_heads(part):
        if kind == _BRT_BEGIN_SHEET_DATA:
            in_cells = True
        elif kind == _BRT_END_SHEET_DATA:
            has_ended = True
        elif not in_cells or kind not in _BRT_PLACES:
            continue
        elif len(start) < PLACE_BYTES:
            if not has_ended:
                raise damaged()
        elif kind == _BRT_ROW_HDR:
            row = int.from_bytes(start, "little") + 1
        else:
            rows = max(rows, row)
            columns = max(columns, int.from_bytes(start, "little") + 1)
    return rows, columns


def _record_heads(part: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Type and first bytes of each record, without holding the part."""
    buffer, at = b"", 0
    while True:
        if len(buffer) - at < RECORD_HEAD_MAX_BYTES + PLACE_BYTES:
            while at > len(buffer):  # the record goes on
                at -= len(buffer)
                buffer = part.read(BLOCK_BYTES)
                if not buffer:
                    return
            buffer, at = buffer[at:] + part.read(BLOCK_BYTES), 0
            if not buffer:
                return
        try:
            kind, size, at = record_head(buffer, at)
        except IndexError:
            return  # truncated: the parser reports it
        yield kind, buffer[at : at + min(size, PLACE_BYTES)]
        at += size


def column_index(letters: bytes) -> int:
    """Position of a column, from 0: `A`, `B`, … `XFD`."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column, from 0, that a cell of an xlsx names. None for what no sheet has: such a cell
    follows the one before, like one without a reference."""
    place = _PLACE.fullmatch(reference.strip())
    if place is None:
        return None
    row, column = int(place[2]) - 1, column_index(place[1].upper().encode())
    return (row, column) if 0 <= row < MAX_ROWS and column < MAX_COLUMNS else None


def refuse_area(rows: int, columns: int, settings: Settings) -> None:
    """Raises FileRefused (WORKBOOK_TOO_LARGE) for a sheet of more cells than the limit."""
    if rows * columns > settings.max_workbook_cells:
        raise FileRefused(
            RefusalCode.WORKBOOK_TOO_LARGE,
            f"The sheet spans {rows:,} rows × {columns:,} columns; at most "
            f"{settings.max_workbook_cells:,} cells can be imported from a workbook. Delete stray "
            "cells far from the table, or save the sheet as CSV, which has no such limit. "
            f"{can_be_raised('max_workbook_cells')}",
        )


def holds_pair(data: bytes, pair: bytes) -> bool:
    """`pair in data`, for two bytes of which one is common: four times as fast."""
    signs = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    for start in range(0, len(data), SIGNS_AT_ONCE):
        some = signs[start : start + SIGNS_AT_ONCE + 1]
        if ((some[:-1] == pair[0]) & (some[1:] == pair[1])).any():
            return True
    return False
