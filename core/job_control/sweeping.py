"""Finds the jobs that stopped moving, and starts them again or ends them with a reason.

An execution that AWS stops (time limit, abort, failing FailJob) cannot end its job, and an upload
that never arrives starts none. Both would show a progress bar for ever. A job whose execution ended
before the claim, or was never started because a message was lost, is started again, a limited
number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from core.imports.jobs.starting import StartOutcome, admit, fail_without_file, start_waiting
from core.jobs.admission import Admission, Lane
from core.jobs.launching import MAX_TRIES, Launch, launch_job, try_name
from core.jobs.machine import ALIVE, Starter
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.jobs.sentences import stalled, upload_not_received
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore

SWEEP_LIMIT = 100
"""Jobs that are processed per sweep: as many as one run can check at the rate limit of
DescribeExecution. Healthy ones move to the end of the order, so the next sweep continues where this
one stopped."""

WAITING_LIMIT = 1_000
"""Waiting jobs per sweep. Most of them wait for an upload, which costs one request to S3."""


SLOT_SECONDS = 60
"""How long a slot may be held before its execution is visible."""

_LAUNCHES = {
    StartOutcome.STARTED: Launch.STARTED,
    StartOutcome.GIVEN_UP: Launch.GIVEN_UP,
}
"""All others wait in line, or run."""


class Machine(Starter, Protocol):
    def status(self, execution_arn: str) -> str | None:
        """Status of an execution as Step Functions names it; None when it is not known."""
        ...


class Sweep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one sweep did: ids of jobs."""

    alive: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    """Waited, and had no execution that could claim them."""
    moved: tuple[str, ...] = ()
    """Changed between our read and our write."""
    unknown: tuple[str, ...] = ()
    """Could not be checked; the next sweep tries again."""


def sweep_jobs(
    store: ObjectStore,
    jobs: JobRepository,
    machines: Mapping[JobType, Machine],
    settings: Settings,
    *,
    now: datetime,
    on_error: Callable[[JobRecord, Exception], None],
) -> Sweep:
    """Check the jobs without a recent write: start those again that still wait for an execution,
    and fail those that cannot continue. Every write is conditional on the job being unchanged, so a
    job that ends at the same moment keeps its own result. A failing check is reported to `on_error`
    and does not stop the others.
    """
    patience = timedelta(seconds=settings.stalled_after_seconds)
    sweeper = _Sweeper(store, jobs, machines, settings, now)
    found: dict[str, list[str]] = {}
    for status, limit, look_at in (
        (JobStatus.PROCESSING, SWEEP_LIMIT, sweeper.look_at_processing),
        (JobStatus.PENDING, WAITING_LIMIT, sweeper.look_at_waiting),
    ):
        for job in jobs.unfinished(status, now - patience, limit):
            try:
                result = look_at(job)
            except Exception as error:  # a job that cannot be checked must not stop the others
                on_error(job, error)
                result = "unknown"
            if result is not None:
                found.setdefault(result, []).append(job.id)
    return Sweep(**{name: tuple(ids) for name, ids in found.items()})


def sweep_slots(
    store: ObjectStore, jobs: JobRepository, machine: Starter, settings: Settings, *, now: datetime
) -> int:
    """Release the slots of executions that no longer run, start waiting imports, and return their
    number."""
    admission = Admission(jobs.database, settings)
    for slot in admission.held():
        is_new = slot.at > now - timedelta(seconds=SLOT_SECONDS)
        if not is_new and not _runs(machine, slot.name):
            admission.release(slot.name, slot.at)  # it may have been taken again just now
    launched = [
        launch
        for lane in Lane
        for launch in start_waiting(store, jobs, machine, admission, lane, now).values()
    ]
    return launched.count(Launch.STARTED)


def _runs(machine: Starter, name: str) -> bool:
    for number in range(1, MAX_TRIES + 1):
        status = machine.status_of(try_name(name, number))
        if status is None or status in ALIVE:
            return status is not None
    return False


class _Sweeper:
    """Checks one job at a time; returns the field of `Sweep` that the job belongs to."""

    def __init__(
        self,
        store: ObjectStore,
        jobs: JobRepository,
        machines: Mapping[JobType, Machine],
        settings: Settings,
        now: datetime,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._machines = machines
        self._settings = settings
        self._now = now

    def look_at_processing(self, job: JobRecord) -> str:
        machine = self._machines[job.type]
        status = machine.status(job.execution_arn) if job.execution_arn else None
        if status in ALIVE:
            return self._alive(job)
        return self._fail(job, JobFailureCode.STALLED, stalled(job.type, status))

    def look_at_waiting(self, job: JobRecord) -> str | None:
        """None for an import whose file may still arrive. It is not written to, because its waiting
        time is counted from its last change."""
        machine = self._machines[job.type]
        if job.type is not JobType.IMPORT:
            return self._launched(job, launch_job(machine, self._jobs, job.id, self._now))
        info = self._file_of(job)
        if info is not None:
            outcome = admit(
                self._store,
                self._jobs,
                machine,
                self._settings,
                job=job,
                info=info,
                now=self._now,
            )
            return self._launched(job, _LAUNCHES.get(outcome, Launch.RUNNING))
        if job.s3_version_id is not None:  # it was imported before, or was to be reprocessed
            failed = fail_without_file(self._jobs, job.id, self._now)
            return "failed" if failed else "moved"
        seconds = self._settings.presigned_url_seconds
        patience = timedelta(seconds=seconds + self._settings.stalled_after_seconds)
        if job.updated_at >= self._now - patience:
            return None
        sentence = upload_not_received(job.original_file_name, seconds)
        return self._fail(job, JobFailureCode.UPLOAD_NOT_RECEIVED, sentence)

    def _file_of(self, job: JobRecord) -> ObjectInfo | None:
        try:
            return self._store.head(job.s3_bucket, job.s3_key)
        except ObjectMissing:
            return None

    def _launched(self, job: JobRecord, launched: Launch) -> str:
        if launched is Launch.GIVEN_UP:
            return "failed"
        if launched is Launch.NOT_NEEDED:
            return "moved"
        alive = self._alive(job)
        return "started" if launched is Launch.STARTED else alive

    def _alive(self, job: JobRecord) -> str:
        self._jobs.touch_as_seen(job, self._now)
        return "alive"

    def _fail(self, job: JobRecord, code: JobFailureCode, sentence: str) -> str:
        ending = JobEnding(status=JobStatus.FAILED, error_code=code, error_details=sentence)
        return "failed" if self._jobs.fail_as_seen(job, ending, self._now) else "moved"
