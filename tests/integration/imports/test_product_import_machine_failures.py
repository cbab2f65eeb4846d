"""Infrastructure that breaks under the import machine: retried, then reported."""

import time

import pytest

from core.jobs.records import JobStatus
from tests.integration.import_machine import (
    RESULTS,
    UPLOADS,
    ImportMachine,
    StartMachine,
    table,
)

CLEAN = table(("Name", "Price"), ("Chair", "10"), ("Table", "20.5"))
WORKERS = ("open_job", "plan_chunks", "validate_chunk", "aggregate_results", "close_job")


@pytest.mark.parametrize("handler", WORKERS)
def test_a_task_that_fails_twice_is_retried_and_the_import_completes(
    machine: ImportMachine, handler: str
) -> None:
    machine.fail(handler, times=2)

    job = machine.import_file(CLEAN)

    assert len(machine.named(handler)) == 3
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1)
    assert len(machine.result(job)["products"]) == 2


@pytest.mark.parametrize("handler", WORKERS)
def test_a_task_that_fails_for_ever_fails_the_job_and_the_execution(
    machine: ImportMachine, handler: str
) -> None:
    machine.fail(handler, error=ConnectionError("mongodb://user:secret@10.0.0.1 refused"))

    job = machine.import_file(CLEAN)

    (execution,) = machine.executions()
    assert execution["status"] == "FAILED"
    assert machine.visited(execution["executionArn"])[-2:] == ["FailJob", "Failed"]
    assert 4 <= len(machine.named(handler)) <= 9, "the first call, and the retries"
    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
    assert "reprocess the job" in (job.error_details or "")
    assert "secret" not in repr(job), "what broke is for the log, not for the browser"
    assert job.finished_at is not None
    assert job.execution_arn == execution["executionArn"]


@pytest.mark.parametrize("handler", ["plan_chunks", "validate_chunk", "aggregate_results"])
def test_a_function_that_runs_out_of_its_time_is_repeated_once_and_the_job_says_so(
    machine: ImportMachine, handler: str
) -> None:
    timed_out = type("Sandbox.Timedout", (Exception,), {})  # as Lambda names it
    machine.fail(handler, error=timed_out("Task timed out after 900.00 seconds"))

    job = machine.import_file(CLEAN)

    assert len(machine.named(handler)) == 2
    assert (job.status, job.error_code) == (JobStatus.FAILED, "TIMED_OUT")


def test_one_chunk_of_many_that_fails_for_ever_fails_the_whole_job(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=1, inline_map_max_chunks=2)
    machine.fail_if("validate_chunk", lambda event: event["chunk"]["index"] == 3)

    job = machine.import_file(table(("Name",), *((f"Product {n}",) for n in range(6))))

    (execution,) = machine.executions()
    # moto lets the Map succeed all the same, so this also proves the second net: the aggregate
    # misses the chunk's summary.
    assert machine.visited(execution["executionArn"])[-2:] == ["FailJob", "Failed"]
    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
    assert machine.named("close_job") == []


def test_a_rejection_that_cannot_be_written_at_once_is_retried(machine: ImportMachine) -> None:
    machine.fail("reject_job", times=2)

    job = machine.import_file(b"Name,Price\nCha\0ir,10\n")

    assert (job.status, job.error_code) == (JobStatus.FAILED, "NUL_BYTES")


def test_a_rejection_that_can_never_be_written_fails_the_job(machine: ImportMachine) -> None:
    machine.fail("reject_job")

    job = machine.import_file(b"Name,Price\nCha\0ir,10\n")

    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")


def test_fail_job_itself_is_retried(machine: ImportMachine) -> None:
    machine.fail("plan_chunks")
    machine.fail("fail_job", times=3)

    job = machine.import_file(CLEAN)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")


def test_when_fail_job_fails_for_ever_the_execution_ends_and_the_sweep_finds_the_job(
    machine: ImportMachine,
) -> None:
    machine.fail("plan_chunks")
    machine.fail("fail_job")
    job = machine.import_file(CLEAN)
    (execution,) = machine.executions()
    assert execution["status"] == "FAILED"
    assert "broken by the test" in execution["cause"], "the first error, not that of FailJob"
    assert job.status is JobStatus.PROCESSING

    machine.configure(stalled_after_seconds=0)
    swept = machine.invoke("sweep_jobs", {})

    assert swept["failed"] == [job.id]
    job = machine.job(job.s3_key)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "STALLED")


def test_the_sweep_leaves_a_running_import_alone(machine: ImportMachine) -> None:
    machine.configure(stalled_after_seconds=0)
    swept = []
    machine.around("plan_chunks", before=lambda: swept.append(machine.invoke("sweep_jobs", {})))

    job = machine.import_file(CLEAN)

    assert swept == [{"alive": [job.id], "failed": [], "started": [], "moved": [], "unknown": []}]
    assert job.status is JobStatus.COMPLETED


def test_a_task_that_hangs_is_given_up_and_repeated_once(start_machine: StartMachine) -> None:
    machine = start_machine(AggregateResults=1)
    machine.around("aggregate_results", before=lambda: time.sleep(2))

    job = machine.import_file(CLEAN)

    assert len(machine.named("aggregate_results")) == 2
    assert (job.status, job.error_code) == (JobStatus.FAILED, "TIMED_OUT")
    time.sleep(2)  # the zombies wake up, and must find nothing that they can spoil
    assert machine.job(job.s3_key) == job


def test_a_file_that_goes_away_between_plan_and_chunks_is_told_and_not_retried(
    machine: ImportMachine,
) -> None:
    key = machine.upload(CLEAN)

    def delete_every_version() -> None:
        for version in machine.s3.list_object_versions(Bucket=UPLOADS, Prefix=key)["Versions"]:
            machine.s3.delete_object(Bucket=UPLOADS, Key=key, VersionId=version["VersionId"])

    machine.around("plan_chunks", after=delete_every_version)
    machine.deliver(key)
    machine.wait()

    job = machine.job(key)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")
    assert job.result_s3_key is None
    assert len(machine.named("validate_chunk")) == 1
    (execution,) = machine.executions()
    assert execution["status"] == "SUCCEEDED"


def test_a_chunk_that_left_no_summary_is_never_passed_over(machine: ImportMachine) -> None:
    key = machine.upload(CLEAN)

    def lose_a_summary() -> None:
        job = machine.job(key)
        prefix = f"work/{job.id}/1/summaries/"
        for name in machine.objects(prefix):
            machine.s3.delete_object(Bucket=RESULTS, Key=prefix + name)

    machine.around("aggregate_results", before=lose_a_summary)
    machine.deliver(key)
    machine.wait()

    assert machine.job(key).status is JobStatus.FAILED


def test_an_answer_that_no_branch_knows_fails_the_job(machine: ImportMachine) -> None:
    machine.answer("plan_chunks", outcome="PERHAPS", mode="SIDEWAYS")

    job = machine.import_file(CLEAN)

    (execution,) = machine.executions()
    assert execution["error"] == "UnknownOutcome"
    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")


def test_an_execution_input_that_names_no_job_fails_at_once(machine: ImportMachine) -> None:
    machine.stepfunctions.start_execution(
        stateMachineArn=machine.arn, name="by-hand", input='{"jobId": "../x", "bucket": "b"}'
    )
    machine.wait()

    (execution,) = machine.executions()
    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidInput")
    assert len(machine.named("open_job")) == 1
    assert machine.database["jobs"].count_documents({}) == 0


def test_a_job_whose_record_never_came_to_be_is_told_all_the_same(machine: ImportMachine) -> None:
    key = machine.upload(CLEAN)
    machine.around("start_import", after=lambda: machine.database["jobs"].delete_many({}))
    machine.fail("open_job")

    machine.deliver(key)
    machine.wait()

    job = machine.job(key)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
