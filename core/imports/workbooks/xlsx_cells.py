"""The special cells of an xlsx sheet, found in its XML by searching for the bytes that betray them.

All other cells are never looked at, so this costs a fraction of the parsing.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import IO

from core.imports.workbooks.sheet_area import column_index
from core.imports.workbooks.special_cells import CellTexts, Styles

BLOCK_BYTES = 4 * 1024 * 1024
CELL_MAX_BYTES = 128 * 1024
"""A formula has at most 8,192 characters and a text 32,767 (Excel's limits); an escape, 6 bytes."""
SEARCHED_STYLES = 32
"""Each is a search of its own through the whole sheet; beyond, all cells with a style are read."""

_column_index = cache(column_index)

_USUAL_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"(?: s="(\d+)")?(?: t="(\w+)")?>'
    rb"(?:<f\b[^<>]*(?:/>|>[^<]*</f>))?<v>([^<]*)</v>"
)
"""As nearly all programs write it; any other spelling goes through the two patterns below."""
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>"
    rb"(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>))?"
    rb"<(?:\w+:)?v\b[^<>]*>([^<]*)</"
)
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"']*)["']""")
_REFERENCE = re.compile(rb"([A-Z]{1,3})([1-9]\d{0,6})")


_Cell = tuple[bytes, bytes, bytes, bytes, bytes]
"""Column letters, row number, type, style, value."""


def find_special_xlsx_cells(archive: zipfile.ZipFile, part: str, styles: Styles) -> CellTexts:
    """Look through one sheet of an xlsx workbook; `part` is its name in the zip."""
    found = CellTexts()
    with archive.open(part) as sheet:
        _scan(sheet, styles, found)
    return found


def _scan(part: IO[bytes], styles: Styles, found: CellTexts) -> None:
    patterns: list[re.Pattern[bytes]] = []
    start = b""
    for buffer in _overlapping_blocks(part):
        if not patterns:
            patterns = _patterns(buffer, styles)
            start = b"<" + _prefix(buffer) + b"c "
        for pattern in patterns:
            for cell in _cells_hit(buffer, pattern, start):
                _take(cell, styles, found)


def _cells_hit(buffer: bytes, pattern: re.Pattern[bytes], start: bytes) -> Iterator[_Cell]:
    """The cells in which the pattern hits. No byte is searched twice for the beginning of a cell,
    and no cell is read twice, however often the pattern hits in it."""
    at, searched = -1, 0
    read: tuple[_Cell, int] | None = None
    for hit in pattern.finditer(buffer):
        low = hit.start() - CELL_MAX_BYTES
        begins = buffer.rfind(start, max(0, low, searched), hit.end())
        searched = hit.end() - len(start) + 1
        if begins >= 0:
            at, read = begins, _cell_at(buffer, begins)
        if read is not None and low <= at and hit.start() < read[1]:
            yield read[0]


def _overlapping_blocks(part: IO[bytes]) -> Iterator[bytes]:
    """Each block with the end of the one before, so that no cell is cut; finding a cell twice
    changes nothing."""
    tail = b""
    while block := part.read(BLOCK_BYTES):
        buffer = tail + block
        yield buffer
        tail = buffer[-CELL_MAX_BYTES:]


def _prefix(head: bytes) -> bytes:
    root = re.search(rb"<(\w+:)?worksheet\b", head)
    return (root[1] or b"") if root else b""


def _patterns(head: bytes, styles: Styles) -> list[re.Pattern[bytes]]:
    """Each begins with literal bytes, which `re` finds at the speed of memory."""
    value = re.escape(b"<" + _prefix(head) + b"v>")
    number = rb"-?(?:0?\.0000|\d{16}|[\d.]+[Ee])"
    shown = sorted({*styles.digits, *styles.elapsed})
    each = [rb"\d+"] if len(shown) > SEARCHED_STYLES else [b"%d" % style for style in shown]
    return [
        re.compile(rb't="[eb]"'),
        re.compile(value + number),
        *(re.compile(b's="' + style + b'"') for style in each),
    ]


def _cell_at(buffer: bytes, at: int) -> tuple[_Cell, int] | None:
    """The cell that begins at `at`, and where its value ends, if it has a place and a value."""
    usual = _USUAL_CELL.match(buffer, at)
    if usual is not None:
        column, row, style, kind, value = usual.groups()
        return (column, row, kind or b"n", style or b"0", value), usual.end()
    cell = _CELL.match(buffer, at)
    if cell is None:
        return None
    attributes = dict(_ATTRIBUTE.findall(cell[1]))
    place = _REFERENCE.fullmatch(attributes.get(b"r", b""))
    if place is None:
        return None
    kind, style = attributes.get(b"t", b"n"), attributes.get(b"s", b"0")
    return (place[1], place[2], kind, style, cell[2]), cell.end()


def _take(cell: _Cell, styles: Styles, found: CellTexts) -> None:
    letters, number, kind, style, raw = cell
    column, row = _column_index(letters), int(number) - 1
    if kind == b"e":
        found.put_error(row, column, raw.decode("utf-8", "replace"))
    elif kind == b"b":
        found.put_truth(row, column, value=raw in (b"1", b"true"))
    elif kind == b"n":
        try:
            value, style_index = float(raw), int(style)
        except ValueError:
            return  # no number: the parser says what it is
        found.put_number(row, column, value, style_index, styles)
