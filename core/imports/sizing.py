"""The size of chunks: few enough tasks to start, small enough for a function's memory.

A task costs a fixed time to start, and memory and time in proportion to its input. So a small file
is one task; a larger one has the target number of chunks, if that makes them neither too small to
be worth a task nor too large for one. Beyond that the number of chunks grows with the file, and
their size is constant.
"""

from __future__ import annotations

from core.settings import Settings

TARGET_CHUNKS_ON_ONE_MACHINE = 8
"""Chunks, where a few processors share them: larger ones, which cost less byte for byte."""


def text_chunk_bytes(settings: Settings, size: int) -> int:
    """Bytes after which a chunk of `size` bytes of records is cut, at the next record's end."""
    if settings.chunk_target_bytes:
        return settings.chunk_target_bytes
    return _share(
        size,
        whole=settings.chunk_whole_bytes,
        smallest=settings.chunk_smallest_bytes,
        largest=settings.chunk_largest_bytes,
        target=settings.target_chunk_count,
    )


def workbook_chunk_rows(settings: Settings, rows: int, columns: int) -> int:
    """The maximum number of rows of a chunk of a table in memory. Its cost depends on its cells."""
    if settings.chunk_target_rows:
        return settings.chunk_target_rows
    width = max(1, columns)
    cells = _share(
        rows * width,
        whole=settings.chunk_whole_cells,
        smallest=settings.chunk_smallest_cells,
        largest=settings.chunk_largest_cells,
        target=settings.target_chunk_count,
    )
    return max(1, cells // width)


def _share(size: int, *, whole: int, smallest: int, largest: int, target: int) -> int:
    """The size of even chunks, in the unit of `size`."""
    if size <= whole:
        return max(1, size)
    count = max(min(target, size // max(1, smallest)), -(-size // max(1, largest)), 1)
    return -(-size // count)  # even chunks: the last is not a small remainder
