"""What the cells of a column show. The evidence of consecutive chunks adds up, and the sum is the
same for any chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec

from core.imports.locale.dates import DatesSeen
from core.imports.locale.numbers import NumbersSeen, Seen

EXAMPLES = 3
"""Cells that do not fit, of each candidate."""
MOST_VALUES = 200
"""Distinct texts of a column that are kept; with more, none are."""
LONGEST_VALUE = 100
"""Characters. A column with a longer text has no list of values."""
MOST_UNITS = 30
OWN_CURRENCY = "|currency"
"""Ends the candidates of numbers that are read without the only currency of the column."""
LIST = "list"
"""The candidate of a multiple select with all parts as its options."""

Counts = dict[str, int]
"""Text → cells."""
Key = TypeVar("Key")


class Cell(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    row: int
    """1 is the first row under the header."""
    value: str
    """As in the file, cut."""


class Fit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the cells of a column fit one candidate: a type, and a way to read it."""

    cells: int = 0
    """That fit."""
    misfits: tuple[Cell, ...] = ()
    """The first ones."""
    low: float | None = None
    high: float | None = None
    decimals: int = 0
    """Of the numbers that fit; zeros at the end do not count."""

    def __add__(self, later: Fit) -> Fit:
        return Fit(
            cells=self.cells + later.cells,
            misfits=first_cells((*self.misfits, *later.misfits)),
            low=min(_known(self.low, later.low), default=None),
            high=max(_known(self.high, later.high), default=None),
            decimals=max(self.decimals, later.decimals),
        )


class ColumnEvidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    cells: int = 0
    """With a text; words that the caller calls empty are none."""
    blanks: int = 0
    """Empty cells, in rows that are not blank."""
    words_for_nothing: int = 0
    """Of the cells, those that a column of numbers, dates and the like reads as empty."""
    longest: int = 0
    """Characters."""
    with_line_ends: int = 0
    with_markup: int = 0
    with_blanks: int = 0
    """Inside the text."""
    with_semicolon: int = 0
    with_comma: int = 0
    whole: int = 0
    """Whole numbers in their shortest form: `10`, not `010`, `10.0` or `1e1`."""
    zero_led: int = 0
    """Digits alone, beginning with a zero that is not all."""
    values: Counts | None = msgspec.field(default_factory=dict)
    """All distinct texts; None if they are too many or too long."""
    parts: Counts | None = msgspec.field(default_factory=dict)
    """The same of what semicolons separate."""
    units: Counts | None = msgspec.field(default_factory=dict)
    """Of cells that begin with a number; "" for those that are nothing else."""
    numbers: NumbersSeen = msgspec.field(default_factory=NumbersSeen)
    measures: NumbersSeen = msgspec.field(default_factory=NumbersSeen)
    dates: DatesSeen = msgspec.field(default_factory=DatesSeen)
    times: DatesSeen = msgspec.field(default_factory=DatesSeen)
    fits: dict[str, Fit] = msgspec.field(default_factory=dict)
    """By candidate, see `candidates.py`. One without any cell that fits may be absent."""
    misfits_of_absent: tuple[Cell, ...] = ()
    """The first cells that have a text and are no word for nothing: they do not fit a candidate
    that is absent."""

    def __add__(self, later: ColumnEvidence) -> ColumnEvidence:
        numbers = plain_numbers(self.numbers + later.numbers)
        parts = _merged(self.parts, later.parts, MOST_VALUES)
        names = {*self.fits, *later.fits} - ({LIST} if parts is None else set())
        if len(numbers.currencies) > 1:
            names = {name for name in names if not name.endswith(OWN_CURRENCY)}
        return ColumnEvidence(
            cells=self.cells + later.cells,
            blanks=self.blanks + later.blanks,
            words_for_nothing=self.words_for_nothing + later.words_for_nothing,
            longest=max(self.longest, later.longest),
            with_line_ends=self.with_line_ends + later.with_line_ends,
            with_markup=self.with_markup + later.with_markup,
            with_blanks=self.with_blanks + later.with_blanks,
            with_semicolon=self.with_semicolon + later.with_semicolon,
            with_comma=self.with_comma + later.with_comma,
            whole=self.whole + later.whole,
            zero_led=self.zero_led + later.zero_led,
            values=_merged(self.values, later.values, MOST_VALUES),
            parts=parts,
            units=_merged(self.units, later.units, MOST_UNITS),
            numbers=numbers,
            measures=plain_numbers(self.measures + later.measures),
            dates=plain_dates(self.dates + later.dates),
            times=plain_dates(self.times + later.times),
            fits={name: self.fit(name) + later.fit(name) for name in sorted(names)},
            misfits_of_absent=first_cells((*self.misfits_of_absent, *later.misfits_of_absent)),
        )

    def fit(self, name: str) -> Fit:
        return self.fits.get(name) or Fit(misfits=self.misfits_of_absent)

    @property
    def typed_cells(self) -> int:
        """The cells that a column of numbers, dates and the like would have."""
        return self.cells - self.words_for_nothing


class TableEvidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of some rows."""

    rows: int = 0
    """Not blank."""
    columns: dict[int, ColumnEvidence] = msgspec.field(default_factory=dict)
    """By the position in the file."""
    pairs: dict[int, ColumnEvidence] = msgspec.field(default_factory=dict)
    """Of two columns that may be value and unit of a measure, by the position of the value."""
    repeating: frozenset[int] = frozenset()
    """Columns in which a text repeats within a chunk. Others may repeat one of another chunk."""

    def __add__(self, later: TableEvidence) -> TableEvidence:
        return TableEvidence(
            rows=self.rows + later.rows,
            columns=_added(self.columns, later.columns),
            pairs=_added(self.pairs, later.pairs),
            repeating=self.repeating | later.repeating,
        )


def encoded(evidence: TableEvidence) -> bytes:
    """As JSON, the same bytes for the same evidence: sets have no order of their own."""
    plain = msgspec.to_builtins(evidence, str_keys=True, order="deterministic")
    return msgspec.json.encode(plain)


def first_cells(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The first ones, of each text one."""
    first: dict[str, Cell] = {}
    for cell in sorted(cells, key=lambda cell: cell.row):
        first.setdefault(cell.value, cell)
    return tuple(first.values())[:EXAMPLES]


def plain_numbers(seen: NumbersSeen) -> NumbersSeen:
    """Without counts, which depend on the chunks."""
    return replace(seen, certain=_plain(seen.certain), in_two_ways=_plain(seen.in_two_ways))


def plain_dates(seen: DatesSeen) -> DatesSeen:
    return replace(seen, certain=_plain(seen.certain), in_two_ways=_once(seen.in_two_ways))


def bounded(counts: Counts, most: int) -> Counts | None:
    is_long = any(len(text) > LONGEST_VALUE for text in counts)
    return None if is_long or len(counts) > most else dict(sorted(counts.items()))


def _plain(seen: Mapping[Key, Seen]) -> dict[Key, Seen]:
    return {key: _once(one) for key, one in seen.items()}


def _once(seen: Seen) -> Seen:
    return replace(seen, count=min(seen.count, 1))


def _merged(one: Counts | None, other: Counts | None, most: int) -> Counts | None:
    if one is None or other is None:
        return None
    return bounded(dict(Counter(one) + Counter(other)), most)


def _added(
    one: Mapping[int, ColumnEvidence], other: Mapping[int, ColumnEvidence]
) -> dict[int, ColumnEvidence]:
    nothing = ColumnEvidence()
    return {
        index: one.get(index, nothing) + other.get(index, nothing)
        for index in sorted({*one, *other})
    }


def _known(*numbers: float | None) -> list[float]:
    return [number for number in numbers if number is not None]
