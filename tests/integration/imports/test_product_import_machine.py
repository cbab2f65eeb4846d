"""The ways through the import machine without infrastructure failures."""

import json

import pytest
from jsonschema import Draft202012Validator

from core.jobs.records import JobStatus
from core.schemas import load
from tests.integration.import_machine import RESULTS, UPLOADS, ImportMachine, table, upload_event

CLEAN = table(("Name", "Price"), ("Chair", "10"), ("Table", "20.5"))
FAULTY = table(("Name", "Price", "Colour"), ("Chair", "10", "red"), ("", "cheap", "blue"))

TO_THE_FAN_OUT = ["OpenJob", "Opened?", "PlanChunks", "FanOut?"]
TO_THE_END = ["UniqueValues?", "AggregateResults", "CloseJob", "StillOwner?", "Finished"]


def many_rows(count: int) -> bytes:
    rows = [(f"Product {n}", "free" if n % 7 == 0 else str(n)) for n in range(1, count + 1)]
    return table(("Name", "Price"), *rows)


def test_a_clean_file_goes_through_the_inline_map_and_completes(machine: ImportMachine) -> None:
    job = machine.import_file(CLEAN)

    (execution,) = machine.executions()
    assert execution["status"] == "SUCCEEDED"
    assert machine.visited(execution["executionArn"]) == [
        *TO_THE_FAN_OUT,
        "ValidateChunks",
        *TO_THE_END,
    ]
    assert job.status is JobStatus.COMPLETED
    assert job.attempt == 1
    assert job.execution_arn == execution["executionArn"]
    assert job.counts is not None
    assert (job.counts.rows, job.counts.valid_rows, job.counts.faults) == (2, 2, 0)
    assert job.headers == ("Name", "Price")
    assert job.format is not None
    assert job.format.delimiter == ","
    assert job.finished_at is not None
    assert machine.result(job)["products"] == [
        {"Name": "Chair", "Price": 10},
        {"Name": "Table", "Price": 20.5},
    ]


def test_faults_and_ignored_columns_complete_with_issues(machine: ImportMachine) -> None:
    job = machine.import_file(FAULTY)

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.counts is not None
    assert (job.counts.valid_rows, job.counts.invalid_rows) == (1, 1)
    assert sum(job.counts.faults_by_code.values()) == job.counts.faults == 2
    assert job.ignored_headers == ("Colour",)
    (ignored,) = job.ignored_columns
    assert (ignored.header, ignored.column) == ("Colour", 3)
    assert job.message


def test_many_chunks_go_through_the_distributed_map_with_the_same_result(
    machine: ImportMachine,
) -> None:
    data = many_rows(200)
    machine.configure(chunk_target_bytes=100, inline_map_max_chunks=3)

    job = machine.import_file(data)

    (execution,) = machine.executions()
    assert machine.visited(execution["executionArn"]) == [
        *TO_THE_FAN_OUT,
        "ValidateChunksAtScale",
        *TO_THE_END,
    ]
    chunks = machine.named("validate_chunk")
    assert len(chunks) > 10
    assert sorted(task["chunk"]["index"] for task in chunks) == list(range(len(chunks)))
    assert job.counts is not None
    assert (job.counts.rows, job.counts.invalid_rows) == (200, 28)
    machine.configure(chunk_target_bytes=1_000_000)
    whole = machine.import_file(data)
    assert len(machine.named("validate_chunk")) == len(chunks) + 1
    assert machine.result(job)["products"] == machine.result(whole)["products"]
    assert machine.result(job)["validationErrors"] == machine.result(whole)["validationErrors"]


def test_as_many_chunks_as_allowed_still_go_inline(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=1, inline_map_max_chunks=5)

    machine.import_file(many_rows(5))
    machine.import_file(many_rows(6))

    few, many = (machine.visited(each["executionArn"]) for each in machine.executions())
    assert "ValidateChunks" in few
    assert "ValidateChunksAtScale" in many


def test_the_states_hold_keys_and_counts_but_never_rows(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=100, inline_map_max_chunks=1)
    machine.import_file(many_rows(300))

    (execution,) = machine.executions()
    history = machine.stepfunctions.get_execution_history(
        executionArn=execution["executionArn"], maxResults=1000
    )
    assert "Product 299" not in json.dumps(history, default=str)
    assert max(len(json.dumps(call.event)) for call in machine.calls) < 2_000
    assert len(execution["output"]) < 2_000


def test_the_manifest_keeps_its_schema(machine: ImportMachine) -> None:
    machine.configure(chunk_target_bytes=100, inline_map_max_chunks=1)
    job = machine.import_file(many_rows(50))

    manifest = json.loads(machine.objects(f"work/{job.id}/1/")["chunks.json"])
    assert len(manifest) > 1
    Draft202012Validator(load("pipeline/chunks")).validate(manifest)


@pytest.mark.parametrize("data", [b"", b"Name,Price\n"], ids=["empty", "header only"])
def test_a_file_without_rows_completes_with_issues_over_no_chunk(
    machine: ImportMachine, data: bytes
) -> None:
    job = machine.import_file(data)

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.message
    assert machine.named("validate_chunk") == []


def test_a_file_that_cannot_be_read_is_rejected_with_code_and_sentence(
    machine: ImportMachine,
) -> None:
    job = machine.import_file(b"Name,Price\nCha\0ir,10\n")

    (execution,) = machine.executions()
    assert execution["status"] == "SUCCEEDED", "a bad file is no failure of the machine"
    assert machine.visited(execution["executionArn"]) == [
        *TO_THE_FAN_OUT,
        *("PlanRefused", "RejectJob", "StillOwner?", "Finished"),
    ]
    assert job.status is JobStatus.FAILED
    assert job.error_code == "NUL_BYTES"
    assert job.error_details
    assert job.result_s3_key is None
    assert machine.named("validate_chunk") == []


def test_without_any_attribute_the_job_fails_and_says_what_to_do(machine: ImportMachine) -> None:
    machine.define()

    job = machine.import_file(CLEAN)

    (execution,) = machine.executions()
    assert machine.visited(execution["executionArn"]) == [
        *("OpenJob", "Opened?", "RejectJob", "StillOwner?", "Finished"),
    ]
    assert (job.status, job.error_code) == (JobStatus.FAILED, "NO_ATTRIBUTES")
    assert "Define at least one attribute" in (job.error_details or "")


def test_a_file_over_the_size_limit_is_rejected_before_it_is_read(machine: ImportMachine) -> None:
    machine.configure(max_upload_bytes=10)

    job = machine.import_file(CLEAN)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "FILE_TOO_LARGE")
    assert machine.named("plan_chunks") == []


def test_an_object_that_vanished_before_the_job_opened_is_told(machine: ImportMachine) -> None:
    key = machine.upload(CLEAN)
    machine.around("open_job", before=lambda: delete(machine, key))

    machine.deliver(key)
    machine.wait()

    job = machine.job(key)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")


def test_an_object_that_vanished_before_the_planner_read_it_is_told(
    machine: ImportMachine,
) -> None:
    key = machine.upload(CLEAN)
    machine.around("plan_chunks", before=lambda: delete_for_good(machine, key))

    machine.deliver(key)
    machine.wait()

    job = machine.job(key)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")
    assert len(machine.named("plan_chunks")) == 1, "what cannot succeed is not retried"


def delete(machine: ImportMachine, key: str) -> None:
    machine.s3.delete_object(Bucket=UPLOADS, Key=key)


def delete_for_good(machine: ImportMachine, key: str) -> None:
    for version in machine.s3.list_object_versions(Bucket=UPLOADS, Prefix=key)["Versions"]:
        machine.s3.delete_object(Bucket=UPLOADS, Key=key, VersionId=version["VersionId"])


def test_a_file_dropped_into_the_bucket_gets_a_job_of_its_own(machine: ImportMachine) -> None:
    job = machine.import_file(CLEAN, key="from-erp/Käse & Brot+1.csv")

    assert job.status is JobStatus.COMPLETED
    assert job.original_file_name == "Käse & Brot+1.csv"
    assert job.created_by == "pipeline"


def test_the_definitions_are_frozen_when_the_job_opens(machine: ImportMachine) -> None:
    machine.around("open_job", after=machine.define)

    job = machine.import_file(CLEAN)

    assert job.status is JobStatus.COMPLETED, "deleting all attributes meanwhile changes nothing"
    frozen = json.loads(machine.objects(f"work/{job.id}/1/")["definitions.json"])
    assert [definition["name"] for definition in frozen] == ["Name", "Price"]


def test_one_bad_message_fails_alone_and_the_rest_of_the_batch_starts(
    machine: ImportMachine,
) -> None:
    good = machine.upload(CLEAN)
    bodies = [
        json.dumps(upload_event(good)),
        "not JSON",
        json.dumps({"source": "aws.s3", "detail": {}}),
        json.dumps(upload_event(good, bucket=RESULTS)),
        json.dumps(upload_event("reports/2026/")),
        json.dumps(upload_event("deleted-meanwhile.csv")),
    ]
    records = [
        {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": body}
        for number, body in enumerate(bodies)
    ]

    answer = machine.invoke("start_import", {"Records": records})

    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m{n}"} for n in (1, 2, 3)]}
    machine.wait()
    assert len(machine.executions()) == 1
    assert machine.job(good).status is JobStatus.COMPLETED
