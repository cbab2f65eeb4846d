"""Bits of a text, one for every unit, 64 to a word: their parity; finding, counting, shifting them.

Memory for what comes out, and for what that takes (`scratch`, left with anything in it), may be
given: asking the system for as much anew takes longer than the operations themselves. It lies in
one piece and apart from the arguments'.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.imports.text.bitmaps import Words

ONE = np.uint64(1)
_TOP = np.uint64(63)
_NEAR = 64
_BITS_TAKEN_SINGLY = 4
_DOUBLINGS = tuple(np.uint64(shift) for shift in (1, 2, 4, 8, 16, 32))


def prefix_parity(
    bits: Words, carry: bool, out: Words | None = None, scratch: Words | None = None
) -> Words:
    """Bit i: whether the bits up to i, itself included, and the carry, are odd in number."""
    parity = np.empty_like(bits) if out is None else out
    shifted = np.empty_like(bits) if scratch is None else scratch
    np.left_shift(bits, _DOUBLINGS[0], out=parity)
    parity ^= bits
    for shift in _DOUBLINGS[1:]:
        np.left_shift(parity, shift, out=shifted)
        parity ^= shifted
    if len(bits) > 1:
        parity[1:] ^= _odd_before(parity, shifted[1:])
    if carry:
        np.invert(parity, out=parity)
    return parity


def _odd_before(parity: Words, out: Words) -> Words:
    """For each word but the first: all its bits, if those before it hold an odd number. The top bit
    of each word of `parity` tells that of the word alone."""
    odd = np.packbits(parity.view(np.int64) < 0, bitorder="little")
    words = np.zeros(-(-len(odd) // 8), np.uint64)
    words.view(np.uint8)[: len(odd)] = odd
    running = prefix_parity(words, carry=False).view(np.uint8)
    before = np.unpackbits(running, count=len(out), bitorder="little").view(np.int8)
    out.view(np.int64)[:] = np.negative(before, out=before)  # the sign fills the word
    return out


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
        below = rest ^ (rest - ONE)  # the lowest bit and all beneath it
        found.append(places * 64 + np.bitwise_count(below) - 1)
        rest &= rest - ONE
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
    below = (ONE << (positions % 64).astype(np.uint64)) - ONE
    counts: NDArray[np.intp] = totals[words] + np.bitwise_count(padded[words] & below)
    return counts


def count_bits(bits: Words) -> int:
    """Of fewer than 2³² bits."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def last_unit(units: int) -> tuple[int, np.uint64]:
    """Word and mask of the last of so many bits."""
    word, bit = divmod(units - 1, 64)
    return word, np.uint64(1 << bit)


def shifted_up(bits: Words, carry: bool, out: Words, scratch: Words) -> Words:
    """Every bit at its follower's place; the carry at the first."""
    np.left_shift(bits, ONE, out=out)
    out[1:] |= np.right_shift(bits[:-1], _TOP, out=scratch[1:])
    if carry:
        out[0] |= ONE
    return out


def shift_down(bits: Words, scratch: Words) -> Words:
    """Every bit at its forerunner's place. Changes the bits, and returns them."""
    np.left_shift(bits[1:], _TOP, out=scratch[1:])
    np.right_shift(bits, ONE, out=bits)
    bits[:-1] |= scratch[1:]
    return bits
