"""The successful end of an export: the file, once every chunk is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import polars as pl

from core.attributes.value_types import value_type
from core.concurrency import ordered_map
from core.exports import sentences
from core.exports.model import ExportPlan, ExportSummary, read_plan
from core.exports.workbooks import MOST_BYTES, Part, frame
from core.imports.output.parquet_files import MAGIC, TAIL_BYTES, MergedFooter
from core.imports.output.tables import csv_header, parquet_file
from core.jobs.lifecycle import Closing, ClosingOutcome, end_job, reject_job
from core.jobs.orders import ExportCounts, ExportFormat
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.outcomes import Notice, NoticeCode, RefusalCode, Refused
from core.settings import Settings
from core.storage import (
    Assembly,
    ExportKeys,
    ObjectMissing,
    ObjectShorter,
    ObjectStore,
    Piece,
    Span,
    read_span,
)
from core.storage.chunk_summaries import ChunkUnaccounted, read_summaries
from core.storage.content_types import CSV, JSON, NDJSON, PARQUET, XLSX

_CONTENT_TYPES = {
    ExportFormat.CSV: CSV,
    ExportFormat.XLSX: XLSX,
    ExportFormat.NDJSON: NDJSON,
    ExportFormat.PARQUET: PARQUET,
}


def close_export(
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    execution_arn: str,
    now: datetime,
) -> Closing:
    """Join the parts into the file, and end the job. Raises ChunkUnaccounted, and ObjectMissing if
    there is no plan."""
    job = jobs.get(job_id)
    if job is None or job.execution_arn != execution_arn or job.is_cancelled:
        status = JobStatus.FAILED if job is None else job.status
        return Closing(outcome=ClosingOutcome.SUPERSEDED, job_id=job_id, status=status)
    keys = ExportKeys(job_id, attempt)
    bucket = settings.results_bucket
    plan = read_plan(store, bucket, keys)
    summaries = read_summaries(
        store,
        bucket,
        keys.summary,
        ExportSummary,
        plan,
        rows_are_planned=plan.order.import_job_id is not None,
    )
    try:
        pieces = pieces_of(store, settings, plan, summaries)
    except Refused as refused:
        return reject_job(
            jobs, job_id=job_id, execution_arn=execution_arn, refusal=refused.refusal, now=now
        )
    file_format = plan.order.format
    key = keys.file(file_format.value)
    try:
        store.assemble(bucket, [Assembly(key, _CONTENT_TYPES[file_format], pieces)])
    except (ObjectMissing, ObjectShorter) as error:
        raise ChunkUnaccounted(str(error)) from error
    ending = _ending(plan, summaries, store.head(bucket, key).size, keys.result)
    result = {
        "jobId": job_id,
        "message": ending.message,
        "counts": msgspec.to_builtins(ending.export_counts),
        "headers": plan.names,
        "notices": msgspec.to_builtins(ending.notices),
    }
    store.put(bucket, keys.result, msgspec.json.encode(result), JSON)
    return end_job(jobs, job_id, execution_arn, ending, now)


def pieces_of(
    store: ObjectStore, settings: Settings, plan: ExportPlan, summaries: Sequence[ExportSummary]
) -> list[Piece]:
    """The pieces of the file, in order. Raises Refused for what the format cannot hold."""
    for summary in summaries:
        if summary.too_long is not None:
            sentence = sentences.text_too_long(summary.too_long)
            raise Refused(RefusalCode.CELL_TOO_LONG, sentence)
    filled = [summary for summary in summaries if summary.rows]
    parts: list[Piece] = [Span(summary.key, 0, summary.bytes) for summary in filled]
    file_format = plan.order.format
    if file_format is ExportFormat.NDJSON:
        return parts
    if file_format is ExportFormat.CSV:
        return [csv_header(plan.names, is_guarded=plan.order.guarded), *parts]
    if file_format is ExportFormat.PARQUET:
        return _table_pieces(store, settings.results_bucket, plan, filled)
    return _workbook_pieces(settings, plan, filled, parts)


def _table_pieces(
    store: ObjectStore, bucket: str, plan: ExportPlan, filled: Sequence[ExportSummary]
) -> list[Piece]:
    if not filled:
        schema = {d.name: value_type(d) for d in plan.definitions}
        return [parquet_file(pl.DataFrame(schema=schema))]

    def footer_of(summary: ExportSummary) -> bytes:
        end = summary.bytes - TAIL_BYTES
        return read_span(store, bucket, Span(summary.key, end - summary.footer_bytes, end))

    merged = MergedFooter()
    pieces: list[Piece] = [MAGIC]
    for summary, footer in zip(filled, ordered_map(footer_of, filled), strict=True):
        pieces.append(Span(summary.key, len(MAGIC), merged.add(footer)))
    return [*pieces, merged.finish()]


def _workbook_pieces(
    settings: Settings,
    plan: ExportPlan,
    filled: Sequence[ExportSummary],
    parts: Sequence[Piece],
) -> list[Piece]:
    raw = sum(summary.raw_bytes for summary in filled)
    size = sum(summary.bytes for summary in filled)
    for found, limit in (
        (raw, min(settings.max_workbook_unzipped_bytes, MOST_BYTES)),
        (size, min(settings.max_workbook_bytes, MOST_BYTES)),
    ):
        if found > limit:
            sentence = sentences.workbook_too_many_bytes(found, limit)
            raise Refused(RefusalCode.EXPORT_TOO_LARGE, sentence)
    around = frame(
        plan.names, plan.row_count, [Part(s.bytes, s.raw_bytes, s.checksum) for s in filled]
    )
    return [around.before, *parts, around.after]


def _ending(
    plan: ExportPlan, summaries: Sequence[ExportSummary], size: int, result_key: str
) -> JobEnding:
    rows = sum(summary.rows for summary in summaries)
    omitted = sum(summary.omitted_values for summary in summaries)
    notices: tuple[Notice, ...] = ()
    if omitted:
        names = list(dict.fromkeys(name for s in summaries for name in s.omitted_from))
        sentence = sentences.left_out(omitted, names)
        notices = (Notice(code=NoticeCode.VALUES_LEFT_OUT, message=sentence),)
    return JobEnding(
        status=JobStatus.COMPLETED_WITH_ISSUES if omitted else JobStatus.COMPLETED,
        message=sentences.exported(rows, plan.order.format, size),
        export_counts=ExportCounts(rows=rows, bytes=size, omitted_values=omitted),
        notices=notices,
        result_s3_key=result_key,
    )
