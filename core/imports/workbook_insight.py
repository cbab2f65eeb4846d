"""What a workbook's own parts say of its sheets, beyond what the parser tells.

The parser is the judge of what can be read. Where a part is not understood here, there is simply
nothing to add to what it says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from core.imports.model import FileKind
from core.imports.ooxml import Package, read_package
from core.imports.sheet_area import refuse_sparse_sheet, refuse_sparse_xlsb
from core.imports.special_cells import CellTexts
from core.imports.workbook_safety import opened_zip
from core.imports.xls_cells import XlsWorkbook, find_special_xls_cells, read_xls
from core.imports.xlsb_cells import find_special_xlsb_cells, read_xlsb_package
from core.imports.xlsx_cells import find_special_xlsx_cells
from core.settings import Settings


class Insight(Protocol):
    @property
    def has_dates(self) -> bool:
        """May some cell hold a date or time?"""
        ...

    @property
    def from_1904(self) -> bool:
        """Do days count from 1904-01-01?"""
        ...

    def special_cells(self, sheet: str) -> CellTexts:
        """Raises FileRefused (WORKBOOK_TOO_LARGE) for a sheet that must not be parsed."""
        ...


def insight_into(path: Path, kind: FileKind, settings: Settings) -> Insight:
    """Raises FileRefused for a container that is broken."""
    try:
        if kind is FileKind.XLS:
            return _XlsInsight(read_xls(path.read_bytes()))
        if kind in (FileKind.XLSX, FileKind.XLSB):
            return _ZipInsight(path, kind, settings)
    except (KeyError, ValueError):
        pass
    return _NoInsight()


class _NoInsight:
    """Also for ods, whose cells carry no address: the parser must do. That it may be parsed was
    found before it was opened (`ods_area`)."""

    has_dates = True
    from_1904 = False

    def special_cells(self, sheet: str) -> CellTexts:
        return CellTexts()


class _ZipInsight:
    def __init__(self, path: Path, kind: FileKind, settings: Settings) -> None:
        self._path, self._kind, self._settings = path, kind, settings
        with opened_zip(path) as archive:
            if kind is FileKind.XLSB:
                refuse_sparse_xlsb(archive, settings)
                self._package: Package = read_xlsb_package(archive)
            else:
                self._package = read_package(archive)

    @property
    def has_dates(self) -> bool:
        return self._package.styles.has_dates

    @property
    def from_1904(self) -> bool:
        return self._package.from_1904

    def special_cells(self, sheet: str) -> CellTexts:
        part = self._package.sheet_parts.get(sheet)
        with opened_zip(self._path) as archive:
            if part is None or part not in archive.namelist():
                return CellTexts()
            if self._kind is FileKind.XLSX:
                refuse_sparse_sheet(archive, part, self._settings)
                return find_special_xlsx_cells(archive, part, self._package.styles)
            try:
                return find_special_xlsb_cells(archive, part, self._package.styles)
            except ValueError:
                return CellTexts()


class _XlsInsight:
    def __init__(self, book: XlsWorkbook) -> None:
        self._book = book

    @property
    def has_dates(self) -> bool:
        return self._book.styles.has_dates

    @property
    def from_1904(self) -> bool:
        return self._book.from_1904

    def special_cells(self, sheet: str) -> CellTexts:
        try:
            return find_special_xls_cells(self._book, sheet)
        except (KeyError, ValueError):
            return CellTexts()
