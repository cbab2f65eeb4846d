"""The parts of an xlsb package, and the special cells of its sheets.

Source: [MS-XLSB]. A part is a run of records: type and size in 7 bits a byte (2.1.4), then data.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from core.imports.workbooks.ooxml import Package, relations_of, resolved
from core.imports.workbooks.special_cells import ERROR_TEXTS, OTHER_ERROR, CellTexts, Styles

WORKBOOK_PART = "xl/workbook.bin"
STYLES_PART = "xl/styles.bin"

_WB_PROP, _BUNDLE_SH = 153, 156
_FMT, _XF, _BEGIN_CELL_XFS, _END_CELL_XFS = 44, 47, 617, 618
_ROW_HDR, _RK, _ERROR, _BOOL, _REAL, _FMLA_NUM, _FMLA_BOOL, _FMLA_ERROR = 0, 2, 3, 4, 5, 9, 10, 11
_NOT_AVAILABLE = 0x2A
_ROW_IS_HIDDEN = 0x10
"""2.4.738 BrtRowHdr: fDyZero, in the byte behind the height and two flags."""
_CELLS = frozenset({_RK, _ERROR, _BOOL, _REAL, _FMLA_NUM, _FMLA_BOOL, _FMLA_ERROR})


_COL_INFO, _FMT_INFO, _ARE_HIDDEN = 60, 485, 0x02
"""[MS-XLSB] 2.4.323 BrtColInfo, 2.4.863 BrtWsFmtInfo (fDyZero)."""


def read_xlsb_package(archive: zipfile.ZipFile) -> Package:
    """Raises KeyError for a package that lacks a part, and ValueError for records that are cut."""
    relations = relations_of(archive, WORKBOOK_PART)
    parts: dict[str, str] = {}
    from_1904 = False
    for kind, data in records(archive.read(WORKBOOK_PART)):
        if kind == _WB_PROP and data:
            from_1904 = bool(data[0] & 1)
        elif kind == _BUNDLE_SH:
            relation, at = _text(data, 8)
            name, _ = _text(data, at)
            if relation in relations:
                parts[name] = resolved("xl", relations[relation]["Target"])
    return Package(parts, _styles(archive), from_1904)


def find_special_xlsb_cells(archive: zipfile.ZipFile, part: str, styles: Styles) -> CellTexts:
    """Look through one sheet; every record must be walked over, there is nothing to search for."""
    found = CellTexts()
    row = 0
    for kind, data in records(archive.read(part)):
        if kind == _ROW_HDR:
            row = int.from_bytes(data[:4], "little")
            if len(data) > 11 and data[11] & _ROW_IS_HIDDEN:
                found.hidden_rows.add(row)
        elif kind == _COL_INFO and len(data) >= 18 and data[16] & 1:
            found.hide_columns(*struct.unpack_from("<2I", data))
        elif kind == _FMT_INFO and len(data) >= 9 and data[8] & _ARE_HIDDEN:
            found.hides_rows = True
        elif kind in _CELLS and len(data) > 8:
            column = int.from_bytes(data[:4], "little")
            style = int.from_bytes(data[4:7], "little")
            if kind in (_ERROR, _FMLA_ERROR):
                found.put_error(row, column, ERROR_TEXTS.get(data[8], OTHER_ERROR))
            elif kind in (_BOOL, _FMLA_BOOL):
                found.put_truth(row, column, value=bool(data[8]))
            elif kind == _RK and len(data) >= 12:
                number = rk_number(int.from_bytes(data[8:12], "little"))
                found.put_number(row, column, number, style, styles)
            elif len(data) >= 16:
                found.put_number(row, column, struct.unpack_from("<d", data, 8)[0], style, styles)
    return found


def with_known_errors(data: bytes) -> bytes:
    """The sheet with `#N/A` in place of each error that the parser would refuse the workbook for.
    Raises IndexError for records that are cut."""
    patched = bytearray(data)
    at = 0
    while at < len(data):
        kind, size, at = record_head(data, at)
        if kind in (_ERROR, _FMLA_ERROR) and size > 8 and data[at + 8] not in ERROR_TEXTS:
            patched[at + 8] = _NOT_AVAILABLE
        at += size
    return bytes(patched)


def rk_number(bits: int) -> float:
    """A number in 30 bits ([MS-XLSB] 2.5.123, [MS-XLS] 2.5.218): an integer or the high bits of a
    double, perhaps to be divided by 100."""
    if bits & 2:
        number = float((bits >> 2) - (1 << 30 if bits & 0x8000_0000 else 0))
    else:
        number = struct.unpack("<d", struct.pack("<Q", (bits & 0xFFFF_FFFC) << 32))[0]
    return number / 100 if bits & 1 else number


def record_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Type of the record at `at`, the size of its data, and where they begin ([MS-XLSB] 2.1.4).
    Raises IndexError where the head is cut."""
    kind = data[at]
    at += 1
    if kind & 0x80:
        kind = kind & 0x7F | (data[at] & 0x7F) << 7
        at += 1
    size = shift = 0
    for _ in range(4):
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return kind, size, at


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and data of each record. Raises ValueError where the last one is cut."""
    at, end = 0, len(data)
    try:
        while at < end:
            kind, size, at = record_head(data, at)
            yield kind, data[at : at + size]
            at += size
    except IndexError:
        raise ValueError("a record is cut") from None


def _styles(archive: zipfile.ZipFile) -> Styles:
    if STYLES_PART not in archive.namelist():
        return Styles()
    codes: dict[int, str] = {}
    formats: list[int] = []
    in_cells = False
    for kind, data in records(archive.read(STYLES_PART)):
        if kind == _FMT:
            codes[int.from_bytes(data[:2], "little")] = _text(data, 2)[0]
        elif kind in (_BEGIN_CELL_XFS, _END_CELL_XFS):
            in_cells = kind == _BEGIN_CELL_XFS
        elif kind == _XF and in_cells:
            formats.append(int.from_bytes(data[2:4], "little"))
    return Styles.of(formats, codes)


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text (2.5.168) and the place after it."""
    end = at + 4 + 2 * int.from_bytes(data[at : at + 4], "little")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end
