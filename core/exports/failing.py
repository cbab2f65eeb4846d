"""How an export ends when infrastructure fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.exports import sentences
from core.exports.model import ExportRequest
from core.jobs.lifecycle import TIMEOUTS, Closing, ClosingOutcome
from core.jobs.records import JobEnding, JobFailureCode, JobStatus
from core.jobs.repository import JobRepository

FAIL_TRIES = 5


def fail_export(
    jobs: JobRepository,
    *,
    execution_arn: str,
    request: ExportRequest,
    error: Mapping[str, Any],
    now: datetime,
) -> Closing:
    """End the job as FAILED because infrastructure did not hold, whatever state it broke in.

    A job that ended already, or that another execution owns, is left alone. `error` is what Catch
    of Step Functions gives.
    """
    code = JobFailureCode.INTERNAL_ERROR
    if error.get("Error") in TIMEOUTS:
        code = JobFailureCode.TIMED_OUT
    ending = JobEnding(
        status=JobStatus.FAILED,
        error_code=code,
        error_details=sentences.infrastructure_failed(code, request.job_id),
    )
    superseded = Closing(
        outcome=ClosingOutcome.SUPERSEDED, job_id=request.job_id, status=ending.status
    )
    for _ in range(FAIL_TRIES):
        seen = jobs.get(request.job_id)
        if seen is None or seen.is_final or seen.execution_arn not in (None, execution_arn):
            return superseded
        if jobs.fail_as_seen(seen, ending, now):
            return msgspec.structs.replace(superseded, outcome=ClosingOutcome.CLOSED)
    return superseded
