"""From a message in the queue to one execution of product-import per version of an object.

Everything here may be repeated and may come in any order: the record is only inserted, never
changed, and the execution's name is made of the job and the version. An execution that ended before
it claimed the job is replaced by another one (`launching.py`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.actors import PIPELINE
from core.imports.jobs.requests import ImportMessage, ImportRequest, execution_name
from core.jobs.admission import Admission, Lane, WaitingImport
from core.jobs.launching import Launch, fail_waiting, launch
from core.jobs.machine import Starter
from core.jobs.records import JobEnding, JobRecord, JobStatus, job_id_of, version_of
from core.jobs.repository import JobRepository
from core.jobs.sentences import object_missing
from core.outcomes import RefusalCode
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore


class ForeignBucket(ValueError):
    """A message names an object outside the uploads bucket; a retry cannot help."""


class StartOutcome(StrEnum):
    STARTED = "STARTED"
    ALREADY_STARTED = "ALREADY_STARTED"
    """This version of the file is being imported, or was: a duplicate, and no failure."""
    NOT_A_FILE = "NOT_A_FILE"
    """A folder marker, which nothing can ever be read from."""
    OBJECT_GONE = "OBJECT_GONE"
    """The object of the message was deleted, and its job failed with that reason. Another upload
    under the key sends its own message, and resumes the job."""
    CANCELLED = "CANCELLED"
    """Somebody cancelled the import of this version of the file."""
    WAITING = "WAITING"
    """As many imports run as may at once; this one is in line (`admission.py`)."""
    GIVEN_UP = "GIVEN_UP"
    """Several executions ended before they claimed the job, which failed with that reason."""


_OUTCOMES = {
    Launch.STARTED: StartOutcome.STARTED,
    Launch.RUNNING: StartOutcome.ALREADY_STARTED,
    Launch.NOT_NEEDED: StartOutcome.ALREADY_STARTED,
    Launch.GIVEN_UP: StartOutcome.GIVEN_UP,
}


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one message."""

    outcome: StartOutcome
    job_id: str
    name: str | None = None
    """The execution's name, where there is one; further tries carry their number behind it."""


def start_import(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    settings: Settings,
    *,
    message: ImportMessage,
    now: datetime,
) -> Start:
    """Start the import of the object's current version, once.

    Raises ForeignBucket for an object outside the uploads bucket: whoever sent that, it must not be
    read with our rights.
    """
    if message.bucket != settings.uploads_bucket:
        raise ForeignBucket(f"{message.bucket!r} is not the bucket for uploads")
    job_id = job_id_of(message.bucket, message.key)
    if message.key.endswith("/"):
        return Start(outcome=StartOutcome.NOT_A_FILE, job_id=job_id)
    try:
        info = store.head(message.bucket, message.key)
    except ObjectMissing:
        fail_without_file(jobs, job_id, now)
        return Start(outcome=StartOutcome.OBJECT_GONE, job_id=job_id)
    request = ImportRequest.of(info)
    # A presigned upload has its record; a file dropped into the bucket gets one here, before the
    # execution, so that the job can be found from the start.
    job = jobs.register(
        request.job_id,
        bucket=request.bucket,
        key=request.key,
        file_name=request.file_name,
        actor=PIPELINE,
        now=now,
    )
    if job.is_cancelled_for(version_of(info)):
        jobs.cover_version(job.id, version_of(info))
        return Start(outcome=StartOutcome.CANCELLED, job_id=job.id)
    name = execution_name(job.id, info, restart_of(job, info))
    if info.version_id is not None and not awaits_import(job, info):
        return Start(outcome=StartOutcome.ALREADY_STARTED, job_id=job.id, name=name)
    outcome = admit(store, jobs, machine, settings, job=job, info=info, now=now)
    return Start(outcome=outcome, job_id=job.id, name=name)


def admit(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    settings: Settings,
    *,
    job: JobRecord,
    info: ObjectInfo,
    now: datetime,
) -> StartOutcome:
    """Put the import of this version of the job's file into its lane, and start the first ones of
    the lane while slots are free."""
    admission = Admission(jobs.database, settings)
    name = execution_name(job.id, info, restart_of(job, info))
    admission.enter(name, info, now)
    launched = start_waiting(store, jobs, machine, admission, admission.lane_of(info), now)
    if name in launched:
        return _OUTCOMES[launched[name]]
    if admission.is_waiting(name):
        return StartOutcome.WAITING
    return StartOutcome.ALREADY_STARTED  # by another caller, just now


def start_waiting(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    admission: Admission,
    lane: Lane,
    now: datetime,
) -> dict[str, Launch]:
    """Start the imports of a lane, the oldest first, while slots are free. Idempotent at any point,
    and safe for several callers at once."""
    done: dict[str, Launch] = {}
    while (entry := admission.first(lane)) and admission.take(lane, entry.name, now):
        launched = _launch_waiting(store, jobs, machine, entry, now)
        if launched not in (Launch.STARTED, Launch.RUNNING):
            admission.release(entry.name)
        admission.leave(entry.name)
        done[entry.name] = launched
    return done


def _launch_waiting(
    store: ObjectStore, jobs: JobRepository, machine: Starter, entry: WaitingImport, now: datetime
) -> Launch:
    """The waiting import may have changed meanwhile: a new file, a cancellation, a reprocessing."""
    job_id = job_id_of(entry.bucket, entry.key)
    try:
        info = store.head(entry.bucket, entry.key)
    except ObjectMissing:
        fail_without_file(jobs, job_id, now)
        return Launch.NOT_NEEDED
    job = jobs.get(job_id)
    if job is None or execution_name(job.id, info, restart_of(job, info)) != entry.name:
        return Launch.NOT_NEEDED  # a newer version or a later reprocessing is in line by itself
    if job.is_cancelled_for(version_of(info)):
        return Launch.NOT_NEEDED
    return launch_import(jobs, machine, job, info, now)


def launch_import(
    jobs: JobRepository, machine: Starter, job: JobRecord, info: ObjectInfo, now: datetime
) -> Launch:
    """See to it that an execution for this version of the job's file runs, unless one claimed the
    job already. The job fails when every try was in vain."""
    restart = restart_of(job, info)

    def is_waiting() -> bool:
        current = jobs.get(job.id)
        return current is not None and awaits_import(current, info)

    launched = launch(
        machine,
        execution_name(job.id, info, restart),
        msgspec.to_builtins(ImportRequest.of(info, restart)),
        is_waiting=is_waiting,
    )
    if launched is Launch.GIVEN_UP:
        fail_waiting(jobs, job, now)
    return launched


def fail_without_file(jobs: JobRepository, job_id: str, now: datetime) -> bool:
    """End a job that waits for an execution, since its file had arrived and is not there any more.
    False when there is no such job, or it moved meanwhile."""
    seen = jobs.get(job_id)
    if seen is None or seen.status is not JobStatus.PENDING:
        return False
    ending = JobEnding(
        status=JobStatus.FAILED,
        error_code=RefusalCode.OBJECT_MISSING,
        error_details=object_missing(seen.original_file_name),
    )
    return jobs.fail_as_seen(seen, ending, now)


def restart_of(job: JobRecord, info: ObjectInfo) -> int:
    """The number of the reprocessing that waits for this version; 0 when none does. As long as it
    waits, no other execution of the version can claim the job."""
    waits = job.awaits_restart and job.s3_version_id == info.version_id
    return (job.restarts or 0) if waits else 0


def awaits_import(job: JobRecord, info: ObjectInfo) -> bool:
    """No execution has claimed the job for this version of its file yet, and one should."""
    if job.is_cancelled_for(version_of(info)):
        return False
    if job.status is JobStatus.PENDING:
        return True
    return info.version_id is not None and job.s3_version_id != info.version_id
