"""The container of an xls workbook, a file system of sectors in one file.

Source: [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FREE_FROM = 0xFFFF_FFFA
"""Sector numbers from here on mark an end, a free sector or one of the FAT itself."""
_HEADER_FAT_SECTORS = 109
_DIRECTORY_ENTRY_BYTES = 128
_MINI_SECTOR_BYTES = 64
_MINI_CUTOFF = 4096
"""2.1: smaller streams are in mini sectors."""
_NAMES_FOLLOWED = ("Root Entry", "Workbook", "Book")


def workbook_stream(data: bytes) -> bytes:
    """The stream `Workbook`. Raises ValueError, KeyError, struct.error or IndexError if the
    container is damaged."""
    sector = _sector_size(data)
    fat = _fat(data, sector)
    cutoff, first_mini_fat = struct.unpack_from("<II", data, 56)
    entries = _entries(data)
    start, size = entries["Workbook"]
    if size >= cutoff:
        return _chain(data, fat, start, sector)[:size]
    root_start, root_size = entries["Root Entry"]
    mini_fat = _numbers(_chain(data, fat, first_mini_fat, sector))
    mini = _chain(data, fat, root_start, sector)[:root_size]
    return b"".join(
        mini[n * _MINI_SECTOR_BYTES : (n + 1) * _MINI_SECTOR_BYTES] for n in _walk(mini_fat, start)
    )[:size]


def _sector_size(data: bytes) -> int:
    sector: int = 1 << struct.unpack_from("<H", data, 30)[0]
    if sector not in (512, 4096):
        raise ValueError("no such size of sectors")
    return sector


def _entries(data: bytes) -> dict[str, tuple[int, int]]:
    """Stream → its first sector and its size."""
    sector = _sector_size(data)
    directory = _chain(data, _fat(data, sector), struct.unpack_from("<I", data, 48)[0], sector)
    entries: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - _DIRECTORY_ENTRY_BYTES + 1, _DIRECTORY_ENTRY_BYTES):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        entries.setdefault(name, struct.unpack_from("<II", directory, at + 116))
    return entries


def _fat(data: bytes, sector: int) -> list[int]:
    """The table that names, for each sector, the one after it."""
    places = list(struct.unpack_from(f"<{_HEADER_FAT_SECTORS}I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // sector)):
        if more >= _FREE_FROM or len(places) * sector > len(data):
            break
        *further, more = _numbers(data[(more + 1) * sector : (more + 2) * sector])
        places += further
    fat: list[int] = []
    for place in places:
        if place < _FREE_FROM:
            fat += _numbers(data[(place + 1) * sector : (place + 2) * sector])
    return fat


def has_broken_container(data: bytes) -> bool:
    """Its tables lead in a ring, or name sectors or sizes beyond the end of the file."""
    sector = _sector_size(data)
    starts = struct.unpack_from("<I8xI4xI", data, 48)  # of directory, mini FAT, more of the FAT
    fat = _fat(data, sector)
    places = struct.unpack_from(f"<{_HEADER_FAT_SECTORS}I", data, 76)
    mini_fat = _numbers(_chain(data, fat, starts[1], sector))
    named = _entries(data)
    entries = [named[name] for name in _NAMES_FOLLOWED if name in named]
    sectors = len(data) // sector
    return (
        _has_ring(fat)
        or _has_ring(mini_fat)
        or any(sectors < number < _FREE_FROM for number in (*starts, *places, *fat))
        or any(len(data) // _MINI_SECTOR_BYTES < number < _FREE_FROM for number in mini_fat)
        or any(size > len(data) for _, size in entries)
        or any(sectors < start < _FREE_FROM for start, size in entries if size >= _MINI_CUTOFF)
    )


def _has_ring(table: list[int]) -> bool:
    seen_from = [-1] * len(table)
    for start in range(len(table)):
        number = start
        while number < len(table) and seen_from[number] < 0:
            seen_from[number] = start
            number = table[number]
        if number < len(table) and seen_from[number] == start:
            return True
    return False


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(data: bytes, fat: list[int], start: int, sector: int) -> bytes:
    return b"".join(data[(n + 1) * sector : (n + 2) * sector] for n in _walk(fat, start))


def _walk(fat: list[int], number: int) -> Iterator[int]:
    for _ in range(len(fat) + 1):  # a ring in a broken table ends, too
        if number >= _FREE_FROM:
            return
        yield number
        number = fat[number]
