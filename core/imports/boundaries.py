"""Where records end: quote parity found bit-parallel, and the proof that parity is enough.

Every code unit of the text becomes one bit in 64-bit words. A running exclusive-or over the bits
of the quotes tells, for all units at once, which lie inside quotes; a line end outside of them
ends a record. That is RFC 4180 only for well-formed text, so every tile also carries a
certificate:

- an opening quote follows a delimiter, a line end, a quote, or starts the text;
- a closing quote precedes a delimiter, a line end, a quote, or ends the text;
- outside quotes there is one kind of line end: LF (or CR LF), or CR alone.

While it holds, parity *is* the state of an RFC 4180 reader, by induction over the quotes: the
first quote opens a cell because it starts one; each next one closes it because nothing but a
delimiter, a line end or its own double follows. Where it breaks, the text is malformed, and only
a tolerant reader can say what it means (`core.imports.repairing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.imports.bitmaps import Words, bits_equal_to

QUOTE = ord('"')
LF = ord("\n")
CR = ord("\r")

BYTE: np.dtype[np.uint8 | np.uint16] = np.dtype(np.uint8)

_ONE = np.uint64(1)
_TOP = np.uint64(63)
_NEAR = 64
_BITS_TAKEN_SINGLY = 4
_DOUBLINGS = tuple(np.uint64(shift) for shift in (1, 2, 4, 8, 16, 32))


class BreachKind(StrEnum):
    """How text broke the certificate."""

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
    """What one run of units holds."""

    ends: Words
    """A bit for every unit that ends a record (of CR LF: the LF). Right only before `breach`."""
    units: int
    breach: Breach | None
    carriage_returns: bool
    """A CR stands outside quotes."""
    last_opening: int | None
    """Position of the quote that is still open at the tile's end, if it lies in this tile."""

    def count(self) -> int:
        return int(np.bitwise_count(self.ends).sum())

    def count_between(self, start: int, end: int) -> int:
        """Record ends in the units from `start` to before `end`."""
        return self._count_before(end, start // 64) - self._count_before(start, start // 64)

    def _count_before(self, position: int, first_word: int) -> int:
        word, bit = divmod(position, 64)
        whole = int(np.bitwise_count(self.ends[first_word:word]).sum())
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
class Occurring:
    """What may occur in a run of text."""

    quotes: bool
    foreign: bool
    """Line ends of the other kind."""


EVERYTHING = Occurring(quotes=True, foreign=True)


class RecordScanner:
    """Finds record ends in text that is fed in runs of any length."""

    def __init__(
        self, delimiter: str, line_end: str, unit: np.dtype[np.uint8 | np.uint16] = BYTE
    ) -> None:
        """`line_end` is the character that ends a record: LF (also for CR LF) or CR. `unit` is the
        code unit: a byte, or 16 bits of either byte order."""
        self._unit = unit.newbyteorder("=")
        # units of the other byte order stay as they are: what is looked for is turned round
        turn = 8 if unit.itemsize == 2 and not unit.isnative else 0
        self._delimiter = ord(delimiter) << turn
        self._line_end = ord(line_end) << turn
        self._quote, self._lf, self._cr = QUOTE << turn, LF << turn, CR << turn
        self._is_lf = ord(line_end) == LF
        self._foreign = self._cr if self._is_lf else self._lf
        self._foreign_byte = CR if self._is_lf else LF
        self._inside = False
        self._after_border = True
        """The unit before this run is a delimiter, a line end, a quote, or the text's start."""
        self._close_pending = False
        self._cr_pending = False

    @property
    def inside(self) -> bool:
        """The text fed so far ends inside quotes."""
        return self._inside

    def bytes_in(self, text: bytes) -> Occurring:
        """What to hand to `scan` with the parts of this text."""
        return Occurring(quotes=QUOTE in text, foreign=self._foreign_byte in text)

    def scan(self, raw: bytes | memoryview, occurring: Occurring = EVERYTHING) -> Tile:
        """The next run of whole units (at least one), in which nothing but what is `occurring` has
        to be looked for."""
        codes = np.frombuffer(raw, self._unit)
        units = pl.Series(codes)
        breach = self._breach_at_seam(int(codes[0]))
        ends = bits_equal_to(units, self._line_end)
        # most texts have no line end of the other kind, some have no quote: both save their bits
        foreign = bits_equal_to(units, self._foreign) if occurring.foreign else None
        last_opening = stray = None
        if occurring.quotes:
            quotes = bits_equal_to(units, self._quote)
            inside = prefix_parity(quotes, self._inside)
            stray, last_opening = self._certify(units, quotes, inside, ends, foreign)
            outside = np.invert(inside, out=inside)
            ends &= outside
            foreign = None if foreign is None else foreign & outside
        elif self._inside:
            ends[:] = 0
            foreign = None
        carriage_returns = not self._is_lf or (foreign is not None and bool(foreign.any()))
        mixed = None if foreign is None else self._mixed(foreign, ends, len(units))
        last = int(codes[-1])
        self._after_border = last in (self._delimiter, self._line_end, self._quote)
        if breach is None and (stray is not None or mixed is not None):
            is_quote = mixed is None or (stray is not None and stray < mixed)
            kind = BreachKind.QUOTE if is_quote else BreachKind.LINE_END
            breach = Breach(min(p for p in (stray, mixed) if p is not None), kind)
        return Tile(ends, len(units), breach, carriage_returns, last_opening)

    def finish(self) -> Breach | None:
        """The text is over. (A quote still open is told by `inside`.)"""
        if self._cr_pending:
            return Breach(-1, BreachKind.LINE_END)
        return None

    def _breach_at_seam(self, first: int) -> Breach | None:
        """Judge the last unit of the run before, whose follower was not known then."""
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

    def _certify(
        self,
        units: pl.Series,
        quotes: Words,
        inside: Words,
        line_ends: Words,
        foreign: Words | None,
    ) -> tuple[int | None, int | None]:
        """The first quote that breaks the certificate, and the one open at the tile's end."""
        border = bits_equal_to(units, self._delimiter)
        border |= line_ends
        border |= quotes
        opening = quotes & inside
        stray = _shifted_up(border, self._after_border)
        np.invert(stray, out=stray)
        stray &= opening
        if foreign is not None:
            border |= foreign  # a closing quote may stand before it; it is judged by itself
        last_word, last_mask = _last_unit(len(units))
        self._inside = bool(inside[last_word] & last_mask)
        closing = np.bitwise_xor(quotes, opening, out=quotes)
        self._close_pending = bool(closing[last_word] & last_mask)
        closing[last_word] &= ~last_mask
        follows = _shifted_down(border)
        np.invert(follows, out=follows)
        follows &= closing
        stray |= follows
        return first_bit(stray), last_bit(opening) if self._inside else None

    def _mixed(self, foreign: Words, line_ends: Words, size: int) -> int | None:
        """The first line end outside quotes that is not of the text's one kind."""
        if self._is_lf:
            last_word, last_mask = _last_unit(size)
            self._cr_pending = bool(foreign[last_word] & last_mask)
            foreign &= ~_shifted_down(line_ends)
            foreign[last_word] &= ~last_mask
        return first_bit(foreign)


def prefix_parity(bits: Words, carry: bool) -> Words:
    """Bit i: whether the bits up to i, itself included, and the carry, are odd in number."""
    parity = bits.copy()
    shifted = np.empty_like(parity)
    for shift in _DOUBLINGS:
        np.left_shift(parity, shift, out=shifted)
        parity ^= shifted
    # the top bit, spread over its word, tells whether the word holds an odd number
    odd = np.right_shift(parity.view(np.int64), 63, out=shifted.view(np.int64)).view(np.uint64)
    running = np.bitwise_xor.accumulate(odd)
    parity[1:] ^= running[:-1]
    if carry:
        np.invert(parity, out=parity)
    return parity


def first_bit(bits: Words) -> int | None:
    for part in (bits[:_NEAR], bits):  # it is seldom far from the end that it is looked for
        word = int((part != 0).argmax())
        value = int(part[word])
        if value:
            return word * 64 + (value & -value).bit_length() - 1
    return None


def last_bit(bits: Words) -> int | None:
    for part in (bits[-_NEAR:], bits):
        word = len(part) - 1 - int((part[::-1] != 0).argmax())
        value = int(part[word])
        if value:
            return (len(bits) - len(part) + word) * 64 + value.bit_length() - 1
    return None


def bit_positions(bits: Words) -> NDArray[np.intp]:
    """In order. Words of a few bits are taken bit by bit, the lowest first; only where lines are
    so short that words hold many of them, unpacking them is cheaper."""
    words = np.flatnonzero(bits)
    places, rest = words, bits[words]
    found: list[NDArray[np.intp]] = []
    while len(places) and len(found) < _BITS_TAKEN_SINGLY:
        below = rest ^ (rest - _ONE)  # the lowest bit and all beneath it
        found.append(places * 64 + np.bitwise_count(below) - 1)
        rest &= rest - _ONE
        more = rest != 0
        places, rest = places[more], rest[more]
    if not len(places):
        if len(found) < 2:
            return found[0] if found else words
        return np.sort(np.concatenate(found), kind="stable")
    flags = np.unpackbits(bits[words].astype("<u8").view(np.uint8), bitorder="little")
    word, bit = np.nonzero(flags.reshape(-1, 64))
    positions: NDArray[np.intp] = words[word] * 64 + bit
    return positions


def count_before(bits: Words, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many bits are set before each position."""
    totals = np.zeros(len(bits) + 1, np.intp)
    np.cumsum(np.bitwise_count(bits), out=totals[1:])
    padded = np.append(bits, np.uint64(0))  # a position may be just past the last bit
    words = positions // 64
    below = (_ONE << (positions % 64).astype(np.uint64)) - _ONE
    counts: NDArray[np.intp] = totals[words] + np.bitwise_count(padded[words] & below)
    return counts


def _last_unit(units: int) -> tuple[int, np.uint64]:
    """Word and mask of the last of so many bits."""
    word, bit = divmod(units - 1, 64)
    return word, np.uint64(1 << bit)


def _shifted_up(bits: Words, carry: bool) -> Words:
    """Every bit at its follower's place; the carry at the first."""
    shifted = bits << _ONE
    shifted[1:] |= bits[:-1] >> _TOP
    if carry:
        shifted[0] |= _ONE
    return shifted


def _shifted_down(bits: Words) -> Words:
    """Every bit at its forerunner's place."""
    shifted = bits >> _ONE
    shifted[:-1] |= bits[1:] << _TOP
    return shifted
