"""Cells whose text the parser cannot give as a person sees it, whatever the format of the workbook.

The parser leaves out error cells without a word, knows neither number formats nor a TRUE from the
text `true`, and writes numbers with nine decimals: as many as a spreadsheet shows, but `1.5E-10`
becomes `0`, and `123456789.123456` gets three digits of noise. `xlsx.cells`, `xlsb_cells`,
`xls_cells` and `ods.cells` find these cells in the file itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from core.imports.workbooks.formats.currencies import may_be_unit
from core.imports.workbooks.formats.number_formats import (
    BUILT_IN_CODES,
    FORMAT_CODE_MAX_CHARACTERS,
    SHOWN_DIGITS,
    NumberFormat,
    Showing,
    is_elapsed_hours,
    number_format,
    padded_digits,
)

MAX_COLUMNS = 16_384
"""Of any sheet (Excel specifications and limits)."""
POSITIONAL_FROM = 1e-20
NINE_DECIMALS_HOLD_BELOW = 1e6
"""From here on, nine decimals are more than 15 digits."""

ERROR_TEXTS: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Code in the binary formats ([MS-XLS] 2.5.10, [MS-XLSB] 2.5.97.2) → text that the cell shows."""
OTHER_ERROR = "#ERROR!"

_BUILT_IN_ELAPSED = 46
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)))
"""ECMA-376 part 1, 18.8.30: formats that every program knows by number, with those of the East
Asian locales."""
_NO_LETTERS_THAT_SHOW = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.I)


@dataclass(frozen=True, slots=True)
class Styles:
    """What number formats do to values, by the index of a style that cells name."""

    digits: dict[int, int] = field(default_factory=dict)
    """Style → digits that an integer is padded to with zeros (format `00000`)."""
    elapsed: frozenset[int] = frozenset()
    """Styles that count hours on beyond a day (format `[h]:mm`)."""
    shown: dict[int, NumberFormat] = field(default_factory=dict)
    """Style → its format, where that adds to the number."""
    dates: frozenset[int] = frozenset()
    """Styles of dates and times, whose texts are those of the parser."""

    @property
    def has_dates(self) -> bool:
        return bool(self.dates)

    @classmethod
    def of(cls, formats: Iterable[int], codes: Mapping[int, str]) -> Styles:
        """`formats` are the number formats of the styles, in their order; `codes` the codes of
        those that are not built in."""
        digits: dict[int, int] = {}
        elapsed: set[int] = set()
        shown: dict[int, NumberFormat] = {}
        dates: set[int] = set()
        for style, number in enumerate(formats):
            code = codes.get(number, BUILT_IN_CODES.get(number, ""))[:FORMAT_CODE_MAX_CHARACTERS]
            format_of_style = number_format(code)
            if format_of_style is not None:
                shown[style] = format_of_style
            elif padded := padded_digits(code):
                digits[style] = padded
            elif number == _BUILT_IN_ELAPSED or is_elapsed_hours(code):
                elapsed.add(style)
            letters = _NO_LETTERS_THAT_SHOW.sub("", code.split(";")[0]).lower()
            if number in _BUILT_IN_DATES or re.search("[ymdhs]", letters):
                dates.add(style)
        return cls(digits, frozenset(elapsed), shown, frozenset(dates))

    @property
    def watched(self) -> set[int]:
        """Styles whose cells must be looked at. One currency alone says something only of columns
        of another unit, for which see `other_than`; where there are several, a column may mix
        them."""
        currencies = {f.symbol for f in self.shown.values() if f.showing is Showing.CURRENCY}
        return {
            *self.digits,
            *self.elapsed,
            *(
                style
                for style, form in self.shown.items()
                if form.showing is not Showing.CURRENCY or len(currencies) > 1
            ),
        }

    def other_than(self, unit: str) -> list[int]:
        """Styles that show a currency that is not the unit."""
        return [
            style
            for style, form in self.shown.items()
            if form.showing is Showing.CURRENCY and not may_be_unit(form.symbol, unit)
        ]


@dataclass(frozen=True, slots=True)
class Seen:
    """A number that its format shows as something else."""

    showing: Showing
    number: str
    shown: str
    symbol: str = ""
    """Of a currency."""
    is_code: bool = False
    """`shown` is the code of the format: what the cell shows depends on the program's language."""


@dataclass(slots=True)
class CellTexts:
    """Texts that go before those of the parser, and the cells that hold errors."""

    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """Column → row → text; both count from 0 at A1."""
    error_count: int = 0
    first_error: tuple[str, str] | None = None
    """Reference and text of the first error cell, e.g. `("C7", "#N/A")`."""
    seen: dict[int, dict[int, Seen]] = field(default_factory=lambda: defaultdict(dict))
    """Column → row → number and what the cell shows. `texts` has one of the two."""
    without_result: set[tuple[int, int]] = field(default_factory=set)
    """Row and column of formulas that no program has calculated yet."""
    zero_results: set[tuple[int, int]] = field(default_factory=set)
    """The same, where the writer stored 0 for each."""
    with_tables: set[tuple[int, int]] = field(default_factory=set)
    """Row and column of cells that hold a table of their own, which is not read."""
    misplaced: set[tuple[int, int]] = field(default_factory=set)
    """Where cells were read whose stated place no sheet has."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hides_rows: bool = False
    """Rows without settings of their own are hidden (`zeroHeight`)."""

    def put_error(self, row: int, column: int, text: str) -> None:
        text = text.strip() or OTHER_ERROR
        if row not in self.texts[column]:
            self.error_count += 1
            self.first_error = self.first_error or (cell_name(row, column), text)
        self.texts[column][row] = text

    def hide_columns(self, first: int, last: int) -> None:
        """From 0. A range may go on beyond every sheet."""
        self.hidden_columns.update(range(max(first, 0), min(last + 1, MAX_COLUMNS)))

    def take_settings(self, element: str, attributes: Mapping[str, str]) -> None:
        """Of an xlsx: `col` or `sheetFormatPr`."""
        if element == "sheetFormatPr":
            self.hides_rows |= attributes.get("zeroHeight") in ("1", "true")
        elif attributes.get("hidden") in ("1", "true"):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.hide_columns(int(first) - 1, int(last) - 1)

    def put_truth(self, row: int, column: int, *, value: bool) -> None:
        self.texts[column][row] = "TRUE" if value else "FALSE"

    def put_number(self, row: int, column: int, number: float, style: int, styles: Styles) -> None:
        text = shown_number(number, style, styles)
        form = styles.shown.get(style)
        shown = form.shown(number) if form is not None else None
        if form is not None and shown is not None:
            plain = plain_text(number, exact_text(number))
            is_code = form.showing is Showing.DATE_PART
            seen = Seen(form.showing, plain, shown, form.symbol, is_code)
            text = self.put_seen(row, column, seen) or text
        if text is not None:
            self.texts[column][row] = text

    def put_seen(self, row: int, column: int, seen: Seen) -> str | None:
        """The text that the cell gets if nothing else is known of its column."""
        self.seen[column][row] = seen
        is_text = seen.showing in (Showing.TEXT, Showing.ELAPSED)
        return seen.shown if is_text and seen.shown else None


def corrected(frame: pl.DataFrame, found: CellTexts) -> pl.DataFrame:
    """The sheet's frame with the texts that were found."""
    columns = []
    for column, texts in found.texts.items():
        rows = [row for row in texts if row < frame.height]
        if column < frame.width and rows:
            values = pl.Series([texts[row] for row in rows], dtype=pl.String)
            columns.append(frame[str(column)].scatter(rows, values))
    return frame.with_columns(columns)


def shown_number(number: float, style: int, styles: Styles) -> str | None:
    """None where the parser's text is as good."""
    if style in styles.digits and number >= 0 and number.is_integer():
        return f"{int(number):0{styles.digits[style]}}"
    if style in styles.elapsed and number >= 0:
        return elapsed_text(number)
    return None if style in styles.dates else exact_text(number)


def plain_text(number: float, exact: str | None) -> str:
    """The number as it is read without its format: nine decimals, or its `exact_text`."""
    text = exact or f"{number:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def exact_text(number: float) -> str | None:
    """With 15 significant digits; None where nine decimals are at least as good: unless the
    number is tiny, has more decimals that somebody typed, or is so large that nine decimals are
    more digits than a double holds."""
    size = abs(number)
    if 1e-4 <= size < NINE_DECIMALS_HOLD_BELOW or number == 0:
        return _typed_decimals(number)
    if size < 1e15 and number.is_integer():
        return None
    digits = format(number, f".{SHOWN_DIGITS}g")
    exact = Decimal(digits)
    if not exact.is_finite():
        return None
    return format(exact, "f") if size >= POSITIONAL_FROM else digits.upper()


def _typed_decimals(number: float) -> str | None:
    """The number when it has more than nine decimals and at most 15 digits. A result of floating
    point arithmetic has more, or a run of zeros or nines behind the decimals that count."""
    text = repr(number)
    whole, _, decimals = text.partition(".")
    if len(decimals) <= 9 or len(f"{whole}{decimals}".lstrip("-0")) > SHOWN_DIGITS:
        return None
    return None if decimals[9:11] in ("00", "99") else text


def elapsed_text(days: float) -> str:
    """Hours, minutes and, unless they are zero, seconds: `36:30`."""
    seconds = round(days * 86_400)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def cell_name(row: int, column: int) -> str:
    """E.g. `C7`; both count from 0."""
    return f"{column_letters(column)}{row + 1}"


def column_letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters
