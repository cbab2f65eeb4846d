"""Files go through the whole product on the local engines, seen only from outside: HTTP and S3."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from typing import Any

import polars as pl
import pytest

from infra.client.rest import ApiError, Rest
from infra.local.deployment import client

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
QUIET_SECONDS = 3
"""How long we watch to see that nothing more happens."""

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "E2E SKU", "type": "short_text", "isRequired": True},
    {"name": "E2E Price", "type": "number"},
    {"name": "E2E Color", "type": "multiple_select", "options": ["Red", "Blue"]},
    {"name": "E2E Weight", "type": "measure", "unit": "kg"},
]
GOOD = "E2E SKU,E2E Price,E2E Color,E2E Weight\nA1,10.50,Red;Blue,2.5\nA2,12,Blue,3 lb\n"
BAD = "E2E SKU,E2E Price,E2E Color\nB1,ten,Red\n,5,Green\nB3,7,Blue\n"


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    for body in ATTRIBUTES:
        client.create_attribute(body)
    return client


def aws(stack: dict[str, Any], service: str) -> Any:
    return client(service, stack["awsPort"])


def put(url: str, data: bytes) -> None:
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def presign(rest: Rest, file_name: str, **options: Any) -> dict[str, Any]:
    return rest.presigned_upload(file_name, options)


def upload(rest: Rest, file_name: str, data: bytes, **options: Any) -> dict[str, Any]:
    ticket = presign(rest, file_name, **options)
    put(ticket["uploadUrl"], data)
    return ticket


def wait(rest: Rest, job_id: str, attempt: int = 1) -> dict[str, Any]:
    """The job, once it is final at (or after) that attempt."""
    end = time.monotonic() + PATIENCE_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < end:
        try:
            job = rest.job(job_id)
        except ApiError as error:
            assert error.status == 404, error
        else:
            if job["status"] in FINAL and job.get("attempt", 0) >= attempt:
                return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not finish: {job}")


def fetch_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


def fetch_text(url: str) -> str:
    return fetch(url).decode("utf-8")


def executions_of(stack: dict[str, Any], job_id: str) -> list[dict[str, Any]]:
    machine = stack["stateMachineArn"]
    pages = (
        aws(stack, "stepfunctions")
        .get_paginator("list_executions")
        .paginate(stateMachineArn=machine)
    )
    return [e for page in pages for e in page["executions"] if e["name"].startswith(job_id)]


def test_a_clean_file_completes_and_its_values_are_typed(rest: Rest) -> None:
    ticket = upload(rest, "good.csv", GOOD.encode())
    job_id = rest.process_file(ticket["s3Key"])

    job = wait(rest, job_id)

    assert job["status"] == "COMPLETED"
    assert job["counts"]["validRows"] == 2
    result = fetch_json(job["resultDownloadUrl"])
    assert result["products"] == [
        {
            "E2E SKU": "A1",
            "E2E Price": 10.5,
            "E2E Color": ["Red", "Blue"],
            "E2E Weight": "2.5 kg",
        },
        {"E2E SKU": "A2", "E2E Price": 12, "E2E Color": ["Blue"], "E2E Weight": "3 lb"},
    ]
    stored = [json.loads(x) for x in fetch_text(job["downloads"]["products"]).splitlines()]
    assert stored[0]["E2E Weight"] == {"value": 2.5, "unit": "kg"}
    assert fetch_text(job["downloads"]["productsCsv"]).splitlines()[1] == "A1,10.5,Red;Blue,2.5 kg"
    table = pl.read_parquet(fetch(job["downloads"]["productsParquet"]))
    assert table["E2E Price"].to_list() == [10.5, 12.0]
    assert table["E2E Weight"].to_list() == [
        {"value": 2.5, "unit": "kg"},
        {"value": 3.0, "unit": "lb"},
    ]


def test_faults_are_told_and_the_rejected_rows_come_back_mended(rest: Rest) -> None:
    # given a file with two bad rows
    job = wait(rest, rest.process_file(upload(rest, "bad.csv", BAD.encode())["s3Key"]))
    assert job["status"] == "COMPLETED_WITH_ISSUES"
    assert job["counts"]["faultsByCode"] == {
        "NOT_AN_OPTION": 1,
        "NOT_A_NUMBER": 1,
        "REQUIRED_VALUE_MISSING": 1,
    }
    result = fetch_json(job["resultDownloadUrl"])
    assert len(result["validationErrors"]) == len(result["faults"]) == 3
    assert '"E2E Price"' in result["validationErrors"][0]

    # when the rejected rows are mended and uploaded again
    rejected = fetch_text(job["downloads"]["rejected"])
    mended = rejected.replace("ten", "10").replace("Green", "Red").replace("\n,5", "\nB2,5")
    again = wait(rest, rest.process_file(upload(rest, "mended.csv", mended.encode())["s3Key"]))

    # then every row is valid and the `_errors` column is no ignored header
    assert again["status"] == "COMPLETED", again
    assert again["counts"]["validRows"] == 2


def test_a_file_of_many_chunks_takes_the_distributed_map_and_keeps_its_order(
    rest: Rest, stack: dict[str, Any]
) -> None:
    rows = [f"S{i:05},{i}" if i % 100 else f"S{i:05},bad{i}" for i in range(1, 2001)]
    data = ("E2E SKU,E2E Price\r\n" + "\r\n".join(rows) + "\r\n").encode()

    job = wait(rest, rest.process_file(upload(rest, "many.csv", data)["s3Key"]))

    assert job["counts"]["rows"] == 2000
    assert job["counts"]["invalidRows"] == 20
    history = aws(stack, "stepfunctions").get_execution_history(
        executionArn=job["executionArn"], maxResults=1000
    )
    entered = {
        event["stateEnteredEventDetails"]["name"]
        for event in history["events"]
        if "stateEnteredEventDetails" in event
    }
    assert "ValidateChunksAtScale" in entered
    result = fetch_json(job["resultDownloadUrl"])
    assert [p["E2E Price"] for p in result["products"]] == [i for i in range(1, 2001) if i % 100]
    assert [fault["row"] for fault in result["faults"]] == list(range(100, 2001, 100))


def test_the_same_event_three_times_makes_one_job(rest: Rest, stack: dict[str, Any]) -> None:
    ticket = upload(rest, "once.csv", GOOD.encode())
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": stack["uploadsBucket"]}, "object": {"key": ticket["s3Key"]}},
    }
    queue = aws(stack, "sqs")
    for _ in range(3):
        queue.send_message(QueueUrl=stack["importQueueUrl"], MessageBody=json.dumps(event))

    job = wait(rest, ticket["jobId"])
    time.sleep(QUIET_SECONDS)

    assert len(executions_of(stack, ticket["jobId"])) == 1
    assert rest.job(ticket["jobId"])["attempt"] == job["attempt"] == 1


def test_process_file_before_during_and_after_the_event_gives_the_same_job(
    rest: Rest, stack: dict[str, Any]
) -> None:
    ticket = presign(rest, "when.csv")
    before = rest.process_file(ticket["s3Key"])
    put(ticket["uploadUrl"], GOOD.encode())
    during = rest.process_file(ticket["s3Key"])
    wait(rest, ticket["jobId"])
    after = rest.process_file(ticket["s3Key"])
    time.sleep(QUIET_SECONDS)

    assert {before, during, after} == {ticket["jobId"]}
    assert len(executions_of(stack, ticket["jobId"])) == 1
    assert rest.job(ticket["jobId"])["attempt"] == 1


def test_a_second_upload_to_the_same_key_supersedes_the_first(rest: Rest) -> None:
    ticket = upload(rest, "twice.csv", BAD.encode())
    first = wait(rest, ticket["jobId"])
    put(ticket["uploadUrl"], GOOD.encode())

    second = wait(rest, ticket["jobId"], attempt=2)

    assert first["status"] == "COMPLETED_WITH_ISSUES"
    assert second["status"] == "COMPLETED"
    assert second["resultS3Key"] != first["resultS3Key"]
    assert "errorDetails" not in second


def test_two_uploads_in_quick_succession_end_with_the_newer_one(rest: Rest) -> None:
    ticket = upload(rest, "race.csv", BAD.encode())
    put(ticket["uploadUrl"], GOOD.encode())

    end = time.monotonic() + PATIENCE_SECONDS
    while (job := wait(rest, ticket["jobId"]))["status"] != "COMPLETED":
        assert time.monotonic() < end, job
        time.sleep(0.2)
    time.sleep(QUIET_SECONDS)

    assert rest.job(ticket["jobId"])["status"] == "COMPLETED"


def test_a_file_dropped_straight_into_the_bucket_is_imported(
    rest: Rest, stack: dict[str, Any]
) -> None:
    key = f"supplier drops/täglich {uuid.uuid4().hex}.csv"
    aws(stack, "s3").put_object(Bucket=stack["uploadsBucket"], Key=key, Body=GOOD.encode())

    job = wait(rest, rest.process_file(key))

    assert job["status"] == "COMPLETED"
    assert job["s3Key"] == key
    assert job["originalFileName"] == key.rsplit("/", 1)[1]


def test_restarting_an_execution_with_its_input_redoes_the_job(
    rest: Rest, stack: dict[str, Any]
) -> None:
    first = wait(rest, upload(rest, "redo.csv", BAD.encode())["jobId"])
    machine = aws(stack, "stepfunctions")
    given = machine.describe_execution(executionArn=first["executionArn"])["input"]

    machine.start_execution(stateMachineArn=stack["stateMachineArn"], input=given)
    second = wait(rest, first["_id"], attempt=2)

    assert second["attempt"] == 2
    assert second["executionArn"] != first["executionArn"]
    one, two = (fetch_json(job["resultDownloadUrl"]) for job in (first, second))
    for result in (one, two):
        del result["processingTimestamp"]
    assert one == two


@pytest.mark.parametrize(
    ("file_name", "data", "code"),
    [
        ("quote.csv", b'E2E SKU,E2E Price\nA,1\nB,"2\nC,3\n', "UNTERMINATED_QUOTE"),
        ("nul.csv", b"E2E SKU,E2E Price\nA,1\nB\x00,2\n", "NUL_BYTES"),
        ("junk.csv", bytes(range(256)) * 20, "BINARY_FILE"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "UNSUPPORTED_FILE_TYPE"),
        ("cut.xlsx", b"PK\x03\x04" + b"\x00" * 60, "WORKBOOK_DAMAGED"),
        ("twice.csv", b"E2E SKU,E2E SKU\nA,B\n", "DUPLICATE_HEADER"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_a_code_and_a_sentence(
    rest: Rest, file_name: str, data: bytes, code: str
) -> None:
    job = wait(rest, upload(rest, file_name, data)["jobId"])

    assert job["status"] == "FAILED"
    assert job["errorCode"] == code
    assert job["errorDetails"].endswith(".")
    assert "resultDownloadUrl" not in job


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        (b"", "EMPTY_FILE"),
        (b"E2E SKU,E2E Price\n", "HEADER_ONLY"),
        (b"Foo,Bar\n1,2\n", "NO_MATCHING_COLUMN"),
    ],
)
def test_a_readable_file_without_a_usable_row_completes_with_issues(
    rest: Rest, data: bytes, notice: str
) -> None:
    job = wait(rest, upload(rest, "nothing.csv", data)["jobId"])

    assert job["status"] == "COMPLETED_WITH_ISSUES"
    assert notice in [n["code"] for n in job["notices"]]
    assert job["message"]
    assert fetch_json(job["resultDownloadUrl"])["products"] == []


def test_reading_options_given_with_the_upload_are_obeyed(rest: Rest) -> None:
    data = "a title\nE2E SKU|E2E Price\nÄ1|3\n".encode("cp1252")

    ticket = upload(rest, "odd.txt", data, delimiter="|", encoding="cp1252", headerRow=2)
    job = wait(rest, ticket["jobId"])

    assert job["status"] == "COMPLETED"
    assert job["format"]["delimiter"] == "|"
    assert job["format"]["encoding"] == "cp1252"
    assert job["format"]["headerRow"] == 2
    assert fetch_json(job["resultDownloadUrl"])["products"][0]["E2E SKU"] == "Ä1"


def test_a_result_can_be_fetched_from_another_origin(rest: Rest) -> None:
    job = wait(rest, upload(rest, "cors.csv", GOOD.encode())["jobId"])

    request = urllib.request.Request(
        job["resultDownloadUrl"], headers={"Origin": "https://portal.example"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://portal.example")
