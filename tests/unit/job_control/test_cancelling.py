"""Cancelling: all callers see one outcome, in whatever order they come."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import Conflict, NotFound
from core.job_control.cancelling import cancel_job
from core.jobs.records import JobEnding, JobRecord, JobStatus
from core.jobs.repository import JobRepository
from tests.unit.jobs.calling_off import (
    ANNA,
    BROKEN,
    Machine,
    cancel,
    event,
    job_of,
    opened,
    uploaded,
)
from tests.unit.jobs.job_setting import (
    JOB,
    KEY,
    UPLOADS,
    VersionedFolder,
    after,
    claimed,
    registered,
)
from tests.unit.jobs.job_setting import request as requested

DONE = JobEnding(status=JobStatus.COMPLETED, message="All is well.")


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_running_job_ends_as_cancelled_and_its_execution_is_stopped(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    claimed(jobs)

    job = cancel(store, jobs, machine)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "CANCELLED")
    assert job.error_details
    assert job.finished_at == job.updated_at == after(minutes=10)
    assert (job.updated_by, job.attempt) == (ANNA.id, 1)
    assert machine.stopped == ["arn:one"]


def test_cancelling_again_changes_nothing_and_stops_again(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    claimed(jobs)
    first = cancel(store, jobs, machine)

    assert cancel(store, jobs, machine) == first
    assert machine.stopped == ["arn:one", "arn:one"]


def test_a_stop_that_fails_can_be_repeated_and_the_job_is_cancelled_all_the_same(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    claimed(jobs)
    machine.away = True
    with pytest.raises(ConnectionError):
        cancel(store, jobs, machine)
    machine.away = False

    assert job_of(jobs).is_cancelled
    assert cancel(store, jobs, machine).is_cancelled
    assert machine.stopped == ["arn:one"]


@pytest.mark.parametrize("ending", [DONE, BROKEN])
def test_a_finished_job_cannot_be_cancelled(
    store: VersionedFolder, jobs: JobRepository, machine: Machine, ending: JobEnding
) -> None:
    claimed(jobs)
    jobs.finish(JOB, "arn:one", ending, after(minutes=1))
    before = job_of(jobs)

    with pytest.raises(Conflict) as refused:
        cancel(store, jobs, machine)

    assert refused.value.code == "JOB_FINISHED"
    assert ending.status in refused.value.message
    assert job_of(jobs) == before
    assert machine.stopped == []


def test_an_unknown_job_cannot_be_cancelled(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    with pytest.raises(NotFound) as refused:
        cancel(store, jobs, machine)
    assert refused.value.code == "JOB_NOT_FOUND"


def test_an_execution_that_went_on_cannot_end_or_fail_or_reopen_a_cancelled_job(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    claimed(jobs)
    job = cancel(store, jobs, machine)

    assert not jobs.finish(JOB, "arn:one", DONE, after(minutes=11))
    assert not jobs.fail_unfinished(
        JOB,
        execution_arn="arn:one",
        execution_started_at=after(minutes=0),
        version_id="v1",
        ending=BROKEN,
        now=after(minutes=12),
    )
    assert opened(store, jobs, requested("v1")).outcome == "SUPERSEDED", "a retry of OpenJob"
    assert job_of(jobs) == job


def test_a_close_between_look_and_write_of_the_cancellation_stands(
    jobs: JobRepository, machine: Machine, store: VersionedFolder
) -> None:
    uploaded(store)
    claimed(jobs)

    class Overtaken(JobRepository):
        def get(self, job_id: str) -> JobRecord | None:
            seen = super().get(job_id)
            jobs.finish(JOB, "arn:one", DONE, after(minutes=9))
            return seen

    slow = Overtaken(jobs._jobs.database)
    with pytest.raises(Conflict) as refused:
        cancel_job(store, slow, machine, job_id=JOB, actor=ANNA, now=after(minutes=10))

    assert refused.value.code == "JOB_FINISHED"
    assert job_of(jobs).status is JobStatus.COMPLETED
    assert machine.stopped == []


def test_a_claim_between_look_and_write_is_cancelled_with_its_execution(
    jobs: JobRepository, machine: Machine, store: VersionedFolder
) -> None:
    uploaded(store)
    registered(jobs)
    once = iter([True])

    class Overtaken(JobRepository):
        def get(self, job_id: str) -> JobRecord | None:
            seen = super().get(job_id)
            if next(once, False):
                claimed(jobs)
            return seen

    slow = Overtaken(jobs._jobs.database)
    job = cancel_job(store, slow, machine, job_id=JOB, actor=ANNA, now=after(minutes=10))

    assert (job.is_cancelled, job.attempt) == (True, 1)
    assert machine.stopped == ["arn:one"]


def test_a_job_that_never_rests_is_left_alone_in_the_end(
    jobs: JobRepository, machine: Machine, store: VersionedFolder
) -> None:
    registered(jobs)
    arns = iter(f"arn:{number}" for number in range(100))

    class Restless(JobRepository):
        def get(self, job_id: str) -> JobRecord | None:
            seen = super().get(job_id)
            claimed(jobs, next(arns))
            return seen

    with pytest.raises(Conflict) as refused:
        cancel_job(
            store,
            Restless(jobs._jobs.database),
            machine,
            job_id=JOB,
            actor=ANNA,
            now=after(minutes=10),
        )
    assert refused.value.code == "JOB_IN_MOTION"


def test_the_late_event_of_a_cancelled_upload_starts_nothing_but_a_new_upload_does(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    registered(jobs)
    cancelled = cancel(store, jobs, machine)
    assert machine.stopped == [], "there was no execution"

    assert event(store, jobs, machine).outcome == "CANCELLED"
    assert machine.started == {}
    assert job_of(jobs) == cancelled

    uploaded(store, b"Name\nnewer\n")
    assert event(store, jobs, machine).outcome == "STARTED"
    assert opened(store, jobs, requested("v2")).outcome == "CLAIMED"
    job = job_of(jobs)
    assert (job.status, job.attempt, job.error_code) == (JobStatus.PROCESSING, 1, None)
    assert job.cancelled_version is None


def test_cancelled_before_it_arrived_the_announced_upload_is_what_is_cancelled(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    registered(jobs)
    assert cancel(store, jobs, machine).cancelled_version is None

    uploaded(store)
    assert event(store, jobs, machine).outcome == "CANCELLED"
    assert event(store, jobs, machine).outcome == "CANCELLED", "the event comes twice"
    assert job_of(jobs).cancelled_version == "v1"

    uploaded(store, b"Name\nonce more\n")
    assert event(store, jobs, machine).outcome == "STARTED"


def test_an_execution_started_before_the_cancellation_and_opened_after_it_claims_nothing(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    registered(jobs)
    assert event(store, jobs, machine).outcome == "STARTED"
    cancelled = cancel(store, jobs, machine)

    assert opened(store, jobs, requested("v1")).outcome == "SUPERSEDED"
    assert job_of(jobs) == cancelled


def test_an_execution_opened_after_cancellation_and_deletion_of_its_file_claims_nothing(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    registered(jobs)
    cancelled = cancel(store, jobs, machine)

    assert opened(store, jobs, requested("v1")).outcome == "SUPERSEDED"
    assert job_of(jobs) == cancelled


def test_a_claim_that_looked_before_the_cancellation_and_writes_after_it_is_lost(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    seen = registered(jobs)
    cancel(store, jobs, machine)

    attempt = jobs.claim(
        seen,
        execution_arn="arn:one",
        bucket=UPLOADS,
        key=KEY,
        version_id="v1",
        now=after(minutes=11),
    )

    assert attempt is None
    assert job_of(jobs).is_cancelled


def test_a_version_uploaded_before_the_cancellation_is_covered_by_it(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    """The job runs for the first version; the second is there, its event is not yet."""
    uploaded(store)
    claimed(jobs)
    uploaded(store, b"Name\nnewer\n")

    assert cancel(store, jobs, machine).cancelled_version == "v2"

    assert event(store, jobs, machine).outcome == "CANCELLED"
    assert opened(store, jobs, requested("v2"), "arn:two").outcome == "SUPERSEDED"


def test_the_file_of_a_cancelled_run_may_be_gone(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    claimed(jobs)

    assert cancel(store, jobs, machine).cancelled_version == "v1"


def test_an_execution_that_broke_before_its_claim_leaves_a_cancellation_and_a_newer_does_not(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    registered(jobs)
    cancel(store, jobs, machine)

    def failed(started: float) -> bool:
        return jobs.fail_unfinished(
            JOB,
            execution_arn="arn:x",
            execution_started_at=after(minutes=started),
            version_id="v1",
            ending=BROKEN,
            now=after(minutes=30),
        )

    assert not failed(started=9)
    assert job_of(jobs).is_cancelled
    assert failed(started=11), "it is of an upload after the cancellation"
    assert job_of(jobs).error_code == "INTERNAL_ERROR"


def test_the_sweep_leaves_a_cancelled_job_alone(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    seen = claimed(jobs)
    cancel(store, jobs, machine)

    assert not jobs.fail_as_seen(seen, BROKEN, after(hours=2))
    assert jobs.unfinished(JobStatus.PROCESSING, after(days=1), 10) == []


def test_of_many_closes_and_cancellations_at_once_exactly_one_is_the_outcome(
    jobs: JobRepository, machine: Machine, store: VersionedFolder
) -> None:
    uploaded(store)
    registered(jobs)

    def close(arn: str) -> str | None:
        return "closed" if jobs.finish(JOB, arn, DONE, after(minutes=10)) else None

    def call_off(_: str) -> str | None:
        try:
            cancel(store, jobs, machine)
        except Conflict:
            return None
        return "cancelled"

    with ThreadPoolExecutor(8) as pool:
        for number in range(12):
            arn = f"arn:{number}"
            claimed(jobs, arn)
            sides = [close, call_off] * 3 if number % 2 else [call_off, close] * 3
            reported = set(pool.map(lambda side, arn=arn: side(arn), sides)) - {None}

            job = job_of(jobs)
            truth = "cancelled" if job.is_cancelled else "closed"
            assert reported == {truth}, "no caller gets a wrong answer"
            assert (job.message == DONE.message) == (truth == "closed")
