"""Jobs that stopped moving are found and reported; those that move are left alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.approvals.repository import CommitJobs
from core.imports.jobs.reprocessing import reprocess_job
from core.job_control.sweeping import Sweep, sweep_jobs
from core.jobs.orders import CommitOrder
from core.jobs.records import JobEnding, JobRecord, JobStatus, JobType, job_id_of
from core.jobs.repository import JobRepository
from core.storage import ObjectMissing
from tests.unit.jobs.job_setting import (
    JOB,
    KEY,
    SETTINGS,
    START,
    UPLOADS,
    VersionedFolder,
    after,
    claimed,
    registered,
)


class Executions:
    """The machine of every kind of job; by default every execution that is started runs."""

    def __init__(self, **statuses: str | None) -> None:
        self.statuses = {f"arn:{name}": status for name, status in statuses.items()}
        self.started: dict[str, Mapping[str, Any]] = {}
        self.spent: set[str] = set()
        """Names of executions that ended before they claimed a job."""

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        if name in self.spent:
            return False
        return self.started.setdefault(name, execution_input) is execution_input

    def status_of(self, name: str) -> str | None:
        return "ABORTED" if name in self.spent else "RUNNING"

    def status(self, execution_arn: str) -> str | None:
        if execution_arn not in self.statuses:
            raise ConnectionError("throttled")
        return self.statuses[execution_arn]


def sweep(
    store: VersionedFolder,
    jobs: JobRepository,
    executions: Executions,
    now: datetime,
    errors: list[str] | None = None,
) -> Sweep:
    def on_error(job: JobRecord, error: Exception) -> None:
        assert errors is not None, f"{job.id}: {error}"
        errors.append(f"{job.id}: {error}")

    machines = dict.fromkeys(JobType, executions)
    return sweep_jobs(store, jobs, machines, SETTINGS, now=now, on_error=on_error)


@pytest.mark.parametrize(
    ("status", "reported"),
    [
        ("TIMED_OUT", "longer than it may"),
        ("ABORTED", "stopped by an operator"),
        ("FAILED", "problem on our side"),
        ("SUCCEEDED", "problem on our side"),
        (None, "problem on our side"),
    ],
)
def test_a_job_whose_execution_ended_without_it_fails_with_the_reason(
    store: VersionedFolder, jobs: JobRepository, status: str | None, reported: str
) -> None:
    claimed(jobs)

    swept = sweep(store, jobs, Executions(one=status), after(minutes=16))

    assert swept == Sweep(failed=(JOB,))
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "STALLED")
    assert reported in (job.error_details or "")


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_a_job_whose_execution_lives_is_left_alone_and_goes_to_the_end_of_the_line(
    store: VersionedFolder, jobs: JobRepository, status: str
) -> None:
    claimed(jobs)

    swept = sweep(store, jobs, Executions(one=status), after(minutes=16))

    assert swept == Sweep(alive=(JOB,))
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.updated_at) == (JobStatus.PROCESSING, after(minutes=16))
    assert sweep(store, jobs, Executions(), after(minutes=17)) == Sweep(), "it has time again"


def test_a_job_that_was_just_claimed_is_not_even_looked_up(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    claimed(jobs)

    assert sweep(store, jobs, Executions(), after(minutes=2)) == Sweep()


def test_a_job_that_ends_while_it_is_looked_up_keeps_its_own_end(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    claimed(jobs)

    class EndsMeanwhile(Executions):
        def status(self, execution_arn: str) -> str | None:
            done = JobEnding(status=JobStatus.COMPLETED)
            assert jobs.finish(JOB, execution_arn, done, after(minutes=16))
            return "SUCCEEDED"

    assert sweep(store, jobs, EndsMeanwhile(), after(minutes=16)) == Sweep(moved=(JOB,))
    job = jobs.get(JOB)
    assert job is not None
    assert job.status is JobStatus.COMPLETED


def test_an_upload_that_never_came_fails_after_its_link_expired(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    registered(jobs)

    assert sweep(store, jobs, Executions(), after(minutes=62)) == Sweep()
    assert sweep(store, jobs, Executions(), after(minutes=64)) == Sweep(failed=(JOB,))
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "UPLOAD_NOT_RECEIVED")
    assert "60 minutes" in (job.error_details or "")


def _missing(bucket: str, key: str) -> None:
    raise ObjectMissing(bucket, key)


def test_a_file_that_was_deleted_while_its_reprocessing_waited_is_not_said_never_to_have_come(
    store: VersionedFolder, jobs: JobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    machine = Executions()
    claimed(jobs)
    jobs.finish(JOB, "arn:one", JobEnding(status=JobStatus.COMPLETED), START)
    reprocess_job(
        store, jobs, machine, SETTINGS, job_id=JOB, reading=None, actor=ANONYMOUS, now=START
    )
    monkeypatch.setattr(store, "head", _missing)

    assert sweep(store, jobs, machine, after(minutes=4)) == Sweep(failed=(JOB,))
    job = jobs.get(JOB)
    assert job is not None
    assert job.error_code == "OBJECT_MISSING"
    assert "was deleted" in (job.error_details or "")


def test_an_upload_whose_event_was_lost_is_started_within_five_minutes(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    registered(jobs)
    store.put(UPLOADS, KEY, b"Name\n")
    machine = Executions()

    assert sweep(store, jobs, machine, after(minutes=2)) == Sweep(), "its message may be on its way"
    assert sweep(store, jobs, machine, after(minutes=4)) == Sweep(started=(JOB,))
    assert sweep(store, jobs, machine, after(minutes=8)) == Sweep(alive=(JOB,))
    assert [given["jobId"] for given in machine.started.values()] == [JOB]


@pytest.mark.parametrize("restarted", [False, True])
def test_an_import_whose_execution_ended_unclaimed_is_started_again_and_in_the_end_fails(
    store: VersionedFolder, jobs: JobRepository, restarted: bool
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    machine = Executions()
    registered(jobs)
    if restarted:
        claimed(jobs)
        jobs.finish(JOB, "arn:one", JobEnding(status=JobStatus.COMPLETED), START)
        reprocess_job(
            store,
            jobs,
            machine,
            SETTINGS,
            job_id=JOB,
            reading=None,
            actor=ANONYMOUS,
            now=after(minutes=1),
        )
    swept = []
    for number in range(1, 7):
        machine.spent.update(machine.started)
        swept.append(sweep(store, jobs, machine, after(minutes=5 * number)))

    tries = 4 if restarted else 5
    assert swept == [Sweep(started=(JOB,))] * tries + [Sweep(failed=(JOB,))] + [Sweep()] * (
        5 - tries
    )
    base, *others = machine.started
    assert others == [f"{base}-t{number}" for number in (2, 3, 4, 5)]
    assert base.endswith("-r1") is restarted
    job = jobs.get(JOB)
    assert job is not None
    assert (job.error_code, "did not start" in (job.error_details or "")) == ("STALLED", True)


def test_an_approval_whose_execution_ended_unclaimed_is_started_again(
    store: VersionedFolder, jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    source = claimed(jobs)
    jobs.fail_as_seen(source, JobEnding(status=JobStatus.FAILED), START)
    order = CommitOrder(import_job_id=JOB, import_attempt=1)
    CommitJobs(database).register(
        "approval", source=source, order=order, actor=ANONYMOUS, now=START
    )
    machine = Executions()
    machine.spent = {"approval"}

    assert sweep(store, jobs, machine, after(minutes=4)) == Sweep(started=("approval",))
    assert machine.started == {"approval-t2": {"jobId": "approval"}}


def test_an_upload_that_comes_after_all_takes_its_job_up_again(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    registered(jobs)
    sweep(store, jobs, Executions(), after(minutes=76))

    job = claimed(jobs, "arn:late", after(minutes=80))

    assert (job.status, job.attempt, job.error_code) == (JobStatus.PROCESSING, 1, None)


def test_one_job_that_cannot_be_looked_up_hides_no_other(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    claimed(jobs, "arn:unknown")
    registered(jobs, key="erp/b.csv")
    other = job_id_of(UPLOADS, "erp/b.csv")
    claimed(jobs, "arn:dead", START, job_id=other)
    errors: list[str] = []

    swept = sweep(store, jobs, Executions(dead="FAILED"), after(minutes=16), errors)

    assert swept == Sweep(failed=(other,), unknown=(JOB,))
    assert errors == [f"{JOB}: throttled"]
    job = jobs.get(JOB)
    assert job is not None
    assert job.status is JobStatus.PROCESSING


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.PROCESSING])
def test_an_approval_that_no_longer_moves_is_told_as_an_approval(
    store: VersionedFolder,
    jobs: JobRepository,
    database: Database[dict[str, Any]],
    status: JobStatus,
) -> None:
    source = claimed(jobs)
    jobs.fail_as_seen(source, JobEnding(status=JobStatus.FAILED), START)
    order = CommitOrder(import_job_id=JOB, import_attempt=1)
    CommitJobs(database).register(
        "approval", source=source, order=order, actor=ANONYMOUS, now=START
    )
    if status is JobStatus.PROCESSING:
        claimed(jobs, "arn:two", job_id="approval")

    machine = Executions(two="ABORTED")
    machine.spent = {"approval", *(f"approval-t{number}" for number in range(2, 6))}
    swept = sweep(store, jobs, machine, after(hours=3))

    assert swept.failed == ("approval",)
    job = jobs.get("approval")
    assert job is not None
    assert job.error_code == "STALLED"
    assert (job.error_details or "").startswith("The approval")
    assert "approve again" in (job.error_details or "")
