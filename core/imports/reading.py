"""Reading one chunk of an import as a table of raw text.

polars does the work, on well-formed text that the planner vouches for; the values equal those of
the csv module, record by record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.imports.bitmaps import bits_equal_to
from core.imports.blanks import BLANKS, trim
from core.imports.boundaries import QUOTE, bit_positions, count_before, prefix_parity
from core.imports.encodings import UTF_8
from core.imports.fetching import fetch_range
from core.imports.model import Chunk, DataObject, Plan
from core.imports.tolerant import any_cell_size
from core.imports.workbooks import read_workbook_rows
from core.storage import ImportKeys, ObjectStore


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive rows of the table."""

    frame: pl.DataFrame
    """One String column per original header, named "0", "1", …; null or "" is an empty cell."""
    first_row: int
    """Row number of frame row 0."""
    extra_cells: Mapping[int, tuple[str, ...]]
    """Frame row → cells beyond the last header, where at least one of them is not blank."""
    short_rows: tuple[int, ...]
    """Frame rows with fewer cells than headers, and not all of them blank."""


class ChunkDiffers(RuntimeError):
    """A chunk does not hold the rows that were planned: the object changed, or we are wrong."""


def read_chunk(
    store: ObjectStore, results_bucket: str, keys: ImportKeys, plan: Plan, chunk: Chunk
) -> RowBatch:
    """The rows of one chunk. Raises ObjectMissing, and ChunkDiffers."""
    if plan.data is None:
        frame = read_workbook_rows(store, results_bucket, keys, plan, chunk)
        batch = RowBatch(frame, chunk.first_row, {}, ())
    else:
        data = plan.data
        raw = fetch_range(store, data.bucket, data.key, chunk.start, chunk.end, data.version_id)
        batch = read_text(raw, data, len(plan.original_headers), chunk.first_row)
    if batch.frame.height != chunk.rows:
        raise ChunkDiffers(
            f"chunk {chunk.index} of job {plan.job_id} has {batch.frame.height} rows, "
            f"{chunk.rows} were planned"
        )
    return batch


def read_text(raw: bytes, data: DataObject, columns: int, first_row: int) -> RowBatch:
    """Whole records of well-formed text as a table of `columns` columns."""
    text = raw if data.encoding == UTF_8 else raw.decode(data.encoding).encode()
    record_end = "\r" if data.line_end == "\r" else "\n"
    shape = _Shape.of(text, data.delimiter, record_end)
    frame = _parse(text, data.delimiter, record_end, columns, guard=not shape.begins_with(columns))
    extra: dict[int, tuple[str, ...]] = {}
    with any_cell_size():
        for row in np.flatnonzero(shape.cells > columns).tolist():
            beyond = shape.record(row)[columns:]
            if any(map(trim, beyond)):
                extra[row] = tuple(beyond)
    short = np.flatnonzero(shape.cells < columns)
    if len(short):
        valued = frame[short].select(pl.any_horizontal(pl.all().str.strip_chars(BLANKS) != ""))
        short = short[valued.to_series().fill_null(value=False).to_numpy()]
    return RowBatch(frame, first_row, extra, tuple(short.tolist()))


def _parse(
    text: bytes, delimiter: str, record_end: str, columns: int, *, guard: bool = True
) -> pl.DataFrame:
    """The cells, by polars; missing ones are null, those beyond the last column are left out.

    polars takes the number of columns, and whether there is a byte order mark to drop, from the
    first line: as a `guard`, a blank one of our own keeps both out of the data. Where the first
    record has all columns, and no byte order mark, the copy of the text that this takes is saved.
    """
    first = (delimiter * (columns - 1) + record_end).encode() if guard else b""
    frame = pl.read_csv(
        first + text if guard else text,
        has_header=False,
        schema={str(index): pl.String for index in range(columns)},
        separator=delimiter,
        quote_char='"',
        eol_char=record_end,
        infer_schema=False,
        truncate_ragged_lines=True,
        raise_if_empty=False,
    )
    return frame.slice(1) if guard else frame


@dataclass(frozen=True, slots=True)
class _Shape:
    """How many cells each record has: polars fills up or cuts off without a word."""

    text: bytes
    delimiter: str
    ends: NDArray[np.intp]
    """Byte of each record's line end (or the text's length)."""
    cells: NDArray[np.intp]
    """Cells per record; a blank one has one."""

    @classmethod
    def of(cls, text: bytes, delimiter: str, record_end: str) -> _Shape:
        units = pl.Series(np.frombuffer(text, np.uint8))
        outside = ~prefix_parity(bits_equal_to(units, QUOTE), carry=False)
        delimiters = bits_equal_to(units, ord(delimiter)) & outside
        ends = bit_positions(bits_equal_to(units, ord(record_end)) & outside)
        if len(units) and (len(ends) == 0 or ends[-1] != len(units) - 1):
            ends = np.append(ends, len(units))
        return cls(text, delimiter, ends, np.diff(count_before(delimiters, ends), prepend=0) + 1)

    def begins_with(self, columns: int) -> bool:
        """Is the first record one of so many cells (more than one), and surely without a byte
        order mark before it?"""
        whole = len(self.cells) > 0 and self.cells[0] == columns and columns > 1
        return whole and self.text[:1].isascii()

    def record(self, row: int) -> list[str]:
        start = self.ends[row - 1] + 1 if row else 0
        line = self.text[start : self.ends[row]].decode()
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=self.delimiter))
