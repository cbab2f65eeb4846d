"""Reprocessing a job: its file once more, perhaps read otherwise, as the job's next attempt.

The job goes back to PENDING first, without an owner, and counts the restart; then an execution is
started whose name carries that count. A call that failed between the two can simply be repeated:
it finds the job waiting, and the name makes a second start harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.actors import Actor
from core.errors import Conflict
from core.file_format import Reading
from core.imports.jobs.starting import StartOutcome, admit
from core.imports.reading_options import ReadingRequest, option_faults, requested_reading
from core.jobs.launching import not_started
from core.jobs.machine import Starter
from core.jobs.records import JobRecord, JobType, version_of
from core.jobs.repository import JobRepository, job_not_found
from core.outcomes import RefusalCode
from core.schemas import field_faults, refuse
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore

RESTART_TRIES = 5


def read_restart_request(body: Mapping[str, Any]) -> ReadingRequest:
    """Raises InvalidRequest `INVALID_FIELDS`."""
    refuse([*field_faults("requests/reprocess-job", body), *option_faults(body)])
    return requested_reading(body)


class Restart(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    """The number that the attempt will have."""


def reprocess_job(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    settings: Settings,
    *,
    job_id: str,
    reading: Reading | None,
    actor: Actor,
    now: datetime,
) -> Restart:
    """Start the import of the same version of the job's file again.

    `reading` replaces that of the job; None keeps it, with the options that it froze of a profile.
    Raises NotFound `JOB_NOT_FOUND`, and
    Conflict: `NOT_AN_IMPORT`, `JOB_RUNNING` for a job that is not finished, `UPLOAD_GONE` without
    its file, `NEWER_UPLOAD` if there is a newer version, which is imported separately. Raises
    ServiceUnavailable `JOB_NOT_STARTED`.
    """
    for _ in range(RESTART_TRIES):
        job = jobs.get(job_id)
        if job is None:
            raise job_not_found(job_id)
        if job.type is not JobType.IMPORT:
            raise Conflict("NOT_AN_IMPORT", f"The job {job_id} is not an import.")
        chosen = job.reading if reading is None else reading
        repeated = job.awaits_restart and chosen == job.reading
        if not (job.is_final or repeated):
            raise job_running(job)
        info = file_to_reprocess(store, job)
        if repeated or jobs.restart_as_seen(
            job, version_id=info.version_id, reading=chosen, actor=actor, now=now
        ):
            waiting = jobs.get(job_id) or job
            outcome = admit(store, jobs, machine, settings, job=waiting, info=info, now=now)
            if outcome is StartOutcome.GIVEN_UP:
                raise not_started(job.id)
            return Restart(job_id=job.id, attempt=job.attempt + 1)
    raise Conflict("JOB_IN_MOTION", "The job changes again and again right now; please try again.")


def file_to_reprocess(store: ObjectStore, job: JobRecord) -> ObjectInfo:
    """The file that the job read. Raises Conflict `UPLOAD_GONE` or `NEWER_UPLOAD`."""
    try:
        info = store.head(job.s3_bucket, job.s3_key)
    except ObjectMissing:
        has_arrived = job.attempt > 0 or job.error_code == RefusalCode.OBJECT_MISSING
        reason = "it was deleted" if has_arrived else "it never arrived, or was deleted since"
        raise Conflict(
            "UPLOAD_GONE",
            f"There is no file “{job.original_file_name}” to process: {reason}. Please upload it "
            "again.",
        ) from None
    # A cancellation applies to the newest version at that time, even if the job did not read it.
    known = job.cancelled_version or job.s3_version_id
    if known is not None and known != version_of(info):
        raise Conflict(
            "NEWER_UPLOAD",
            f"“{job.original_file_name}” was uploaded again since, and the new file is imported by "
            "itself; wait for it, or ask for it with process-file.",
        )
    return info


def job_running(job: JobRecord) -> Conflict:
    return Conflict(
        "JOB_RUNNING",
        f"The job is not finished yet ({job.status}); wait for its end, or cancel it, before you "
        "reprocess it.",
    )
