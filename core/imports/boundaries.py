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
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Bits, 64 to a word, the lowest bit first. Bits past the last unit are zero."""
Units = NDArray[np.uint8] | NDArray[np.uint16]
"""Code units: bytes, or the 16-bit units of UTF-16."""

QUOTE = ord('"')
LF = ord("\n")
CR = ord("\r")

_ONE = np.uint64(1)
_TOP = np.uint64(63)
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
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

    def count_before(self, position: int) -> int:
        """Record ends in the units before `position`."""
        if position <= 0:
            return 0
        word, bit = divmod(position, 64)
        whole = int(np.bitwise_count(self.ends[:word]).sum())
        return whole + ((int(self.ends[word]) & ((1 << bit) - 1)).bit_count() if bit else 0)

    def first(self) -> int | None:
        return first_bit(self.ends)

    def last(self) -> int | None:
        return last_bit(self.ends)

    def positions(self) -> NDArray[np.intp]:
        return bit_positions(self.ends)


class RecordScanner:
    """Finds record ends in text that is fed in runs of any length."""

    def __init__(self, delimiter: str, line_end: str) -> None:
        """`line_end` is the character that ends a record: LF (also for CR LF) or CR."""
        self._delimiter = ord(delimiter)
        self._line_end = ord(line_end)
        self._foreign = CR if self._line_end == LF else LF
        self._inside = False
        self._after_border = True
        """The unit before this run is a delimiter, a line end, a quote, or the text's start."""
        self._close_pending = False
        self._cr_pending = False

    @property
    def inside(self) -> bool:
        """The text fed so far ends inside quotes."""
        return self._inside

    def scan(self, units: Units) -> Tile:
        """The next run of units (at least one)."""
        breach = self._breach_at_seam(int(units[0]))
        quote_flags = units == QUOTE
        ends = pack(units == self._line_end)
        foreign_flags = units == self._foreign
        # most tiles have no line end of the other kind, many have no quote: both save their packing
        foreign = pack(foreign_flags) if foreign_flags.any() else None
        last_opening = stray = None
        if quote_flags.any():
            quotes = pack(quote_flags)
            inside = prefix_parity(quotes, self._inside)
            stray, last_opening = self._certify(units, quotes, inside, ends, foreign)
            ends &= ~inside
            foreign = None if foreign is None else foreign & ~inside
        elif self._inside:
            ends[:] = 0
            foreign = None
        carriage_returns = self._line_end == CR or (foreign is not None and bool(foreign.any()))
        mixed = None if foreign is None else self._mixed(foreign, ends, len(units))
        self._after_border = int(units[-1]) in (self._delimiter, self._line_end, QUOTE)
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
        if self._cr_pending and first != LF:
            broken = Breach(-1, BreachKind.LINE_END)
        elif self._close_pending and first not in (self._delimiter, LF, CR, QUOTE):
            broken = Breach(-1, BreachKind.QUOTE)
        self._cr_pending = self._close_pending = False
        return broken

    def _certify(
        self, units: Units, quotes: Words, inside: Words, line_ends: Words, foreign: Words | None
    ) -> tuple[int | None, int | None]:
        """The first quote that breaks the certificate, and the one open at the tile's end."""
        border = pack(units == self._delimiter)
        border |= line_ends
        border |= quotes
        opening = quotes & inside
        stray = opening & ~_shifted_up(border, self._after_border)
        if foreign is not None:
            border |= foreign  # a closing quote may stand before it; it is judged by itself
        closing = quotes & ~inside
        last_word, last_mask = _last_unit(len(units))
        self._close_pending = bool(closing[last_word] & last_mask)
        self._inside = bool(inside[last_word] & last_mask)
        closing[last_word] &= ~last_mask
        stray |= closing & ~_shifted_down(border)
        return first_bit(stray), last_bit(opening) if self._inside else None

    def _mixed(self, foreign: Words, line_ends: Words, size: int) -> int | None:
        """The first line end outside quotes that is not of the text's one kind."""
        if self._line_end == LF:
            last_word, last_mask = _last_unit(size)
            self._cr_pending = bool(foreign[last_word] & last_mask)
            foreign &= ~_shifted_down(line_ends)
            foreign[last_word] &= ~last_mask
        return first_bit(foreign)


def pack(flags: NDArray[np.bool_]) -> Words:
    """One bit per flag, padded with zeros to whole words."""
    packed = np.packbits(flags, bitorder="little")
    missing = -len(packed) % 8
    if missing:
        packed = np.concatenate([packed, np.zeros(missing, np.uint8)])
    return packed.view("<u8").astype(np.uint64, copy=False)


def prefix_parity(bits: Words, carry: bool) -> Words:
    """Bit i: whether the bits up to i, itself included, and the carry, are odd in number."""
    parity = bits.copy()
    for shift in _DOUBLINGS:
        parity ^= parity << shift
    odd = parity >> _TOP
    before = np.bitwise_xor.accumulate(odd)
    before ^= odd
    if carry:
        before ^= _ONE
    parity ^= before * _ALL
    return parity


def first_bit(bits: Words) -> int | None:
    word = int((bits != 0).argmax())
    value = int(bits[word])
    return word * 64 + (value & -value).bit_length() - 1 if value else None


def last_bit(bits: Words) -> int | None:
    word = len(bits) - 1 - int((bits[::-1] != 0).argmax())
    value = int(bits[word])
    return word * 64 + value.bit_length() - 1 if value else None


def bit_positions(bits: Words) -> NDArray[np.intp]:
    words = np.flatnonzero(bits)
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
