"""`/uploads`, row by row of the contract: the handlers on a real database, S3 and SQS by moto."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import msgspec
import pytest
from pymongo.database import Database

from core import clock
from core.file_format import ReadingOptions
from core.jobs.records import JobEnding, JobStatus, job_id_of
from core.jobs.repository import JobRepository
from core.schemas import field_faults
from core.storage import S3Store
from handlers.api import jobs as jobs_api
from handlers.api import uploads as uploads_api
from tests.api_calls import call
from tests.integration.uploads_api import (
    ARN,
    UPLOADS,
    claimed,
    prepared,
    presign,
    process,
    queued,
    show,
    upload,
)

pytestmark = pytest.mark.usefixtures("uploads_api")


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
    assert "How it is read does not change" in reply.json["message"]
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
    ("ending", "says"),
    [
        (JobEnding(status=JobStatus.COMPLETED), "has already been processed"),
        (JobEnding(status=JobStatus.COMPLETED_WITH_ISSUES), "has already been processed"),
        (
            JobEnding(status=JobStatus.FAILED, error_details="It is empty."),
            "was not imported. It is empty.",
        ),
        (JobEnding(status=JobStatus.FAILED), "was not imported. The job gives the reason"),
    ],
)
def test_what_is_said_about_a_file_is_how_its_job_ended(
    jobs: JobRepository, ending: JobEnding, says: str
) -> None:
    ticket = prepared()
    claimed(jobs, ticket["jobId"], ticket["s3Key"], upload(ticket["s3Key"]))
    jobs.finish(ticket["jobId"], ARN, ending, clock.now())
    said = process({"s3Key": ticket["s3Key"]}).json["message"]
    assert says in said
    assert ("processed" in said) == (ending.status is not JobStatus.FAILED)


def test_the_file_of_a_job_that_waits_is_not_said_to_be_processed() -> None:
    ticket = prepared()
    upload(ticket["s3Key"])
    assert process({"s3Key": ticket["s3Key"]}).json["message"] == "The file will be processed."
    boto3.client("s3").delete_object(Bucket=UPLOADS, Key=ticket["s3Key"])
    said = process({"s3Key": ticket["s3Key"]}).json["message"]
    assert "There is no file yet, or it was deleted." in said
    queued()


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
