"""Reading one chunk of an import as a table of raw text.

polars does the work, on text that the planner proved to be well-formed; the values equal those of
the csv module, record by record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.comparing import BLANKS
from core.attributes.rules.tidying import NO_FILE, Doubts
from core.attributes.rules.whitespace import trim
from core.imports.model import Chunk, DataObject, OddKind, Plan
from core.imports.survey import TextSurvey, doubts_of_cells
from core.imports.table.odd_rows import (
    OddFrameRows,
    plain_text,
    rows_in_a_cell,
    set_aside,
    without_text_formulas,
)
from core.imports.text.cell_counts import RecordCells, cells_of_first
from core.imports.text.encodings import UTF_8
from core.imports.text.tolerant import any_cell_size
from core.imports.workbooks.planning import read_workbook_rows
from core.outcomes import NoticeCode
from core.storage import ImportKeys, ObjectStore
from core.storage.read_ahead import fetch_range


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
    odd: OddFrameRows = field(default_factory=dict)
    doubts: Doubts = NO_FILE
    """What the texts may contain."""


class ChunkDiffers(RuntimeError):
    """A chunk does not hold the rows that were planned: the object changed, or we are wrong."""


def read_chunk(
    store: ObjectStore, results_bucket: str, keys: ImportKeys, plan: Plan, chunk: Chunk
) -> RowBatch:
    """The rows of one chunk. Raises ObjectMissing, ObjectShorter and ChunkDiffers."""
    if plan.data is None:
        frame = read_workbook_rows(store, results_bucket, keys, plan, chunk)
        doubts = doubts_of_cells(frame)
        if any(notice.code is NoticeCode.ERROR_CELLS for notice in plan.notices):
            doubts = replace(doubts, errors=False)  # the workbook's own errors are reported
        batch = RowBatch(frame, chunk.first_row, {}, (), doubts=doubts)
    else:
        data = plan.data
        raw = fetch_range(store, data.bucket, data.key, chunk.start, chunk.end, data.version_id)
        batch = read_text(raw, data, len(plan.original_headers), chunk)
    frame, reported, gone = set_aside(batch.frame, batch.first_row, plan)
    if gone or any(reported.values()):
        batch = RowBatch(
            frame=frame,
            first_row=batch.first_row,
            extra_cells={row: c for row, c in batch.extra_cells.items() if row not in gone},
            short_rows=tuple(row for row in batch.short_rows if row not in gone),
            odd={kind: tuple(r for r in rows if r not in gone) for kind, rows in batch.odd.items()}
            | reported,
            doubts=batch.doubts,
        )
    if batch.frame.height != chunk.rows:
        raise ChunkDiffers(
            f"chunk {chunk.index} of job {plan.job_id} has {batch.frame.height} rows, "
            f"{chunk.rows} were planned"
        )
    return batch


def read_text(raw: bytes, data: DataObject, columns: int, chunk: Chunk) -> RowBatch:
    """Whole records of well-formed text as a table of `columns` columns."""
    text = raw if data.encoding == UTF_8 else raw.decode(data.encoding).encode()
    record_end = "\r" if data.line_end == "\r" else "\n"
    survey = TextSurvey.of(text, data.delimiter, record_end)
    reader = _TextReader(text, data.delimiter, record_end, columns)
    # A delimiter at the very end of the text is not noticed, hence the look at its end. If no
    # record has too many cells, none has too few.
    between = chunk.rows * (columns - 1)
    if text.endswith(record_end.encode()) and survey.delimiters == between:
        try:
            frame = reader.frame(ragged=False)
            frame, odd = _odd_cells(frame, survey, data.delimiter, record_end)
            return RowBatch(frame, chunk.first_row, {}, (), odd, survey.doubts)
        except pl.exceptions.ComputeError:
            pass  # a record has too many cells, and another one lacks as many
    frame, odd = _odd_cells(reader.frame(ragged=True), survey, data.delimiter, record_end)
    shape = RecordCells.of(text, data.delimiter, record_end)
    extra: dict[int, tuple[str, ...]] = {}
    with any_cell_size():
        for row in np.flatnonzero(shape.cells > columns).tolist():
            beyond = [plain_text(cell) for cell in shape.record(row)[columns:]]
            if any(map(trim, beyond)):
                extra[row] = tuple(beyond)
    short = _valued(frame, np.flatnonzero(shape.cells < columns))
    by_blanks = set(_valued(frame, np.flatnonzero(shape.cells > columns))) - extra.keys()
    if by_blanks or extra:
        odd[OddKind.LONG] = tuple(sorted(by_blanks | extra.keys()))
        odd[OddKind.LONG_BY_BLANKS] = tuple(sorted(by_blanks))
    return RowBatch(frame, chunk.first_row, extra, tuple(short), odd, survey.doubts)


def _valued(frame: pl.DataFrame, rows: NDArray[np.intp]) -> list[int]:
    """Those of the rows that have a cell with a value."""
    if not len(rows):
        return []
    valued = frame[rows].select(pl.any_horizontal(pl.all().str.strip_chars(BLANKS) != ""))
    found: list[int] = rows[valued.to_series().fill_null(value=False).to_numpy()].tolist()
    return found


def _odd_cells(
    frame: pl.DataFrame, survey: TextSurvey, delimiter: str, record_end: str
) -> tuple[pl.DataFrame, dict[OddKind, tuple[int, ...]]]:
    """The frame with its text formulas read as texts, and the rows with odd cells."""
    odd: dict[OddKind, tuple[int, ...]] = {}
    if len(survey.multi_line):
        rows = np.unique(survey.multi_line)
        odd[OddKind.ROWS_IN_A_CELL] = rows_in_a_cell(frame, rows, delimiter, record_end)
    if survey.may_hold_formulas:
        frame, odd[OddKind.TEXT_FORMULA] = without_text_formulas(frame)
    return frame, odd


@dataclass(frozen=True, slots=True)
class _TextReader:
    """Has polars read a text of so many columns."""

    text: bytes
    delimiter: str
    record_end: str
    columns: int

    def frame(self, *, ragged: bool) -> pl.DataFrame:
        """The cells; missing ones are null. If records may be `ragged`, those beyond the last
        column are left out; otherwise they raise ComputeError.

        polars takes the number of columns, whether there is a byte order mark to drop, and whether
        the text is a compressed one, from the first line. A blank line in front of the data keeps
        these guesses away from it. Where the first record is a plain one, the copy of the text that
        this takes is saved.
        """
        guard = b"" if self._begins_plainly() else self._blank_record()
        frame = pl.read_csv(
            guard + self.text if guard else self.text,
            has_header=False,
            schema={str(index): pl.String for index in range(self.columns)},
            separator=self.delimiter,
            quote_char='"',
            eol_char=self.record_end,
            infer_schema=False,
            truncate_ragged_lines=ragged,
            raise_if_empty=False,
        )
        return frame.slice(1) if guard else frame

    def _blank_record(self) -> bytes:
        return (self.delimiter * (self.columns - 1) + self.record_end).encode()

    def _begins_plainly(self) -> bool:
        """Whether the first record has all cells (more than one), and certainly neither a byte
        order mark before it nor a zlib header (RFC 1950: of those, `x^` and `x` with a 1 are text
        as well)."""
        first = self.text[:1]
        if self.columns < 2 or not first.isascii() or first == b"x":
            return False
        with any_cell_size():
            return cells_of_first(self.text, self.delimiter) == self.columns
