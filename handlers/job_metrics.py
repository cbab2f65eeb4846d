"""The metrics of a job that has ended, read from its record."""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools import Logger

from core.jobs.lifecycle import Closing, ClosingOutcome
from core.jobs.records import JobRecord, JobStatus
from core.jobs.repository import JobRepository
from handlers.metrics import Metric, record

logger = Logger(child=True)

_ENDS: Mapping[JobStatus, Metric] = {
    JobStatus.COMPLETED: Metric.JOBS_COMPLETED,
    JobStatus.COMPLETED_WITH_ISSUES: Metric.JOBS_COMPLETED_WITH_ISSUES,
    JobStatus.FAILED: Metric.JOBS_FAILED,
}


def record_closing(jobs: JobRepository, closing: Closing) -> None:
    if closing.outcome is ClosingOutcome.CLOSED:
        record_end(jobs, closing.job_id)


def record_end(jobs: JobRepository, job_id: str) -> None:
    """Never raises: the job has ended, whatever is counted."""
    try:
        job = jobs.get(job_id)
    except Exception:
        logger.warning("The metrics of the job could not be read", exc_info=True)
        return
    if job is not None and job.is_final:
        properties = {"jobId": job.id, "attempt": job.attempt, "code": job.error_code}
        record(job.type.value, values_of(job), **properties)


def values_of(job: JobRecord) -> dict[Metric, float]:
    values: dict[Metric, float] = {_ENDS[job.status]: 1}
    if job.processing_started_at is not None and job.finished_at is not None:
        took = (job.finished_at - job.processing_started_at).total_seconds()
        values[Metric.JOB_SECONDS] = max(took, 0.0)
    if (counts := job.counts) is not None:
        values |= {
            Metric.ROWS: counts.rows,
            Metric.VALID_ROWS: counts.valid_rows,
            Metric.INVALID_ROWS: counts.invalid_rows,
            Metric.FAULTS: counts.faults,
        }
    if (saved := job.commit_counts) is not None:
        values[Metric.PRODUCTS_SAVED] = saved.created + saved.updated
        values[Metric.PRODUCTS_REJECTED] = saved.rejected
    if (exported := job.export_counts) is not None:
        values[Metric.ROWS] = exported.rows
    if (proposed := job.proposal_counts) is not None:
        values[Metric.ROWS] = proposed.rows
    if (enriched := job.enrichment_counts) is not None:
        values[Metric.SUGGESTIONS] = enriched.suggestions
    return values
