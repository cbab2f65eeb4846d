"""The sheets of a workbook as frames of text; the only module that knows the parser.

fastexcel reads xlsx, xlsm, xlsb, xls and ods. It gives every cell as text; `cell_text` and
`special_cells` turn it into what a person sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from core.attributes.rules.whitespace import trim, trimmed
from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.workbooks.cell_text import dates_and_times
from core.imports.workbooks.insight import insight_into, mend, without_large_sheets
from core.imports.workbooks.notices import other_sheets, quoted, quoted_list
from core.imports.workbooks.safety import damaged, guarded
from core.imports.workbooks.sheet_table import SheetTable
from core.imports.workbooks.special_cells import CellTexts, corrected
from core.imports.workbooks.xlsx.cells import NotUnderstood
from core.outcomes import Notice, RefusalCode
from core.settings import Settings

ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. Frame row 0 is the sheet's row 1, column "0" is its column A."""

    name: str
    frame: pl.DataFrame
    """String columns named by index; null for an empty cell. Blank rows above the table are
    there, as are blank columns to the left of it."""
    is_visible: bool
    """Does a person who opens the workbook see it?"""
    cells: CellTexts
    """The cells that need more than their texts."""

    @property
    def has_data(self) -> bool:
        """Is there a cell that is not blank?"""
        return any(_column_has_data(self.frame[name]) for name in self.frame.columns)

    @property
    def first_valued_row(self) -> int:
        """The first row with a value; -1 when there is none."""
        return _valued_row(self.frame, last=False)

    def records(self, start: int, count: int) -> list[list[str]]:
        """Rows as lists of texts, empty for an empty cell."""
        return [[cell or "" for cell in row] for row in self.frame.slice(start, count).iter_rows()]

    def below(self, header_index: int) -> tuple[tuple[str, ...], pl.DataFrame]:
        """Headers, and the rows under them, without the blank columns to the right and the blank
        rows at the end: both are left behind by formatting alone."""
        below = self.frame.slice(header_index)
        width = next(
            (at + 1 for at in reversed(range(below.width)) if _column_has_data(below[str(at)])), 0
        )
        below = below.select(below.columns[:width])
        headers = tuple(cell or "" for cell in below.row(0))
        rows = below.slice(1)
        return headers, rows.head(_valued_row(rows, last=True) + 1)


class Workbook:
    """An open workbook. Any call may raise FileRefused: WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED,
    WORKBOOK_TOO_LARGE."""

    def __init__(self, path: Path, kind: FileKind, settings: Settings) -> None:
        """`path` carries the suffix of its kind: the parser goes by it. What must not be parsed
        is blanked out in the file."""
        self._path = path
        self._insight = insight_into(path, kind, without_large_sheets(path, kind, settings))
        try:
            self._open()
        except FileRefused as reason:
            if reason.code != RefusalCode.WORKBOOK_DAMAGED or not mend(path, kind):
                raise
            if kind is not FileKind.XLS:  # whose errors before they were written over count
                found = without_large_sheets(path, kind, settings)
                self._insight = insight_into(path, kind, found)
            self._open()

    def _open(self) -> None:
        self._reader = guarded(self._path, lambda: fastexcel.read_excel(self._path))
        self.sheet_names: tuple[str, ...] = tuple(self._reader.sheet_names)
        if not self.sheet_names:
            raise damaged()  # the format demands one; the list of them was lost

    def load(self, name: str) -> Sheet:
        """The sheet with its texts as a person sees them."""
        special, (frame, is_visible) = self._special_and_parsed(name)
        frame = corrected(frame, special)
        if self._insight.has_dates:
            frame = dates_and_times(frame, from_1904=self._insight.from_1904)
        return Sheet(name, frame, is_visible, special)

    def table(self, sheet: Sheet, header_index: int) -> SheetTable:
        """The table whose headers are in this row of the sheet, from 0."""
        headers, rows = sheet.below(header_index)
        return SheetTable(sheet.name, header_index, headers, rows, sheet.cells, self._insight)

    def _special_and_parsed(self, name: str) -> tuple[CellTexts, tuple[pl.DataFrame, bool]]:
        try:
            self._insight.admit(name)
            # The parser works without the interpreter's lock, so both take as long as the longer
            # one. They end together: the file must not change under the parser.
            with ThreadPoolExecutor(1, thread_name_prefix="parser") as pool:
                parsing = pool.submit(self._parsed, name)
                special = self._insight.special_cells(name)
            return special, parsing.result()
        except (NotUnderstood, FileRefused) as reason:
            if isinstance(reason, FileRefused) and reason.code != RefusalCode.WORKBOOK_DAMAGED:
                raise
            rewritten = self._rewritten(name)
            if rewritten is None:
                raise damaged() from reason
            return rewritten, self._parsed(name)

    def _parsed(self, name: str) -> tuple[pl.DataFrame, bool]:
        """The sheet as the parser gives it, and whether it is visible."""
        # `skip_rows=0` keeps blank rows above the table: without it row numbers would shift.
        loaded = guarded(
            self._path,
            lambda: self._reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"),
        )
        frame = guarded(self._path, loaded.to_polars)
        columns = loaded.available_columns()
        leading = columns[0].absolute_index if columns else 0
        frame.columns = [str(leading + at) for at in range(frame.width)]
        empty = [pl.lit(None, dtype=pl.String).alias(str(at)) for at in range(leading)]
        frame = frame.select(*empty, pl.all()) if frame.width else frame
        return frame, loaded.visible == "visible"

    def _rewritten(self, name: str) -> CellTexts | None:
        """The sheet is rewritten and the workbook opened again."""
        special = self._insight.rewrite(name)
        if special is not None:
            self._reader = guarded(self._path, lambda: fastexcel.read_excel(self._path))
        return special

    def choose(self, wanted: str | None) -> Sheet | None:
        """The sheet that the caller names, else the first visible one with data; None when no
        visible sheet has any.

        Raises FileRefused: SHEET_NOT_FOUND (its sentence lists the sheets) and NO_VISIBLE_SHEET.
        """
        if wanted is not None:
            return self.load(self._find(wanted))
        any_visible = False
        for name in self.sheet_names:
            sheet = self.load(name)
            any_visible |= sheet.is_visible
            if sheet.is_visible and sheet.has_data:
                return sheet
        if not any_visible:
            raise FileRefused(
                RefusalCode.NO_VISIBLE_SHEET,
                "The workbook has no visible sheet. Unhide the sheet with the products, or name "
                f"it when you upload{_listing(self.sheet_names)}.",
            )
        return None

    def notices_of_others(self, chosen: str) -> list[Notice]:
        """About the other visible sheets with data. A sheet that cannot be read has none."""
        found = []
        for name in self.sheet_names:
            if name == chosen:
                continue
            try:
                sheet = self.load(name)
            except FileRefused:
                continue
            if sheet.is_visible and sheet.has_data:
                found.append(name)
        return other_sheets(found, chosen)

    def _find(self, wanted: str) -> str:
        """The exact name, otherwise apart from case and blanks: spreadsheet programs do not allow
        two sheets whose names differ only in case."""
        if wanted in self.sheet_names:
            return wanted
        for name in self.sheet_names:
            if trim(name).casefold() == trim(wanted).casefold():
                return name
        raise FileRefused(
            RefusalCode.SHEET_NOT_FOUND,
            f"The workbook has no sheet {quoted(wanted)}{_listing(self.sheet_names)}.",
        )


def _column_has_data(column: pl.Series) -> bool:
    if column.null_count() == len(column):
        return False
    return bool(column.to_frame("c").select(trimmed(pl.col("c")).is_not_null().any()).item())


def _valued_row(rows: pl.DataFrame, *, last: bool) -> int:
    """The first or last row with a value, -1 when there is none. Looks in runs from that end: it
    is seldom far."""
    starts = range(0, rows.height, ROWS_AT_ONCE)
    for start in reversed(starts) if last else starts:
        valued = rows.slice(start, ROWS_AT_ONCE).select(
            pl.any_horizontal(trimmed(pl.all()).is_not_null()).alias("valued")
        )
        found = valued["valued"].arg_true()
        if len(found):
            return start + int(found[-1 if last else 0])
    return -1


def _listing(names: Sequence[str]) -> str:
    return f"; its sheets are: {quoted_list(names)}" if names else ""
