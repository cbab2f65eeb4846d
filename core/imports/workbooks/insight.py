"""What the parts of a workbook say about its sheets beyond the parser's result.

The parser decides what can be read. If a part is not understood here, the parser's result is used
unchanged.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from xml.parsers.expat import ExpatError

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.workbooks.ods.area import NotAsShown, read_ods_cells
from core.imports.workbooks.ods.rewriting import rewrite_ods
from core.imports.workbooks.ooxml import Package, read_package, shared_text_count
from core.imports.workbooks.repackaging import repackage
from core.imports.workbooks.safety import blank_out, damaged, opened_zip, replace_part
from core.imports.workbooks.sheet_area import too_large_xlsb_parts
from core.imports.workbooks.special_cells import CellTexts
from core.imports.workbooks.xls_cells import (
    XlsWorkbook,
    find_special_xls_cells,
    read_xls,
    with_known_xls_errors,
)
from core.imports.workbooks.xlsb_cells import (
    find_special_xlsb_cells,
    read_xlsb_package,
    with_known_errors,
)
from core.imports.workbooks.xlsx.area import too_large_sheets
from core.imports.workbooks.xlsx.cells import (
    NotUnderstood,
    find_special_xlsx_cells,
    find_xlsx_numbers,
)
from core.imports.workbooks.xlsx.reading import read_xlsx_sheet
from core.settings import Settings


class Insight(Protocol):
    @property
    def has_dates(self) -> bool:
        """Whether some cell may hold a date or time."""
        ...

    @property
    def from_1904(self) -> bool:
        """Do days count from 1904-01-01?"""
        ...

    def admit(self, sheet: str) -> None:
        """Before the parser gets the sheet. Raises FileRefused (WORKBOOK_TOO_LARGE) for one that
        must not be parsed, and NotUnderstood for one that is to be rewritten first."""
        ...

    def special_cells(self, sheet: str) -> CellTexts:
        """Of a sheet that was admitted. Raises NotUnderstood if it is to be rewritten first."""
        ...

    def see_currencies(self, sheet: str, units: Mapping[int, str], found: CellTexts) -> None:
        """Add the numbers that are shown with another currency than the unit of their column, as
        far as `special_cells` left them out."""
        ...

    def rewrite(self, sheet: str) -> CellTexts | None:
        """Rewrite the sheet in the file so that the parser understands it, and return its special
        cells. None if that is impossible; the file is then unchanged."""
        ...


@dataclass(slots=True)
class PartsToMind:
    """What was found in the zip before the parser opens it."""

    refused: dict[str, FileRefused] = field(default_factory=dict)
    """Part → why it must not be parsed."""
    unusual: set[str] = field(default_factory=set)
    """Sheets that are not written as most programs do."""
    ods_cells: dict[str, CellTexts] = field(default_factory=dict)
    """Sheet → its special cells."""


def without_large_sheets(path: Path, kind: FileKind, settings: Settings) -> PartsToMind:
    """To be called before the parser opens the file. Blanks out, in the file at `path`, the parts
    of an xlsx or xlsb that must not be parsed: the parser cannot come upon them, however the
    workbook leads it there.

    Raises FileRefused for a container that is broken, and for an ods or xlsb with a sheet that is
    too large.
    """
    found = PartsToMind()
    if kind is FileKind.ODS:
        try:
            found.ods_cells = read_ods_cells(path, settings)
        except NotAsShown as before:
            if not rewrite_ods(path):
                raise damaged() from None
            found.ods_cells = read_ods_cells(path, settings)
            for name, places in before.with_tables.items():
                found.ods_cells[name].with_tables |= places
    if kind not in (FileKind.XLSX, FileKind.XLSB):
        return found
    with opened_zip(path) as archive:
        if kind is FileKind.XLSB:
            found.refused = too_large_xlsb_parts(archive, settings)
        else:
            found.refused = too_large_sheets(archive, settings, found.unusual)
        entries = [entry for entry in archive.infolist() if entry.filename in found.refused]
    for entry in entries:
        blank_out(path, entry)
    return found


def insight_into(path: Path, kind: FileKind, found: PartsToMind) -> Insight:
    """`found` is the result of `without_large_sheets`. Raises FileRefused for a damaged
    container."""
    try:
        if kind is FileKind.XLS:
            return _XlsInsight(read_xls(path.read_bytes()))
        if kind in (FileKind.XLSX, FileKind.XLSB):
            return _ZipInsight(path, kind, found)
    except (KeyError, ValueError):
        pass
    return _NoInsight(found.ods_cells)


def mend(path: Path, kind: FileKind) -> bool:
    """Write over what is sound and the parser refuses all the same: the errors of an xls that it
    does not know, an ods in an unusual spelling, characters that XML forbids. False when there is
    nothing of the kind."""
    if kind is FileKind.ODS:
        return rewrite_ods(path)
    if kind is not FileKind.XLS:
        return repackage(path, kind, always=True)
    data = path.read_bytes()
    try:
        mended = with_known_xls_errors(data)
    except (KeyError, ValueError, IndexError, struct.error):
        return False
    path.write_bytes(mended)
    return mended != data


class _NoInsight:
    """Of an ods, what was found before it was opened. Its dates are texts."""

    has_dates = True
    from_1904 = False

    def __init__(self, cells: Mapping[str, CellTexts]) -> None:
        self._cells = cells

    def admit(self, sheet: str) -> None:
        return None

    def special_cells(self, sheet: str) -> CellTexts:
        return self._cells.get(sheet, CellTexts())

    def see_currencies(self, sheet: str, units: Mapping[int, str], found: CellTexts) -> None:
        return None

    def rewrite(self, sheet: str) -> CellTexts | None:
        return None


class _ZipInsight:
    def __init__(self, path: Path, kind: FileKind, found: PartsToMind) -> None:
        self._path, self._kind = path, kind
        self._refused, self._unusual = found.refused, found.unusual
        with opened_zip(path) as archive:
            is_xlsb = kind is FileKind.XLSB
            self._package: Package = (read_xlsb_package if is_xlsb else read_package)(archive)

    @property
    def has_dates(self) -> bool:
        return self._package.styles.has_dates

    @property
    def from_1904(self) -> bool:
        return self._package.from_1904

    def admit(self, sheet: str) -> None:
        part = self._package.sheet_parts.get(sheet)
        if part is not None and part in self._refused:
            raise self._refused[part]
        if part in self._unusual:
            raise NotUnderstood
        with opened_zip(self._path) as archive:
            if part is None or part not in archive.namelist():
                for reason in self._refused.values():
                    raise reason  # the parser may still find it

    def special_cells(self, sheet: str) -> CellTexts:
        part = self._package.sheet_parts.get(sheet)
        with opened_zip(self._path) as archive:
            if part is None or part not in archive.namelist():
                return CellTexts()
            if self._kind is FileKind.XLSX:
                return find_special_xlsx_cells(
                    archive, part, self._package.styles, self._package.is_uncalculated
                )
            try:
                return find_special_xlsb_cells(archive, part, self._package.styles)
            except ValueError:
                return CellTexts()

    def see_currencies(self, sheet: str, units: Mapping[int, str], found: CellTexts) -> None:
        styles = self._package.styles
        columns = {column: styles.other_than(unit) for column, unit in units.items()}
        columns = {column: others for column, others in columns.items() if others}
        if columns and self._kind is FileKind.XLSX:
            with opened_zip(self._path) as archive:
                part = self._package.sheet_parts[sheet]
                find_xlsx_numbers(archive, part, styles, columns, found)

    def rewrite(self, sheet: str) -> CellTexts | None:
        part = self._package.sheet_parts.get(sheet)
        if part is None or part in self._refused:
            return None
        rewritten = self._path.with_suffix(".sheet")
        try:
            if self._kind is FileKind.XLSB:
                found = self.special_cells(sheet)
                with opened_zip(self._path) as archive:
                    rewritten.write_bytes(with_known_errors(archive.read(part)))
                replace_part(self._path, part, rewritten)
                return found
            with opened_zip(self._path) as archive, rewritten.open("wb") as file:
                if part not in archive.namelist():
                    return None
                count = shared_text_count(archive, self._package)
                found = read_xlsx_sheet(archive, part, self._package, count, file)
            replace_part(self._path, part, rewritten)
        except (ExpatError, FileRefused, KeyError, IndexError):
            return None
        finally:
            rewritten.unlink(missing_ok=True)
        return found


class _XlsInsight:
    def __init__(self, book: XlsWorkbook) -> None:
        self._book = book

    @property
    def has_dates(self) -> bool:
        return self._book.styles.has_dates

    @property
    def from_1904(self) -> bool:
        return self._book.from_1904

    def admit(self, sheet: str) -> None:
        return None

    def special_cells(self, sheet: str) -> CellTexts:
        try:
            return find_special_xls_cells(self._book, sheet)
        except (KeyError, ValueError):
            return CellTexts()

    def see_currencies(self, sheet: str, units: Mapping[int, str], found: CellTexts) -> None:
        return None

    def rewrite(self, sheet: str) -> CellTexts | None:
        return None
