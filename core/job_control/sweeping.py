"""Finds the jobs that stopped moving, and ends them with a reason.

An execution that AWS stops (its own time limit, an abort, a failing FailJob) cannot tell its job;
an upload that never comes starts nothing at all. Both would show a progress bar for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.jobs.sentences import never_started, stalled, upload_not_received
from core.settings import Settings
from core.storage import ObjectMissing, ObjectStore

SWEEP_LIMIT = 100
"""Jobs of either kind per sweep: what one run can look up at the pace of DescribeExecution. Those
that are well go to the end of the line, so the next sweep takes up where this one stopped."""

ALIVE = frozenset({"RUNNING", "PENDING_REDRIVE"})


class Executions(Protocol):
    def status(self, execution_arn: str) -> str | None:
        """Status of an execution as Step Functions names it; None when it is not known."""
        ...


class Sweep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one sweep did: ids of jobs."""

    alive: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    """Went on by themselves between our look and our write."""
    unknown: tuple[str, ...] = ()
    """Could not be looked up; the next sweep tries again."""


def sweep_jobs(
    store: ObjectStore,
    jobs: JobRepository,
    executions: Executions,
    settings: Settings,
    *,
    now: datetime,
    on_error: Callable[[JobRecord, Exception], None],
) -> Sweep:
    """Look at the jobs that nobody touched for a while and fail those that cannot move again.

    Every write is conditional on the job being as it was seen, so a job that ends by itself at the
    same moment keeps its own end. A look-up that fails is told to `on_error` and stops no other.
    """
    patience = timedelta(seconds=settings.stalled_after_seconds)
    link = timedelta(seconds=settings.presigned_url_seconds)
    processing = jobs.unfinished(JobStatus.PROCESSING, now - patience, SWEEP_LIMIT)
    pending = jobs.unfinished(JobStatus.PENDING, now - link - patience, SWEEP_LIMIT)
    found: dict[str, list[str]] = {"alive": [], "failed": [], "moved": [], "unknown": []}
    for job in (*processing, *pending):
        try:
            ending = (
                _end_of_processing(executions, job)
                if job.status is JobStatus.PROCESSING
                else _end_of_pending(store, settings, job)
            )
        except Exception as error:  # one job that cannot be looked up must not hide the others
            on_error(job, error)
            found["unknown"].append(job.id)
            continue
        if ending is None:
            jobs.touch_as_seen(job, now)
            found["alive"].append(job.id)
        else:
            failed = jobs.fail_as_seen(job, ending, now)
            found["failed" if failed else "moved"].append(job.id)
    return Sweep(**{name: tuple(ids) for name, ids in found.items()})


def _end_of_processing(executions: Executions, job: JobRecord) -> JobEnding | None:
    status = executions.status(job.execution_arn) if job.execution_arn else None
    if status in ALIVE:
        return None
    return _failure(JobFailureCode.STALLED, stalled(job.type, status))


def _end_of_pending(store: ObjectStore, settings: Settings, job: JobRecord) -> JobEnding:
    if job.type is not JobType.IMPORT:  # only an import waits for a file
        return _failure(JobFailureCode.STALLED, never_started(job.type))
    try:
        store.head(job.s3_bucket, job.s3_key)
    except ObjectMissing:
        seconds = settings.presigned_url_seconds
        sentence = upload_not_received(job.original_file_name, seconds)
        return _failure(JobFailureCode.UPLOAD_NOT_RECEIVED, sentence)
    return _failure(JobFailureCode.STALLED, never_started(job.type))


def _failure(code: JobFailureCode, sentence: str) -> JobEnding:
    return JobEnding(status=JobStatus.FAILED, error_code=code, error_details=sentence)
