"""Planning a workbook: parse it once, write its rows as text in chunks, read a chunk back.

From there on a workbook is validated like delimited text. Row numbers are those of the sheet
counted from under the header: blank rows count, rows above the header do not.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.file_format import (
    DetectedFormat,
    FileKind,
    ReadingOptions,
    RecognisableProfile,
    SourceFile,
)
from core.imports.model import Chunk, Plan
from core.imports.recognition import by_their_options, recognise
from core.imports.sizing import workbook_chunk_rows
from core.imports.table.columns import (
    HEADER_CANDIDATES,
    choose_header_row,
    match_columns,
    names_counter,
)
from core.imports.table.header_rows import doubtful_header
from core.imports.table.notices import empty_file, table_notices
from core.imports.table.rows_below_header import rows_below_header
from core.imports.text.layouts import RECORDS_BELOW
from core.imports.workbooks.open_workbook import Sheet, Workbook, open_workbook
from core.outcomes import Notice, NoticeCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore
from core.storage.content_types import ARROW


def plan_workbook(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    source: SourceFile,
    kind: FileKind,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    profiles: Sequence[RecognisableProfile] = (),
) -> tuple[Plan, tuple[Chunk, ...]]:
    """Parse the workbook and write its rows to `keys.rows(chunk)`.

    Raises FileRefused (WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED, WORKBOOK_TOO_LARGE, NO_VISIBLE_SHEET,
    SHEET_NOT_FOUND, HEADER_ROW_MISSING, DUPLICATE_HEADER, TOO_MANY_COLUMNS), ObjectMissing and
    ProfileRecognised.
    """
    with open_workbook(store, settings, source, kind) as workbook:
        _recognise_sheets(workbook, profiles)
        sheet = workbook.choose(options.sheet)
        if sheet is None or not sheet.has_data:
            form = DetectedFormat(kind=kind, sheet=sheet.name if sheet else None)
            return _empty_plan(keys, source, form), ()
        name = sheet.name
        header_index, doubts = _header_index(sheet, options, definitions, profiles)
        table = workbook.table(sheet, header_index)
        del sheet
        headers = table.headers
        matched = match_columns(headers, definitions, settings, options)
        columns = matched.columns
        shown_otherwise = table.show_numbers(columns, definitions)
        row_count = table.rows.height
        notices = table_notices(columns, row_count)
        is_read = not any(notice.code is NoticeCode.NO_MATCHING_COLUMN for notice in notices)
        chunks = _write_chunks(store, settings, keys, table.rows) if is_read else ()
        head = _records(table.rows.head(RECORDS_BELOW))
        below = rows_below_header(columns, head, definitions)
        notices += [*matched.notices, *table.notices(), *shown_otherwise, *doubts, *below.notices]
        with_signs, as_texts = table.numbers_shown_otherwise()
        del table
        if options.sheet is None:
            notices += workbook.notices_of_others(name)
    plan = Plan(
        job_id=keys.job_id,
        attempt=keys.attempt,
        source=source,
        format=DetectedFormat(kind=kind, sheet=name, header_row=header_index + 1),
        data=None,
        original_headers=headers,
        columns=columns,
        missing_required=matched.missing_required,
        constants=matched.constants,
        chunk_count=len(chunks),
        row_count=row_count,
        notices=tuple(notices),
        left_out_rows=below.left_out,
        numbers_with_signs=with_signs,
        numbers_as_texts=as_texts,
    )
    return plan, chunks


def read_workbook_rows(
    store: ObjectStore, results_bucket: str, keys: ImportKeys, plan: Plan, chunk: Chunk
) -> pl.DataFrame:
    """The rows of a chunk that `plan_workbook` wrote: one String column per header of the plan,
    named "0", "1", …; null for an empty cell. Raises ObjectMissing."""
    frame = pl.read_ipc(io.BytesIO(store.get(results_bucket, keys.rows(chunk.index))))
    return frame.select(str(column.index) for column in plan.columns)


def _recognise_sheets(workbook: Workbook, profiles: Sequence[RecognisableProfile]) -> None:
    """Raises ProfileRecognised for a profile that names a sheet and remembers its headers."""
    for options, those in by_their_options(profiles, ("sheet",)):
        try:
            sheet = workbook.choose(options.sheet)
        except FileRefused:
            continue  # the workbook has no such sheet, or one that nobody can read
        if sheet is not None and sheet.has_data:
            recognise(sheet.records(sheet.first_valued_row, HEADER_CANDIDATES), those)


def _header_index(
    sheet: Sheet,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    profiles: Sequence[RecognisableProfile],
) -> tuple[int, list[Notice]]:
    """Row of the sheet, and doubts about it. Blank rows above the first value do not count among
    the candidates."""
    skipped = 0 if options.header_row else sheet.first_valued_row
    records = sheet.records(skipped, max(HEADER_CANDIDATES, options.header_row or 0))
    chosen = choose_header_row(records, definitions, options, profiles)
    doubts: list[Notice] = []
    if options.header_row is None:
        counter = names_counter(definitions, options)
        doubts = doubtful_header(records[:HEADER_CANDIDATES], chosen, skipped, counter)
    return skipped + chosen, doubts


def _records(rows: pl.DataFrame) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in rows.iter_rows()]


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
