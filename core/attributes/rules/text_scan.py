"""Cheap checks of a whole text column, which save costly work on each text of most columns.

Trimming or escaping every cell costs several times as much as the rest of the validation, and
almost no column needs it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from core.attributes.rules.whitespace import trimmed

BLOCK_BYTES = 256 * 1024
"""Small enough that the comparison's result stays in the processor's cache."""


def special_characters(column: pl.Series) -> str:
    """The characters of a String column that JSON escapes: those below U+0020, the quote and the
    backslash; each once. Nulls do not matter.

    Joining the column into one buffer and looking at its bytes is cheaper than any test per cell,
    because the cost of a test is the call, not the bytes.
    """
    cells = len(column) - column.null_count()
    if cells == 0:
        return ""
    blob: bytes = column.str.join("\n").cast(pl.Binary).item()
    data = np.frombuffer(blob, dtype=np.uint8)
    blocks = [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)]
    found = "".join(chr(byte) for byte in b'"\\' if byte in blob)
    line_ends = cells - 1  # those that the join put in are no finding
    if sum(int(np.count_nonzero(block < 32)) for block in blocks) == line_ends:
        return found
    counts = np.sum([np.bincount(block[block < 32], minlength=32) for block in blocks], axis=0)
    counts[ord("\n")] -= line_ends
    return found + "".join(chr(byte) for byte in np.flatnonzero(counts))


def needs_trim(column: pl.Series) -> bool:
    """Whether some text of a String column is empty or has surrounding blanks. Only texts whose
    first or last byte may belong to a blank are checked."""
    # a blank is a byte up to the space, or begins and ends with a byte beyond ASCII
    last = column.cast(pl.Binary).bin.get(-1, null_on_oob=True)
    doubtful = (
        (column < "!") | (column >= "\x80") | (last <= ord(" ")) | (last >= 0x80)
    ).arg_true()
    if not len(doubtful):
        return False
    texts = column.gather(doubtful).to_frame("text")
    text = pl.col("text")
    return bool(texts.select(text.ne_missing(trimmed(text)).any()).item())
