"""The special cells of an xls workbook, from Excel 97 on.

Source: [MS-XLS] for the records in the stream `Workbook` of the container.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.imports.workbooks.special_cells import ERROR_TEXTS, OTHER_ERROR, CellTexts, Styles
from core.imports.workbooks.xls_container import has_broken_container, workbook_stream
from core.imports.workbooks.xlsb_cells import rk_number

_BOF, _EOF, _BIFF8 = 0x0809, 0x000A, 0x0600
_BOUND_SHEET, _DATE_MODE, _FORMAT, _XF = 0x0085, 0x0022, 0x041E, 0x00E0
_BOOL_ERR, _NUMBER, _RK, _MUL_RK, _FORMULA = 0x0205, 0x0203, 0x027E, 0x00BD, 0x0006

_DIMENSIONS = 0x0200
_LABEL, _LABEL_SST, _RICH_LABEL = 0x0204, 0x00FD, 0x00D6
_CELLS = frozenset((_BOOL_ERR, _NUMBER, _RK, _MUL_RK, _FORMULA, _LABEL, _LABEL_SST, _RICH_LABEL))
MAX_ROWS, MAX_COLUMNS = 65_536, 256

_ROW, _ROW_IS_HIDDEN = 0x0208, 0x20
_COLUMNS, _DEFAULT_HEIGHT, _ARE_HIDDEN = 0x007D, 0x0225, 0x02
"""[MS-XLS] 2.4.53 ColInfo, 2.4.87 DefaultRowHeight (fDyZero)."""
"""2.4.221: fDyZero among the flags behind twelve bytes."""


@dataclass(slots=True)
class XlsWorkbook:
    stream: bytes
    sheets: dict[str, int] = field(default_factory=dict)
    """Sheet → where its records begin."""
    styles: Styles = field(default_factory=Styles)
    from_1904: bool = False


def read_xls(data: bytes) -> XlsWorkbook:
    """Raises ValueError for a container or a version that is not understood here."""
    try:
        book = XlsWorkbook(workbook_stream(data))
        if int.from_bytes(book.stream[4:6], "little") != _BIFF8:
            raise ValueError("older than Excel 97")
        _read_globals(book)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError("the container is broken") from error
    return book


def find_special_xls_cells(book: XlsWorkbook, sheet: str) -> CellTexts:
    """Raises KeyError for an unknown sheet and ValueError for records that are cut."""
    found = CellTexts()
    try:
        for kind, data in _substream(book.stream, book.sheets[sheet]):
            _take(kind, data, book.styles, found)
    except (struct.error, IndexError) as error:
        raise ValueError("a record is cut") from error
    return found


def with_known_xls_errors(data: bytes) -> bytes:
    """The file with `#N/A` in place of each error that the parser would refuse it for. A record
    that is parted by the end of a sector stays. Raises ValueError and KeyError as the above do."""
    book = read_xls(data)
    for start in book.sheets.values():
        for kind, record in _substream(book.stream, start):
            at = 6 if kind == _BOOL_ERR else 8
            is_error = (kind == _BOOL_ERR and record[7:8] == b"\1") or (
                kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6:7] == b"\2"
            )
            if is_error and record[at] not in ERROR_TEXTS:
                old = struct.pack("<HH", kind, len(record)) + record
                data = data.replace(old, old[: at + 4] + b"\x2a" + old[at + 5 :])
    return data


def _take(kind: int, data: bytes, styles: Styles, found: CellTexts) -> None:
    if kind == _COLUMNS and len(data) >= 10 and data[8] & 1:
        found.hide_columns(*struct.unpack_from("<2H", data))
    if kind == _DEFAULT_HEIGHT and data and data[0] & _ARE_HIDDEN:
        found.hides_rows = True
    if kind == _ROW and len(data) >= 16 and data[12] & _ROW_IS_HIDDEN:
        found.hidden_rows.add(int.from_bytes(data[:2], "little"))
    if kind not in (_BOOL_ERR, _NUMBER, _RK, _MUL_RK, _FORMULA):
        return
    row, column, style = struct.unpack_from("<3H", data)
    if kind == _MUL_RK:
        for at in range(4, len(data) - 2, 6):
            style, bits = struct.unpack_from("<HI", data, at)
            found.put_number(row, column + (at - 4) // 6, rk_number(bits), style, styles)
    elif kind == _RK:
        bits = struct.unpack_from("<I", data, 6)[0]
        found.put_number(row, column, rk_number(bits), style, styles)
    elif kind == _BOOL_ERR:
        _put_truth_or_error(row, column, data[6], is_error=bool(data[7]), found=found)
    elif kind == _FORMULA and data[12:14] == b"\xff\xff":  # 2.5.133: no number, but a …
        if data[6] in (1, 2):  # … truth value or an error
            _put_truth_or_error(row, column, data[8], is_error=data[6] == 2, found=found)
    else:
        found.put_number(row, column, struct.unpack_from("<d", data, 6)[0], style, styles)


def _put_truth_or_error(
    row: int, column: int, value: int, *, is_error: bool, found: CellTexts
) -> None:
    if is_error:
        found.put_error(row, column, ERROR_TEXTS.get(value, OTHER_ERROR))
    else:
        found.put_truth(row, column, value=bool(value))


def _read_globals(book: XlsWorkbook) -> None:
    codes: dict[int, str] = {}
    formats: list[int] = []
    for kind, data in _substream(book.stream, 0):
        if kind == _BOUND_SHEET:
            book.sheets[_text(data, 7, data[6])] = int.from_bytes(data[:4], "little")
        elif kind == _DATE_MODE:
            book.from_1904 = data[0] == 1
        elif kind == _FORMAT:
            codes[int.from_bytes(data[:2], "little")] = _text(data, 4, data[2] | data[3] << 8)
        elif kind == _XF:
            formats.append(int.from_bytes(data[2:4], "little"))
    book.styles = Styles.of(formats, codes)


def _text(data: bytes, at: int, characters: int) -> str:
    """2.5.293: a byte of flags, then one or two bytes a character."""
    if data[at] & 1:
        return data[at + 1 : at + 1 + 2 * characters].decode("utf-16-le", "replace")
    return data[at + 1 : at + 1 + characters].decode("latin-1")


def _substream(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Type and data of the records up to the substream's end; charts within it are skipped."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def is_dangerous(data: bytes) -> bool:
    """The parser would need more memory than there is, and abort the whole process: it follows
    tables that lead in a ring without end, provides memory up to any sector that is named, and for
    as many cells as a sheet claims to have. No sound file has any of this."""
    try:
        return has_broken_container(data) or _has_impossible_sheet(data)
    except (struct.error, IndexError):
        return True  # a chain that leaves its table
    except (ValueError, KeyError):
        return False  # another version, or another kind of file


def _has_impossible_sheet(data: bytes) -> bool:
    """By the limits of the format: 65,536 rows and 256 columns."""
    stream = workbook_stream(data)
    for kind, record in _substream(stream, 0):
        if kind != _BOUND_SHEET:
            continue
        for kind_of_cell, cell in _records(stream, int.from_bytes(record[:4], "little")):
            if kind_of_cell == _DIMENSIONS and len(cell) >= 12:
                top, bottom, left, right = struct.unpack_from("<2I2H", cell)
                if not (top <= bottom <= MAX_ROWS and left <= right <= MAX_COLUMNS):
                    return True
            elif kind_of_cell in _CELLS and int.from_bytes(cell[2:4], "little") >= MAX_COLUMNS:
                return True
    return False


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Type and first bytes of the records up to the end of the last part that begins."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if kind == _EOF and depth <= 0:
            return
        yield kind, stream[at + 4 : at + 4 + min(size, 12)]
        at += 4 + size
