"""Which rows of a file name a product that a later row names too.

Chunks are written in parallel, so two rows with one id would compete. They are found beforehand,
over the whole file: the last row is used, the earlier ones are dropped as a whole. Ids are compared
by 128 bits of a hash, at 16 bytes a row, however long they are.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16


class RepeatFinder:
    """Takes the ids of a file's rows in order."""

    def __init__(self) -> None:
        self._digests = bytearray()

    def add(self, product_id: str) -> None:
        text = product_id.encode(errors="surrogatepass")
        self._digests += hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest()

    def add_unnamed(self) -> None:
        """A row that becomes no product, and so repeats none: its number cannot be a hash."""
        row = len(self._digests) // DIGEST_BYTES
        self._digests += row.to_bytes(DIGEST_BYTES, "big")

    def repeated(self) -> NDArray[np.int64]:
        """Rows, from 0 and in order, whose id comes again in a later row."""
        halves = np.frombuffer(self._digests, dtype=">u8").reshape(-1, 2)
        high, low = halves[:, 0], halves[:, 1]
        order = np.lexsort((low, high))  # stable: rows with one id stay in the file's order
        high, low = high[order], low[order]
        comes_again = (high[:-1] == high[1:]) & (low[:-1] == low[1:])
        found: NDArray[np.int64] = np.sort(order[:-1][comes_again]).astype(np.int64)
        return found
