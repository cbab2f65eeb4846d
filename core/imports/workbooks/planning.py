"""Planning a workbook: parse it once, write its rows as text in chunks, read a chunk back.

From there on a workbook is judged like delimited text. Row numbers are those of the sheet counted
from under the header: blank rows count, rows above the header do not.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.whitespace import trimmed
from core.file_format import DetectedFormat, FileKind, ReadingOptions, SourceFile
from core.imports.model import Chunk, Plan
from core.imports.sizing import workbook_chunk_rows
from core.imports.table.columns import HEADER_CANDIDATES, choose_header_row, match_columns
from core.imports.table.notices import empty_file, table_notices
from core.imports.workbooks.safety import refuse_large, refuse_unsafe
from core.imports.workbooks.sheets import Sheet, Workbook, column_has_data, has_data, quoted_list
from core.outcomes import Notice, NoticeCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore
from core.storage.content_types import ARROW
from core.storage.read_ahead import fetch_blocks

ROWS_AT_ONCE = 10_000


def plan_workbook(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    source: SourceFile,
    kind: FileKind,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
) -> tuple[Plan, tuple[Chunk, ...]]:
    """Parse the workbook and write its rows to `keys.rows(chunk)`.

    Raises FileRefused (WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED, WORKBOOK_TOO_LARGE, NO_VISIBLE_SHEET,
    SHEET_NOT_FOUND, HEADER_ROW_MISSING, DUPLICATE_HEADER, TOO_MANY_COLUMNS) and ObjectMissing.
    """
    with _local_copy(store, settings, source, kind) as path:
        refuse_unsafe(path, kind, settings)
        workbook = Workbook(path, kind, settings)
        sheet = workbook.choose(options.sheet)
        if sheet is None or not has_data(sheet.frame):
            form = DetectedFormat(kind=kind, sheet=sheet.name if sheet else None)
            return _empty_plan(keys, source, form), ()
        name, texts = sheet.name, sheet.frame
        error_cells = _error_cells(sheet)
        del sheet
        header_index = _header_index(texts, options, definitions)
        headers, rows = _table(texts, header_index)
        del texts
        columns, missing = match_columns(headers, definitions, settings)
        notices = table_notices(columns, rows.height)
        is_read = not any(notice.code is NoticeCode.NO_MATCHING_COLUMN for notice in notices)
        chunks = _write_chunks(store, settings, keys, rows) if is_read else ()
        row_count = rows.height
        del rows
        notices += error_cells
        if options.sheet is None:
            notices += _other_sheets(workbook.others_with_data(name), name)
    plan = Plan(
        job_id=keys.job_id,
        attempt=keys.attempt,
        source=source,
        format=DetectedFormat(kind=kind, sheet=name, header_row=header_index + 1),
        data=None,
        original_headers=headers,
        columns=columns,
        missing_required=missing,
        chunk_count=len(chunks),
        row_count=row_count,
        notices=tuple(notices),
    )
    return plan, chunks


def read_workbook_rows(
    store: ObjectStore, results_bucket: str, keys: ImportKeys, plan: Plan, chunk: Chunk
) -> pl.DataFrame:
    """The rows of a chunk that `plan_workbook` wrote: one String column per header of the plan,
    named "0", "1", …; null for an empty cell. Raises ObjectMissing."""
    frame = pl.read_ipc(io.BytesIO(store.get(results_bucket, keys.rows(chunk.index))))
    return frame.select(str(column.index) for column in plan.columns)


@contextmanager
def _local_copy(
    store: ObjectStore, settings: Settings, source: SourceFile, kind: FileKind
) -> Iterator[Path]:
    """The workbook as a file: the parser then needs no second copy of it in memory, and goes by
    the suffix instead of trying one format after the other."""
    info = store.head(source.bucket, source.key, source.version_id)
    refuse_large(info.size, settings)
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        path = Path(folder) / f"workbook.{kind.value}"
        with path.open("wb") as file:
            for block in fetch_blocks(store, info, settings.read_block_bytes):
                file.write(block)
        yield path


def _header_index(
    texts: pl.DataFrame, options: ReadingOptions, definitions: Sequence[AttributeDefinition]
) -> int:
    """Row of the frame. Blank rows above the first value do not count among the candidates."""
    skipped = 0 if options.header_row else _valued_row(texts, last=False)
    head = texts.slice(skipped, max(HEADER_CANDIDATES, options.header_row or 0))
    records = [[cell or "" for cell in row] for row in head.iter_rows()]
    return skipped + choose_header_row(records, definitions, options)


def _table(texts: pl.DataFrame, header_index: int) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Headers, and the rows under them, without the blank columns to the right and the blank rows
    at the end: both are left behind by formatting alone."""
    below = texts.slice(header_index)
    width = next(
        (at + 1 for at in reversed(range(below.width)) if column_has_data(below[str(at)])), 0
    )
    below = below.select(below.columns[:width])
    headers = tuple(cell or "" for cell in below.row(0))
    rows = below.slice(1)
    return headers, rows.head(_valued_row(rows, last=True) + 1)


def _valued_row(rows: pl.DataFrame, *, last: bool) -> int:
    """The first or last row with a value, -1 when there is none. Looks in runs from that end: it
    is seldom far."""
    starts = range(0, rows.height, ROWS_AT_ONCE)
    for start in reversed(starts) if last else starts:
        valued = rows.slice(start, ROWS_AT_ONCE).select(
            pl.any_horizontal(trimmed(pl.all()).is_not_null()).alias("valued")
        )
        found = valued["valued"].arg_true()
        if len(found):
            return start + int(found[-1 if last else 0])
    return -1


def _write_chunks(
    store: ObjectStore, settings: Settings, keys: ImportKeys, rows: pl.DataFrame
) -> tuple[Chunk, ...]:
    """Even chunks: no more than there must be, and none that is nearly empty."""
    count = -(-rows.height // workbook_chunk_rows(settings, rows.height, rows.width))
    chunks = []
    for index in range(count):
        start = rows.height * index // count
        end = rows.height * (index + 1) // count
        data = io.BytesIO()
        # the oldest layout copies just the rows of the slice, the newest may share all their text
        rows.slice(start, end - start).write_ipc(
            data, compression="lz4", compat_level=pl.CompatLevel.oldest()
        )
        store.put(settings.results_bucket, keys.rows(index), data.getvalue(), ARROW)
        chunks.append(Chunk(index=index, start=0, end=0, first_row=start + 1, rows=end - start))
    return tuple(chunks)


def _error_cells(sheet: Sheet) -> list[Notice]:
    if sheet.first_error is None:
        return []
    count, (where, text) = sheet.error_count, sheet.first_error
    message = (
        f"Cell {where} holds the error {text} and was read as that text. Mend its formula or "
        "clear it."
        if count == 1
        else f"{count:,} cells hold errors, the first is {where} with {text}; they were read as "
        "those texts. Mend their formulas or clear them."
    )
    return [Notice(code=NoticeCode.ERROR_CELLS, message=message)]


def _other_sheets(others: Sequence[str], chosen: str) -> list[Notice]:
    if not others:
        return []
    also = "the sheet {} also holds" if len(others) == 1 else "the sheets {} also hold"
    return [
        Notice(
            code=NoticeCode.OTHER_SHEETS,
            message=f"Only the sheet {quoted_list([chosen])} was read; "
            f"{also.format(quoted_list(others))} data. To import another sheet, name it when you "
            "upload the file.",
        )
    ]


def _empty_plan(keys: ImportKeys, source: SourceFile, form: DetectedFormat) -> Plan:
    return Plan(
        job_id=keys.job_id,
        attempt=keys.attempt,
        source=source,
        format=form,
        data=None,
        original_headers=(),
        columns=(),
        missing_required=(),
        chunk_count=0,
        row_count=0,
        notices=(empty_file(),),
    )
