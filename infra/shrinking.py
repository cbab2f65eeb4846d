"""Remove from a shared library what no loader reads: symbols for debuggers and the table of
sections. A quarter of polars is that, and without it a function's layers fit into Lambda."""

import struct
from pathlib import Path
from typing import NamedTuple

_MAGIC = b"\x7fELF\x02\x01"
"""64 bits, little-endian: both of Lambda's architectures."""


class _Header(NamedTuple):
    """ELF64 header, as in elf(5)."""

    identification: bytes
    kind: int
    machine: int
    version: int
    entry: int
    segments_at: int
    sections_at: int
    flags: int
    header_bytes: int
    segment_bytes: int
    segments: int
    section_bytes: int
    sections: int
    names_section: int


_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
"""Type, flags, offset, virtual and physical address, bytes in the file and in memory, alignment."""


def drop_symbols(path: Path) -> None:
    """Cut the file behind its last segment. A loader knows segments only, which lie in front of the
    sections that serve linkers and debuggers; a file that is not a 64-bit ELF file stays as it is.
    """
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        return
    header = _Header(*_HEADER.unpack_from(content))
    end = header.segments_at + header.segments * header.segment_bytes
    for number in range(header.segments):
        at = header.segments_at + number * header.segment_bytes
        _kind, _flags, offset, _virtual, _physical, in_file, _in_memory, _align = (
            _SEGMENT.unpack_from(content, at)
        )
        end = max(end, offset + in_file)
    without = header._replace(sections_at=0, sections=0, names_section=0)
    path.write_bytes(_HEADER.pack(*without) + content[_HEADER.size : end])
