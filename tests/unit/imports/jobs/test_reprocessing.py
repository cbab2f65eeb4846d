"""Reprocessing: the same version once more, as the job's next attempt, and never twice at once."""

import pytest

from core.errors import Conflict, InvalidRequest, NotFound
from core.file_format import Reading, ReadingOptions
from core.imports.jobs.reprocessing import read_restart_request
from core.imports.reading_options import ReadingRequest
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.schemas import field_faults
from core.storage import ObjectInfo
from tests.unit.jobs.calling_off import (
    ANNA,
    BROKEN,
    Machine,
    cancel,
    event,
    job_of,
    opened,
    reprocess,
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

DONE = JobEnding(status=JobStatus.COMPLETED_WITH_ISSUES, message="Half of it.")


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def finished(store: VersionedFolder, jobs: JobRepository, machine: Machine) -> JobRepository:
    """A job whose first attempt ended."""
    uploaded(store)
    registered(jobs, options=ReadingOptions(delimiter=","))
    event(store, jobs, machine)
    claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=5))
    return jobs


def conflict(store: VersionedFolder, jobs: JobRepository, machine: Machine) -> Conflict:
    before, started = job_of(jobs), dict(machine.started)
    with pytest.raises(Conflict) as refused:
        reprocess(store, jobs, machine)
    assert job_of(jobs) == before
    assert machine.started == started
    return refused.value


def test_a_finished_job_waits_for_one_more_execution_of_the_same_version(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    restart = reprocess(store, finished, machine)

    assert (restart.job_id, restart.attempt) == (JOB, 2)
    first, second = machine.started
    assert second == f"{first}-r1"
    assert machine.started[second] == {**machine.started[first], "restart": 1}
    assert field_faults("pipeline/import-execution", machine.started[second]) == []
    job = job_of(finished)
    assert (job.status, job.attempt, job.updated_by) == (JobStatus.PENDING, 1, ANNA.id)
    assert (job.message, job.finished_at, job.execution_arn) == (None, None, None)
    assert job.options == ReadingOptions(delimiter=","), "kept when none are given"


def test_the_next_attempt_reads_with_the_corrected_options(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    corrected = ReadingOptions(delimiter=";", header_row=2)
    reprocess(store, finished, machine, Reading(options=corrected))

    state = opened(store, finished, requested("v1", restart=1), "arn:two")

    assert (state.outcome, state.attempt, state.options) == ("CLAIMED", 2, corrected)
    assert job_of(finished).status is JobStatus.PROCESSING


def test_attempts_and_names_count_on(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    for number in (1, 2, 3):
        assert reprocess(store, finished, machine).attempt == number + 1
        arn = f"arn:restart-{number}"
        assert opened(store, finished, requested("v1", restart=number), arn).attempt == number + 1
        finished.finish(JOB, arn, DONE, after(minutes=30))

    assert [name[-3:] for name in machine.started][1:] == ["-r1", "-r2", "-r3"]
    assert max(len(name) for name in machine.started) <= 80


def test_a_cancelled_job_can_be_reprocessed_and_cancelled_and_reprocessed(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    registered(jobs)
    for number in (1, 2):
        cancel(store, jobs, machine)
        assert reprocess(store, jobs, machine).attempt == 1
        assert [*machine.started][-1].endswith(f"-r{number}"), "no execution claimed it between"

    assert opened(store, jobs, requested("v1", restart=1), "arn:r1").outcome == "SUPERSEDED"
    assert opened(store, jobs, requested("v1", restart=2), "arn:r2").outcome == "CLAIMED"


def test_a_repeated_call_finds_the_job_waiting_and_starts_nothing_new(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    first = reprocess(store, finished, machine)
    names = list(machine.started)

    assert reprocess(store, finished, machine) == first
    assert list(machine.started) == names


def test_a_call_that_could_not_start_the_execution_can_be_repeated(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    machine.away = True
    with pytest.raises(ConnectionError):
        reprocess(store, finished, machine)
    machine.away = False

    assert reprocess(store, finished, machine).attempt == 2
    assert [*machine.started][-1].endswith("-r1")


def test_other_options_while_the_restart_waits_are_a_conflict(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    reprocess(store, finished, machine)

    with pytest.raises(Conflict) as refused:
        reprocess(store, finished, machine, Reading(options=ReadingOptions(delimiter="|")))
    assert refused.value.code == "JOB_RUNNING"


def test_a_job_that_waits_or_runs_cannot_be_reprocessed(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    uploaded(store)
    registered(jobs)
    assert conflict(store, jobs, machine).code == "JOB_RUNNING"
    claimed(jobs)
    assert conflict(store, jobs, machine).code == "JOB_RUNNING"


def test_an_unknown_job_cannot_be_reprocessed(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    with pytest.raises(NotFound) as refused:
        reprocess(store, jobs, machine)
    assert refused.value.code == "JOB_NOT_FOUND"


def test_without_its_file_a_job_cannot_be_reprocessed(
    jobs: JobRepository, store: VersionedFolder, machine: Machine
) -> None:
    claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=5))

    refused = conflict(store, jobs, machine)

    assert refused.code == "UPLOAD_GONE"
    assert "Products of March.csv" in refused.message
    assert "never arrived" not in refused.message, "it was imported"


def test_a_newer_upload_is_imported_by_itself(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    uploaded(store, b"Name\nnewer\n")

    assert conflict(store, finished, machine).code == "NEWER_UPLOAD"


def test_a_newer_upload_while_the_restart_waits_takes_the_job(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    reprocess(store, finished, machine)
    uploaded(store, b"Name\nnewer\n")

    assert event(store, finished, machine).outcome == "STARTED"
    assert opened(store, finished, requested("v2"), "arn:new").outcome == "CLAIMED"
    assert opened(store, finished, requested("v1", restart=1), "arn:r1").outcome == "SUPERSEDED"


def test_the_former_owner_has_no_say_once_reprocessing_was_asked_for(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    reprocess(store, finished, machine)
    waiting = job_of(finished)

    assert not finished.finish(JOB, "arn:one", DONE, after(minutes=21))
    assert opened(store, finished, requested("v1"), "arn:one").outcome == "SUPERSEDED"
    assert not finished.fail_unfinished(
        JOB,
        execution_arn="arn:one",
        execution_started_at=after(minutes=0),
        version_id="v1",
        ending=BROKEN,
        now=after(minutes=21),
    )
    assert job_of(finished) == waiting


def test_an_execution_of_the_restart_that_broke_before_its_claim_fails_the_job(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    reprocess(store, finished, machine)

    assert finished.fail_unfinished(
        JOB,
        execution_arn="arn:r1",
        execution_started_at=after(minutes=20),
        version_id="v1",
        restart=1,
        ending=BROKEN,
        now=after(minutes=22),
    )
    assert job_of(finished).error_code == "INTERNAL_ERROR"


def test_a_claim_that_looked_before_cancelling_and_reprocessing_is_lost(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    """Attempt, owner and status are as they were; the options are not."""
    uploaded(store)
    seen = registered(jobs)
    cancel(store, jobs, machine)
    reprocess(store, jobs, machine, Reading(options=ReadingOptions(delimiter="|")))

    attempt = jobs.claim(
        seen,
        execution_arn="arn:one",
        bucket=UPLOADS,
        key=KEY,
        version_id="v1",
        now=after(minutes=21),
    )

    assert attempt is None


def test_a_claim_that_is_lost_to_an_execution_of_the_same_version_is_not_tried_again(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    """The execution was stopped by the cancellation; its function still runs. Should it take the
    job, the job would belong to an execution that is dead."""
    uploaded(store)
    registered(jobs)

    class Slow(VersionedFolder):
        reprocessed = False

        def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
            info = super().head(bucket, key, version_id)
            if not self.reprocessed:
                self.reprocessed = True
                cancel(store, jobs, machine)
                reprocess(store, jobs, machine)
                restart = opened(store, jobs, requested(restart=1), "arn:restart")
                assert restart.outcome == "CLAIMED"
            return info

    slow = Slow(store._root)
    slow.versions = store.versions

    assert opened(slow, jobs, requested(), "arn:stopped").outcome == "SUPERSEDED"

    assert (job_of(jobs).execution_arn, job_of(jobs).attempt) == ("arn:restart", 1)


def test_of_two_restarts_that_saw_the_same_end_one_counts(
    finished: JobRepository,
) -> None:
    seen = job_of(finished)
    results = [
        finished.restart_as_seen(
            seen, version_id="v1", reading=seen.reading, actor=ANNA, now=after(minutes=20)
        )
        for _ in range(2)
    ]

    assert results == [True, False]
    assert job_of(finished).restarts == 1


def test_the_body_may_be_empty_or_give_options() -> None:
    assert read_restart_request({}) == ReadingRequest()
    assert read_restart_request({"options": {}}) == ReadingRequest(options=ReadingOptions())
    given = {"profile": "nordic", "options": {"delimiter": ";", "headerRow": 2.0}}
    assert read_restart_request(given) == ReadingRequest(
        profile="nordic", options=ReadingOptions(delimiter=";", header_row=2)
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"delimiter": ";"}, "delimiter"),
        ({"options": []}, "options"),
        ({"options": {"delimter": ";"}}, "options.delimter"),
        ({"options": {"headerRow": 0}}, "options.headerRow"),
        ({"options": {"encoding": "utf-9"}}, "options.encoding"),
    ],
)
def test_options_with_a_mistake_are_refused_by_name(body: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_restart_request(body)
    assert refused.value.code == "INVALID_FIELDS"
    assert [detail["field"] for detail in refused.value.details] == [field]


def test_a_restart_whose_execution_ended_before_its_claim_is_started_again(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    reprocess(store, finished, machine)
    (restart,) = [name for name in machine.started if name.endswith("-r1")]
    machine.statuses[restart] = "ABORTED"

    assert reprocess(store, finished, machine).attempt == 2
    assert [*machine.started][1:] == [restart, f"{restart}-t2"]


def test_a_late_event_starts_the_restart_that_a_broken_call_left_waiting(
    store: VersionedFolder, finished: JobRepository, machine: Machine
) -> None:
    machine.away = True
    with pytest.raises(ConnectionError):
        reprocess(store, finished, machine)
    machine.away = False

    assert event(store, finished, machine).outcome == "STARTED"
    assert [*machine.started][-1].endswith("-r1")
