"""The csv module as a stream of records: the reference for every other reader here. It accepts any
text: a quote inside an unquoted cell is a character, text after a closing quote belongs to the
cell, and a lone CR ends a line. It does not report that a quote was never closed: the end of the
text then closes it silently.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

NO_FIELD_LIMIT = 2**31 - 1
"""The largest limit of a cell that every platform's C long can hold."""

_field_limit_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are enclosed. The default is that of RFC 4180."""

    quote: str | None = '"'
    """None: a quote has no meaning."""
    escape: str | None = None
    """Before a quote, a delimiter, a line end or itself it takes their meaning away; before any
    other character it is text."""
    skip_blanks: bool = False
    """Blanks behind a delimiter do not belong to the cell, so that a quote may follow them."""

    @property
    def is_plain(self) -> bool:
        return self == PLAIN


PLAIN = Dialect()


@dataclass(frozen=True, slots=True)
class Record:
    cells: list[str]
    """Empty for a blank line."""
    characters: int
    """Of the text, its line end included."""
    terminated: bool
    """False: a quote opened in the last cell and never closed."""
    too_large: bool = False
    """The record is over the limit; it is cut off, and nothing follows."""


@contextmanager
def any_cell_size() -> Iterator[None]:
    """Lift the csv module's limit on the size of a cell (a setting of the whole process)."""
    with _field_limit_lock:
        before = csv.field_size_limit(NO_FIELD_LIMIT)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def split_lines(texts: Iterable[str], limit: int) -> Iterator[str]:
    """Lines with their ends, split at LF, CR LF and CR, from text in pieces of any length.

    A line longer than `limit` characters comes in pieces.
    """
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size <= limit and "\n" not in text and "\r" not in text and waiting[0][-1:] != "\r":
            continue
        last = ""
        for line in io.StringIO("".join(waiting), newline=""):
            if last:
                yield last
            last = line
        waiting, size = [last], len(last)
        # a CR at the very end may be the first half of CR LF
        if last.endswith("\n") or size > limit:
            yield last
            waiting, size = [], 0
    rest = "".join(waiting)
    if rest:
        yield rest


def read_records(
    lines: Iterable[str], delimiter: str, limit: int, dialect: Dialect = PLAIN
) -> Iterator[Record]:
    """Records of lines that keep their ends. Use it inside `any_cell_size`.

    `limit`, in characters, is the largest record; one above it ends the reading.
    """
    taken = 0
    exhausted = too_large = False

    def feed() -> Iterator[str]:
        nonlocal taken, exhausted, too_large
        for line in lines:
            taken += len(line)
            if taken > limit:
                too_large = True
                break
            yield line if other is None else other.sub(_kept, line)
        exhausted = True

    other = _other_escapes(delimiter, dialect) if dialect.escape else None
    reader = csv.reader(
        feed(),
        delimiter=delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_blanks,
    )
    for cells in reader:
        # the reader asks for another line only while a quote is open
        yield Record(cells, taken, terminated=not exhausted, too_large=too_large)
        taken = 0
    if too_large and taken:
        yield Record([], taken, terminated=False, too_large=True)


def _other_escapes(delimiter: str, dialect: Dialect) -> re.Pattern[str]:
    """Escape characters with the following one; a group captures the ones that have a meaning."""
    escape = re.escape(dialect.escape or "")
    special = "".join(map(re.escape, (dialect.quote or "", delimiter, dialect.escape or "")))
    return re.compile(rf"{escape}([{special}\r\n])?")


def _kept(found: re.Match[str]) -> str:
    """An escape character that has no meaning, as text for the csv module."""
    return found[0] if found[1] else found[0] * 2
