"""Small dirty text files, each with the clean table beside it: kinds × places × dialects.

Every cell of the clean table has a text of its own, so that each can be found again in whatever a
reader makes of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

HEADERS = ("sku", "name", "note", "colour", "price")
ROWS = 6
DELIMITERS = (",", ";", "\t", "|")
LINE_ENDS = ("\n", "\r\n")
PLACES = tuple(product(range(ROWS), range(len(HEADERS))))
"""Row and column of what is wrong."""

Cells = list[list[str]]


@dataclass(frozen=True)
class DirtyText:
    kind: str
    delimiter: str
    text: str
    rows: Cells
    """The clean table, without its headers."""


@dataclass
class _Draft:
    """A file before its lines are put together."""

    delimiter: str
    header: str
    lines: list[str]
    rows: Cells
    end: str = ""

    def joined(self, cells: list[str]) -> str:
        return self.delimiter.join(cells)


def dirty_texts() -> Iterator[DirtyText]:
    for kind, spoil in KINDS.items():
        seen: set[str] = set()
        for delimiter, line_end, (row, column) in product(DELIMITERS, LINE_ENDS, PLACES):
            rows = [
                [f"{name}{number}{'x' * (number % 3)}" for name in "abcde"]
                for number in range(1, ROWS + 1)
            ]
            draft = _Draft(delimiter, delimiter.join(HEADERS), [], rows)
            draft.lines = [delimiter.join(cells) for cells in rows]
            spoil(draft, row, column)
            text = line_end.join([draft.header, *draft.lines, ""]) + draft.end
            if text not in seen:
                seen.add(text)
                yield DirtyText(kind, delimiter, text, draft.rows)


def _write(draft: _Draft, row: int, column: int, value: str, written: str) -> None:
    """The clean table has `value` there, and the file `written`."""
    draft.rows[row][column] = value
    cells = list(draft.rows[row])
    cells[column] = written
    draft.lines[row] = draft.joined(cells)


def _clean(_draft: _Draft, _row: int, _column: int) -> None: ...


def _end_mark(draft: _Draft, _row: int, _column: int) -> None:
    draft.end = "\x1a"


def _marks(draft: _Draft, _row: int, _column: int) -> None:
    draft.header = "\ufeff\ufeff" + draft.header


def _joined_files(draft: _Draft, row: int, _column: int) -> None:
    draft.lines.insert(row + 1, "\ufeff" + draft.header)


def _header_again(draft: _Draft, row: int, _column: int) -> None:
    draft.lines.insert(row + 1, draft.header)


def _titles(draft: _Draft, _row: int, _column: int) -> None:
    draft.header = f"Price list 2026\n\n{draft.header}"


def _units(draft: _Draft, _row: int, _column: int) -> None:
    draft.lines.insert(
        0, draft.joined(["sku_code", "name_text", "note_text", "colour_code", "p_e"])
    )


def _totals(draft: _Draft, _row: int, _column: int) -> None:
    draft.lines.append(draft.joined(["Total", "", "", "", "99"]))


def _names_as_values(draft: _Draft, row: int, _column: int) -> None:
    draft.rows[row][1:4] = ["note", "colour", "weight"]
    draft.lines[row] = draft.joined(draft.rows[row])


def _long_row(draft: _Draft, row: int, column: int) -> None:
    cells = [*draft.rows[row]]
    draft.lines[row] = draft.joined([*cells[:column], "", *cells[column:-1], ""])
    draft.rows[row][-1] = ""


def _missing_delimiter(draft: _Draft, row: int, column: int) -> None:
    cells = draft.rows[row]
    at = min(column, len(cells) - 2)
    draft.lines[row] = draft.joined([*cells[:at], cells[at] + cells[at + 1], *cells[at + 2 :]])


def _short_header(draft: _Draft, _row: int, column: int) -> None:
    at = min(column, len(HEADERS) - 2)
    names = [*HEADERS[:at], HEADERS[at] + HEADERS[at + 1], *HEADERS[at + 2 :]]
    draft.header = draft.joined(names)


def _blank_first_header(draft: _Draft, _row: int, _column: int) -> None:
    draft.header = draft.delimiter + draft.header


def _quote_in_header(draft: _Draft, _row: int, column: int) -> None:
    names = list(HEADERS)
    names[column] = '"' + names[column]
    draft.header = draft.joined(names)


def _quoted(draft: _Draft, row: int, column: int) -> None:
    value = f"left{draft.delimiter} right"
    _write(draft, row, column, value, f'"{value}"')


def _blank_before_quote(draft: _Draft, row: int, column: int) -> None:
    _quoted(draft, row, column)
    draft.header = draft.header.replace(draft.delimiter, draft.delimiter + " ")
    cells = [c if at != column else f'"{c}"' for at, c in enumerate(draft.rows[row])]
    draft.lines = [(draft.delimiter + " ").join(row) for row in draft.rows]
    draft.lines[row] = (draft.delimiter + " ").join(cells)


def _single_quotes(draft: _Draft, row: int, column: int) -> None:
    value = f"left{draft.delimiter} right"
    _write(draft, row, column, value, f"'{value}'")


def _backslash(draft: _Draft, row: int, column: int) -> None:
    value = f'24"{draft.delimiter} wide'
    _write(draft, row, column, value, '"' + value.replace('"', '\\"') + '"')


def _backslash_at_end(draft: _Draft, row: int, column: int) -> None:
    _write(draft, row, column, 'screen 24"', '"screen 24\\""')


def _text_formula(draft: _Draft, row: int, column: int) -> None:
    _write(draft, row, column, "00123", '="00123"')


def _stray_quote(draft: _Draft, row: int, column: int) -> None:
    _write(draft, row, column, 'screen 24"', 'screen 24"')


def _inch_marks(draft: _Draft, row: int, column: int) -> None:
    """Two cells of neighbouring rows: a quote opens in one, and what closes it is in the other."""
    row = min(row, ROWS - 2)
    _write(draft, row, column, 'big 24"', '"big 24""')
    _write(draft, row + 1, column, 'big 13"', 'big 13"')


Spoil = Callable[[_Draft, int, int], None]
KINDS: dict[str, Spoil] = {
    "clean": _clean,
    "a delimiter in quotes": _quoted,
    "0x1A at the end": _end_mark,
    "repeated byte order marks": _marks,
    "files joined end to end": _joined_files,
    "the header row again": _header_again,
    "titles above the header row": _titles,
    "a technical header row under it": _units,
    "a row of totals": _totals,
    "names of attributes as values": _names_as_values,
    "a delimiter too many": _long_row,
    "a delimiter missing": _missing_delimiter,
    "a delimiter missing in the header row": _short_header,
    "a delimiter too many before the header row": _blank_first_header,
    "a quote in the header row": _quote_in_header,
    "blanks before quotes": _blank_before_quote,
    "single quotes": _single_quotes,
    "backslash before a quote": _backslash,
    "backslash before the last quote": _backslash_at_end,
    '="00123"': _text_formula,
    "a stray quote": _stray_quote,
    "two inch marks": _inch_marks,
}
