"""The first records of a text, among which its header row is looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.attributes.rules.whitespace import trim
from core.imports.table.columns import HEADER_CANDIDATES
from core.imports.table.header_rows import CountNames
from core.imports.text.header_repair import MendedHeader, header_by_line, is_malformed
from core.imports.text.tolerant import PLAIN, Dialect, Record, read_records, split_lines

BLANK_RECORDS_MAX = 10_000
"""Rows of empty cells above the header row. (Empty lines are skipped without end.)"""
REST_CHARACTERS = 1024 * 1024
"""Of what follows the last record that ends, so many are looked at."""


def is_blank(cells: Iterable[str]) -> bool:
    return not any(trim(cell) for cell in cells)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Blank records above the first that is not."""

    records: int
    characters: int


def first_records(
    text: str,
    whole: bool,
    delimiter: str,
    wanted: int,
    *,
    skip_blank: bool,
    dialect: Dialect = PLAIN,
) -> tuple[Skipped, list[Record]]:
    """Up to `wanted` records, after those blank at the beginning if they are to be skipped (at most
    BLANK_RECORDS_MAX).

    A record without end counts only when it is the first and the text is whole.
    """
    skipped = characters = 0
    records: list[Record] = []
    for record in read_records(split_lines([text], len(text)), delimiter, len(text), dialect):
        if not record.terminated and (records or not whole):
            break
        # an open quote is a value, even where nothing follows it
        if skip_blank and not records and record.terminated and is_blank(record.cells):
            skipped += 1
            characters += record.characters
            if skipped == BLANK_RECORDS_MAX:
                break
            continue
        records.append(record)
        if len(records) == wanted:
            break
    return Skipped(skipped, characters), records


@dataclass(frozen=True, slots=True)
class FirstRecords:
    """The first records of a text, among which is the header row."""

    table: str
    skipped: Skipped
    records: list[Record]
    delimiter: str
    dialect: Dialect

    def header(self, index: int) -> MendedHeader:
        """The record as it was read."""
        return MendedHeader(tuple(self.records[index].cells), index, self._end(index))

    def is_malformed(self, index: int) -> bool:
        return is_malformed(self._text(index), self.delimiter, self.dialect)

    def mended(self, index: int, names_in: CountNames, *, only_it: bool) -> MendedHeader | None:
        """The header row by its line, where its quotes are not in order and `index` is not, or not
        rightly, the record of it."""
        chosen = self.records[index]
        count = names_in(chosen.cells) if chosen.terminated else 0
        for at, record in enumerate(self.records[:HEADER_CANDIDATES]):
            if only_it and at != index:
                continue
            known = record if record.terminated else None
            found = self._by_line(self._text(at), known, at, names_in)
            if found is not None and (at == index or names_in(found.cells) > count):
                return found
        rest = None if only_it else self.mended_rest(names_in)
        return rest if rest is not None and names_in(rest.cells) > count else None

    def mended_rest(self, names_in: CountNames) -> MendedHeader | None:
        """The same, in what follows the last record that ends."""
        if len(self.records) >= HEADER_CANDIDATES:
            return None
        start = self._end(len(self.records) - 1)
        rest = self.table[start : start + REST_CHARACTERS]
        return self._by_line(rest, None, len(self.records), names_in) if rest else None

    def _by_line(
        self, text: str, record: Record | None, at: int, names_in: CountNames
    ) -> MendedHeader | None:
        found = header_by_line(text, record, self.delimiter, self.dialect, names_in)
        if found is None:
            return None
        return MendedHeader(found.cells, at + found.lines_before, self._end(at - 1) + found.end)

    def _text(self, index: int) -> str:
        return self.table[self._end(index - 1) : self._end(index)]

    def _end(self, index: int) -> int:
        """Characters of the table up to the end of a record."""
        return self.skipped.characters + sum(r.characters for r in self.records[: index + 1])
