"""One object, one job, one owner: duplicates, newer uploads, restarts and late zombies."""

import json
import time
from typing import Any

from core.jobs.records import JobStatus, job_id_of
from tests.integration.import_machine import UPLOADS, ImportMachine, table

FIRST = table(("Name", "Price"), ("Chair", "10"))
SECOND = table(("Name", "Price"), ("Table", "20"), ("Lamp", "30"))


def names(machine: ImportMachine, key: str) -> list[str]:
    return [product["Name"] for product in machine.result(machine.job(key))["products"]]


def test_the_same_event_three_times_makes_one_execution_and_one_job(
    machine: ImportMachine,
) -> None:
    key = machine.upload(FIRST)

    assert machine.deliver(key, key) == {"batchItemFailures": []}
    machine.wait()
    assert machine.deliver(key) == {"batchItemFailures": []}
    machine.wait()

    assert len(machine.executions()) == 1
    assert machine.database["jobs"].count_documents({}) == 1
    job = machine.job(key)
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1)


def test_a_late_event_of_an_old_version_starts_the_current_one_once(
    machine: ImportMachine,
) -> None:
    key = machine.upload(FIRST)
    old = machine.s3.head_object(Bucket=UPLOADS, Key=key)["VersionId"]
    machine.upload(SECOND, key)

    machine.deliver(key)
    machine.deliver(key, version_id=old)
    machine.wait()

    assert len(machine.executions()) == 1
    assert names(machine, key) == ["Table", "Lamp"]


def test_a_second_upload_to_the_same_key_is_the_next_attempt_of_the_same_job(
    machine: ImportMachine,
) -> None:
    first = machine.import_file(FIRST)
    second = machine.import_file(SECOND, first.s3_key)

    assert second.id == first.id
    assert second.attempt == 2
    assert second.submitted_at == first.submitted_at
    assert names(machine, first.s3_key) == ["Table", "Lamp"]
    assert machine.objects(f"results/{first.id}/1/"), "the former results are kept"


def test_an_upload_before_the_old_execution_opened_supersedes_it(machine: ImportMachine) -> None:
    key = machine.upload(FIRST)
    once = iter([True])

    def upload_again() -> None:
        if next(once, False):
            machine.upload(SECOND, key)
            machine.deliver(key)

    machine.around("open_job", before=upload_again)
    machine.deliver(key)
    machine.wait()

    old, _new = machine.executions()
    assert machine.visited(old["executionArn"]) == ["OpenJob", "Opened?", "Superseded"]
    assert old["status"] == "SUCCEEDED"
    job = machine.job(key)
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1)
    assert names(machine, key) == ["Table", "Lamp"]


def test_an_upload_during_the_old_import_wins_whoever_ends_last(machine: ImportMachine) -> None:
    """The old execution is held before its last step until the new one is through."""
    key = machine.upload(FIRST)
    once = iter([True])

    def overtake() -> None:
        if next(once, False):
            machine.upload(SECOND, key)
            machine.deliver(key)
            wait_for(machine, key, attempt=2)

    machine.around("close_job", before=overtake)
    machine.deliver(key)
    machine.wait()

    old, new = machine.executions()
    assert machine.visited(old["executionArn"])[-3:] == ["CloseJob", "StillOwner?", "Superseded"]
    assert machine.visited(new["executionArn"])[-1] == "Finished"
    job = machine.job(key)
    assert (job.attempt, job.execution_arn) == (2, new["executionArn"])
    assert names(machine, key) == ["Table", "Lamp"]


def test_a_failure_of_the_old_import_never_reaches_the_newer_job(machine: ImportMachine) -> None:
    key = machine.upload(FIRST)
    once = iter([True])

    def overtake_and_break(event: dict[str, Any]) -> bool:
        if next(once, False):
            machine.upload(SECOND, key)
            machine.deliver(key)
            wait_for(machine, key, attempt=2)
        return bool(event["attempt"] == 1)

    machine.fail_if("aggregate_results", overtake_and_break)
    machine.deliver(key)
    machine.wait()

    old, _new = machine.executions()
    assert old["status"] == "FAILED"
    job = machine.job(key)
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 2)


def test_when_the_newer_import_cannot_open_the_older_result_does_not_pass_for_it(
    machine: ImportMachine,
) -> None:
    first = machine.import_file(FIRST)
    machine.fail("open_job")

    second = machine.import_file(SECOND, first.s3_key)

    assert (second.status, second.error_code) == (JobStatus.FAILED, "INTERNAL_ERROR")
    assert second.result_s3_key is None


def test_a_restart_redoes_the_job_as_the_next_attempt_with_the_same_bytes(
    machine: ImportMachine,
) -> None:
    machine.configure(chunk_target_bytes=1)
    job = machine.import_file(table(("Name", "Price"), ("Chair", "10"), ("", "x"), ("Lamp", "3")))
    (execution,) = machine.executions()

    machine.restart(execution["executionArn"])
    machine.wait()

    again = machine.job(job.s3_key)
    assert again.attempt == 2
    assert again.counts == job.counts
    assert again.status is job.status
    first, second = (machine.objects(f"results/{job.id}/{attempt}/") for attempt in (1, 2))
    assert set(first) == {
        *("result.json", "faults.ndjson", "rejected.csv"),
        *("products.ndjson", "products.csv", "products-guarded.csv", "products.parquet"),
    }
    assert timeless(first) == timeless(second)


def test_a_restart_of_a_superseded_import_changes_nothing(machine: ImportMachine) -> None:
    first = machine.import_file(FIRST)
    machine.import_file(SECOND, first.s3_key)
    before = machine.job(first.s3_key)

    restarted = machine.restart(machine.executions()[0]["executionArn"])
    machine.wait()

    assert machine.visited(restarted)[-1] == "Superseded"
    assert machine.job(first.s3_key) == before


def test_a_retry_of_open_job_keeps_the_attempt_and_the_frozen_definitions(
    machine: ImportMachine,
) -> None:
    once = iter([True])

    def lose_the_answer() -> None:
        if next(once, False):
            machine.define()
            raise ConnectionError("the answer is lost")

    machine.around("open_job", after=lose_the_answer)

    job = machine.import_file(FIRST)

    assert len(machine.named("open_job")) == 2
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1)


def test_two_files_in_a_row_are_two_jobs(machine: ImportMachine) -> None:
    first, second = machine.import_file(FIRST), machine.import_file(FIRST)

    assert first.id != second.id
    assert {first.status, second.status} == {JobStatus.COMPLETED}


def test_dropped_files_of_one_key_share_a_job_and_others_do_not(machine: ImportMachine) -> None:
    first = machine.import_file(FIRST, "erp/products.csv")
    again = machine.import_file(SECOND, "erp/products.csv")
    other = machine.import_file(FIRST, "erp/other.csv")

    assert again.id == first.id == job_id_of(UPLOADS, "erp/products.csv")
    assert again.attempt == 2
    assert other.id != first.id


def wait_for(machine: ImportMachine, key: str, attempt: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        job = machine.job(key)
        if job.attempt == attempt and job.is_final:
            return
        assert time.monotonic() < deadline, "the newer import does not end"
        time.sleep(0.02)


def timeless(objects: dict[str, bytes]) -> dict[str, Any]:
    result = json.loads(objects["result.json"])
    result.pop("processingTimestamp")
    return {**objects, "result.json": result}
