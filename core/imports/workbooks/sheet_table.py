"""The table of a sheet: its headers, its rows, and the notices about their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import Column, ColumnRole
from core.imports.workbooks.formats.number_formats import Showing
from core.imports.workbooks.insight import Insight
from core.imports.workbooks.notices import of_cells
from core.imports.workbooks.shown_numbers import for_attributes
from core.imports.workbooks.special_cells import CellTexts
from core.outcomes import Notice

_READ_AS_VALUES = {Showing.FRACTION, Showing.DATE_PART}


@dataclass(slots=True)
class SheetTable:
    """It does not keep the frame of the whole sheet."""

    sheet: str
    header_index: int
    """The row of the headers in the sheet, from 0."""
    headers: tuple[str, ...]
    rows: pl.DataFrame
    """The rows under the headers: String columns named "0", "1", …; null for an empty cell."""
    cells: CellTexts
    insight: Insight

    def show_numbers(
        self, columns: Sequence[Column], definitions: Sequence[AttributeDefinition]
    ) -> list[Notice]:
        """Put the text that a person sees in place of a number, where the attribute of the column
        can hold it; what it cannot hold is in the notices."""
        units = {d.name: d.unit or "" for d in definitions if d.type is AttributeType.MEASURE}
        values = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
        measures = {
            c.index: units[c.attribute]
            for c in columns
            if c.role in values and c.attribute in units
        }
        if measures:
            self.insight.see_currencies(self.sheet, measures, self.cells)
        self.rows, notices = for_attributes(
            self.rows, self.header_index + 1, self.cells.seen, columns, definitions
        )
        return notices

    def numbers_shown_otherwise(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The columns whose formats show signs beside numbers, and those in which they only show
        texts."""
        showings = {
            column: found
            for column, cells in sorted(self.cells.seen.items())
            if (found := {cell.showing for cell in cells.values()} - _READ_AS_VALUES)
        }
        texts = {Showing.TEXT, Showing.ELAPSED}
        return (
            tuple(column for column, found in showings.items() if not found <= texts),
            tuple(column for column, found in showings.items() if found <= texts),
        )

    def notices(self) -> list[Notice]:
        """About errors, formulas without a result, and hidden rows and columns."""
        return of_cells(self.cells, self.header_index + 1, self.rows.height, self.headers)
