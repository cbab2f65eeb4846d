"""How an execution claims a job without an uploaded file: an approval, an enrichment. An import
also checks its file, see `core/imports/jobs/opening.py`."""

from __future__ import annotations

from datetime import datetime

from core.jobs.records import JobRecord, JobType
from core.jobs.repository import JobRepository

CLAIM_TRIES = 5


class NoSuchJob(ValueError):
    """The execution's input names a job that does not exist or has another type; a retry cannot
    help."""


def claim_unless_cancelled(
    jobs: JobRepository, job_id: str, kind: JobType, execution_arn: str, now: datetime
) -> tuple[JobRecord, int] | None:
    """The job and the number of this attempt; None when somebody cancelled it, or when another
    execution claimed it at this moment. Repeated for the same execution it gives the same attempt.
    Raises NoSuchJob."""
    for number in range(CLAIM_TRIES):
        seen = jobs.get(job_id)
        if seen is None or seen.type is not kind:
            raise NoSuchJob(f"there is no job of type {kind} with the id {job_id}")
        if seen.is_cancelled or (number and seen.is_processed_by_another(execution_arn)):
            return None
        attempt = jobs.claim(
            seen,
            execution_arn=execution_arn,
            bucket=seen.s3_bucket,
            key=seen.s3_key,
            version_id=seen.s3_version_id,
            now=now,
        )
        if attempt is not None:
            return seen, attempt
    raise RuntimeError(f"job {job_id} was claimed by others {CLAIM_TRIES} times in a row")
