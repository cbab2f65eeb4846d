"""Starting a finished job again, whatever its kind, as its next attempt.

An import reads the same version of its file again (`core/imports/jobs/reprocessing.py`). An
approval and an enrichment keep their order: an approval finds what it saved already unchanged, and
an enrichment pays for no answer twice. The job goes back to PENDING first and counts the restart;
the name of the execution carries that count, so that a repeated call starts nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.actors import Actor
from core.audit import AuditAction, note
from core.errors import Conflict
from core.file_format import Reading
from core.imports.jobs.reprocessing import (
    RESTART_TRIES,
    Restart,
    file_to_reprocess,
    job_running,
    reprocess_job,
)
from core.jobs.launching import start_job
from core.jobs.machine import Starter
from core.jobs.records import JobRecord, JobType
from core.jobs.repository import JobRepository, job_not_found
from core.settings import Settings
from core.storage import ObjectStore


def restart_job(
    store: ObjectStore,
    jobs: JobRepository,
    machines: Mapping[JobType, Starter],
    settings: Settings,
    *,
    job_id: str,
    reading: Reading | None,
    actor: Actor,
    now: datetime,
) -> Restart:
    """Start the job again. `reading` replaces how an import reads its file; None keeps it.

    Raises NotFound `JOB_NOT_FOUND`, Conflict (`JOB_RUNNING`, `JOB_IN_MOTION`, `UPLOAD_GONE`,
    `NEWER_UPLOAD`, `NOT_AN_IMPORT`, `NOT_RESTARTABLE`), ServiceUnavailable `JOB_NOT_STARTED`.
    """
    for _ in range(RESTART_TRIES):
        job = jobs.get(job_id)
        if job is None:
            raise job_not_found(job_id)
        machine = machines[job.type]
        if job.type is JobType.IMPORT:
            restart = reprocess_job(
                store, jobs, machine, settings, job_id=job_id, reading=reading, actor=actor, now=now
            )
            return _noted(jobs, restart, actor, now)
        _refuse_kind(job, reading)
        if not (job.is_final or job.awaits_restart):
            raise job_running(job)
        if job.awaits_restart or jobs.restart_as_seen(
            job, version_id=job.s3_version_id, reading=job.reading, actor=actor, now=now
        ):
            start_job(machine, jobs, job.id, now)
            restart = Restart(job_id=job.id, attempt=job.attempt + 1)
            return _noted(jobs, restart, actor, now)
    raise Conflict("JOB_IN_MOTION", "The job changes again and again right now; please try again.")


def _noted(jobs: JobRepository, restart: Restart, actor: Actor, now: datetime) -> Restart:
    after = {"attempt": restart.attempt}
    note(jobs.database, AuditAction.JOB_RESTARTED, restart.job_id, actor, now, after=after)
    return restart


def check_restart(store: ObjectStore, job: JobRecord, reading: Reading | None) -> None:
    """Raises Conflict as `restart_job` would, and starts nothing."""
    if job.type is not JobType.IMPORT:
        _refuse_kind(job, reading)
    if not (job.is_final or job.awaits_restart):
        raise job_running(job)
    if job.type is JobType.IMPORT:
        file_to_reprocess(store, job)


def _refuse_kind(job: JobRecord, reading: Reading | None) -> None:
    if job.type is JobType.REPROCESSING:
        raise Conflict(
            "NOT_RESTARTABLE",
            "A batch of restarts is not restarted itself; order a new one for the jobs that are "
            "left.",
        )
    if reading is not None:
        raise Conflict(
            "NOT_AN_IMPORT",
            "Only an import reads a file; send the call without “profile” and “options”.",
        )
