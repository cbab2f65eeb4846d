"""`/uploads` and `/processing-jobs`, row by row of the contract: the handlers on a real database,
S3 and SQS by moto."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import msgspec
import pytest
from moto import mock_aws
from pymongo.database import Database

from core import clock
from core.imports.model import (
    DetectedFormat,
    FileKind,
    Notice,
    NoticeCode,
    ReadingOptions,
    RefusalCode,
)
from core.jobs.records import IgnoredColumn, JobCounts, JobEnding, JobStatus, job_id_of
from core.jobs.repository import JobRepository
from core.schemas import field_faults
from core.storage import ImportKeys, S3Store
from handlers import environment
from handlers.api import jobs as jobs_api
from handlers.api import uploads as uploads_api
from tests.api_calls import Reply, call

UPLOADS, RESULTS = "portal-uploads", "portal-results"
ARN = "arn:aws:states:eu-central-1:123456789012:execution:product-import:one"


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    """Buckets and queue of moto, and the handlers' clients, once for all tests here: making a
    client is what takes time. Every test uses keys of its own."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        client = boto3.client("s3")
        here = {"LocationConstraint": "eu-central-1"}
        for bucket in (UPLOADS, RESULTS):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)
        client.put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
        url = boto3.client("sqs").create_queue(QueueName="imports")["QueueUrl"]
        patch.setenv("UPLOADS_BUCKET", UPLOADS)
        patch.setenv("RESULTS_BUCKET", RESULTS)
        patch.setenv("IMPORT_QUEUE_URL", url)
        environment.forget()
        yield
    environment.forget()


@pytest.fixture(autouse=True)
def wired(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both handlers on this test's own database, and an empty queue."""
    queued()
    monkeypatch.setattr(environment, "database", lambda: database)


@pytest.fixture
def jobs(database: Database[dict[str, Any]]) -> JobRepository:
    return JobRepository(database)


@pytest.fixture
def store() -> S3Store:
    return environment.store()


def presign(body: Any) -> Reply:
    return call(uploads_api.handler, "POST", "/uploads/presigned-url", body)


def process(body: Any) -> Reply:
    return call(uploads_api.handler, "POST", "/uploads/process-file", body)


def show(job_id: str) -> Reply:
    return call(jobs_api.handler, "GET", f"/processing-jobs/{job_id}")


def queued() -> list[dict[str, Any]]:
    """Take every message out of the import queue."""
    client, url = boto3.client("sqs"), environment.settings().import_queue_url
    found: list[dict[str, Any]] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def prepared(file_name: str = "products.csv", **more: Any) -> dict[str, Any]:
    reply = presign({"fileName": file_name, **more})
    assert reply.status == 200, reply.text
    return reply.json


def upload(key: str, data: bytes = b"Brand\nAcme\n") -> str:
    """Put an object into the uploads bucket; its version."""
    version: str = boto3.client("s3").put_object(Bucket=UPLOADS, Key=key, Body=data)["VersionId"]
    return version


def claimed(jobs: JobRepository, job_id: str, key: str, version: str | None = None) -> int:
    seen = jobs.get(job_id)
    assert seen is not None
    attempt = jobs.claim(
        seen, execution_arn=ARN, bucket=UPLOADS, key=key, version_id=version, now=clock.now()
    )
    assert attempt is not None
    return attempt


# POST /uploads/presigned-url


def test_a_ticket_holds_all_that_an_upload_needs() -> None:
    ticket = prepared("Été 2026 (final).csv", contentType="text/csv")
    assert re.fullmatch(r"user-uploads/[0-9a-f-]{36}/_t__2026__final_\.csv", ticket["s3Key"])
    assert ticket["s3Key"].split("/")[1] == ticket["jobId"]
    assert ticket["method"] == "PUT"
    assert ticket["headers"] == {"Content-Type": "text/csv"}
    assert ticket["expiresInSeconds"] == 3600
    assert ticket["message"]


def test_the_upload_url_is_signed_for_the_key_the_region_and_the_content_type() -> None:
    url = urlsplit(prepared(contentType="text/csv")["uploadUrl"])
    query = parse_qs(url.query)
    assert url.hostname == f"{UPLOADS}.s3.eu-central-1.amazonaws.com"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["content-type;host"]
    assert query["X-Amz-Expires"] == ["3600"]


def test_without_a_content_type_the_browser_may_send_any() -> None:
    for more in ({}, {"contentType": ""}, {"contentType": None}):
        ticket = prepared(**more)
        assert ticket["headers"] == {}
        assert "X-Amz-SignedHeaders=host&" in ticket["uploadUrl"] + "&"


def test_the_job_can_be_asked_for_before_anything_is_uploaded() -> None:
    ticket = prepared("Été.csv", options={"delimiter": ";", "headerRow": 2.0})
    job = show(ticket["jobId"])
    assert job.status == 200
    assert job.json["status"] == "PENDING"
    assert job.json["originalFileName"] == "Été.csv"
    assert job.json["options"] == {"delimiter": ";", "headerRow": 2}
    assert job.json["progress"] == {"stage": "queued", "percent": 0}


def test_every_ticket_is_another_job() -> None:
    assert prepared()["jobId"] != prepared()["jobId"]


def test_an_unsupported_type_is_a_400_in_the_contracts_shape() -> None:
    reply = presign({"fileName": "a.pdf"})
    assert (reply.status, reply.json["code"]) == (400, "UNSUPPORTED_FILE_TYPE")
    assert reply.json["details"] == [{"field": "fileName", "message": reply.json["error"]}]


def test_a_bad_body_is_a_400_that_names_every_field() -> None:
    reply = presign({"contentType": 5, "options": {"headerRow": 0}})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    fields = [detail["field"] for detail in reply.json["details"]]
    assert fields == ["contentType", "fileName", "options.headerRow"]
    assert process({}).json["details"] == [{"field": "s3Key", "message": "“s3Key” is missing."}]


# POST /uploads/process-file


def test_processing_an_uploaded_file_answers_the_job_of_its_key_and_queues_its_event() -> None:
    ticket = prepared()
    version = upload(ticket["s3Key"])
    reply = process({"s3Key": ticket["s3Key"], "s3Bucket": UPLOADS})
    assert (reply.status, reply.json["jobId"]) == (202, ticket["jobId"])
    assert reply.json["message"]
    (message,) = queued()
    assert field_faults("pipeline/import-event", message) == []
    assert message["detail"] == {
        "bucket": {"name": UPLOADS},
        "object": {"key": ticket["s3Key"], "version-id": version},
    }


def test_processing_before_the_upload_answers_the_job_and_leaves_the_start_to_the_upload() -> None:
    ticket = prepared()
    reply = process({"s3Key": ticket["s3Key"]})
    assert (reply.status, reply.json["jobId"]) == (202, ticket["jobId"])
    assert queued() == []


def test_the_bucket_in_the_body_is_never_used(store: S3Store) -> None:
    store.put("portal-results", "theirs.csv", b"x", "text/csv")
    reply = process({"s3Key": "theirs.csv", "s3Bucket": "portal-results"})
    assert reply.status == 404
    ticket = prepared()
    upload(ticket["s3Key"])
    for bucket in ("elsewhere", 5, {"a": 1}):
        assert process({"s3Key": ticket["s3Key"], "s3Bucket": bucket}).status == 202
    assert {message["detail"]["bucket"]["name"] for message in queued()} == {UPLOADS}


def test_a_file_dropped_under_any_key_becomes_one_job_however_often_it_is_asked_for(
    database: Database[dict[str, Any]],
) -> None:
    key = "incoming/Frühjahr 2026.csv"
    upload(key)
    options = {"encoding": "cp1252"}
    ids = {process({"s3Key": key, "options": options}).json["jobId"] for _ in range(3)}
    assert ids == {job_id_of(UPLOADS, key)}
    assert database["jobs"].count_documents({}) == 1
    job = show(ids.pop()).json
    assert job["originalFileName"] == "Frühjahr 2026.csv"
    assert job["options"] == options
    assert len(queued()) == 3  # the execution's name makes one of them


def test_processing_never_touches_a_job_that_runs_or_is_done(jobs: JobRepository) -> None:
    ticket = prepared(options={"delimiter": ";"})
    job_id, key = ticket["jobId"], ticket["s3Key"]
    version = upload(key)
    claimed(jobs, job_id, key, version)
    before = jobs.get(job_id)
    reply = process({"s3Key": key, "options": {"delimiter": ","}})
    assert (reply.status, reply.json["jobId"]) == (202, job_id)
    assert "keeps the reading options" in reply.json["message"]
    assert jobs.get(job_id) == before
    queued()

    jobs.finish(job_id, ARN, JobEnding(status=JobStatus.COMPLETED), clock.now())
    after = jobs.get(job_id)
    reply = process({"s3Key": key})
    assert (reply.status, reply.json["jobId"]) == (202, job_id)
    assert jobs.get(job_id) == after
    assert queued() == []


def test_a_second_upload_to_the_key_of_a_finished_job_is_asked_for_again(
    jobs: JobRepository,
) -> None:
    ticket = prepared()
    claimed(jobs, ticket["jobId"], ticket["s3Key"], upload(ticket["s3Key"]))
    jobs.finish(ticket["jobId"], ARN, JobEnding(status=JobStatus.FAILED), clock.now())
    version = upload(ticket["s3Key"], b"Brand\nBeta\n")
    assert process({"s3Key": ticket["s3Key"]}).json["jobId"] == ticket["jobId"]
    assert [message["detail"]["object"]["version-id"] for message in queued()] == [version]


@pytest.mark.parametrize(
    "key",
    [
        "nowhere.csv",
        "user-uploads/00000000-0000-4000-8000-000000000000/a.csv",
        "user-uploads/",
        "../a.csv",
        "a\u0000b.csv",
        "ü" * 1000,
    ],
)
def test_a_key_without_file_and_without_job_is_a_404(
    key: str, database: Database[dict[str, Any]]
) -> None:
    reply = process({"s3Key": key})
    assert (reply.status, reply.json["code"]) == (404, "UPLOAD_NOT_FOUND")
    assert database["jobs"].count_documents({}) == 0


def test_another_name_beside_the_upload_of_a_job_is_not_its_key() -> None:
    ticket = prepared()
    other = ticket["s3Key"].replace("products.csv", "other.csv")
    assert process({"s3Key": other}).status == 404


def test_a_folder_marker_is_not_a_file() -> None:
    upload("incoming/", b"")
    assert process({"s3Key": "incoming/"}).status == 404
    assert queued() == []


# GET /processing-jobs/{jobId}


def test_an_unknown_job_is_a_404() -> None:
    for job_id in ("00000000-0000-4000-8000-000000000000", "%24where", "a%2Fb"):
        reply = show(job_id)
        assert (reply.status, reply.json["code"]) == (404, "JOB_NOT_FOUND")


def test_a_pending_job_has_the_contracts_fields_and_no_null() -> None:
    ticket = prepared()
    job = show(ticket["jobId"]).json
    assert job["_id"] == ticket["jobId"]
    assert (job["s3Bucket"], job["s3Key"]) == (UPLOADS, ticket["s3Key"])
    for field in ("submittedAt", "updatedAt"):
        assert datetime.fromisoformat(job[field]).utcoffset() == timedelta(0)
    absent = {"processingStartedAt", "finishedAt", "resultS3Key", "resultDownloadUrl", "errorCode"}
    absent |= {"errorDetails", "counts", "format", "downloads", "ignoredHeaders", "executionArn"}
    assert not absent & job.keys()
    assert "null" not in show(ticket["jobId"]).text


def test_progress_follows_plan_and_summaries_and_never_goes_back(
    jobs: JobRepository, store: S3Store
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    seen = [show(ticket["jobId"]).json["progress"]]
    store.put(
        RESULTS, keys.plan, b'{"chunkCount":3,"rowCount":70,"columns":[]}', "application/json"
    )
    seen.append(show(ticket["jobId"]).json["progress"])
    for chunk in (2, 0, 1):
        store.put(RESULTS, keys.summary(chunk), b"{}", "application/json")
        seen.append(show(ticket["jobId"]).json["progress"])
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())
    seen.append(show(ticket["jobId"]).json["progress"])

    assert [step["stage"] for step in seen] == [
        *("planning", "validating", "validating", "validating", "aggregating", "finished")
    ]
    percents = [step["percent"] for step in seen]
    assert percents == sorted(set(percents))
    assert percents[-1] == 100
    assert seen[2] == {
        "stage": "validating",
        "percent": percents[2],
        "chunksDone": 1,
        "chunksPlanned": 3,
        "rows": 70,
    }


@pytest.mark.parametrize("again", [[], [0, 2]])
def test_progress_tells_that_values_are_compared_and_chunks_judged_again(
    jobs: JobRepository, store: S3Store, again: list[int]
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    plan = b'{"chunkCount":3,"rowCount":70,"columns":[],"uniqueColumns":[1]}'
    store.put(RESULTS, keys.plan, plan, "application/json")
    seen = [show(ticket["jobId"]).json["progress"]]
    for chunk in (2, 0, 1):
        store.put(RESULTS, keys.summary(chunk), b"{}", "application/json")
        seen.append(show(ticket["jobId"]).json["progress"])
    chunks = json.dumps([{"index": index} for index in again]).encode()
    store.put(RESULTS, keys.again, chunks, "application/json")
    for chunk in again:
        seen.append(show(ticket["jobId"]).json["progress"])
        store.put(RESULTS, keys.judged_again(chunk), b"", "text/plain")
    seen.append(show(ticket["jobId"]).json["progress"])

    stages = [step["stage"] for step in seen]
    assert stages == ["validating"] * (len(seen) - 1) + ["aggregating"]
    percents = [step["percent"] for step in seen]
    assert percents == sorted(percents) and percents[-1] == 90
    assert [step["chunksDone"] for step in seen[:4]] == [0, 1, 2, 3]
    assert all((step["chunksDone"], step["chunksPlanned"]) == (3, 3) for step in seen[4:])
    told = [(s.get("chunksAgainDone"), s.get("chunksAgainPlanned")) for s in seen]
    counts = [(done, len(again)) for done in range(len(again) + 1)] if again else [(None, None)]
    assert told == [(None, None)] * 4 + counts


def test_a_file_without_rows_is_aggregated_as_soon_as_it_is_planned(
    jobs: JobRepository, store: S3Store
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    store.put(RESULTS, keys.plan, b'{"chunkCount":0,"rowCount":0}', "application/json")
    assert show(ticket["jobId"]).json["progress"]["stage"] == "aggregating"


def ending(status: JobStatus, keys: ImportKeys) -> JobEnding:
    return JobEnding(
        status=status,
        message="70 rows were read.",
        format=DetectedFormat(kind=FileKind.TEXT, encoding="utf-8", delimiter=","),
        counts=JobCounts(
            rows=70, blank_rows=0, valid_rows=69, invalid_rows=1, faults=1, faults_by_code={"X": 1}
        ),
        headers=("Brand",),
        ignored_headers=("Colr", "Else"),
        ignored_columns=(
            IgnoredColumn(header="Colr", column=2, did_you_mean="Color"),
            IgnoredColumn(header="Else", column=3),
        ),
        notices=(Notice(code=NoticeCode.SHORT_ROWS, message="One row is short."),),
        result_s3_key=keys.result,
    )


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES])
def test_a_job_that_came_to_its_end_tells_all_and_links_its_files(
    status: JobStatus, jobs: JobRepository
) -> None:
    ticket = prepared("Été 2026.csv")
    job_id = ticket["jobId"]
    keys = ImportKeys(job_id, claimed(jobs, job_id, ticket["s3Key"], "v1"))
    jobs.finish(job_id, ARN, ending(status, keys), clock.now())
    job = show(job_id).json

    assert job["status"] == status
    assert job["resultS3Key"] == f"results/{job_id}/1/result.json"
    assert job["attempt"] == 1
    assert job["executionArn"] == ARN
    assert job["message"] == "70 rows were read."
    assert job["counts"]["faultsByCode"] == {"X": 1}
    assert job["format"]["delimiter"] == ","
    assert "sheet" not in job["format"]
    assert job["ignoredColumns"] == [
        {"header": "Colr", "column": 2, "didYouMean": "Color"},
        {"header": "Else", "column": 3},
    ]
    assert job["notices"] == [{"code": "SHORT_ROWS", "message": "One row is short."}]
    assert job["progress"] == {"stage": "finished", "percent": 100, "rows": 70}
    for field in ("submittedAt", "processingStartedAt", "finishedAt", "updatedAt"):
        assert datetime.fromisoformat(job[field]).utcoffset() == timedelta(0)
    assert job["resultDownloadUrl"] == job["downloads"]["result"]
    assert set(job["downloads"]) == {
        *("result", "faults", "rejected"),
        *("products", "productsCsv", "productsParquet"),
    }


def test_a_download_is_saved_under_a_name_that_tells_whose_it_is(jobs: JobRepository) -> None:
    ticket = prepared("C:\\Daten\\Été; 2026.csv")
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())
    url = urlsplit(show(ticket["jobId"]).json["downloads"]["rejected"])
    assert url.path == f"/{keys.all_rejected}"
    (disposition,) = parse_qs(url.query)["response-content-disposition"]
    assert disposition == (
        'attachment; filename="_t__ 2026-rejected.csv"; '
        "filename*=UTF-8''%C3%89t%C3%A9%3B%202026-rejected.csv"
    )


def test_a_failed_job_says_why_and_links_nothing(jobs: JobRepository) -> None:
    ticket = prepared()
    claimed(jobs, ticket["jobId"], ticket["s3Key"])
    failure = JobEnding(
        status=JobStatus.FAILED,
        error_code=RefusalCode.BINARY_FILE,
        error_details="This is no table.",
    )
    jobs.finish(ticket["jobId"], ARN, failure, clock.now())
    job = show(ticket["jobId"]).json
    assert (job["status"], job["errorCode"]) == ("FAILED", "BINARY_FILE")
    assert job["errorDetails"] == job["message"] == "This is no table."
    assert not {"resultDownloadUrl", "downloads", "resultS3Key"} & job.keys()
    assert job["progress"] == {"stage": "finished", "percent": 100}


def test_a_preflight_of_each_call_is_answered() -> None:
    for handler, path, method in (
        (uploads_api.handler, "/uploads/presigned-url", "POST"),
        (uploads_api.handler, "/uploads/process-file", "POST"),
        (jobs_api.handler, "/processing-jobs/x", "GET"),
    ):
        reply = call(handler, "OPTIONS", path, headers={"Origin": "https://portal.example.test"})
        assert reply.status == 204
        assert reply.headers["access-control-allow-methods"] == ", ".join(
            sorted((method, "OPTIONS"))
        )
        assert call(handler, "PUT", path).status == 405


def test_reading_options_of_a_ticket_are_what_the_pipeline_will_read(jobs: JobRepository) -> None:
    options = {"delimiter": "tab", "encoding": "utf-16", "sheet": "Été", "headerRow": 3}
    job = jobs.get(prepared("a.xlsx", options=options)["jobId"])
    assert job is not None
    assert job.options == msgspec.convert(options, ReadingOptions)
