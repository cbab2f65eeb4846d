"""Decides which rows keep the values of their own products in the catalogue: the first of each.

A value is identified by the first row that has it. So one bit for each row of the file records
whether the row that keeps the value has been seen.
"""

from __future__ import annotations

import numpy as np
import polars as pl


class ValueOwners:
    """The values of one column whose keeping row has been seen. Needs the rows of a file in order.
    Memory: one bit per row of the file; row numbers are at most `rows`."""

    def __init__(self, rows: int) -> None:
        self._seen = np.zeros(rows // 8 + 1, dtype=np.uint8)

    def first(self, value_at: pl.Series, is_own: pl.Series) -> pl.Series:
        """Does each row keep its value? `value_at` (UInt32, from 1) is the first row of the file
        with the same value; `is_own`: is the row about the product that has the value?"""
        places = value_at.to_numpy()
        candidates = np.flatnonzero(is_own.to_numpy())
        _, firsts = np.unique(places[candidates], return_index=True)
        candidates = candidates[firsts]
        at = places[candidates]
        masks = np.left_shift(np.uint8(1), (at & 7).astype(np.uint8))
        is_new = (self._seen[at >> 3] & masks) == 0
        np.bitwise_or.at(self._seen, at >> 3, masks)
        keeps = np.zeros(len(places), dtype=np.bool_)
        keeps[candidates[is_new]] = True
        return pl.Series(keeps)
