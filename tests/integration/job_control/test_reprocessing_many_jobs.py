"""`POST /processing-jobs/reprocess` on the real machines: many jobs by one call."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.job_control.restarting import restart_job
from core.jobs.records import JobRecord, JobStatus
from core.jobs.repository import JobRepository
from handlers.api import jobs as jobs_api
from tests.api_calls import call
from tests.integration.approvals_kit import DRAFTS, counts, rows
from tests.integration.commit_machine import CommitMachine
from tests.integration.import_machine import UPLOADS, ImportMachine, table
from tests.integration.reprocessing_machine import ReprocessingMachine, reprocessing_machine

GOOD = table(("Name", "Price"), ("Chair", "10"))
NAME = AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT)
PRICE = AttributeDraft(name="Price", type=AttributeType.NUMBER)


@pytest.fixture
def batches(machine: ImportMachine) -> Iterator[ReprocessingMachine]:
    with reprocessing_machine(machine) as batches:
        yield batches


@pytest.fixture
def failed(machine: ImportMachine) -> list[str]:
    """Imports that failed, since no attribute was defined; by now there are attributes."""
    machine.define()
    ids = [machine.import_file(GOOD).id for _ in range(5)]
    machine.define(NAME, PRICE)
    return ids


def test_all_jobs_of_a_filter_are_restarted_a_few_at_a_time_and_each_is_reported(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    machine.configure(restarts_at_once=2)
    running: list[int] = []
    unfinished = {"status": {"$in": ["PENDING", "PROCESSING"]}, "type": "import"}
    machine.around(
        "open_job",
        before=lambda: running.append(machine.database["jobs"].count_documents(unfinished)),
    )

    batch = batches.run(filter={"status": "FAILED", "code": "NO_ATTRIBUTES"})

    assert (batch["type"], batch["status"]) == ("reprocessing", "COMPLETED")
    assert batch["counts"] == {
        "jobs": 5,
        "completed": 5,
        **dict.fromkeys(("completedWithIssues", "failed", "refused", "running", "waiting"), 0),
    }
    assert batch["message"] == "Of 5 jobs: 5 completed."
    assert batch["progress"] == {"stage": "finished", "percent": 100, "jobs": batch["counts"]}
    assert len(running) == 5 and max(running) <= 2
    report = machine.result(record(machine, batch["_id"]))
    assert [entry["jobId"] for entry in report["jobs"]] == failed, "the oldest first"
    assert {entry["step"] for entry in report["jobs"]} == {"COMPLETED"}
    for job_id in failed:
        job = batches.shown(job_id)
        assert (job["status"], job["attempt"]) == ("COMPLETED", 2)


def record(machine: ImportMachine, job_id: str) -> JobRecord:
    job = JobRepository(machine.database).get(job_id)
    assert job is not None
    return job


def test_what_cannot_be_restarted_is_reported_and_stops_no_other(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    good, gone, *_ = failed
    machine.s3.delete_object(Bucket=UPLOADS, Key=record(machine, gone).s3_key)

    batch = batches.run(jobIds=[gone, "no-such-job", good])

    assert batch["status"] == "COMPLETED_WITH_ISSUES"
    report = machine.result(record(machine, batch["_id"]))
    reported = [(entry["step"], entry.get("code")) for entry in report["jobs"]]
    assert reported == [
        ("REFUSED", "UPLOAD_GONE"),
        ("REFUSED", "JOB_NOT_FOUND"),
        ("COMPLETED", None),
    ]
    assert batch["message"] == "Of 3 jobs: 1 completed, 2 could not be restarted."


def test_a_task_that_is_repeated_after_its_work_restarts_no_job_twice(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    broken: list[int] = []

    def break_once() -> None:
        if not broken:
            broken.append(1)
            raise ConnectionError("broken by the test")

    machine.around("restart_jobs", after=break_once)

    batch = batches.run(jobIds=failed)

    assert broken and batch["status"] == "COMPLETED"
    assert {batches.shown(job_id)["attempt"] for job_id in failed} == {2}
    assert len(machine.executions()) == 2 * len(failed)


def test_a_task_that_broke_before_a_restart_makes_up_for_it(
    machine: ImportMachine,
    batches: ReprocessingMachine,
    failed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is about to start is noted first; a repetition must not take that for started."""
    tries: list[str] = []

    def breaking(*given: Any, **more: Any) -> Any:
        tries.append(more["job_id"])
        if len(tries) == 2:
            raise ConnectionError("broken by the test")
        return restart_job(*given, **more)

    monkeypatch.setattr("core.job_control.reprocessing_turns.restart_job", breaking)

    assert batches.run(jobIds=failed)["status"] == "COMPLETED"
    assert {batches.shown(job_id)["attempt"] for job_id in failed} == {2}


def test_a_dry_run_lists_what_would_be_done_and_starts_nothing(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    machine.s3.delete_object(Bucket=UPLOADS, Key=record(machine, failed[0]).s3_key)

    reply = batches.ask(filter="status=FAILED", dryRun=True)

    assert reply.status == 200
    assert reply.json["message"] == "4 jobs would be restarted, 1 could not be."
    first, *others = reply.json["jobs"]
    assert (first["restarts"], first["code"]) == (False, "UPLOAD_GONE")
    assert [entry["jobId"] for entry in others] == failed[1:]
    assert all(entry["restarts"] for entry in others)
    assert others[0]["originalFileName"] == "products.csv"
    assert batches.executions() == []
    assert {batches.shown(job_id)["attempt"] for job_id in failed} == {1}


def test_a_cancelled_batch_starts_no_further_job(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    machine.configure(restarts_at_once=1)
    ordered: list[str] = []

    def cancel() -> None:
        (batch,) = machine.database["jobs"].find({"type": "reprocessing"})
        if not ordered:
            ordered.append(batch["_id"])
            path = f"/processing-jobs/{batch['_id']}/cancel"
            assert call(jobs_api.handler, "POST", path).status == 200

    machine.around("open_job", after=cancel)

    batch = batches.run(jobIds=failed)
    machine.wait()

    assert (batch["status"], batch["errorCode"]) == ("FAILED", "CANCELLED")
    assert len(machine.executions()) < 2 * len(failed)
    again = call(jobs_api.handler, "POST", f"/processing-jobs/{batch['_id']}/reprocess")
    assert (again.status, again.json["code"]) == (409, "NOT_RESTARTABLE")


def test_a_batch_whose_function_always_breaks_ends_with_a_reason(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    machine.fail("restart_jobs")

    batch = batches.run(jobIds=failed)

    assert (batch["status"], batch["errorCode"]) == ("FAILED", "INTERNAL_ERROR")
    assert "start the batch again" in batch["errorDetails"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["jobIds"]),
        ({"filter": {}, "jobIds": ["a"]}, ["jobIds"]),
        ({"filter": {}}, ["filter"]),
        ({"filter": "state=FAILED"}, ["filter.state"]),
        ({"filter": {"status": "PENDING"}}, ["filter.status"]),
        ({"filter": {"code": "no code"}}, ["filter.code"]),
        ({"filter": {"status": "COMPLETED"}}, ["filter"]),
        ({"jobIds": []}, ["jobIds"]),
        ({"jobIds": ["a"], "options": {"delimiter": "both"}}, ["options.delimiter"]),
        ({"jobIds": ["a"], "dryRun": "yes"}, ["dryRun"]),
    ],
)
def test_a_request_with_a_slip_restarts_nothing(
    batches: ReprocessingMachine, body: dict[str, Any], fields: list[str]
) -> None:
    reply = batches.ask(**body)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert [detail["field"] for detail in reply.json["details"]] == fields
    assert batches.executions() == []


def test_more_jobs_than_a_batch_takes_are_refused_and_none_is_left_out_in_silence(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    machine.configure(max_jobs_per_reprocessing=4)
    for body in ({"filter": "status=FAILED"}, {"jobIds": failed}):
        reply = batches.ask(**body)
        assert (reply.status, reply.json["code"]) == (413, "TOO_MANY_JOBS")


def test_the_same_call_twice_is_one_batch(
    machine: ImportMachine, batches: ReprocessingMachine, failed: list[str]
) -> None:
    first, second = batches.ask(jobIds=failed), batches.ask(jobIds=failed)
    assert first.json["jobId"] == second.json["jobId"]
    batches.wait()
    third = batches.ask(jobIds=failed)
    assert third.json["jobId"] != first.json["jobId"]


def test_a_cancelled_approval_is_restarted_alone_and_in_a_batch(
    commits: CommitMachine,
) -> None:
    commits.imports.define(*DRAFTS)
    commits.imports.configure(commit_chunk_bytes=1000, commit_batch_rows=2)
    imported = commits.imports.import_file(rows(60))
    replies: list[int] = []

    def cancel() -> None:
        if not replies:
            (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
            path = f"/processing-jobs/{approval['_id']}/cancel"
            replies.append(call(jobs_api.handler, "POST", path).status)

    commits.imports.around("commit_chunk", after=cancel)
    job_id = commits.ask(imported.id).json["jobId"]
    commits.wait()
    assert commits.job(job_id).is_cancelled
    commits.imports.wrapped.clear()

    with reprocessing_machine(commits.imports) as batches:
        batch = batches.run(filter={"type": "commit", "code": "CANCELLED"})

    assert batch["status"] == "COMPLETED"
    job = commits.job(job_id)
    created, _, unchanged, _, _ = counts(job)
    assert (job.status, job.attempt, created + unchanged) == (JobStatus.COMPLETED, 2, 60)

    reply = call(jobs_api.handler, "POST", f"/processing-jobs/{job_id}/reprocess")
    commits.wait()
    assert (reply.status, reply.json["attempt"]) == (202, 3)
    assert counts(commits.job(job_id)) == (0, 0, 60, 0, 0)
    with_options = {"options": {"delimiter": ";"}}
    refused = call(jobs_api.handler, "POST", f"/processing-jobs/{job_id}/reprocess", with_options)
    assert (refused.status, refused.json["code"]) == (409, "NOT_AN_IMPORT")
