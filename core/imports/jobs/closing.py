"""How an import ends: with its counts, or with a failure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.actors import PIPELINE
from core.attributes.rules.model import ColumnRole
from core.imports.jobs.requests import ImportRequest
from core.imports.model import ImportOutcome, Plan
from core.jobs.lifecycle import Closing, closing, end_job, failure
from core.jobs.records import IgnoredColumn, JobCounts, JobEnding, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore


def close_job(
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    execution_arn: str,
    now: datetime,
) -> Closing:
    """End the job with the result of the aggregate. Raises ObjectMissing without plan or outcome:
    then the import is not complete.
    """
    keys = ImportKeys(job_id, attempt)
    bucket = settings.results_bucket
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    outcome = msgspec.json.decode(store.get(bucket, keys.outcome), type=ImportOutcome)
    ending = _ending(plan, outcome, keys)
    return end_job(jobs, job_id, execution_arn, ending, now, plan.recognised)


def _ending(plan: Plan, outcome: ImportOutcome, keys: ImportKeys) -> JobEnding:
    refusal = outcome.refusal
    status = JobStatus.COMPLETED if outcome.clean else JobStatus.COMPLETED_WITH_ISSUES
    return JobEnding(
        status=JobStatus.FAILED if refusal else status,
        message=refusal.message if refusal else outcome.message,
        error_code=refusal.code if refusal else None,
        error_details=refusal.message if refusal else None,
        format=plan.format,
        counts=JobCounts(
            rows=outcome.row_count,
            blank_rows=outcome.blank_rows,
            valid_rows=outcome.valid_rows,
            invalid_rows=outcome.invalid_rows,
            rows_with_skipped_values=outcome.rows_with_skipped_values,
            faults=outcome.faults,
            faults_by_code=outcome.faults_by_code,
        ),
        headers=tuple(column.header for column in plan.columns if column.attribute is not None),
        ignored_headers=outcome.ignored_headers,
        ignored_columns=tuple(
            IgnoredColumn(
                header=column.header,
                column=column.index + 1,
                did_you_mean=column.did_you_mean,
            )
            for column in plan.columns
            if column.role is ColumnRole.IGNORED
        ),
        notices=outcome.notices,
        truncated=outcome.truncated,
        product_files=outcome.product_files,
        changes_file=outcome.changes_file,
        # its products are not linked, since they were not imported
        result_s3_key=None if refusal else keys.result,
    )


def fail_job(
    jobs: JobRepository,
    *,
    execution_arn: str,
    execution_started_at: datetime,
    request: ImportRequest,
    error: Mapping[str, Any],
    now: datetime,
) -> Closing:
    """End the job as FAILED because of an infrastructure failure in any state. `error` comes from
    Catch of Step Functions: `Error`, `Cause`. Its text is logged but not stored in the job, since
    it names internals.
    """
    ending = failure(JobType.IMPORT, request.job_id, error)
    jobs.register(  # so that the failure is visible even if there was no record
        request.job_id,
        bucket=request.bucket,
        key=request.key,
        file_name=request.file_name,
        actor=PIPELINE,
        now=now,
    )
    failed = jobs.fail_unfinished(
        request.job_id,
        execution_arn=execution_arn,
        execution_started_at=execution_started_at,
        version_id=request.version_id,
        restart=request.restart,
        ending=ending,
        now=now,
    )
    return closing(request.job_id, ending, is_ours=failed)
