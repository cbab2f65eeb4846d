"""Which rows keep the values that their own products have in the catalogue: the first of each.

A value is known by the first row that has it, so one bit for each row of the file tells whether
the row that keeps it was met.
"""

from __future__ import annotations

import numpy as np
import polars as pl


class ValueOwners:
    """The values of one column, of which the keepers were met. Takes the rows of a file in order.
    Memory: one bit a row of the file, the numbers of which are at most `rows`."""

    def __init__(self, rows: int) -> None:
        self._met = np.zeros(rows // 8 + 1, dtype=np.uint8)

    def first(self, value_at: pl.Series, is_own: pl.Series) -> pl.Series:
        """Does a row keep its value? `value_at`, UInt32 from 1: the first row of the file with the
        same value; `is_own`: is this row about the product that has it?"""
        places = value_at.to_numpy()
        candidates = np.flatnonzero(is_own.to_numpy())
        _, firsts = np.unique(places[candidates], return_index=True)
        candidates = candidates[firsts]
        at = places[candidates]
        masks = np.left_shift(np.uint8(1), (at & 7).astype(np.uint8))
        is_new = (self._met[at >> 3] & masks) == 0
        np.bitwise_or.at(self._met, at >> 3, masks)
        keeps = np.zeros(len(places), dtype=np.bool_)
        keeps[candidates[is_new]] = True
        return pl.Series(keeps)
