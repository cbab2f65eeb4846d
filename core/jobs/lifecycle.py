"""How an execution ends its job: successfully, with a refusal, or with a failure.

If the execution no longer owns the job, the result is `SUPERSEDED`: being superseded is not an
error.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.outcomes import Refusal

TIMEOUTS = frozenset({"States.Timeout", "Sandbox.Timedout", "Lambda.Timeout"})
"""What Catch calls a task that took too long."""


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
    return end_job(jobs, job_id, execution_arn, ending, now)


def end_job(
    jobs: JobRepository, job_id: str, execution_arn: str, ending: JobEnding, now: datetime
) -> Closing:
    ours = jobs.finish(job_id, execution_arn, ending, now)
    return Closing(
        outcome=ClosingOutcome.CLOSED if ours else ClosingOutcome.SUPERSEDED,
        job_id=job_id,
        status=ending.status,
    )
