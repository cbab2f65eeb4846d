"""How an approval ends: with exact counts once every chunk is accounted for, or with a failure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from core.approvals.deletions.sentences import outcome_of_deletion
from core.approvals.model import CommitPlan, CommitSummary, DeletionSummary, Rejection, read_plan
from core.approvals.sentences import outcome, outcome_of_acceptance
from core.jobs.lifecycle import Closing, end_job, superseded
from core.jobs.orders import CommitCounts, DeletionCounts
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import CommitKeys, ObjectStore
from core.storage.chunk_summaries import ChunkUnaccounted, read_summaries
from core.storage.content_types import JSON, NDJSON

REJECTIONS_IN_RESULT = 1_000
"""The result is for browsers; `rejected.ndjson` is complete."""


class CommitResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `result.json` of an approval holds."""

    job_id: str
    import_job_id: str | UnsetType = UNSET
    import_attempt: int | UnsetType = UNSET
    enrichment_job_id: str | UnsetType = UNSET
    """Of an approval of suggestions, instead of the import."""
    enrichment_attempt: int | UnsetType = UNSET
    file_name: str
    dry_run: bool
    message: str
    counts: CommitCounts
    ignored_fields: tuple[str, ...]
    rejected: tuple[Rejection, ...]
    truncated: bool
    """`rejected` is only the beginning."""


class DeletionResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `result.json` of a deletion holds."""

    job_id: str
    message: str
    counts: DeletionCounts
    rejected: tuple[Rejection, ...]
    truncated: bool


_Rejecting = CommitSummary | DeletionSummary


def close_commit(
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    execution_arn: str,
    now: datetime,
) -> Closing:
    """End the job with the sum of its chunks. Raises ChunkUnaccounted, and ObjectMissing when there
    is no plan."""
    keys = CommitKeys(job_id, attempt)
    bucket = settings.results_bucket
    if lost := superseded(jobs.get(job_id), job_id, execution_arn):
        return lost
    plan = read_plan(store, bucket, keys)
    if plan.deletion is not None:
        return _close_deletion(store, jobs, bucket, keys, plan, execution_arn, now)
    summaries = read_summaries(store, bucket, keys.summary, CommitSummary, plan)
    counts = _sum(summaries)
    rejections = _gather_rejected(store, bucket, keys, summaries)
    dry_run = plan.dry_run
    outcome_sentence = outcome if plan.acceptance is None else outcome_of_acceptance
    message = outcome_sentence(counts, plan.ignored_fields, dry_run=dry_run)
    order, acceptance = plan.order, plan.acceptance
    result = CommitResult(
        job_id=job_id,
        import_job_id=order.import_job_id if order else UNSET,
        import_attempt=order.import_attempt if order else UNSET,
        enrichment_job_id=acceptance.enrichment_job_id if acceptance else UNSET,
        enrichment_attempt=acceptance.enrichment_attempt if acceptance else UNSET,
        file_name=plan.file_name,
        dry_run=dry_run,
        message=message,
        counts=counts,
        ignored_fields=plan.ignored_fields,
        rejected=tuple(rejections),
        truncated=counts.rejected > len(rejections),
    )
    store.put(bucket, keys.result, msgspec.json.encode(result), JSON)
    clean = counts.rejected == 0 and not plan.ignored_fields
    ending = JobEnding(
        status=JobStatus.COMPLETED if clean else JobStatus.COMPLETED_WITH_ISSUES,
        message=message,
        commit_counts=counts,
        ignored_headers=plan.ignored_fields,
        truncated=result.truncated,
        result_s3_key=keys.result,
    )
    return end_job(jobs, job_id, execution_arn, ending, now)


def _close_deletion(
    store: ObjectStore,
    jobs: JobRepository,
    bucket: str,
    keys: CommitKeys,
    plan: CommitPlan,
    execution_arn: str,
    now: datetime,
) -> Closing:
    summaries = read_summaries(store, bucket, keys.summary, DeletionSummary, plan)
    counts = DeletionCounts(
        products=plan.row_count,
        deleted=sum(s.deleted for s in summaries),
        rejected=sum(s.rejected for s in summaries),
    )
    if counts.deleted + counts.rejected != counts.products:
        raise ChunkUnaccounted(f"not all outcomes of {counts.products} products are accounted for")
    rejections = _gather_rejected(store, bucket, keys, summaries)
    result = DeletionResult(
        job_id=plan.job_id,
        message=outcome_of_deletion(counts),
        counts=counts,
        rejected=tuple(rejections),
        truncated=counts.rejected > len(rejections),
    )
    store.put(bucket, keys.result, msgspec.json.encode(result), JSON)
    ending = JobEnding(
        status=JobStatus.COMPLETED_WITH_ISSUES if counts.rejected else JobStatus.COMPLETED,
        message=result.message,
        deletion_counts=counts,
        result_s3_key=keys.result,
    )
    return end_job(jobs, plan.job_id, execution_arn, ending, now)


def _sum(summaries: Sequence[CommitSummary]) -> CommitCounts:
    counts = CommitCounts(
        rows=sum(s.rows for s in summaries),
        created=sum(s.created for s in summaries),
        updated=sum(s.updated for s in summaries),
        unchanged=sum(s.unchanged for s in summaries),
        repeated=sum(s.repeated for s in summaries),
        rejected=sum(s.rejected for s in summaries),
    )
    outcomes = (
        counts.created + counts.updated + counts.unchanged + counts.repeated + counts.rejected
    )
    if outcomes != counts.rows:
        raise ChunkUnaccounted(f"{outcomes} outcomes of {counts.rows} rows are accounted for")
    return counts


def _gather_rejected(
    store: ObjectStore, bucket: str, keys: CommitKeys, summaries: Sequence[_Rejecting]
) -> list[Rejection]:
    """Join the chunks' rejections into one file; the first of them, decoded."""
    first: list[Rejection] = []
    with store.writer(bucket, keys.all_rejected, NDJSON) as sink:
        for summary in summaries:
            if summary.rejected == 0:
                continue
            data = store.get(bucket, keys.rejected(summary.index))
            sink.write(data)
            if len(first) < REJECTIONS_IN_RESULT:
                first += msgspec.json.Decoder(Rejection).decode_lines(data)
    return first[:REJECTIONS_IN_RESULT]
