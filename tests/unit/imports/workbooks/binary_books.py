"""Small xlsb and xls workbooks made of bytes, each cell in the record that the test chooses.

Source: [MS-XLSB], [MS-XLS] and, for the container of an xls, [MS-CFB].
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#N/A": 42}
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SECTOR, MINI_SECTOR, MINI_UNTIL = 512, 64, 4096
END_OF_CHAIN, FREE, FAT_SECTOR = 0xFFFF_FFFE, 0xFFFF_FFFF, 0xFFFF_FFFD


@dataclass(frozen=True)
class Cell:
    """A number, a text, a truth value, or an error by its text with `is_error`."""

    value: float | str | bool
    how: str = ""
    """`real`, `rk`, `hundredths`, `formula`; `shared`, `inline`, `formula`. The usual one if empty
    or impossible for the value."""
    style: int = 0
    is_error: bool = False


@dataclass(frozen=True)
class Book:
    rows: Sequence[Sequence[Cell | None]]
    hidden: Sequence[int] = ()
    """Rows, from 0."""
    formats: Sequence[str] = ()
    """Codes of the styles from 1 on."""
    has_row_records: bool = True
    """Of an xls; an xlsb cannot do without."""
    long_sizes: bool = False
    """The sizes of an xlsb's records take more bytes than they need."""
    filling: int = 0
    """Bytes in records that nobody knows, at the end of the sheet of an xls: a large stream is
    stored in another way than a small one."""
    blanks: bool = False
    """Empty cells have a record."""
    texts: list[str] = field(default_factory=list)

    def text(self, text: str) -> int:
        """The index of a shared text."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


def rk_bits(number: float, how: str) -> int | None:
    """The number in 30 bits, if it fits: as an integer, or in hundredths."""
    scaled = round(number * 100) if how == "hundredths" else round(number)
    exact = scaled / 100 if how == "hundredths" else float(scaled)
    if exact != number or not -(2**29) <= scaled < 2**29:
        return None
    return (scaled & 0x3FFF_FFFF) << 2 | 2 | (how == "hundredths")


# xlsb


def xlsb(book: Book) -> bytes:
    def record(kind: int, data: bytes = b"") -> bytes:
        head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, sizes = len(data), b""
        while size >= 0x80:
            sizes, size = sizes + bytes([size & 0x7F | 0x80]), size >> 7
        tail = bytes([size | 0x80, 0]) if book.long_sizes and len(sizes) < 2 else bytes([size])
        return head + sizes + tail + data

    sheet = _xlsb_sheet(book, record)
    formats = [struct.pack("<H", 200 + at) + _wide(code) for at, code in enumerate(book.formats)]
    xfs = [0, *(200 + at for at in range(len(book.formats)))]
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": _relations("officeDocument", "xl/workbook.bin"),
        "xl/_rels/workbook.bin.rels": _relations("worksheet", "worksheets/sheet1.bin"),
        "xl/workbook.bin": record(131)
        + record(143)
        + record(156, struct.pack("<II", 0, 1) + _wide("r1") + _wide("Products"))
        + record(144)
        + record(132),
        "xl/styles.bin": record(278)
        + record(615, struct.pack("<I", len(formats)))
        + b"".join(record(44, data) for data in formats)
        + record(616)
        + record(617, struct.pack("<I", len(xfs)))
        + b"".join(record(47, struct.pack("<HHIIHH", 0, f, 0, 0, 0, 0)) for f in xfs)
        + record(618)
        + record(279),
        "xl/sharedStrings.bin": record(159, struct.pack("<II", len(book.texts), len(book.texts)))
        + b"".join(record(19, b"\0" + _wide(text)) for text in book.texts)
        + record(160),
        "xl/worksheets/sheet1.bin": sheet,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _xlsb_sheet(book: Book, record: Callable[..., bytes]) -> bytes:
    width = max(map(len, book.rows))
    sheet = record(129) + record(148, struct.pack("<4I", 0, len(book.rows) - 1, 0, width - 1))
    sheet += record(145)
    for number, row in enumerate(book.rows):
        flags = 0x10 if number in book.hidden else 0
        sheet += record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))
        for column, cell in enumerate(row):
            at = struct.pack("<II", column, cell.style if cell else 0)
            if cell is not None:
                kind, data = _xlsb_cell(cell, book)
                sheet += record(kind, at + data)
            elif book.blanks:
                sheet += record(1, at)
    return sheet + record(146) + record(130)


def _xlsb_cell(cell: Cell, book: Book) -> tuple[int, bytes]:
    value, is_formula = cell.value, cell.how == "formula"
    formula = struct.pack("<HII", 0, 0, 0) if is_formula else b""
    if cell.is_error:
        return (11 if is_formula else 3), bytes([ERRORS[str(value)]]) + formula
    if isinstance(value, bool):
        return (10 if is_formula else 4), bytes([value]) + formula
    if isinstance(value, str):
        if cell.how in ("inline", "formula"):
            return (8 if is_formula else 6), _wide(value) + formula
        return 7, struct.pack("<I", book.text(value))
    bits = rk_bits(value, cell.how) if cell.how in ("rk", "hundredths") else None
    if bits is not None:
        return 2, struct.pack("<I", bits)
    return (9 if is_formula else 5), struct.pack("<d", value) + formula


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _relations(kind: str, target: str) -> bytes:
    return (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATIONS}/{kind}" '
        f'Target="{target}"/></Relationships>'
    ).encode()


# xls


def xls(book: Book) -> bytes:
    sheet = _xls_sheet(book)
    formats = b"".join(
        _record(0x041E, struct.pack("<HHB", 200 + at, len(code), 1) + code.encode("utf-16-le"))
        for at, code in enumerate(book.formats)
    )
    xfs = b"".join(
        _record(0x00E0, struct.pack("<HHH14x", 0, 200 + at - 1 if at else 0, 0))
        for at in range(len(book.formats) + 1)
    )
    texts = b"".join(struct.pack("<HB", len(t), 1) + t.encode("utf-16-le") for t in book.texts)
    shared = _record(0x00FC, struct.pack("<II", len(book.texts), len(book.texts)) + texts)
    head = _bof(5) + formats + xfs
    bound_bytes = 4 + 8 + len("Products")
    start = len(head) + bound_bytes + len(shared) + 4
    bound = _record(0x0085, struct.pack("<IBBBB", start, 0, 0, len("Products"), 0) + b"Products")
    return _container(head + bound + shared + _record(0x000A) + sheet)


def _xls_sheet(book: Book) -> bytes:
    width = max(map(len, book.rows))
    sheet = _bof(16) + _record(0x0200, struct.pack("<IIHHH", 0, len(book.rows), 0, width, 0))
    for number in range(len(book.rows)) if book.has_row_records else ():
        flags = 0x20 if number in book.hidden else 0
        sheet += _record(0x0208, struct.pack("<6HI", number, 0, width, 300, 0, 0, flags | 0x100))
    for number, row in enumerate(book.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                at = struct.pack("<3H", number, column, cell.style)
                sheet += _xls_cell(cell, at, book)
            elif book.blanks:
                sheet += _record(0x0201, struct.pack("<3H", number, column, 0))
    sheet += b"".join(_record(0x0FFF, bytes(4000)) for _ in range(-(-book.filling // 4000)))
    return sheet + _record(0x000A)


def _xls_cell(cell: Cell, at: bytes, book: Book) -> bytes:
    value, behind = cell.value, struct.pack("<HIH", 0, 0, 0)
    if cell.is_error or isinstance(value, bool):
        code = ERRORS[str(value)] if cell.is_error else int(value)
        if cell.how == "formula":
            result = bytes([2 if cell.is_error else 1, 0, code, 0, 0, 0, 0xFF, 0xFF])
            return _record(0x0006, at + result + behind)
        return _record(0x0205, at + bytes([code, cell.is_error]))
    if isinstance(value, str):
        wide = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        if cell.how == "formula":
            result = b"\0\0\0\0\0\0\xff\xff"
            return _record(0x0006, at + result + behind) + _record(0x0207, wide)
        if cell.how == "inline":
            return _record(0x0204, at + wide)
        return _record(0x00FD, at + struct.pack("<I", book.text(value)))
    bits = rk_bits(value, cell.how) if cell.how in ("rk", "hundredths") else None
    if bits is not None:
        return _record(0x027E, at + struct.pack("<I", bits))
    if cell.how == "formula":
        return _record(0x0006, at + struct.pack("<d", value) + behind)
    return _record(0x0203, at + struct.pack("<d", value))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<4HII", 0x0600, kind, 0, 0, 0, 6))


def _container(stream: bytes) -> bytes:
    """The stream `Workbook` in a file system of sectors; a small one in sectors of 64 bytes."""
    is_small = len(stream) < MINI_UNTIL
    size = MINI_SECTOR if is_small else SECTOR
    padded = stream + bytes(-len(stream) % size)
    chain = [*range(1, len(padded) // size), END_OF_CHAIN]
    body = padded + bytes(-len(padded) % SECTOR)
    count = len(body) // SECTOR
    # sectors: 0 the FAT, 1 the directory, 2 the mini FAT, then the stream
    if is_small:
        content = [*range(4, 3 + count), END_OF_CHAIN]
        mini_fat = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
        root, own = (3, count * SECTOR), (0, len(stream))
    else:
        content = [3 + number if number != END_OF_CHAIN else number for number in chain]
        mini_fat = b"\xff" * SECTOR
        root, own = (END_OF_CHAIN, 0), (3, len(stream))
    fat = struct.pack(
        f"<{3 + len(content)}I", FAT_SECTOR, END_OF_CHAIN, END_OF_CHAIN, *content
    ).ljust(SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, *root, child=1) + _entry("Workbook", 2, *own)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    first_mini = 2 if is_small else END_OF_CHAIN
    header += struct.pack("<6I", 0, 1, 1, 0, MINI_UNTIL, first_mini)
    header += struct.pack("<3I", int(is_small), END_OF_CHAIN, 0)
    header += struct.pack("<I", 0).ljust(436, b"\xff")
    return header + fat + directory.ljust(SECTOR, b"\0") + mini_fat + body


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    wide = name.encode("utf-16-le")
    head = wide.ljust(64, b"\0") + struct.pack("<HBB3I", len(wide) + 2, kind, 1, FREE, FREE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
