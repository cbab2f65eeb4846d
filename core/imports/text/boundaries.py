"""Finds record ends by bit-parallel quote parity, with a proof that parity is enough.

Every code unit of the text becomes one bit in 64-bit words. A running exclusive-or over the bits
of the quotes determines, for all units at once, which are inside quotes; a line end outside quotes
ends a record. This equals RFC 4180 only for well-formed text, so every tile also has a certificate:

- an opening quote follows a delimiter, a line end, a quote, or starts the text;
- a closing quote precedes a delimiter, a line end, a quote, or ends the text;
- outside quotes there is one kind of line end: LF (or CR LF), or CR alone.

While it holds, parity *is* the state of an RFC 4180 reader, by induction over the quotes: the
first quote opens a cell because it starts one; each next one closes it because nothing but a
delimiter, a line end or its own double follows. Where it breaks, the text is malformed, and only
a tolerant reader can say what it means (`core.imports.text.repairing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.imports.text.bitmaps import Words, bits_equal_to, bits_of
from core.imports.text.bits import (
    ONE,
    count_bits,
    first_bit,
    last_bit,
    last_unit,
    prefix_parity,
    shift_down,
    shifted_up,
)

QUOTE = ord('"')
LF = ord("\n")
CR = ord("\r")

BYTE: np.dtype[np.uint8 | np.uint16] = np.dtype(np.uint8)

TILE_UNITS = 4 * 1024 * 1024
"""A longer run is scanned in tiles of this size, in whole words: several arrays of a tile's bits
about fit into the processor's cache."""

_ROWS = 6


class BreachKind(StrEnum):
    """The ways in which a text can break the certificate."""

    QUOTE = "quote"
    LINE_END = "line end"


@dataclass(frozen=True, slots=True)
class Breach:
    """The first place of a tile that breaks the certificate."""

    position: int
    """Unit of the tile; -1 is the last unit of the tile before."""
    kind: BreachKind


@dataclass(frozen=True, slots=True)
class Tile:
    """The record ends and the certificate of a run of units."""

    ends: Words
    """A bit for every unit that ends a record (the LF of CR LF). Valid only before `breach`."""
    units: int
    breach: Breach | None
    carriage_returns: bool
    """There is a CR outside quotes."""
    last_opening: int | None
    """Position of the quote that is still open at the tile's end, if it is in this tile."""

    def count(self) -> int:
        return count_bits(self.ends)

    def count_between(self, start: int, end: int) -> int:
        """Record ends in the units from `start` to before `end`."""
        return self._count_before(end, start // 64) - self._count_before(start, start // 64)

    def _count_before(self, position: int, first_word: int) -> int:
        word, bit = divmod(position, 64)
        whole = count_bits(self.ends[first_word:word])
        return whole + ((int(self.ends[word]) & ((1 << bit) - 1)).bit_count() if bit else 0)

    def first_from(self, position: int) -> int | None:
        """The first record end at `position` (at least 0) or after it."""
        word, bit = divmod(position, 64)
        if word >= len(self.ends):
            return None
        here = int(self.ends[word]) >> bit << bit
        if here:
            return word * 64 + (here & -here).bit_length() - 1
        after = first_bit(self.ends[word + 1 :]) if word + 1 < len(self.ends) else None
        return None if after is None else (word + 1) * 64 + after

    def first(self) -> int | None:
        return first_bit(self.ends)

    def last(self) -> int | None:
        return last_bit(self.ends)


@dataclass(frozen=True, slots=True)
class Look:
    """A run of text, and the facts about it that do not depend on the text before it."""

    codes: NDArray[np.unsignedinteger[Any]]
    units: pl.Series
    """The same units as `codes`."""
    line_ends: Words
    """Line ends of the kind that ends records, inside or outside quotes."""
    foreign: Words | None
    """Line ends of the other kind, if there are any."""
    nul: int | None
    """Position of the first NUL in the run."""

    def tiles(self) -> Iterator[Look]:
        """The run in parts of at most `TILE_UNITS`."""
        for start in range(0, len(self.codes), TILE_UNITS):
            words = slice(start // 64, (start + TILE_UNITS) // 64)
            yield Look(
                self.codes[start : start + TILE_UNITS],
                self.units.slice(start, TILE_UNITS),
                self.line_ends[words],
                None if self.foreign is None else self.foreign[words],
                None,
            )


class _Buffer:
    """Memory for the bits of one run, reused for the next. Allocating it again takes several times
    as long as the operations on it."""

    def __init__(self) -> None:
        self._rows = np.empty((_ROWS, 0), np.uint64)

    def rows(self, words: int) -> list[Words]:
        """`_ROWS` rows of `words` words with undefined content. Invalidates earlier rows."""
        if words > self._rows.shape[1]:
            self._rows = np.empty((_ROWS, words), np.uint64)
        return [row[:words] for row in self._rows]


class RecordScanner:
    """Finds record ends in text that is fed in runs of any length."""

    def __init__(
        self, delimiter: str, line_end: str, unit: np.dtype[np.uint8 | np.uint16] = BYTE
    ) -> None:
        """`line_end` is the character that ends a record: LF (also for CR LF) or CR. `unit` is the
        code unit: a byte, or 16 bits of either byte order."""
        self._unit = unit.newbyteorder("=")
        # for the other byte order, the characters to search for are swapped, and not the text
        self._is_swapped = not unit.isnative
        shift = 8 if self._is_swapped else 0
        self._delimiter = ord(delimiter) << shift
        self._line_end = ord(line_end) << shift
        self._quote, self._lf, self._cr = QUOTE << shift, LF << shift, CR << shift
        self._is_lf = ord(line_end) == LF
        self._foreign = self._cr if self._is_lf else self._lf
        self._buffer = _Buffer()
        self._inside = False
        self._after_border = True
        """The unit before this tile is a delimiter, a line end, a quote, or the start of text."""
        self._close_pending = False
        self._cr_pending = False

    @property
    def inside(self) -> bool:
        """The text fed so far ends inside quotes."""
        return self._inside

    def look(self, raw: bytes) -> Look:
        """Examine a run of whole units (at least one). Does not change the scanner, so another
        thread may call it ahead of `scan`."""
        codes = np.frombuffer(raw, self._unit)
        units = pl.Series(codes)
        if self._is_swapped:
            line_ends, seen = bits_equal_to(units, self._line_end), units
        else:
            # most texts have no other characters up to CR, so one comparison replaces three
            controls = units <= CR
            seen = units.filter(controls)
            if (seen == self._line_end).all():
                return Look(codes, units, bits_of(controls), None, None)
            line_ends = bits_equal_to(units, self._line_end)
        foreign = nul = None
        if (seen == self._foreign).any():
            foreign = bits_equal_to(units, self._foreign)
        if (seen == 0).any():
            nul = int((codes == 0).argmax())
        return Look(codes, units, line_ends, foreign, nul)

    def scan(self, look: Look) -> Iterator[Tile]:
        """The next run, tile by tile. The next tile invalidates the one before it."""
        return map(self._scan, look.tiles())

    def _scan(self, look: Look) -> Tile:
        units, foreign = len(look.codes), look.foreign
        outside, ends, others, *spare = self._buffer.rows(len(look.line_ends))
        breach = self._breach_at_seam(int(look.codes[0]))
        quotes = bits_equal_to(look.units, self._quote)
        last_quote = last_bit(quotes)
        stray = None
        if last_quote is not None:
            stray = self._certify(look, quotes, outside, spare)
            np.bitwise_and(look.line_ends, outside, out=ends)
            if foreign is not None:
                foreign = np.bitwise_and(foreign, outside, out=others)
        elif self._inside:
            ends[:] = 0
            foreign = None
        else:
            ends = look.line_ends
        carriage_returns = not self._is_lf or (foreign is not None and bool(foreign.any()))
        mixed = None if foreign is None else self._mixed(foreign, ends, units, spare)
        last = int(look.codes[-1])
        self._after_border = last in (self._delimiter, self._line_end, self._quote)
        if breach is None and (stray is not None or mixed is not None):
            is_quote = mixed is None or (stray is not None and stray < mixed)
            kind = BreachKind.QUOTE if is_quote else BreachKind.LINE_END
            breach = Breach(min(p for p in (stray, mixed) if p is not None), kind)
        last_opening = last_quote if self._inside else None
        return Tile(ends, units, breach, carriage_returns, last_opening)

    def finish(self) -> Breach | None:
        """Check the end of the text. (`inside` reports a quote that is still open.)"""
        if self._cr_pending:
            return Breach(-1, BreachKind.LINE_END)
        return None

    def _breach_at_seam(self, first: int) -> Breach | None:
        """Check the last unit of the previous run, whose next unit was not known then."""
        broken: Breach | None = None
        if self._cr_pending and first != self._lf:
            broken = Breach(-1, BreachKind.LINE_END)
        elif self._close_pending and first not in (
            self._delimiter,
            self._lf,
            self._cr,
            self._quote,
        ):
            broken = Breach(-1, BreachKind.QUOTE)
        self._cr_pending = self._close_pending = False
        return broken

    def _certify(self, look: Look, quotes: Words, outside: Words, spare: list[Words]) -> int | None:
        """The first quote that breaks the certificate. Sets in `outside` a bit for every unit
        outside quotes; closing quotes count as outside."""
        plain, shifted, scratch = spare
        prefix_parity(quotes, not self._inside, outside, scratch)
        np.bitwise_or(bits_equal_to(look.units, self._delimiter), look.line_ends, out=plain)
        plain |= quotes
        np.invert(plain, out=plain)
        plain &= outside  # units that must not precede an opening quote or follow a closing one
        last_word, last_mask = last_unit(len(look.codes))
        plain[last_word] &= last_mask | (last_mask - ONE)
        after_plain = not self._after_border and not self._inside
        self._inside = not outside[last_word] & last_mask
        self._close_pending = bool(quotes[last_word] & outside[last_word] & last_mask)
        # outside quotes, a quote after such a unit is an opening one, and a quote before such a
        # unit is a closing one
        stray = shifted_up(plain, after_plain, shifted, scratch)
        if look.foreign is not None:  # may follow a closing quote; `_mixed` checks it
            plain &= np.invert(look.foreign, out=scratch)
        stray |= shift_down(plain, scratch)
        stray &= quotes
        return first_bit(stray)

    def _mixed(self, foreign: Words, line_ends: Words, size: int, spare: list[Words]) -> int | None:
        """The first line end outside quotes that is not of the text's own kind."""
        strays, paired, scratch = spare
        np.copyto(strays, foreign)
        if self._is_lf:
            last_word, last_mask = last_unit(size)
            self._cr_pending = bool(foreign[last_word] & last_mask)
            np.copyto(paired, line_ends)
            strays &= np.invert(shift_down(paired, scratch), out=paired)
            strays[last_word] &= ~last_mask
        return first_bit(strays)
