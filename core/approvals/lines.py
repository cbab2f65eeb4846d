"""The products of an import, line by line, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.storage import ObjectStore

_DECODER = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Line:
    start: int
    """Byte of the object."""
    data: bytes
    """Without its line feed."""

    @property
    def end(self) -> int:
        """Byte behind the line feed."""
        return self.start + len(self.data) + 1


def read_lines(
    store: ObjectStore, bucket: str, key: str, start: int, end: int, block_bytes: int
) -> Iterator[Line]:
    """The lines of a range that begins and ends with whole lines. JSON escapes line feeds, so each
    one ends a product. Raises ObjectMissing, and ValueError for an object that is cut off."""
    rest, position = b"", start
    for offset in range(start, end, block_bytes):
        block = store.get_range(bucket, key, offset, min(offset + block_bytes, end))
        *whole, rest = (rest + block).split(b"\n")
        for data in whole:
            line = Line(position, data)
            yield line
            position = line.end
    if rest or position != end:
        raise ValueError(f"{key} does not end with a whole line at byte {end}")


def fields_of(line: Line) -> dict[str, Any]:
    """Every field of the product, also those that are no attributes any more."""
    return _DECODER.decode(line.data)
