"""Cancelling a job: one conditional write decides, then the execution is stopped.

The write comes first. Of a cancellation and a CloseJob that race, the first to reach the database
stands: CloseJob ends no cancelled job, and a cancellation ends no finished one. An execution that
goes on after the write (the stop failed, or it had not opened the job yet) finds the job not to be
its own and ends as `Superseded`.

What is cancelled is the import of one version of the file: the one that is there now. A late or
repeated event of that version starts nothing, and an execution of it that was started but had not
opened the job cannot claim it. When nothing has arrived yet, the announced upload is what is
cancelled: the first version that arrives is noted as the cancelled one. A version after that is a
new wish, and so is reprocessing.
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
"""Each lost try means that the job moved between our look and our write, which it does a few times
in its life."""


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
    `JOB_NOT_FOUND`, and Conflict `JOB_FINISHED` when the job came to an end of its own.
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
                # its batches have no database, and would go on paying
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
