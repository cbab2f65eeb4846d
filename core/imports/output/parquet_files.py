"""Merges Parquet files with the same columns into one, without decoding a page.

The pages of a row group hold no offsets; only the footer does. So the row groups are copied as
bytes, and a new footer describes all of them with adjusted offsets. Page indexes hold offsets too;
they are left out, as the format allows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import thriftpy2
from thriftpy2.protocol import TCompactProtocolFactory
from thriftpy2.transport import TMemoryBuffer

MAGIC = b"PAR1"
TAIL_BYTES = 8
"""The length of the footer, and the magic bytes."""

_ROW_GROUPS_FIELD = b"\x19"
"""Compact protocol: the next field, a list."""
_STRUCT = 0x0C


@cache
def _formats() -> Any:
    path = Path(__file__).with_name("parquet.thrift")
    return thriftpy2.load(str(path), module_name="portal_parquet_thrift")


@dataclass(slots=True)
class MergedFooter:
    """The footer of a file that is being merged. Holds the row groups as bytes: some hundred bytes
    per column of each."""

    position: int = len(MAGIC)
    """The offset of the next row groups."""
    _rows: int = 0
    _count: int = 0
    _row_groups: list[bytes] = field(default_factory=list)
    _first: Any = None

    def add(self, footer: bytes) -> int:
        """Add a file by its footer (without length and magic bytes). Returns the end of its row
        groups: the caller appends the file's bytes from `len(MAGIC)` to this end."""
        source = read_footer(footer)
        if self._first is None:
            self._first = source
        elif source.schema != self._first.schema:
            raise ValueError("Parquet files with different columns cannot be merged")
        moved = self.position - len(MAGIC)
        end = len(MAGIC)
        for group in source.row_groups:
            for column in group.columns:
                end = max(end, _end_of(column.data))
                _move(column, moved)
            if group.file_offset is not None:
                group.file_offset += moved
            group.ordinal = None  # optional, and limited to 16 bits
            self._row_groups.append(_encoded(group))
        self._rows += source.rows
        self.position += end - len(MAGIC)
        return end

    def finish(self) -> bytes:
        """The bytes after the last row group. At least one file must have been added."""
        formats, first = _formats(), self._first
        before = formats.BeforeRowGroups(
            version=first.version, schema=first.schema, rows=self._rows
        )
        after = formats.AfterRowGroups(
            metadata=first.metadata, created_by=first.created_by, orders=first.orders
        )
        footer = b"".join(
            (
                _encoded(before)[:-1],  # without the stop byte: more fields follow
                _ROW_GROUPS_FIELD,
                _list_header(len(self._row_groups)),
                *self._row_groups,
                _encoded(after),
            )
        )
        return footer + struct.pack("<I", len(footer)) + MAGIC


def footer_size(tail: bytes) -> int:
    """The size of the footer of a file that ends with `tail` (TAIL_BYTES)."""
    size: int = struct.unpack("<I", tail[:4])[0]
    return size


def footer_of(file: bytes) -> bytes:
    return file[-TAIL_BYTES - footer_size(file[-TAIL_BYTES:]) : -TAIL_BYTES]


def read_footer(footer: bytes) -> Any:
    target = _formats().Footer()
    transport = TMemoryBuffer(footer)
    TCompactProtocolFactory().get_protocol(transport).read_struct(target)
    return target


def _encoded(value: Any) -> bytes:
    transport = TMemoryBuffer()
    TCompactProtocolFactory().get_protocol(transport).write_struct(value)
    data: bytes = transport.getvalue()
    return data


def _list_header(size: int) -> bytes:
    """The header of a list of structs in the compact protocol."""
    if size < 15:
        return bytes([size << 4 | _STRUCT])
    header = bytearray([0xF0 | _STRUCT])
    while size > 0x7F:
        header.append(size & 0x7F | 0x80)
        size >>= 7
    header.append(size)
    return bytes(header)


def _start_of(data: Any) -> int:
    """The start of the pages of a column; its dictionary, if any, precedes the data."""
    start: int = data.data_page_offset
    if data.dictionary_page_offset is not None:
        start = min(start, data.dictionary_page_offset)
    return start


def _end_of(data: Any) -> int:
    end: int = _start_of(data) + data.compressed_bytes
    return end


def _move(column: Any, by: int) -> None:
    column.file_offset += by if column.file_offset else 0
    column.offset_index_offset = column.offset_index_bytes = None
    column.column_index_offset = column.column_index_bytes = None
    data = column.data
    data.data_page_offset += by
    if data.dictionary_page_offset is not None:
        data.dictionary_page_offset += by
