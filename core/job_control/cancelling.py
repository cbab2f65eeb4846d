"""Cancelling a job: one conditional write decides, then the execution is stopped.

If a cancellation and a CloseJob compete, the first write wins: CloseJob does not end a cancelled
job, and a cancellation does not end a finished one. An execution that continues after the write
(the stop failed, or it had not opened the job yet) no longer owns the job and ends as `Superseded`.

A cancellation applies to one version of the file: the present one. A late or repeated event of that
version starts nothing, and an execution of it that was started but has not opened the job cannot
claim it. If no file has arrived yet, the announced upload is cancelled: the first version that
arrives is recorded as the cancelled one. Later versions, and reprocessing, are handled as usual.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.actors import Actor
from core.audit import AuditAction, note
from core.enrichment.jobs.ledger import read_ledger
from core.errors import Conflict
from core.jobs.machine import Stopper
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus, JobType, version_of
from core.jobs.repository import JobRepository, job_not_found
from core.jobs.sentences import cancelled
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore

CANCEL_TRIES = 5
"""A try fails if the job changed between our read and our write, which happens a few times in its
life."""


def cancel_job(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Stopper,
    *,
    job_id: str,
    actor: Actor,
    now: datetime,
) -> JobRecord:
    """End the job as FAILED, `CANCELLED`, and stop its execution; return the job.

    Cancelling a cancelled job stops its execution again, and changes nothing. Raises NotFound
    `JOB_NOT_FOUND`, and Conflict `JOB_FINISHED` if the job has finished by itself.
    """
    for _ in range(CANCEL_TRIES):
        job = jobs.get(job_id)
        if job is None:
            raise job_not_found(job_id)
        if job.is_final and not job.is_cancelled:
            raise Conflict(
                "JOB_FINISHED",
                f"The job is finished already ({job.status}); there is nothing left to cancel.",
            )
        ending = JobEnding(
            status=JobStatus.FAILED,
            error_code=JobFailureCode.CANCELLED,
            error_details=cancelled(job.type),
            cancelled_version=_current_version(store, job),
        )
        if job.type is JobType.ENRICHMENT and job.attempt:
            ledger = read_ledger(store, job.s3_bucket, EnrichmentKeys(job.id, job.attempt))
            ending = msgspec.structs.replace(
                ending, usage=ledger.spent, enrichment_counts=ledger.done
            )
        if job.is_cancelled or jobs.cancel_as_seen(job, ending, actor, now):
            if job.type is JobType.ENRICHMENT and job.attempt:
                # its batches have no database, and would otherwise continue to send paid requests
                stop = EnrichmentKeys(job.id, job.attempt).stop
                store.put(job.s3_bucket, stop, b"", "application/octet-stream")
            if job.execution_arn is not None:
                machine.stop(job.execution_arn, JobFailureCode.CANCELLED, cancelled(job.type))
            if not job.is_cancelled:
                note(jobs.database, AuditAction.JOB_CANCELLED, job_id, actor, now)
            return jobs.get(job_id) or job
    raise Conflict("JOB_IN_MOTION", "The job changes again and again right now; please try again.")


def _current_version(store: ObjectStore, job: JobRecord) -> str | None:
    try:
        return version_of(store.head(job.s3_bucket, job.s3_key))
    except ObjectMissing:
        return job.s3_version_id
