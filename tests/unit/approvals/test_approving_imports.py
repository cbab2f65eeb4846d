"""From a call to one commit job and one execution, whoever calls at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.approvals.repository import CommitJobs
from core.approvals.requesting import approve_import
from core.errors import Conflict, ServiceUnavailable
from core.jobs.lifecycle import fail_job
from core.jobs.records import JobCounts, JobEnding, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectMissing

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IMPORT = "0b5f3c1e-27a5-4d0e-9a53-0d7c2f0f8f11"


class Machine:
    """Starts one execution of a name, and breaks as often as a test says."""

    def __init__(self, failures: int = 0) -> None:
        self.started: dict[str, Mapping[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self._failures = failures

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        if self._failures:
            self._failures -= 1
            raise ConnectionError("broken by the test")
        return self.started.setdefault(name, execution_input) is execution_input

    def status_of(self, name: str) -> str | None:
        return self.statuses.get(name, "RUNNING") if name in self.started else None


@pytest.fixture
def jobs(database: Database[dict[str, Any]]) -> JobRepository:
    """With one finished import of two valid rows."""
    jobs = JobRepository(database)
    seen = jobs.register(
        IMPORT,
        bucket="uploads",
        key=f"user-uploads/{IMPORT}/products.csv",
        file_name="products.csv",
        actor=ANONYMOUS,
        now=NOW,
    )
    jobs.claim(
        seen,
        execution_arn="arn:import",
        bucket="uploads",
        key=seen.s3_key,
        version_id="v1",
        now=NOW,
    )
    counts = JobCounts(
        rows=2, blank_rows=0, valid_rows=2, invalid_rows=0, faults=0, faults_by_code={}
    )
    jobs.finish(IMPORT, "arn:import", JobEnding(status=JobStatus.COMPLETED, counts=counts), NOW)
    return jobs


class Results:
    """The results bucket, as far as approving looks into it."""

    def __init__(self, *, gone: bool = False) -> None:
        self._gone = gone

    def head(self, bucket: str, key: str) -> None:
        assert key == f"valid-rows/{IMPORT}/1/parts.json"
        if self._gone:
            raise ObjectMissing(bucket, key)


RESULTS = Results()


def approve(
    jobs: JobRepository,
    database: Database[dict[str, Any]],
    machine: Machine,
    store: Any = RESULTS,
    **more: Any,
) -> str:
    answer = approve_import(
        {"jobId": IMPORT, **more},
        jobs,
        CommitJobs(database),
        machine,
        Settings(),
        store=store,
        actor=ANONYMOUS,
        now=NOW,
    )
    return str(answer["jobId"])


def fail(jobs: JobRepository, job_id: str, arn: str | None = None) -> str:
    closing = fail_job(
        jobs,
        JobType.COMMIT,
        job_id=job_id,
        execution_arn=arn or "arn:approval",
        error={"Error": "States.Timeout"},
        now=NOW,
    )
    return closing.outcome.value


def test_calls_at_one_moment_give_one_job_and_one_execution(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()
    with ThreadPoolExecutor(6) as callers:
        ids = list(callers.map(lambda _: approve(jobs, database, machine), range(12)))

    assert len(set(ids)) == 1
    assert machine.started == {ids[0]: {"jobId": ids[0]}}


def test_a_dry_run_is_a_job_apart_and_each_finished_approval_makes_room_for_the_next(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()
    first, dry = approve(jobs, database, machine), approve(jobs, database, machine, dryRun=True)
    assert fail(jobs, first) == "CLOSED"

    second = approve(jobs, database, machine)

    assert len({first, dry, second}) == 3
    assert set(machine.started) == {first, dry, second}


def test_a_call_that_could_not_start_is_mended_by_the_next(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine(failures=1)
    with pytest.raises(ConnectionError):
        approve(jobs, database, machine)

    job_id = approve(jobs, database, machine)

    assert set(machine.started) == {job_id}
    assert database["jobs"].count_documents({"type": "commit"}) == 1


def test_a_failure_ends_only_what_is_its_own_and_unfinished(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    job_id = approve(jobs, database, Machine())
    seen = jobs.get(job_id)
    assert seen is not None
    jobs.claim(seen, execution_arn="arn:one", bucket="b", key=seen.s3_key, version_id=None, now=NOW)

    assert fail(jobs, job_id, "arn:other") == "SUPERSEDED"
    assert fail(jobs, job_id, "arn:one") == "CLOSED"
    assert fail(jobs, job_id, "arn:one") == "SUPERSEDED"
    assert fail(jobs, "no such job") == "SUPERSEDED"
    failed = jobs.get(job_id)
    assert failed is not None
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "TIMED_OUT")


def test_an_approval_whose_execution_ended_before_its_claim_is_started_again(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()
    job_id = approve(jobs, database, machine)
    machine.statuses[job_id] = "ABORTED"

    assert approve(jobs, database, machine) == job_id
    assert [*machine.started] == [job_id, f"{job_id}-t2"]


def test_an_approval_that_cannot_be_started_is_refused_and_the_next_call_begins_anew(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()
    job_id = approve(jobs, database, machine)
    for _ in range(4):
        machine.statuses.update(dict.fromkeys(machine.started, "FAILED"))
        assert approve(jobs, database, machine) == job_id
    machine.statuses.update(dict.fromkeys(machine.started, "FAILED"))

    with pytest.raises(ServiceUnavailable) as refused:
        approve(jobs, database, machine)

    assert refused.value.code == "JOB_NOT_STARTED"
    failed = jobs.get(job_id)
    assert failed is not None
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "STALLED")
    assert approve(jobs, database, machine) != job_id


def test_an_import_whose_products_are_not_stored_any_more_is_refused_at_once(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()

    with pytest.raises(Conflict) as refused:
        approve(jobs, database, machine, Results(gone=True))

    assert refused.value.code == "RESULTS_GONE"
    assert "reprocess the import" in refused.value.message
    assert machine.started == {}
    assert database["jobs"].count_documents({"type": "commit"}) == 0


def test_another_attempt_than_was_reviewed_is_not_approved(
    jobs: JobRepository, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()

    with pytest.raises(Conflict) as refused:
        approve(jobs, database, machine, attempt=2)

    assert refused.value.code == "OTHER_ATTEMPT"
    assert refused.value.details == [{"field": "attempt", "current": 1}]
    assert machine.started == {}
    assert approve(jobs, database, machine, attempt=1) == approve(jobs, database, machine)
