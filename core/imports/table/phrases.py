"""Phrases that several sentences share."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim

HEADER_SHOWN_CHARACTERS = 60


def row_and_column(row: int, cell: int, headers: Sequence[str]) -> str:
    """The place of a cell. `row` 0 is the header row, negative rows are above it; `cell` counts
    from 0."""
    if row > 0:
        where = f"row {row:,}"
    else:
        where = "the header row" if row == 0 else "a row above the header row"
    header = trim(headers[cell]) if row > 0 and cell < len(headers) else ""
    if header:
        return f'{where}, column "{shown_text(header, HEADER_SHOWN_CHARACTERS)}"'
    return f"{where}, cell {cell + 1:,}"
