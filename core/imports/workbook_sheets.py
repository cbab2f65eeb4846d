"""The sheets of a workbook as frames of text; the only module that knows the parser.

fastexcel reads xlsx, xlsm, xlsb, xls and ods. Every cell comes as text; what that text should look
like to a person is `workbook_text`'s affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from core.errors import FileRefused
from core.imports.blanks import trim, trimmed
from core.imports.model import RefusalCode
from core.imports.rules.shown import shown_text
from core.imports.workbook_safety import guarded

SHEETS_NAMED = 20
SHEET_NAME_MAX_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. Frame row 0 is the sheet's row 1, column "0" is its column A."""

    name: str
    frame: pl.DataFrame
    """String columns named by index; null for an empty cell. Blank rows above the table are
    there, as are blank columns to the left of it."""
    leading_columns: int
    """Columns to the left of the used range: all empty."""


class Workbook:
    """An open workbook. Raises FileRefused (WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED) on any call."""

    def __init__(self, path: Path) -> None:
        """`path` carries the suffix of its kind: the parser goes by it."""
        self._path = path
        self._reader = guarded(path, lambda: fastexcel.read_excel(path))
        self.sheet_names: tuple[str, ...] = tuple(self._reader.sheet_names)

    def load(self, name: str) -> tuple[Sheet, bool]:
        """The sheet, and whether a person who opens the workbook sees it."""
        # `skip_rows=0` keeps blank rows above the table: without it row numbers would shift.
        loaded = guarded(
            self._path,
            lambda: self._reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"),
        )
        visible = loaded.visible == "visible"
        frame = guarded(self._path, loaded.to_polars)
        columns = loaded.available_columns()
        leading = columns[0].absolute_index if columns else 0
        frame.columns = [str(leading + at) for at in range(frame.width)]
        empty = [pl.lit(None, dtype=pl.String).alias(str(at)) for at in range(leading)]
        frame = frame.select(*empty, pl.all()) if frame.width else frame
        return Sheet(name, frame, leading), visible

    def choose(self, wanted: str | None) -> Sheet | None:
        """The sheet that the caller names, else the first visible one with data; None when no
        visible sheet has any.

        Raises FileRefused: SHEET_NOT_FOUND (its sentence lists the sheets) and NO_VISIBLE_SHEET.
        """
        if wanted is not None:
            return self.load(self._find(wanted))[0]
        any_visible = False
        for name in self.sheet_names:
            sheet, visible = self.load(name)
            any_visible |= visible
            if visible and has_data(sheet.frame):
                return sheet
        if not any_visible:
            raise FileRefused(
                RefusalCode.NO_VISIBLE_SHEET,
                "The workbook has no visible sheet. Unhide the sheet with the products, or name "
                f"it when you upload{_listing(self.sheet_names)}.",
            )
        return None

    def others_with_data(self, chosen: str) -> list[str]:
        """Names of the other visible sheets with data. A sheet that cannot be read has none."""
        found = []
        for name in self.sheet_names:
            if name == chosen:
                continue
            try:
                sheet, visible = self.load(name)
            except FileRefused:
                continue
            if visible and has_data(sheet.frame):
                found.append(name)
        return found

    def _find(self, wanted: str) -> str:
        """Exactly so named, else but for case and blanks: a spreadsheet program takes no two
        sheets whose names differ by case alone."""
        if wanted in self.sheet_names:
            return wanted
        for name in self.sheet_names:
            if trim(name).casefold() == trim(wanted).casefold():
                return name
        raise FileRefused(
            RefusalCode.SHEET_NOT_FOUND,
            f"The workbook has no sheet {_quoted(wanted)}{_listing(self.sheet_names)}.",
        )


def has_data(frame: pl.DataFrame) -> bool:
    """Is there a cell that is not blank?"""
    return any(column_has_data(frame[name]) for name in frame.columns)


def column_has_data(column: pl.Series) -> bool:
    if column.null_count() == len(column):
        return False
    return bool(column.to_frame("c").select(trimmed(pl.col("c")).is_not_null().any()).item())


def quoted_list(names: Sequence[str]) -> str:
    """E.g. `"A", "B" and 3 more`."""
    shown = ", ".join(map(_quoted, names[:SHEETS_NAMED]))
    more = len(names) - SHEETS_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _quoted(name: str) -> str:
    return f'"{shown_text(name, SHEET_NAME_MAX_CHARACTERS)}"'


def _listing(names: Sequence[str]) -> str:
    return f"; its sheets are: {quoted_list(names)}" if names else ""
