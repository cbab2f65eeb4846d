"""How far a job is: read off what lies in S3, never guessed.

The plan says how many chunks there are, and a chunk's summary is written last, so its presence
means that the chunk is done. One GET and one listing, whatever the size of the file. Where values
may occur only once, the chunks with repeated values are validated again. Once all summaries exist,
a second mark per chunk shows the progress of this pass.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.job_control.reprocessing_report import ReportFile
from core.jobs.orders import ReprocessingCounts
from core.jobs.records import JobRecord, JobStatus, JobType
from core.settings import Settings
from core.storage import (
    CommitKeys,
    EnrichmentKeys,
    ExportKeys,
    ImportKeys,
    ObjectMissing,
    ObjectStore,
    ProposalKeys,
)

PLANNED_PERCENT = 10
CHECKED_PERCENT = 90
"""A share for each stage; they only have to grow. Checking or writing the rows is the part that
takes long, and the only one that can be counted."""
COMPARED_PERCENT = 70
"""Where the first pass ends if values are to be compared: only then shows whether a second one
follows."""


class Stage(StrEnum):
    QUEUED = "queued"
    PLANNING = "planning"
    VALIDATING = "validating"
    """Also while values are compared over the whole file, and chunks are validated again."""
    COMMITTING = "committing"
    """What a commit or a deletion does with its chunks, where an import validates them."""
    ENRICHING = "enriching"
    """What an enrichment does with its batches."""
    RESTARTING = "restarting"
    """What a batch of restarts does with its jobs."""
    EXPORTING = "exporting"
    """What an export does with its chunks."""
    GATHERING = "gathering"
    """What a proposal of attributes does with its chunks."""
    AGGREGATING = "aggregating"
    FINISHED = "finished"


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    stage: Stage
    percent: int
    """0 to 100; grows, and only grows, while an attempt runs."""
    chunks_done: int | None = None
    """None until the file is planned."""
    chunks_planned: int | None = None
    chunks_again_done: int | None = None
    """Of those that are validated again because of unique values. None until it
    is known which, and where there are none."""
    chunks_again_planned: int | None = None
    rows: int | None = None
    """Rows of the whole file, blank ones included, valid rows of an approval, or products of an
    enrichment or an export; None until it is planned."""
    jobs: ReprocessingCounts | None = None
    """Of a batch of restarts, once it began."""


class _Extent(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a Plan that progress needs: a plan can have thousands of columns."""

    chunk_count: int
    row_count: int
    unique_columns: tuple[int, ...] = ()
    """Of an import, the columns with values that may occur once."""
    number_columns: tuple[int, ...] = ()
    """Those in which a number may read in two ways."""

    @property
    def compares_values(self) -> bool:
        return bool(self.unique_columns or self.number_columns) and self.chunk_count > 0


def progress_of(job: JobRecord, store: ObjectStore, settings: Settings) -> Progress:
    """Looks into S3 only while the job is being processed."""
    if job.is_final:
        counts = job.counts or job.commit_counts or job.export_counts
        rows = None if counts is None else counts.rows
        if job.deletion_counts is not None:
            rows = job.deletion_counts.products
        if job.proposal_counts is not None:
            rows = job.proposal_counts.rows
        if job.enrichment_counts is not None and job.status is not JobStatus.FAILED:
            rows = job.enrichment_counts.products
        return Progress(stage=Stage.FINISHED, percent=100, rows=rows, jobs=job.reprocessing_counts)
    if job.status is JobStatus.PENDING:
        return Progress(stage=Stage.QUEUED, percent=0)
    if job.type is JobType.REPROCESSING:
        return _while_restarting(job, store, settings)
    keys: ImportKeys | CommitKeys | EnrichmentKeys | ExportKeys = ImportKeys(job.id, job.attempt)
    busy = Stage.VALIDATING
    if job.type in (JobType.COMMIT, JobType.DELETION):
        keys, busy = CommitKeys(job.id, job.attempt), Stage.COMMITTING
    elif job.type is JobType.ENRICHMENT:
        keys, busy = EnrichmentKeys(job.id, job.attempt), Stage.ENRICHING
    elif job.type is JobType.EXPORT:
        keys, busy = ExportKeys(job.id, job.attempt), Stage.EXPORTING
    elif job.type is JobType.PROPOSAL:
        keys, busy = ProposalKeys(job.id, job.attempt), Stage.GATHERING
    try:
        plan = store.get(settings.results_bucket, keys.plan)
    except ObjectMissing:
        return Progress(stage=Stage.PLANNING, percent=PLANNED_PERCENT // 2)
    extent = msgspec.json.decode(plan, type=_Extent)
    done = _count(store, settings, keys.summaries)
    first = _while_busy(busy, min(done, extent.chunk_count), extent)
    if first.stage is Stage.AGGREGATING and extent.compares_values and isinstance(keys, ImportKeys):
        return _while_comparing(first, store, settings, keys)
    return first


def _while_restarting(job: JobRecord, store: ObjectStore, settings: Settings) -> Progress:
    report = ReportFile(store, settings.results_bucket, job.id, job.attempt).read()
    if report is None:
        return Progress(stage=Stage.PLANNING, percent=0)
    counts = report.counts
    left = counts.running + counts.waiting
    percent = 99 * (counts.jobs - left) // max(counts.jobs, 1)
    return Progress(stage=Stage.RESTARTING, percent=percent, jobs=counts)


def _while_busy(busy: Stage, done: int, extent: _Extent) -> Progress:
    planned = extent.chunk_count
    end = COMPARED_PERCENT if extent.compares_values else CHECKED_PERCENT
    span = end - PLANNED_PERCENT
    return Progress(
        stage=busy if done < planned else Stage.AGGREGATING,
        percent=PLANNED_PERCENT + (span * done // planned if planned else span),
        chunks_done=done,
        chunks_planned=planned,
        rows=extent.row_count,
    )


def _while_comparing(
    first: Progress, store: ObjectStore, settings: Settings, keys: ImportKeys
) -> Progress:
    """`first` with all its chunks done: what follows before the results are put together."""
    try:
        data = store.get(settings.results_bucket, keys.again)
    except ObjectMissing:
        return msgspec.structs.replace(first, stage=Stage.VALIDATING)
    again = len(msgspec.json.decode(data, type=list[msgspec.Raw]))
    if not again:
        return msgspec.structs.replace(first, percent=CHECKED_PERCENT)
    done = min(_count(store, settings, keys.all_revalidated), again)
    span = CHECKED_PERCENT - COMPARED_PERCENT
    return msgspec.structs.replace(
        first,
        stage=Stage.VALIDATING if done < again else Stage.AGGREGATING,
        percent=COMPARED_PERCENT + span * done // again,
        chunks_again_done=done,
        chunks_again_planned=again,
    )


def _count(store: ObjectStore, settings: Settings, prefix: str) -> int:
    return sum(1 for _ in store.list_keys(settings.results_bucket, prefix))
