"""How far a job is: read off what lies in S3, never guessed.

The plan says how many chunks there are, and a chunk's summary is written last, so its presence
means that the chunk is done. One GET and one listing, whatever the size of the file.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.jobs.records import JobRecord, JobStatus, JobType
from core.settings import Settings
from core.storage import CommitKeys, EnrichmentKeys, ImportKeys, ObjectMissing, ObjectStore

PLANNED_PERCENT = 10
CHECKED_PERCENT = 90
"""A share for each stage; they only have to grow. Checking or writing the rows is the part that
takes long, and the only one that can be counted."""


class Stage(StrEnum):
    QUEUED = "queued"
    PLANNING = "planning"
    VALIDATING = "validating"
    COMMITTING = "committing"
    """What a commit does with its chunks, where an import validates them."""
    ENRICHING = "enriching"
    """What an enrichment does with its batches."""
    AGGREGATING = "aggregating"
    FINISHED = "finished"


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    stage: Stage
    percent: int
    """0 to 100; grows, and only grows, while an attempt runs."""
    chunks_done: int | None = None
    """None until the file is planned."""
    chunks_planned: int | None = None
    rows: int | None = None
    """Rows of the whole file, blank ones included, valid rows of an approval, or products of an
    enrichment; None until it is planned."""


class _Extent(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a Plan that progress needs: a plan can have thousands of columns."""

    chunk_count: int
    row_count: int


def progress_of(job: JobRecord, store: ObjectStore, settings: Settings) -> Progress:
    """Looks into S3 only while the job is being processed."""
    if job.is_final:
        counts = job.counts or job.commit_counts
        rows = None if counts is None else counts.rows
        if job.enrichment_counts is not None and job.status is not JobStatus.FAILED:
            rows = job.enrichment_counts.products
        return Progress(stage=Stage.FINISHED, percent=100, rows=rows)
    if job.status is JobStatus.PENDING:
        return Progress(stage=Stage.QUEUED, percent=0)
    keys: ImportKeys | CommitKeys | EnrichmentKeys = ImportKeys(job.id, job.attempt)
    busy = Stage.VALIDATING
    if job.type is JobType.COMMIT:
        keys, busy = CommitKeys(job.id, job.attempt), Stage.COMMITTING
    elif job.type is JobType.ENRICHMENT:
        keys, busy = EnrichmentKeys(job.id, job.attempt), Stage.ENRICHING
    try:
        plan = store.get(settings.results_bucket, keys.plan)
    except ObjectMissing:
        return Progress(stage=Stage.PLANNING, percent=PLANNED_PERCENT // 2)
    extent = msgspec.json.decode(plan, type=_Extent)
    done = sum(1 for _ in store.list_keys(settings.results_bucket, keys.summaries))
    return _while_busy(busy, min(done, extent.chunk_count), extent)


def _while_busy(busy: Stage, done: int, extent: _Extent) -> Progress:
    planned = extent.chunk_count
    span = CHECKED_PERCENT - PLANNED_PERCENT
    return Progress(
        stage=busy if done < planned else Stage.AGGREGATING,
        percent=PLANNED_PERCENT + (span * done // planned if planned else span),
        chunks_done=done,
        chunks_planned=planned,
        rows=extent.row_count,
    )
