"""One cheap look at all bytes of a text column.

Trimming or escaping every cell costs several times the rest of the judging, and almost no column
needs it. Joining a column into one buffer and counting unusual bytes in it is cheaper than any
test per cell, because the cost of a test is the call, not the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_Test = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.bool_]]

BLOCK_BYTES = 256 * 1024
"""Small enough that the comparison's result stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class TextLook:
    """What may occur in the column; each flag errs on the side of caution."""

    has_control: bool
    """Some cell has a character below U+0020."""
    has_non_ascii: bool
    has_quote_or_backslash: bool

    @property
    def needs_escape(self) -> bool:
        """Its texts cannot stand between quotes in JSON as they are."""
        return self.has_control or self.has_quote_or_backslash


def look_at(column: pl.Series) -> TextLook:
    """Look at a String column; nulls do not matter."""
    cells = len(column) - column.null_count()
    if cells == 0:
        return TextLook(has_control=False, has_non_ascii=False, has_quote_or_backslash=False)
    blob: bytes = column.str.join("\n").cast(pl.Binary).item()
    line_ends = cells - 1  # those that the join put in are no finding
    unusual = _count(blob, lambda block: block.view(np.int8) < 32)  # >= 0x80 is negative there
    has_control = has_non_ascii = False
    if unusual != line_ends:
        control = _count(blob, lambda block: block < 32)
        has_control, has_non_ascii = control != line_ends, unusual != control
    return TextLook(
        has_control=has_control,
        has_non_ascii=has_non_ascii,
        has_quote_or_backslash=b'"' in blob or b"\\" in blob,
    )


def _count(blob: bytes, test: _Test) -> int:
    data = np.frombuffer(blob, dtype=np.uint8)
    return sum(
        int(np.count_nonzero(test(data[start : start + BLOCK_BYTES])))
        for start in range(0, len(data), BLOCK_BYTES)
    )
