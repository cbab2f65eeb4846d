"""Counts the cells of records, since polars pads or truncates records silently.

For well-formed text only: there, quote parity determines the delimiters and line ends outside
quotes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.imports.text.bitmaps import Words, bits_equal_to
from core.imports.text.bits import bit_positions, count_before, count_bits, prefix_parity
from core.imports.text.boundaries import QUOTE

TILE_UNITS = 1 << 21
"""Small enough that the passes over a tile find it in the processor's cache."""


def cells_of_first(text: bytes, delimiter: str) -> int:
    """The number of cells of the first record; 0 if it is blank. Use it inside `any_cell_size`."""
    lines = io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="")
    return len(next(csv.reader(lines, delimiter=delimiter), []))


@dataclass(frozen=True, slots=True)
class RecordCells:
    """The number of cells and the position of each record."""

    text: bytes
    delimiter: str
    ends: NDArray[np.intp]
    """Offset of each record's line end (or the text's length)."""
    cells: NDArray[np.intp]
    """Cells per record; a blank record has one."""

    @classmethod
    def of(cls, text: bytes, delimiter: str, record_end: str) -> RecordCells:
        ends, before, counted = [], [], 0
        for tile in tiles_of(text, delimiter):
            line_ends = bits_equal_to(tile.units, ord(record_end))
            positions = bit_positions(line_ends & tile.outside)
            ends.append(positions + tile.start)
            before.append(count_before(tile.delimiters, positions) + counted)
            counted += count_bits(tile.delimiters)
        if text and not (len(ends[-1]) and ends[-1][-1] == len(text) - 1):
            ends.append(np.array([len(text)]))
            before.append(np.array([counted]))
        none = np.empty(0, np.intp)
        cells = np.diff(np.concatenate([none, *before]), prepend=0) + 1
        return cls(text, delimiter, np.concatenate([none, *ends]), cells)

    def record(self, row: int) -> list[str]:
        """The cells of the record. Use it inside `any_cell_size`."""
        start = self.ends[row - 1] + 1 if row else 0
        line = self.text[start : self.ends[row]].decode()
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=self.delimiter))


@dataclass(frozen=True, slots=True)
class Tile:
    """A run of a text, with bits for its bytes."""

    start: int
    units: pl.Series
    outside: Words
    """Bytes outside quotes. Bits after the last byte are undefined."""
    delimiters: Words
    """Delimiters between cells."""


def tiles_of(text: bytes, delimiter: str) -> Iterator[Tile]:
    """The tiles in order. Each reuses the memory of the one before it."""
    units = pl.Series(np.frombuffer(text, np.uint8))
    buffer = np.empty((3, TILE_UNITS // 64), np.uint64)
    inside = False
    for start in range(0, len(units), TILE_UNITS):
        tile = units.slice(start, TILE_UNITS)
        outside, delimiters, scratch = buffer[:, : -(-len(tile) // 64)]
        prefix_parity(bits_equal_to(tile, QUOTE), not inside, outside, scratch)
        np.bitwise_and(bits_equal_to(tile, ord(delimiter)), outside, out=delimiters)
        yield Tile(start, tile, outside, delimiters)
        inside = not int(outside[-1]) >> (len(tile) - 1) % 64 & 1
