"""Starts the execution of a job, also if its name is already used.

The name of an execution identifies its purpose, so starting it twice is a no-op. But an execution
that was stopped, or failed, before it claimed its job leaves its name in use and the job waiting.
Then the next try starts under a name of its own. The number of tries is limited; after the last one
the job ends with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.errors import ServiceUnavailable
from core.jobs.machine import ALIVE, Starter
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus
from core.jobs.repository import JobRepository
from core.jobs.sentences import never_started, stalled

MAX_TRIES = 5
"""Executions that are started for one purpose before giving up."""


class Launch(StrEnum):
    STARTED = "STARTED"
    RUNNING = "RUNNING"
    """An execution for this purpose is already running."""
    NOT_NEEDED = "NOT_NEEDED"
    """An execution did claim the job, or the job no longer waits for one."""
    GIVEN_UP = "GIVEN_UP"
    """Every try ended without claiming the job."""


def launch(
    machine: Starter,
    name: str,
    execution_input: Mapping[str, Any],
    *,
    is_waiting: Callable[[], bool],
) -> Launch:
    """Ensure that an execution for the purpose `name` runs, if the job still waits for one.

    `is_waiting` is called after an execution was found to have ended, so it must read the job
    again.
    """
    for number in range(1, MAX_TRIES + 1):
        name_of_try = try_name(name, number)
        if machine.start(name_of_try, execution_input):
            return Launch.STARTED
        status = machine.status_of(name_of_try)
        # None: it exists, but was started so recently that it cannot be described yet.
        if status is None or status in ALIVE:
            return Launch.RUNNING
        if not is_waiting():
            return Launch.NOT_NEEDED
    return Launch.GIVEN_UP


def try_name(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-t{number}"


def launch_job(machine: Starter, jobs: JobRepository, job_id: str, now: datetime) -> Launch:
    """The same for a job that reads no upload, whose executions are named after the job and the
    number of its restart. The job fails if no try succeeds."""
    requested = jobs.get(job_id)
    restarts = None if requested is None else requested.restarts

    def is_waiting() -> bool:
        job = jobs.get(job_id)
        return job is not None and job.status is JobStatus.PENDING and job.restarts == restarts

    name = job_id if restarts is None else f"{job_id}-r{restarts}"
    launched = launch(machine, name, {"jobId": job_id}, is_waiting=is_waiting)
    if launched is Launch.GIVEN_UP and requested is not None:
        fail_waiting(jobs, requested, now)
    return launched


def start_job(machine: Starter, jobs: JobRepository, job_id: str, now: datetime) -> None:
    """`launch_job` for a call of the API. Raises ServiceUnavailable `JOB_NOT_STARTED` if no
    execution could be started."""
    if launch_job(machine, jobs, job_id, now) is Launch.GIVEN_UP:
        raise not_started(job_id)


def can_end(machine: Starter, jobs: JobRepository, job: JobRecord, now: datetime) -> bool:
    """False when the job's execution ended without its job, which fails here as in a sweep: a call
    that would join the job need not wait for the next one. An execution that is not known is left
    to the sweep."""
    if job.status is not JobStatus.PROCESSING or job.execution_arn is None:
        return True
    status = machine.status_of(job.execution_arn.rpartition(":")[2])
    if status is None or status in ALIVE:
        return True
    ending = JobEnding(
        status=JobStatus.FAILED,
        error_code=JobFailureCode.STALLED,
        error_details=stalled(job.type, status),
    )
    jobs.fail_as_seen(job, ending, now)  # or it has ended meanwhile
    return False


def not_started(job_id: str) -> ServiceUnavailable:
    return ServiceUnavailable(
        "JOB_NOT_STARTED",
        f"The job could not be started: {MAX_TRIES} executions ended before they claimed it. "
        f"Try again in a few minutes; if it happens again, give support the job number {job_id}.",
    )


def fail_waiting(jobs: JobRepository, seen: JobRecord, now: datetime) -> bool:
    """End a job that waits for an execution and cannot get one. `seen` was read before the tries:
    False if the job changed since, such as by a restart, whose own execution may well start."""
    if seen.status is not JobStatus.PENDING:
        return False
    ending = JobEnding(
        status=JobStatus.FAILED,
        error_code=JobFailureCode.STALLED,
        error_details=never_started(seen.type),
    )
    return jobs.fail_as_seen(seen, ending, now)
