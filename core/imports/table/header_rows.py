"""Which of the first records is the header row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice

from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.outcomes import Notice, NoticeCode

Record = Sequence[str]
CountNames = Callable[[Record], int]
"""How many distinct attributes the cells of a record name."""

HEADERS_SHOWN = 8
SHOWN_CHARACTERS = 60

_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*")


def best_header(records: Sequence[Record], names_in: CountNames) -> int:
    """Index of the earliest record that names attributes, unless a later one that names more is
    clearly the header: cells may hold names of attributes too (`Size`, `Color` as option names).
    Without any name it is the first record that is not blank (0 when all are)."""
    first = next((at for at, record in enumerate(records) if _filled(record)), 0)
    named = [(at, count) for at, count in enumerate(map(names_in, records)) if count]
    if not named:
        return first
    best, most = named[0]
    for at, count in named[1:]:
        if count > most and _goes_before(records, at, count, best, most):
            best, most = at, count
    return best


def _goes_before(records: Sequence[Record], at: int, names: int, best: int, most: int) -> bool:
    """Whether the later record `at` is a header rather than the one that is the best so far."""
    record, earlier = records[at], records[best]
    wide, width = _filled(earlier), _filled(record)
    mostly_names = 2 * names > width
    if _comes_again(records, at) or most == wide > 1:  # the earlier one holds nothing but names
        return False
    if 2 * wide <= width and (mostly_names or wide == 1):  # a title, or a line of remarks
        return True
    return (
        mostly_names
        and not any(map(_NUMBER.fullmatch, map(trim, record)))
        and (2 * most <= wide or wide < width)
    )


def _comes_again(records: Sequence[Record], at: int) -> bool:
    """Its cells occur in the same columns of other rows below, so they are values."""
    cells = [(index, trim(cell)) for index, cell in enumerate(records[at]) if trim(cell)]
    others = [r for r in islice(records, at + 1, None) if list(r) != list(records[at])]
    again = sum(
        any(index < len(row) and trim(row[index]) == cell for row in others)
        for index, cell in cells
    )
    return 2 * again >= len(cells) if cells else False


def doubtful_header(
    records: Sequence[Record], chosen: int, above: int, names_in: CountNames
) -> list[Notice]:
    """A notice if another of the first records names more attributes than the chosen one, or if an
    earlier one would have been the header without it. `above` records precede the first."""
    if chosen >= len(records):
        return []
    counts = [names_in(record) for record in records]
    if not any(counts):
        return _wider_row(records, chosen, above)
    for at, count in enumerate(counts):
        wide = 2 * _filled(records[at]) > _filled(records[chosen])
        earlier = at < chosen and count and wide
        later = at > chosen and count > counts[chosen] and 2 * count > _filled(records[at])
        if counts[chosen] and (earlier or later):
            return [
                Notice(
                    code=NoticeCode.HEADER_DOUBTFUL,
                    message=f"Row {above + chosen + 1:,} of the file was read as the header row, "
                    f"but row {above + at + 1:,} names attributes too. If that one holds the "
                    "headers, name it as the header row.",
                )
            ]
    return []


def _wider_row(records: Sequence[Record], chosen: int, above: int) -> list[Notice]:
    """No record names an attribute: a title may precede headers that match nothing."""
    filled = [_filled(record) for record in records]
    if max(filled) < max(2 * filled[chosen], 2):
        return []
    at = filled.index(max(filled))
    headers = [trim(cell) for cell in records[at] if trim(cell)]
    shown = ", ".join(f'"{shown_text(h, SHOWN_CHARACTERS)}"' for h in headers[:HEADERS_SHOWN])
    if (more := len(headers) - HEADERS_SHOWN) > 0:
        shown += f" and {more:,} more"
    return [
        Notice(
            code=NoticeCode.HEADER_DOUBTFUL,
            message=f"Row {above + at + 1:,} of the file looks more like the header row than row "
            f"{above + chosen + 1:,}. Its cells are {shown}. "
            "Define attributes with these names, or name it as the header row (`headerRow` "
            f"{above + at + 1}).",
        )
    ]


def _filled(record: Record) -> int:
    return sum(1 for cell in record if trim(cell))
