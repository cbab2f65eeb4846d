"""Cells whose text the parser cannot give as a person sees it, whatever the format of the workbook.

The parser leaves out error cells without a word, knows neither number formats nor a TRUE from the
text `true`, and writes numbers with nine decimals: as many as a spreadsheet shows, but `1.5E-10`
becomes `0`. `xlsx_cells`, `xlsb_cells` and `xls_cells` find these cells in the file itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

SHOWN_DIGITS = 15
"""Significant digits of a number that a spreadsheet shows; those beyond are noise of doubles."""
POSITIONAL_FROM = 1e-20
FORMAT_CODE_MAX_CHARACTERS = 255
"""Excel's limit. What a hostile file adds is not looked at: every style would pay for it anew."""

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
    has_dates: bool = False

    @classmethod
    def of(cls, formats: Iterable[int], codes: Mapping[int, str]) -> Styles:
        """`formats` are the number formats of the styles, in their order; `codes` the codes of
        those that are not built in."""
        digits: dict[int, int] = {}
        elapsed: set[int] = set()
        has_dates = False
        shown = {
            number: code[:FORMAT_CODE_MAX_CHARACTERS].split(";")[0]
            for number, code in codes.items()
        }
        for style, number in enumerate(formats):
            code = shown.get(number, "")
            if re.fullmatch("0{2,}", code):
                digits[style] = len(code)
            letters = _NO_LETTERS_THAT_SHOW.sub("", code).lower()
            if number == _BUILT_IN_ELAPSED or "[h" in letters:
                elapsed.add(style)
            has_dates |= number in _BUILT_IN_DATES or bool(re.search("[ymdhs]", letters))
        return cls(digits, frozenset(elapsed), has_dates)


@dataclass(slots=True)
class CellTexts:
    """Texts that go before those of the parser, and the cells that hold errors."""

    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """Column → row → text; both count from 0 at A1."""
    error_count: int = 0
    first_error: tuple[str, str] | None = None
    """Reference and text of the first error cell, e.g. `("C7", "#N/A")`."""

    def put_error(self, row: int, column: int, text: str) -> None:
        if row not in self.texts[column]:
            self.error_count += 1
            self.first_error = self.first_error or (f"{column_letters(column)}{row + 1}", text)
        self.texts[column][row] = text

    def put_truth(self, row: int, column: int, *, value: bool) -> None:
        self.texts[column][row] = "TRUE" if value else "FALSE"

    def put_number(self, row: int, column: int, number: float, style: int, styles: Styles) -> None:
        text = shown_number(number, style, styles)
        if text is not None:
            self.texts[column][row] = text


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
    return exact_text(number)


def exact_text(number: float) -> str | None:
    """With 15 significant digits; None where nine decimals are at least as good: unless the
    number is tiny or has more digits than a double holds."""
    if 1e-4 <= abs(number) < 1e15 or number == 0:  # what the sentence above says
        return None
    digits = format(number, f".{SHOWN_DIGITS}g")
    exact = Decimal(digits)
    if not exact.is_finite():
        return None
    return format(exact, "f") if abs(number) >= POSITIONAL_FROM else digits.upper()


def elapsed_text(days: float) -> str:
    """Hours, minutes and, unless they are zero, seconds: `36:30`."""
    seconds = round(days * 86_400)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def column_letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters
