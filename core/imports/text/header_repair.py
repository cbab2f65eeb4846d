"""A header row with malformed quotes: read it by its line, so that it does not swallow rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.attributes.comparing import BLANKS
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.imports.table.header_rows import CountNames
from core.imports.text.dialects import shape_of
from core.imports.text.tolerant import Dialect, Record, split_lines
from core.outcomes import Notice, NoticeCode, RefusalCode

SHOWN_CHARACTERS = 60
LINES_EXAMINED = 20
NAME_SEPARATORS = " \t,;|/\n\r\"'"


@dataclass(frozen=True, slots=True)
class MendedHeader:
    cells: tuple[str, ...]
    lines_before: int
    """Lines of the text above it."""
    end: int
    """Characters of the text up to its end."""


def is_malformed(text: str, delimiter: str, dialect: Dialect) -> bool:
    return (
        dialect.quote is not None
        and dialect.quote in text
        and bool(shape_of(text, delimiter, dialect, whole=True).defects)
    )


def header_by_line(
    text: str, record: Record | None, delimiter: str, dialect: Dialect, names_in: CountNames
) -> MendedHeader | None:
    """The header row in `text`, where quotes make `record` (None: no whole one) of it. None when
    the record is the better reading, or none is good."""
    quote = dialect.quote
    if quote is None or quote not in text:
        return None
    cells = record.cells if record is not None and record.terminated else []
    spans_lines = any("\n" in cell or "\r" in cell for cell in cells)
    malformed = not cells or is_malformed(text, delimiter, dialect)
    if not malformed and not spans_lines:
        return None
    named = names_in(cells)
    found: tuple[int, MendedHeader] | None = None
    end = 0
    for number, line in enumerate(split_lines([text], len(text))):
        if number == LINES_EXAMINED:
            break
        end += len(line)
        parts = [trim(part).strip(quote + BLANKS) for part in line.split(delimiter)]
        count = names_in(parts)
        if count and (found is None or count > found[0]):
            found = (count, MendedHeader(tuple(parts), number, end))
    if found is None:
        return None
    count, mended = found
    filled = [part for part in mended.cells if part]
    if not cells:  # nothing closes the quote, so only a line of names is sure to be the header
        return mended if count > 1 and count == len(filled) else None
    if not malformed:  # a header may span several lines
        fits = len(mended.cells) == len(cells) and mended.lines_before == 0
        return mended if count > named and fits else None
    return mended if count > named or (count == named and spans_lines) else None


def says_repaired(row: int) -> Notice:
    """`row` counts from 1, from the file's first."""
    return Notice(
        code=NoticeCode.REPAIRED_QUOTES,
        message=f'The file is not well-formed CSV: a quote (") in the header row (row {row:,} of '
        "the file), does not enclose its cell. The header row was read all the same; check that "
        "its headers, and the rows under it, are what you meant.",
    )


def refuse_damaged(
    headers: Sequence[str], below: Sequence[Sequence[str]], names: Collection[str], mended: bool
) -> None:
    """Refuse a header row with a cell that is certainly not a single header. `below` are the first
    records under it; `mended`: its quotes were malformed.

    Raises FileRefused HEADER_DAMAGED.
    """
    widths = Counter(len(row) for row in below if any(map(trim, row)))
    longer = sum(count for width, count in widths.items() if width > len(headers))
    others = {trim(header) for header in headers}
    for index, header in enumerate(headers):
        text = trim(header)
        if mended and ("\n" in text or "\r" in text):
            raise _damaged(index, text, "holds a line end, because a quote in it is not in order")
        if text in names:
            continue
        pair = _two_names(text, names, others)
        if pair is not None and (longer * 2 > widths.total() or _is_parted(text, pair)):
            raise _damaged(
                index, text, f'holds two headers, "{pair[0]}" and "{pair[1]}", in one cell'
            )


def _two_names(
    text: str, names: Collection[str], others: Collection[str]
) -> tuple[str, str] | None:
    for name in names:
        rest = text[len(name) :].strip(NAME_SEPARATORS) if text.startswith(name) else ""
        if rest in names and name not in others and rest not in others:
            return name, rest
    return None


def _is_parted(text: str, pair: tuple[str, str]) -> bool:
    """Separated by a delimiter, so it is not a name that merely begins with another."""
    between = text[len(pair[0]) : len(text) - len(pair[1])]
    return any(character in ',;|\t"' for character in between)


def _damaged(index: int, text: str, what: str) -> FileRefused:
    return FileRefused(
        RefusalCode.HEADER_DAMAGED,
        f'Cell {index + 1:,} of the header row, "{shown_text(text, SHOWN_CHARACTERS)}", {what}. '
        "The values would be under the wrong headers. Correct the header row, or give the file's "
        "delimiter if it was given or recognised wrongly.",
    )
