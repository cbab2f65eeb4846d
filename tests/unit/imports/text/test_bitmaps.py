"""Bits straight from polars' comparison."""

import gc
import resource

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.text.bitmaps import bits_equal_to


@pytest.mark.parametrize("unit", [pl.UInt8, pl.UInt16])
@given(values=st.lists(st.integers(0, 2), min_size=1, max_size=300), skip=st.integers(0, 70))
def test_bits_stand_where_the_units_are_equal_and_nowhere_else(
    unit: type[pl.UInt8 | pl.UInt16], values: list[int], skip: int
) -> None:
    units = pl.Series(values + [1] * skip, dtype=unit).slice(skip)
    words = bits_equal_to(units, 1)
    expected = np.zeros(len(words) * 64, np.uint8)
    expected[: len(units)] = units.to_numpy() == 1
    assert np.unpackbits(words.view(np.uint8), bitorder="little").tolist() == expected.tolist()


def test_no_memory_is_kept() -> None:
    units = pl.Series(np.zeros(8 * 1024 * 1024, np.uint8))
    bits_equal_to(units, 0)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200):  # 200 MiB of bits, if they stayed
        bits_equal_to(units, 0)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 50 * 1024


@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 - 1])
def test_bits_outlive_the_units_and_later_comparisons(size: int) -> None:
    codes = np.arange(size, dtype=np.uint64).astype(np.uint8)
    words = bits_equal_to(pl.Series(codes), 7)
    before = words.copy()
    others = [bits_equal_to(pl.Series(codes), n) for n in range(200)]
    del others
    gc.collect()
    [bits_equal_to(pl.Series(codes), n) for n in range(200)]
    assert words.tolist() == before.tolist()
    assert int(np.bitwise_count(words).sum()) == int((codes == 7).sum())
