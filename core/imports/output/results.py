"""Gathers the fragments of all chunks into the result files, in the order of rows.

`faults.ndjson` and `rejected.csv` are concatenations. The valid rows stay in the parts that the
chunks wrote, and get a list (`parts.json`). If they are small, they are also written as
`products.ndjson`, `.csv` and `.parquet`; the row groups of the last depend on the chunks, its rows
do not. Both are always complete.
`result.json` is the contract's result file for a browser. Its products and faults are limited in
bytes over the whole file, so that the limit does not depend on the chunks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import msgspec
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import FaultCode
from core.imports.model import ChunkSummary, ImportOutcome, Plan, ValidRows
from core.imports.output.faults import missing_column
from core.imports.output.fragments import all_changes, all_faults, all_rejected
from core.imports.output.limits import too_many_faulty_rows
from core.imports.output.messages import NOT_CLEAN, found_notices, ignored_headers, outcome_message
from core.imports.output.rejected import header_line
from core.imports.output.result_file import Head, result_file
from core.imports.output.tables import fed_attributes, schema_of
from core.imports.output.valid_rows import ValidRowsReader, write_files
from core.imports.table.two_ways import doubt_notices
from core.imports.uniqueness.revalidation import missing_revalidation
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectShorter, ObjectStore
from core.storage.chunk_summaries import ChunkUnaccounted, read_summaries
from core.storage.content_types import JSON

PREVIEW_BYTES = 1024 * 1024
"""Limit of the products, and of the faults, in the result file of more valid rows than are written
as files at once: no browser shows them all, and each such file would be stored for months."""


def aggregate_results(
    store: ObjectStore, settings: Settings, keys: ImportKeys, *, now: datetime
) -> ImportOutcome:
    """Write the result files and `outcome.json`. `now` (with a time zone) is the time of processing
    in the result; everything else depends only on the file. Raises ChunkUnaccounted and
    ObjectMissing."""
    bucket = settings.results_bucket
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    refused = _refused(store, bucket, keys, plan)
    if refused is not None:
        store.put(bucket, keys.outcome, msgspec.json.encode(refused), JSON)
        return refused
    summaries = read_summaries(
        store, bucket, keys.summary, ChunkSummary, plan, rows_are_planned=plan.chunk_count > 0
    )
    waiting = missing_revalidation(store, bucket, keys, plan, summaries)
    if waiting is not None:
        raise ChunkUnaccounted(waiting)
    unread = sorted({index for summary in summaries for index in summary.unread_columns})
    faults = all_faults(keys, map(missing_column, plan.missing_required), summaries)
    copies = [faults, all_rejected(keys, header_line(plan), summaries)]
    if plan.value_steps:
        copies.append(all_changes(keys, summaries))
    rows = ValidRows(
        names=fed_attributes(plan), parts=tuple(part for s in summaries for part in s.parts)
    )
    store.put(bucket, keys.valid_rows, msgspec.json.encode(rows), JSON)
    reader = ValidRowsReader(store, settings, keys, rows)
    shown_bytes = _shown_bytes(rows, settings)
    try:
        # while S3 copies, this process writes the products
        with ThreadPoolExecutor(1, thread_name_prefix="assemble") as pool:
            copied = pool.submit(store.assemble, bucket, copies)
            if is_small(rows, settings):
                write_files(store, bucket, keys, reader, lambda: _kinds(store, bucket, keys, plan))
            products = reader.head(shown_bytes)
            copied.result()
        shown_faults = _head(store, bucket, keys.all_faults, shown_bytes)
    except ObjectShorter as error:
        raise ChunkUnaccounted(str(error)) from error
    outcome = _outcome(plan, summaries, unread, products, shown_faults)
    outcome = msgspec.structs.replace(
        outcome,
        product_files=is_small(rows, settings),
        changes_file=bool(plan.value_steps),
    )
    with store.writer(bucket, keys.result, JSON) as sink:
        for part in result_file(plan, outcome, products, shown_faults, now):
            sink.write(part)
    store.put(bucket, keys.outcome, msgspec.json.encode(outcome), JSON)
    return outcome


def is_small(rows: ValidRows, settings: Settings) -> bool:
    """The files of valid rows are written at once."""
    return (
        rows.count <= settings.result_files_max_rows
        and rows.bytes <= settings.result_files_max_bytes
    )


def _kinds(store: ObjectStore, bucket: str, keys: ImportKeys, plan: Plan) -> dict[str, DataType]:
    data = store.get(bucket, keys.definitions)
    return schema_of(msgspec.json.decode(data, type=tuple[AttributeDefinition, ...]), plan)


def _shown_bytes(rows: ValidRows, settings: Settings) -> int:
    """Limit of the products, and of the faults, in the result file. It depends on the rows alone,
    never on how the chunks divide them."""
    if rows.count <= settings.result_files_max_rows:
        return settings.result_max_bytes
    return min(settings.result_max_bytes, PREVIEW_BYTES)


def _head(store: ObjectStore, bucket: str, key: str, limit: int) -> Head:
    """The first lines, up to a limit in bytes."""
    return Head.of(store.get_range(bucket, key, 0, limit + 1), limit)


def _refused(store: ObjectStore, bucket: str, keys: ImportKeys, plan: Plan) -> ImportOutcome | None:
    """The outcome if a chunk refused the file; otherwise None."""
    try:
        refusal = msgspec.json.decode(store.get(bucket, keys.refusal), type=Refusal)
    except ObjectMissing:
        return None
    return ImportOutcome(
        row_count=plan.row_count,
        blank_rows=0,
        valid_rows=0,
        invalid_rows=0,
        faults=0,
        faults_by_code={},
        ignored_headers=(),
        message=refusal.message,
        notices=plan.notices,
        clean=False,
        truncated=False,
        refusal=refusal,
    )


def _outcome(
    plan: Plan,
    summaries: Sequence[ChunkSummary],
    unread: Sequence[int],
    products: Head,
    faults: Head,
) -> ImportOutcome:
    by_code: Counter[str] = Counter()
    for summary in summaries:
        by_code.update(summary.faults_by_code)
    if plan.missing_required:
        by_code[FaultCode.REQUIRED_COLUMN_MISSING.value] += len(plan.missing_required)
    valid_rows = sum(summary.valid_rows for summary in summaries)
    invalid_rows = sum(summary.invalid_rows for summary in summaries)
    kept_rows = sum(summary.rows_with_skipped_values for summary in summaries)
    ignored = ignored_headers(plan, unread)
    numbers = (numbers for summary in summaries for numbers in summary.numbers)
    notices = (
        *plan.notices,
        *found_notices(plan, summaries, unread),
        *doubt_notices(numbers, plan),
    )
    in_doubt = any(notice.code in NOT_CLEAN for notice in notices)
    return ImportOutcome(
        row_count=plan.row_count,
        blank_rows=sum(summary.blank_rows for summary in summaries),
        valid_rows=valid_rows,
        invalid_rows=invalid_rows,
        rows_with_skipped_values=kept_rows,
        faults=by_code.total(),
        faults_by_code=dict(sorted(by_code.items())),
        ignored_headers=ignored,
        message=outcome_message(
            plan,
            valid_rows=valid_rows,
            invalid_rows=invalid_rows,
            kept_rows=kept_rows,
            faults=by_code.total(),
            ignored=ignored,
            shown_products=products.count if products.is_cut else None,
            shown_faults=faults.count if faults.is_cut else None,
        ),
        notices=notices,
        clean=valid_rows > 0
        and invalid_rows == 0
        and kept_rows == 0
        and not ignored
        and not in_doubt,
        truncated=products.is_cut or faults.is_cut,
        refusal=too_many_faulty_rows(
            plan, faulty_rows=invalid_rows + kept_rows, rows=valid_rows + invalid_rows
        ),
    )
