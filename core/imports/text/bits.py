"""Operations on bits, one for every unit of a text, 64 per word: parity, find, count, shift.

The caller may pass memory for the result (`out`) and for intermediate values (`scratch`, whose
content is undefined afterwards): allocating memory takes longer than the operations themselves. It
must be contiguous, and must not overlap the arguments.
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
    """Bit i is set if the number of set bits up to and including i, plus the carry, is odd."""
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
    """For each word except the first: all bits set, if the words before it have an odd number of
    set bits. The top bit of each word of `parity` is the parity of that word alone."""
    odd = np.packbits(parity.view(np.int64) < 0, bitorder="little")
    words = np.zeros(-(-len(odd) // 8), np.uint64)
    words.view(np.uint8)[: len(odd)] = odd
    running = prefix_parity(words, carry=False).view(np.uint8)
    before = np.unpackbits(running, count=len(out), bitorder="little").view(np.int8)
    out.view(np.int64)[:] = np.negative(before, out=before)  # -1 has all bits set
    return out


def first_bit(bits: Words) -> int | None:
    for part in (bits[:_NEAR], bits):  # usually it is near the beginning
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
    """The positions of the set bits, in order. Words with few bits are read bit by bit, the lowest
    first. Only if lines are so short that words have many bits, unpacking the words is cheaper."""
    words = np.flatnonzero(bits)
    places, rest = words, bits[words]
    found: list[NDArray[np.intp]] = []
    while len(places) and len(found) < _BITS_TAKEN_SINGLY:
        below = rest ^ (rest - ONE)  # the lowest set bit and all bits below it
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
    """The number of set bits before each position."""
    totals = np.zeros(len(bits) + 1, np.intp)
    np.cumsum(np.bitwise_count(bits), out=totals[1:])
    padded = np.append(bits, np.uint64(0))  # a position may be just after the last bit
    words = positions // 64
    below = (ONE << (positions % 64).astype(np.uint64)) - ONE
    counts: NDArray[np.intp] = totals[words] + np.bitwise_count(padded[words] & below)
    return counts


def count_bits(bits: Words) -> int:
    """The number of set bits, which must be less than 2³²."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def last_unit(units: int) -> tuple[int, np.uint64]:
    """Word and mask of the last of `units` bits."""
    word, bit = divmod(units - 1, 64)
    return word, np.uint64(1 << bit)


def shifted_up(bits: Words, carry: bool, out: Words, scratch: Words) -> Words:
    """Every bit moved to the next position; the carry becomes the first bit."""
    np.left_shift(bits, ONE, out=out)
    out[1:] |= np.right_shift(bits[:-1], _TOP, out=scratch[1:])
    if carry:
        out[0] |= ONE
    return out


def shift_down(bits: Words, scratch: Words) -> Words:
    """Move every bit to the previous position. Changes the bits in place, and returns them."""
    np.left_shift(bits[1:], _TOP, out=scratch[1:])
    np.right_shift(bits, ONE, out=bits)
    bits[:-1] |= scratch[1:]
    return bits
