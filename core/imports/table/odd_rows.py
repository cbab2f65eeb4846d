"""Rows of a chunk that are not products, and misleading cells.

Every decision here depends only on the row, its number and the plan, so it does not depend on the
chunks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.comparing import BLANKS
from core.attributes.rules.types.number import NUMBER
from core.attributes.rules.whitespace import trim
from core.imports.model import OddKind, OddRows, Plan

OddFrameRows = Mapping[OddKind, tuple[int, ...]]
"""Frame rows by their kind."""

ROWS_NAMED = 5
ROWS_SAMPLED = 100

TOTALS_WITHIN_LAST_ROWS = 20
"""Totals are at the end of a table, followed by remarks or blank rows at most."""
TOTALS = frozenset(
    {
        *("total", "totals", "grand total", "subtotal", "sub total", "sub-total", "sum", "sums"),
        *("summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "endsumme"),
        *("total général", "sous-total", "somme", "suma", "total general", "totale", "totaal"),
    }
)

_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_NUMBER = re.compile(rf"[€$£]?\s*(?:{NUMBER}|-?\d{{1,3}}(?:[.,' ]\d{{3}})*(?:[.,]\d+)?)\s*[€$£%]?")
_AROUND_A_HEADER = BLANKS + "\x1a"


def found_rows(odd: OddFrameRows, first_row: int) -> tuple[OddRows, ...]:
    """Their form in a summary."""
    return tuple(
        OddRows(
            kind=kind,
            count=len(odd[kind]),
            first=tuple(first_row + row for row in odd[kind][:ROWS_NAMED]),
        )
        for kind in OddKind
        if odd.get(kind)
    )


def set_aside(
    frame: pl.DataFrame, first_row: int, plan: Plan
) -> tuple[pl.DataFrame, dict[OddKind, tuple[int, ...]], frozenset[int]]:
    """The frame in which rows that are not products are blank: a repeated header row, totals, and
    rows that the plan skips. Then those of them that are reported here, and all of them."""
    again = _headers_again(frame, plan.original_headers)
    totals = _totals(frame, first_row, plan.row_count)
    planned = [row - first_row for row in plan.left_out_rows]
    gone = frozenset({*again, *totals, *(row for row in planned if 0 <= row < frame.height)})
    odd = {
        OddKind.HEADER_AGAIN: tuple(again),
        OddKind.HEADER_OTHERWISE: tuple(
            row for row in _headers_otherwise(frame, plan.original_headers) if row not in gone
        ),
        OddKind.TOTALS: tuple(totals),
    }
    if not gone:
        return frame, odd, gone
    keep = pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    keep = keep.scatter(sorted(gone), values=False)
    blanked = frame.select(pl.when(pl.lit(keep)).then(pl.all()))
    return blanked, odd, gone


def _headers_again(frame: pl.DataFrame, headers: Sequence[str]) -> list[int]:
    """Rows that repeat the header row, as files do that were joined end to end."""
    wanted = [_bare(header) for header in headers]
    named = [index for index, header in enumerate(wanted) if header]
    if not named or not frame.height:
        return []
    # one comparison of one column rules out nearly every row; marks may precede the first column
    key = max(named, key=lambda index: (index > 0, len(wanted[index])))
    column = frame[str(key)]
    alike = column == headers[key]
    others = {wanted[key], "\ufeff" + headers[key], "\ufeff" + wanted[key]} - {headers[key]}
    for other in others if key == 0 else others & {wanted[key]}:
        alike |= column == other
    return [
        row
        for row in alike.fill_null(value=False).arg_true().to_list()
        if [_bare(cell or "") for cell in frame.row(row)] == wanted
    ]


def _headers_otherwise(frame: pl.DataFrame, headers: Sequence[str]) -> list[int]:
    """Rows that hold the headers in another case or order."""
    wanted = [_bare(header) for header in headers]
    folded = sorted(name.casefold() for name in wanted if name)
    if len(set(folded)) < 2 or not frame.height:
        return []
    names = {name.lower() for name in wanted if name}
    spelled = {way for name in wanted for way in (name, name.upper(), name.lower()) if way}
    sizes = {len(way.encode()) for way in spelled}
    # every column but the first, which marks may precede, must have a name; so any of them rules
    # rows out by the sizes of its cells, and the one with the fewest such cells does it best
    named = [index for index, name in enumerate(wanted) if name and index]
    like = _have_size(frame.head(ROWS_SAMPLED), sizes).sum(axis=0)
    key = str(min(named, key=lambda index: int(like[index])))
    rows = np.flatnonzero(_have_size(frame.select(key), sizes))
    rows = rows[frame[key].gather(rows).str.to_lowercase().is_in(names).to_numpy()]
    found = []
    for row in rows.tolist():
        raw = [cell or "" for cell in frame.row(row)]
        cells = [_bare(cell) for cell in raw]
        if (
            cells != wanted
            and list(map(bool, cells)) == list(map(bool, wanted))
            and sorted(cell.casefold() for cell in cells if cell) == folded
            and all(raw[i].lower() in names and len(raw[i].encode()) in sizes for i in named)
        ):
            found.append(row)
    return found


def _have_size(frame: pl.DataFrame, sizes: Collection[int]) -> NDArray[np.bool_]:
    """Row by column: which cells have one of the sizes."""
    lengths = frame.select(pl.all().str.len_bytes().fill_null(0)).to_numpy()
    return np.isin(lengths, sorted(sizes))


def _bare(header: str) -> str:
    """Without what an end of file or a beginning leaves around a header."""
    text = header.strip(_AROUND_A_HEADER)
    return trim(text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _totals(frame: pl.DataFrame, first_row: int, row_count: int) -> list[int]:
    start = max(0, row_count - TOTALS_WITHIN_LAST_ROWS - first_row + 1)
    if start >= frame.height:
        return []
    rows = frame.slice(start).iter_rows()
    return [row for row, cells in enumerate(rows, start) if is_row_of_totals(cells)]


def is_row_of_totals(cells: Sequence[str | None]) -> bool:
    """Its first value is a word for a total, all others are numbers, and some cell is empty."""
    first, *others = [trim(cell or "") for cell in cells if cell and trim(cell)] or [""]
    word = re.split("[:(]", first, maxsplit=1)[0]  # `Total: 2 items`
    return (
        word.rstrip(". ").casefold() in TOTALS
        and 0 < len(others) < len(cells) - 1
        and all(_NUMBER.fullmatch(other) for other in others)
    )


def without_text_formulas(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """Cells of the form `="00123"`, which keeps spreadsheets from reading a number, as the text
    within; and the rows of such cells."""
    begins = frame.select(pl.all().str.starts_with('="').any())
    columns = [name for name in frame.columns if begins[name].item()]
    if not columns:
        return frame, ()
    is_formula = pl.col(columns).str.contains(f"^(?:{_TEXT_FORMULA.pattern})$")
    rows = frame.select(pl.any_horizontal(is_formula.fill_null(value=False)).alias("found"))
    found = rows["found"].arg_true()
    inner = pl.col(columns).str.slice(2).str.strip_suffix('"').str.replace_all('""', '"')
    text = pl.when(is_formula).then(inner).otherwise(pl.col(columns))
    return frame.with_columns(text), tuple(found.to_list())


def plain_text(cell: str) -> str:
    """One cell as `without_text_formulas` reads it."""
    match = _TEXT_FORMULA.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


def rows_in_a_cell(
    frame: pl.DataFrame, rows: NDArray[np.intp], delimiter: str, record_end: str
) -> tuple[int, ...]:
    """Rows in which a cell looks like the end of one row and the beginning of another: for example
    two inch marks that enclose everything between them. `rows` have a cell with a line end."""
    width = frame.width
    if width < 2:
        return ()
    some = frame[rows]
    holds_end = some.select(pl.all().str.contains(record_end, literal=True).any()).row(0)
    columns = [index for index, holds in enumerate(holds_end) if holds]
    found: set[int] = set()
    for index in columns:
        for row, text in zip(rows.tolist(), some[str(index)], strict=True):
            ends = text.count(record_end) if text else 0
            if (
                ends
                and text.count(delimiter) == ends * (width - 1)
                and _are_rows(text.split(record_end), index, width, delimiter)
            ):
                found.add(row)
    return tuple(sorted(found))


def _are_rows(pieces: Sequence[str], index: int, width: int, delimiter: str) -> bool:
    first, *whole, last = [piece.count(delimiter) for piece in pieces]
    if (first, last) != (width - 1 - index, index) or any(n != width - 1 for n in whole):
        return False
    return width > 2 or _has_inner_quote(pieces, delimiter)


def _has_inner_quote(pieces: Iterable[str], delimiter: str) -> bool:
    return any('"' + delimiter in piece or delimiter + '"' in piece for piece in pieces)
