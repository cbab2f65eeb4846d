"""Bits in words do what the same bits in a list would."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.text.bitmaps import Words, bits_equal_to
from core.imports.text.bits import (
    bit_positions,
    count_before,
    count_bits,
    first_bit,
    last_bit,
    prefix_parity,
)

BITS = st.lists(st.booleans(), min_size=1, max_size=300)


def words_of(bits: list[bool]) -> Words:
    return bits_equal_to(pl.Series(bits, dtype=pl.UInt8), 1)


@given(bits=BITS, carry=st.booleans())
def test_prefix_parity_equals_counting_one_by_one(bits: list[bool], carry: bool) -> None:
    words = prefix_parity(words_of(bits), carry)
    got = np.unpackbits(words.view(np.uint8), bitorder="little")[: len(bits)].tolist()
    assert got == [(sum(bits[: i + 1]) + carry) % 2 for i in range(len(bits))]


@given(bits=BITS, data=st.data())
def test_bits_are_found_and_counted_across_words(bits: list[bool], data: st.DataObject) -> None:
    words = words_of(bits)
    at = [i for i, bit in enumerate(bits) if bit]
    places = data.draw(st.lists(st.integers(0, len(bits)), max_size=5))
    assert bit_positions(words).tolist() == at
    assert count_bits(words) == len(at)
    assert (first_bit(words), last_bit(words)) == ((at[0], at[-1]) if at else (None, None))
    assert count_before(words, np.array(places, np.intp)).tolist() == [
        sum(bits[:place]) for place in places
    ]


@pytest.mark.parametrize("carry", [False, True])
@pytest.mark.parametrize("words", [1, 63, 64, 65, 4_095, 4_096, 4_097, 4_200])
def test_the_parity_of_long_runs_is_carried_through_the_parities_of_their_words(
    words: int, carry: bool
) -> None:
    bits = np.random.default_rng(words).integers(0, 2**64, words, np.uint64)

    parity = prefix_parity(bits, carry)

    one_by_one = np.unpackbits(bits.view(np.uint8), bitorder="little").cumsum() + carry
    assert np.array_equal(np.unpackbits(parity.view(np.uint8), bitorder="little"), one_by_one % 2)
