"""The text of a number whose format shows more than the number.

What a person sees is read if the attribute can hold it: `500 g` for a measure, `007` for a text. If
it cannot, as a number attribute holds no unit, the number is read and a notice names column and
first cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from core.attributes.definitions import (
    SELECT_TYPES,
    AttributeDefinition,
    AttributeType,
    types_where,
)
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.imports.workbooks.formats.currencies import may_be_unit
from core.imports.workbooks.formats.fractions import is_same_number
from core.imports.workbooks.formats.number_formats import Showing
from core.imports.workbooks.special_cells import Seen, cell_name
from core.outcomes import Notice, NoticeCode

COLUMNS_NAMED = 5

_NUMBERS = types_where(lambda traits: traits.is_digits)
_DATES = (AttributeType.DATE, AttributeType.DATETIME)


def for_attributes(
    rows: pl.DataFrame,
    first_row: int,
    seen: Mapping[int, Mapping[int, Seen]],
    columns: Sequence[Column],
    definitions: Sequence[AttributeDefinition],
) -> tuple[pl.DataFrame, list[Notice]]:
    """The rows with the texts that suit the attributes. `first_row` is the sheet's row of the first
    of them; `seen` is column → row of the sheet → number."""
    by_name = {definition.name: definition for definition in definitions}
    changed, named_columns = [], []
    for column in columns:
        definition = by_name.get(column.attribute or "")
        cells = {
            row - first_row: cell
            for row, cell in sorted(seen.get(column.index, {}).items())
            if 0 <= row - first_row < rows.height
        }
        if definition is None or not cells:
            continue
        read = rows[str(column.index)]
        texts = {
            row: (read[row] or "")
            if cell.showing is Showing.DATE_PART
            else _text(cell, column, definition)
            for row, cell in cells.items()
        }
        values = pl.Series(list(texts.values()), dtype=pl.String)
        changed.append(read.scatter(list(texts), values))
        differing = [
            row for row, cell in cells.items() if _is_reported(cell, texts[row], definition)
        ]
        if _is_one_currency(list(cells.values()), definition):
            differing = []
        if differing:
            row = differing[0]
            named_columns.append(
                f'column "{shown_text(column.header, HEADER_SHOWN_CHARACTERS)}", cell '
                f"{cell_name(first_row + row, column.index)} "
                f"{'has the date format' if cells[row].is_code else 'shows'} "
                f'"{shown_text(cells[row].shown, HEADER_SHOWN_CHARACTERS)}" and was read as '
                f"{texts[row]}{_others(len(differing) - 1)}"
            )
    return rows.with_columns(changed), _notice(named_columns)


def _text(cell: Seen, column: Column, definition: AttributeDefinition) -> str:
    kind = definition.type
    if not cell.shown:
        return cell.number
    if column.role is ColumnRole.MEASURE_VALUE:  # its unit is in another column
        is_percent = cell.showing is Showing.PERCENT and definition.unit == "%"
        return cell.shown.rstrip("% ") if is_percent else cell.number
    if kind in _NUMBERS or cell.showing is Showing.CURRENCY:
        return cell.number
    if cell.showing is Showing.FRACTION:
        is_text = kind is not AttributeType.MEASURE and is_same_number(cell.shown, cell.number)
        return cell.shown if is_text else cell.number
    if cell.showing is Showing.PERCENT:
        return cell.shown if kind is AttributeType.MEASURE or kind in SELECT_TYPES else cell.number
    return cell.shown


def _is_reported(cell: Seen, text: str, definition: AttributeDefinition) -> bool:
    if cell.showing is Showing.DATE_PART:
        return bool(text) and definition.type not in _DATES
    if cell.showing is Showing.FRACTION and definition.type in (*_NUMBERS, AttributeType.MEASURE):
        return False
    if text == cell.shown or (definition.type in _NUMBERS and _is_equal(cell.shown, text)):
        return False
    return not (cell.symbol and may_be_unit(cell.symbol, definition.unit or ""))


def _is_equal(shown: str, text: str) -> bool:
    """Do only zeros differ, which a number does not have?"""
    try:
        return float(shown) == float(text)
    except ValueError:
        return False


def _is_one_currency(cells: Sequence[Seen], definition: AttributeDefinition) -> bool:
    """A column of prices in one currency says nothing that a number or text lacks. A measure has a
    unit, which the currency may contradict."""
    if definition.type is AttributeType.MEASURE:
        return False
    symbols = {cell.symbol for cell in cells}
    return len(symbols) == 1 and all(cell.showing is Showing.CURRENCY for cell in cells)


def _others(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _notice(named_columns: Sequence[str]) -> list[Notice]:
    if not named_columns:
        return []
    more = len(named_columns) - COLUMNS_NAMED
    named = "; ".join(named_columns[:COLUMNS_NAMED]) + (
        f"; and {more:,} more columns" if more > 0 else ""
    )
    return [
        Notice(
            code=NoticeCode.NUMBERS_SHOWN_OTHERWISE,
            message=f"Number formats show something else than was read: {named}. Check that the "
            "values are meant so.",
        )
    ]
