"""`POST /products/approve {jobId, attempt?, dryRun?, onConflict?}`: from a call to one execution of
product-commit.

The approved attempt is fixed here. Its products are stored in S3 and never change, so a later
upload or reprocessing of the same job has no effect on the approval. A caller who names the
reviewed attempt gets that one or a conflict. The time of the call is stored with the job: later
changes to a product are not overwritten, unless `onConflict` requests it.

A second call while the approval of the same attempt runs gives that approval: the job id is derived
from the order and the number of earlier approvals of it, so two simultaneous calls start one job.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.actors import Actor
from core.approvals.repository import AnyOrder, CommitJobs
from core.approvals.sentences import accepted, results_missing
from core.errors import Conflict, PayloadTooLarge
from core.jobs.ceiling import refuse_one_more
from core.jobs.launching import can_end, start_job
from core.jobs.machine import Starter
from core.jobs.orders import CommitOrder, OnConflict
from core.jobs.records import JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository, job_not_found
from core.schemas import FieldFault, field_faults, refuse
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.wording import can_be_raised

_COMMITS = uuid.UUID("0d3c7e52-6a7d-5f0c-9b1e-2f8f5d1c6a47")
"""Namespace of the ids of commit jobs. Never change it: running approvals depend on it."""


def requests_job(body: Mapping[str, Any]) -> bool:
    """The body names an import instead of bringing products. Raises InvalidRequest
    `INVALID_FIELDS` for a dry run of products: it would be taken for a count, and would write."""
    if body.get("jobId") is not None:
        return True
    if body.get("dryRun"):
        refuse([FieldFault("dryRun", "“dryRun” is only possible together with “jobId”.")])
    return False


def approve_import(
    body: Mapping[str, Any],
    jobs: JobRepository,
    commits: CommitJobs,
    machine: Starter,
    settings: Settings,
    *,
    store: ObjectStore,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the approval; the answer of the call. Raises InvalidRequest `INVALID_FIELDS`, NotFound
    `JOB_NOT_FOUND`, Conflict (`NOT_AN_IMPORT`, `JOB_NOT_FINISHED`, `IMPORT_FAILED`,
    `OTHER_ATTEMPT`, `NO_VALID_ROWS`, `RESULTS_GONE`), PayloadTooLarge `TOO_MANY_PRODUCTS`,
    TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`, ServiceUnavailable `JOB_NOT_STARTED`."""
    faults = field_faults("requests/approve-job", body)
    if body.get("products") is not None:
        faults.append(FieldFault("products", "Send either “products” or “jobId”, not both."))
    refuse(faults)
    source = _approvable(jobs, body["jobId"])
    _refuse_unreviewed(source, body.get("attempt"))
    rows = source.counts.valid_rows if source.counts else 0
    if rows == 0:
        raise Conflict(
            "NO_VALID_ROWS",
            f"The import of “{source.original_file_name}” found no valid row, so there is nothing "
            "to approve.",
        )
    if rows > settings.max_commit_rows:
        raise PayloadTooLarge(
            "TOO_MANY_PRODUCTS",
            f"{rows:,} products are too many for one approval; at most "
            f"{settings.max_commit_rows:,} can be. Split the file and import its parts. "
            f"{can_be_raised('max_commit_rows')}",
        )
    _refuse_without_products(store, settings, source)
    order = CommitOrder(
        import_job_id=source.id,
        import_attempt=source.attempt,
        dry_run=bool(body.get("dryRun", False)),
        on_conflict=OnConflict(body.get("onConflict") or OnConflict.REJECT),
    )
    job_id = commit_job_id(commits, order, machine, now)
    refuse_one_more(jobs, job_id, actor, settings)
    commits.register(job_id, source=source, order=order, actor=actor, now=now)
    # If a call fails before this line, the next one finds the job unfinished and starts it; so does
    # the sweep.
    start_job(machine, jobs, job_id, now)
    return {
        "message": accepted(source.original_file_name, rows, dry_run=order.dry_run),
        "jobId": job_id,
        "importJobId": order.import_job_id,
        "importAttempt": order.import_attempt,
        "dryRun": order.dry_run,
        "onConflict": order.on_conflict.value,
        "rows": rows,
    }


def _approvable(jobs: JobRepository, job_id: str) -> JobRecord:
    job = jobs.get(job_id)
    if job is None:
        raise job_not_found(job_id)
    if job.type is JobType.ENRICHMENT:
        raise Conflict(
            "NOT_AN_IMPORT",
            "This job is an enrichment; accept its suggestions by /products/bulk-update.",
        )
    if job.type is not JobType.IMPORT:
        raise Conflict(
            "NOT_AN_IMPORT", "This job is an approval itself; name the import to approve."
        )
    if not job.is_final:
        raise Conflict(
            "JOB_NOT_FINISHED",
            f"The import is not finished yet ({job.status}); approve it when it is.",
        )
    if job.status is JobStatus.FAILED:
        raise Conflict(
            "IMPORT_FAILED",
            f"The import of “{job.original_file_name}” failed, so there is nothing to approve.",
        )
    return job


def _refuse_unreviewed(source: JobRecord, reviewed: int | None) -> None:
    """A file can be replaced or processed again between a review and its approval."""
    if reviewed is not None and reviewed != source.attempt:
        raise Conflict(
            "OTHER_ATTEMPT",
            f"Attempt {reviewed} of the import of “{source.original_file_name}” was reviewed, and "
            f"attempt {source.attempt} is the current one. Review its result, then approve that.",
            [{"field": "attempt", "current": source.attempt}],
        )


def _refuse_without_products(store: ObjectStore, settings: Settings, source: JobRecord) -> None:
    try:
        store.head(settings.results_bucket, ImportKeys(source.id, source.attempt).valid_rows)
    except ObjectMissing:
        raise Conflict("RESULTS_GONE", results_missing(source.original_file_name)) from None


def commit_job_id(commits: CommitJobs, order: AnyOrder, machine: Starter, now: datetime) -> str:
    """That of the job of this order that runs, or else of a new one."""
    # counted first: a job registered between the two queries must not get the number of another
    number = commits.count(order) + 1
    running = commits.unfinished(order)
    if running is not None and can_end(machine, commits.records, running, now):
        return running.id
    kind = "dry run" if order.dry_run else "approval"
    if isinstance(order, CommitOrder):
        if order.on_conflict is not OnConflict.REJECT:
            kind += f" {order.on_conflict}"
        given = f"{order.import_job_id}/{order.import_attempt}/{kind}/{number}"
    else:
        source = f"{order.enrichment_job_id}/{order.enrichment_attempt}/{order.fingerprint}"
        given = f"{source}/{kind}/{number}"
    return str(uuid.uuid5(_COMMITS, given))
