"""A workbook joined from compressed pieces of its one sheet, without decompressing them.

A workbook is a zip archive. Deflate streams that end on a whole byte can follow one another, and
the checksum of joined data follows from the checksums of its pieces and their lengths.
Source: PKWARE APPNOTE 6.3 (zip), RFC 1951 (deflate), zlib's crc32_combine.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.exports.sheets import (
    HEADER_END,
    ROWS_END,
    SHEET_PATH,
    SheetRows,
    compressed,
    empty_workbook,
    sheet_xml,
)

_DEFLATE_END = b"\x03\x00"
"""An empty last block."""
MOST_BYTES = 2**32 - 2**20
"""Of the rows, compressed or not. Beyond 4 GiB an archive needs the format's 64-bit records; what
surrounds the rows is less than a megabyte."""
_NAME = SHEET_PATH.encode()


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one chunk, which are joined by the store."""

    bytes: int
    raw_bytes: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the rows of all parts."""

    before: bytes
    after: bytes


def frame(names: Sequence[str], row_count: int, parts: Sequence[Part]) -> Frame:
    """The bytes before and after the parts, which have at most MOST_BYTES."""
    workbook = empty_workbook(names)
    sheet = sheet_xml(workbook)
    end = sheet.index(HEADER_END) + len(HEADER_END)
    dimension = _dimension(row_count, len(names))
    head = compressed(re.sub(rb'<dimension ref="[^"]*"/>', dimension, sheet[:end], count=1))
    tail = compressed(sheet[sheet.rindex(ROWS_END) :])
    others, directory, number = _others(workbook)
    pieces: list[Part] = [_part(head), *parts, _part(tail)]
    size = sum(piece.bytes for piece in pieces) + len(_DEFLATE_END)
    raw = sum(piece.raw_bytes for piece in pieces)
    checksum = 0
    for piece in pieces:
        checksum = _combined(checksum, piece.checksum, piece.raw_bytes)
    about = struct.pack(
        "<HHHHHIIIHH", 20, 0, zipfile.ZIP_DEFLATED, 0, 0x21, checksum, size, raw, len(_NAME), 0
    )
    local = b"PK\x03\x04" + about + _NAME
    central = (
        b"PK\x01\x02"
        + struct.pack("<H", 20)
        + about
        + struct.pack("<HHHII", 0, 0, 0, 0, len(others))
        + _NAME
    )
    directory += central
    begin = len(others) + len(local) + size
    closing = b"PK\x05\x06" + struct.pack(
        "<HHHHIIH", 0, 0, number + 1, number + 1, len(directory), begin, 0
    )
    return Frame(
        before=others + local + head.compressed,
        after=tail.compressed + _DEFLATE_END + directory + closing,
    )


def _part(rows: SheetRows) -> Part:
    return Part(len(rows.compressed), rows.raw_bytes, rows.checksum)


def _dimension(row_count: int, columns: int) -> bytes:
    name, number = "", columns
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return f'<dimension ref="A1:{name or "A"}{row_count + 1}"/>'.encode()


def _others(workbook: bytes) -> tuple[bytes, bytes, int]:
    """All entries but the sheet, their directory, and their number."""
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        entries = [entry for entry in source.infolist() if entry.filename != SHEET_PATH]
        for entry in entries:
            target.writestr(
                zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED
            )
        target.close()
        begin = target.start_dir
    data = sink.getvalue()
    return data[:begin], data[begin : data.rindex(b"PK\x05\x06")], len(entries)


_POLYNOMIAL = 0xEDB88320


def _combined(first: int, second: int, length: int) -> int:
    """The CRC-32 of data of checksum `first` followed by `length` bytes of checksum `second`."""
    power = 0
    while length:
        if length & 1:
            first = _product(_zero_bytes(power), first)
        length >>= 1
        power += 1
    return first ^ second


def _product(a: int, b: int) -> int:
    """a × b modulo the polynomial, with reversed bits."""
    result, bit = 0, 1 << 31
    while bit:
        if a & bit:
            result ^= b
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
        bit >>= 1
    return result


@cache
def _zero_bytes(power: int) -> int:
    """x to the 8 × 2^power: the effect of so many zero bytes."""
    if power == 0:
        return 1 << (31 - 8)
    half = _zero_bytes(power - 1)
    return _product(half, half)
