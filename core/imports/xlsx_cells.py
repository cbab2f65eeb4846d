"""The few cells of an xlsx sheet whose text the parser cannot give as a person sees it.

The parser leaves out error cells without a word, knows neither number formats nor a TRUE from the
text `true`, and writes numbers with nine decimals: as many as a spreadsheet shows, but `1.5E-10`
becomes `0`. These cells are found in the sheet's XML by searching for the bytes that betray them;
all others are never looked at.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import IO

import polars as pl

from core.imports.ooxml import Styles
from core.imports.sheet_area import column_index

BLOCK_BYTES = 4 * 1024 * 1024
CELL_MAX_BYTES = 128 * 1024
"""A formula has at most 8,192 characters and a text 32,767 (Excel's limits); an escape, 6 bytes."""

SHOWN_DIGITS = 15
"""Significant digits of a number that a spreadsheet shows; those beyond are noise of doubles."""
POSITIONAL_FROM = 1e-20

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


@dataclass(slots=True)
class CellTexts:
    """Texts that go before those of the parser, and the cells that hold errors."""

    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """Column → row → text; both count from 0 at A1."""
    error_count: int = 0
    first_error: tuple[str, str] | None = None
    """Reference and text of the first error cell, e.g. `("C7", "#N/A")`."""


def find_special_cells(archive: zipfile.ZipFile, part: str, styles: Styles) -> CellTexts:
    """Look through one sheet of an xlsx workbook; `part` is its name in the zip."""
    found = CellTexts()
    with archive.open(part) as sheet:
        _scan(sheet, styles, found)
    return found


def corrected(frame: pl.DataFrame, found: CellTexts) -> pl.DataFrame:
    """The sheet's frame with the texts that were found."""
    columns = []
    for column, texts in found.texts.items():
        rows = [row for row in texts if row < frame.height]
        if column < frame.width and rows:
            values = pl.Series([texts[row] for row in rows], dtype=pl.String)
            columns.append(frame[str(column)].scatter(rows, values))
    return frame.with_columns(columns)


def _scan(part: IO[bytes], styles: Styles, found: CellTexts) -> None:
    patterns: list[re.Pattern[bytes]] = []
    start = b""
    for buffer in _overlapping_blocks(part):
        if not patterns:
            patterns = _patterns(buffer, styles)
            start = b"<" + _prefix(buffer) + b"c "
        for pattern in patterns:
            for hit in pattern.finditer(buffer):
                low = max(0, hit.start() - CELL_MAX_BYTES)
                at = buffer.rfind(start, low, hit.end())
                cell = _cell_at(buffer, at, hit.start()) if at >= 0 else None
                if cell is not None:
                    _take(cell, styles, found)


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
    return [
        re.compile(rb't="[eb]"'),
        re.compile(value + number),
        *(re.compile(b's="%d"' % style) for style in shown),
    ]


_Cell = tuple[bytes, bytes, bytes, bytes, bytes]
"""Column letters, row number, type, style, value."""


def _cell_at(buffer: bytes, at: int, hit: int) -> _Cell | None:
    """The cell that begins at `at` if the `hit` lies in it, and it has a place and a value."""
    usual = _USUAL_CELL.match(buffer, at)
    if usual is not None:
        column, row, style, kind, value = usual.groups()
        return (column, row, kind or b"n", style or b"0", value) if hit < usual.end() else None
    cell = _CELL.match(buffer, at)
    if cell is None or hit >= cell.end():
        return None
    attributes = dict(_ATTRIBUTE.findall(cell[1]))
    place = _REFERENCE.fullmatch(attributes.get(b"r", b""))
    if place is None:
        return None
    kind, style = attributes.get(b"t", b"n"), attributes.get(b"s", b"0")
    return place[1], place[2], kind, style, cell[2]


def _take(cell: _Cell, styles: Styles, found: CellTexts) -> None:
    letters, number, kind, style, raw = cell
    column, row = _column_index(letters), int(number) - 1
    text: str | None = None
    if kind == b"e":
        text = raw.decode("utf-8", "replace")
        if row not in found.texts[column]:
            found.error_count += 1
            found.first_error = found.first_error or ((letters + number).decode(), text)
    elif kind == b"b":
        text = "TRUE" if raw in (b"1", b"true") else "FALSE"
    elif kind == b"n":
        text = _number_text(raw, int(style), styles)
    if text is not None:
        found.texts[column][row] = text


def _number_text(value: bytes, style: int, styles: Styles) -> str | None:
    """None where the parser's text is as good."""
    try:
        number = float(value)
    except ValueError:
        return None
    if style in styles.digits and number >= 0 and number.is_integer():
        return f"{int(number):0{styles.digits[style]}}"
    if style in styles.elapsed and number >= 0:
        return elapsed_text(number)
    return number_text(number)


def number_text(number: float) -> str | None:
    """With 15 significant digits; None where nine decimals show the same."""
    digits = format(number, f".{SHOWN_DIGITS}g")
    exact = Decimal(digits)
    if exact == Decimal(format(number, ".9f")) or not exact.is_finite():
        return None
    return format(exact, "f") if abs(number) >= POSITIONAL_FROM else digits.upper()


def elapsed_text(days: float) -> str:
    """Hours, minutes and, unless they are zero, seconds: `36:30`."""
    seconds = round(days * 86_400)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text
