"""How an execution ends its job: successfully, with a refusal, or with a failure.

If the execution no longer owns the job, the result is `SUPERSEDED`: being superseded is not an
error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from core.file_format import Reading
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.jobs.sentences import infrastructure_failed
from core.outcomes import Refusal

TIMEOUTS = frozenset({"States.Timeout", "Sandbox.Timedout", "Lambda.Timeout"})
"""What Catch calls a task that took too long."""
FAIL_TRIES = 5


class ClosingOutcome(StrEnum):
    CLOSED = "CLOSED"
    SUPERSEDED = "SUPERSEDED"


class Closing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    outcome: ClosingOutcome
    job_id: str
    status: JobStatus
    """What this execution wrote, or would have written."""


def reject_job(
    jobs: JobRepository, *, job_id: str, execution_arn: str, refusal: Refusal, now: datetime
) -> Closing:
    """End the job as FAILED because the file cannot be imported."""
    ending = JobEnding(
        status=JobStatus.FAILED, error_code=refusal.code, error_details=refusal.message
    )
    return end_job(jobs, job_id, execution_arn, ending, now, refusal.recognised)


def end_job(
    jobs: JobRepository,
    job_id: str,
    execution_arn: str,
    ending: JobEnding,
    now: datetime,
    reading: Reading | None = None,
) -> Closing:
    """End the job if this execution owns it. `reading` tells how its file was read, if that was
    only seen in the file."""
    is_ours = jobs.finish(job_id, execution_arn, ending, now, reading)
    return closing(job_id, ending, is_ours=is_ours)


def fail_job(
    jobs: JobRepository,
    kind: JobType,
    *,
    job_id: str,
    execution_arn: str,
    error: Mapping[str, Any],
    now: datetime,
) -> Closing:
    """End the job as FAILED after an infrastructure failure in any state, also before it was
    claimed. `error` comes from Catch of Step Functions. A job that has ended, or that another
    execution owns, does not change."""
    ending = failure(kind, job_id, error)
    for _ in range(FAIL_TRIES):
        seen = jobs.get(job_id)
        if seen is not None:  # one machine may do the work of several kinds
            ending = failure(seen.type, job_id, error)
        if seen is None or seen.is_final or seen.execution_arn not in (None, execution_arn):
            break
        if jobs.fail_as_seen(seen, ending, now):
            return closing(job_id, ending, is_ours=True)
    return closing(job_id, ending, is_ours=False)


def superseded(job: JobRecord | None, job_id: str, execution_arn: str) -> Closing | None:
    """The result of closing a job that the execution does not own any more; None if it does. Tasks
    of such a job leave no summary, so this is checked before they are counted."""
    if job is not None and job.execution_arn == execution_arn and not job.is_cancelled:
        return None
    status = JobStatus.FAILED if job is None else job.status
    return Closing(outcome=ClosingOutcome.SUPERSEDED, job_id=job_id, status=status)


def closing(job_id: str, ending: JobEnding, *, is_ours: bool) -> Closing:
    outcome = ClosingOutcome.CLOSED if is_ours else ClosingOutcome.SUPERSEDED
    return Closing(outcome=outcome, job_id=job_id, status=ending.status)


def failure(kind: JobType, job_id: str, error: Mapping[str, Any]) -> JobEnding:
    """The ending for `error`, which comes from Catch of Step Functions. Its text is no part of it,
    since it names internals."""
    is_timeout = error.get("Error") in TIMEOUTS
    code = JobFailureCode.TIMED_OUT if is_timeout else JobFailureCode.INTERNAL_ERROR
    return JobEnding(
        status=JobStatus.FAILED,
        error_code=code,
        error_details=infrastructure_failed(kind, code, job_id),
    )
