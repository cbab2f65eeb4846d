"""From a message to an execution: one for each version of an object."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.file_format import ReadingOptions
from core.imports.jobs.requests import ImportMessage
from core.imports.jobs.starting import Start, StartOutcome, start_import
from core.jobs.launching import MAX_TRIES
from core.jobs.records import JobEnding, JobStatus, job_id_of
from core.jobs.repository import JobRepository
from core.schemas import field_faults
from tests.unit.jobs.job_setting import (
    JOB,
    KEY,
    SETTINGS,
    START,
    UPLOADS,
    RestartedMeanwhile,
    VersionedFolder,
    claimed,
    registered,
)


class Machine:
    """Remembers names, as Step Functions does."""

    def __init__(self) -> None:
        self.started: dict[str, Mapping[str, Any]] = {}
        self.statuses: dict[str, str] = {}

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        return self.started.setdefault(name, execution_input) is execution_input

    def status_of(self, name: str) -> str | None:
        return self.statuses.get(name, "RUNNING") if name in self.started else None


@pytest.fixture
def machine() -> Machine:
    return Machine()


def start(
    store: VersionedFolder,
    jobs: JobRepository,
    machine: Machine,
    key: str = KEY,
    bucket: str = UPLOADS,
) -> Start:
    message = ImportMessage(bucket=bucket, key=key)
    return start_import(store, jobs, machine, SETTINGS, message=message, now=START)


def test_an_upload_starts_an_execution_named_after_job_and_version(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)

    begun = start(store, jobs, machine)

    ((name, given),) = machine.started.items()
    assert begun == Start(outcome=StartOutcome.STARTED, job_id=JOB, name=name)
    assert name.startswith(f"{JOB}-")
    assert len(name) == 36 + 1 + 16
    assert given == {
        "jobId": JOB,
        "bucket": UPLOADS,
        "key": KEY,
        "versionId": "v1",
        "fileName": "products.csv",
    }
    assert field_faults("pipeline/import-execution", given) == []


def test_the_same_version_starts_once_and_a_new_one_again(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    outcomes = [start(store, jobs, machine).outcome, start(store, jobs, machine).outcome]
    store.put(UPLOADS, KEY, b"Name\nnewer\n")
    outcomes.append(start(store, jobs, machine).outcome)

    assert outcomes == ["STARTED", "ALREADY_STARTED", "STARTED"]
    assert [given["versionId"] for given in machine.started.values()] == ["v1", "v2"]


def test_an_execution_that_ended_before_its_claim_is_replaced_under_a_new_name(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)
    first = start(store, jobs, machine).name
    assert first is not None
    assert start(store, jobs, machine).outcome == "ALREADY_STARTED", "it runs"
    machine.statuses[first] = "ABORTED"

    again = [start(store, jobs, machine).outcome for _ in range(2)]

    assert again == ["STARTED", "ALREADY_STARTED"]
    assert [*machine.started] == [first, f"{first}-t2"]
    assert machine.started[f"{first}-t2"] == machine.started[first]
    assert max(len(name) for name in machine.started) <= 80


def test_an_execution_that_claimed_its_job_is_not_replaced_however_it_ended(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)
    first = start(store, jobs, machine).name
    assert first is not None
    claimed(jobs, "arn:one")
    machine.statuses[first] = "FAILED"

    assert start(store, jobs, machine).outcome == "ALREADY_STARTED"
    jobs.finish(JOB, "arn:one", JobEnding(status=JobStatus.COMPLETED), START)
    assert start(store, jobs, machine).outcome == "ALREADY_STARTED"
    assert [*machine.started] == [first]


def test_a_newer_version_whose_execution_ended_before_its_claim_is_started_again(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    claimed(jobs, "arn:one")
    jobs.finish(JOB, "arn:one", JobEnding(status=JobStatus.COMPLETED), START)
    store.put(UPLOADS, KEY, b"Name\nnewer\n")
    second = start(store, jobs, machine).name
    assert second is not None
    machine.statuses[second] = "ABORTED"

    assert start(store, jobs, machine).outcome == "STARTED"
    assert [*machine.started] == [second, f"{second}-t2"]


def test_a_job_whose_executions_all_end_before_their_claim_fails_with_a_reason(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)
    outcomes = []
    for _ in range(6):
        outcomes.append(start(store, jobs, machine).outcome)
        machine.statuses.update(dict.fromkeys(machine.started, "FAILED"))

    assert outcomes == ["STARTED"] * 5 + ["GIVEN_UP"]
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "STALLED")


def test_a_job_that_is_reprocessed_at_that_moment_does_not_fail(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)
    for _ in range(MAX_TRIES):
        start(store, jobs, machine)
        machine.statuses.update(dict.fromkeys(machine.started, "FAILED"))
    meanwhile = RestartedMeanwhile(jobs.database, reads=1 + MAX_TRIES)

    assert start(store, meanwhile, machine).outcome == "GIVEN_UP"

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.restarts) == (JobStatus.PENDING, 1)


def test_what_was_said_with_the_upload_is_kept(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    job = registered(jobs, options=ReadingOptions(sheet="Prices"))

    start(store, jobs, machine)

    assert jobs.get(JOB) == job


def test_a_dropped_file_gets_the_job_that_any_other_way_would_find(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put(UPLOADS, "from erp/täglich.csv", b"Name\n")

    begun = start(store, jobs, machine, "from erp/täglich.csv")

    assert begun.job_id == job_id_of(UPLOADS, "from erp/täglich.csv")
    job = jobs.get(begun.job_id)
    assert job is not None
    assert (job.status, job.original_file_name) == (JobStatus.PENDING, "täglich.csv")


@pytest.mark.parametrize("key", ["reports/", "user-uploads/"])
def test_a_folder_marker_is_no_file(
    store: VersionedFolder, jobs: JobRepository, machine: Machine, key: str
) -> None:
    assert start(store, jobs, machine, key).outcome == "NOT_A_FILE"
    assert machine.started == {}


def test_a_file_that_was_deleted_after_its_event_ends_its_job_at_once(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    registered(jobs)

    assert start(store, jobs, machine).outcome == "OBJECT_GONE"
    assert machine.started == {}
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")
    assert "was deleted before it could be read" in (job.error_details or "")

    store.put(UPLOADS, KEY, b"Name\n")
    assert start(store, jobs, machine).outcome == "STARTED", "another upload is imported"


def test_a_file_that_was_deleted_after_its_import_changes_nothing_of_its_job(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    claimed(jobs, "arn:one")
    jobs.finish(JOB, "arn:one", JobEnding(status=JobStatus.COMPLETED), START)
    job = jobs.get(JOB)

    assert start(store, jobs, machine).outcome == "OBJECT_GONE"
    assert jobs.get(JOB) == job


def test_another_bucket_is_never_read(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    store.put("secrets", KEY, b"Name\n")

    with pytest.raises(ValueError, match="secrets"):
        start(store, jobs, machine, bucket="secrets")
    assert machine.started == {}


def test_ids_of_dropped_files_never_change() -> None:
    """Jobs in the database hang on them."""
    assert job_id_of("uploads", "erp/products.csv") == "1c3eecf9-21b5-5987-9626-81878eee6cef"
