"""The end of an export after an infrastructure failure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.exports import sentences
from core.exports.model import ExportRequest
from core.jobs.lifecycle import Closing, fail_job, failure_code
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository


def fail_export(
    jobs: JobRepository,
    *,
    execution_arn: str,
    request: ExportRequest,
    error: Mapping[str, Any],
    now: datetime,
) -> Closing:
    """End the job as FAILED after an infrastructure failure. `error` comes from Catch."""
    code = failure_code(error)
    ending = JobEnding(
        status=JobStatus.FAILED,
        error_code=code,
        error_details=sentences.infrastructure_failed(code, request.job_id),
    )
    return fail_job(jobs, request.job_id, execution_arn, ending, now)
