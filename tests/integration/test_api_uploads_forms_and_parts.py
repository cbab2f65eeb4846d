"""Presigned forms and multipart uploads: the handler on a real database, S3 by moto."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pymongo.database import Database
from pymongo.errors import ConnectionFailure

from core import clock
from core.actors import ANONYMOUS
from core.jobs.cancelling import cancel_job
from core.jobs.records import JobStatus
from core.jobs.repository import JobRepository
from core.settings import GIB, MIB
from core.storage.direct_uploads import DirectUploads
from handlers import environment
from handlers.api.jobs import handler as jobs_handler
from handlers.api.uploads import handler
from tests.api_calls import Reply, call

UPLOADS = "uploads-in-parts"
KEY = r"user-uploads/[0-9a-f-]{36}/_t_\.csv"
NOWHERE = "user-uploads/00000000-0000-4000-8000-000000000000/a.csv"


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        boto3.client("s3").create_bucket(
            Bucket=UPLOADS, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        boto3.client("s3").put_bucket_versioning(
            Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"}
        )
        patch.setenv("UPLOADS_BUCKET", UPLOADS)
        patch.setenv("IMPORT_QUEUE_URL", "unused")
        environment.forget()
        yield
    environment.forget()


@pytest.fixture(autouse=True)
def wired(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(environment, "database", lambda: database)
    environment.settings.cache_clear()
    yield
    environment.settings.cache_clear()


def post(path: str, body: Any) -> Reply:
    return call(handler, "POST", f"/uploads/{path}", body)


def begun(file_size: int = 5 * MIB + 3, **more: Any) -> dict[str, Any]:
    reply = post("multipart", {"fileName": "Été.csv", "fileSize": file_size, **more})
    assert reply.status == 200, reply.text
    return reply.json


def send(ticket: dict[str, Any], *parts: bytes) -> list[dict[str, Any]]:
    """What a client does with the URLs of the parts, and keeps of the answers."""
    s3 = boto3.client("s3")
    named = {"Bucket": UPLOADS, "Key": ticket["s3Key"], "UploadId": ticket["uploadId"]}
    return [
        {
            "partNumber": number,
            "etag": s3.upload_part(**named, PartNumber=number, Body=data)["ETag"],
        }
        for number, data in enumerate(parts, 1)
    ]


def of(ticket: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"s3Key": ticket["s3Key"], "uploadId": ticket["uploadId"], **more}


def job_of(ticket: dict[str, Any]) -> dict[str, Any]:
    return call(jobs_handler, "GET", f"/processing-jobs/{ticket['jobId']}").json


def limit(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setenv("MAX_UPLOAD_BYTES", str(size))
    environment.settings.cache_clear()


# POST /uploads/presigned-post


def test_a_form_carries_its_limit_its_key_and_its_type_in_a_signed_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, 1_000)
    reply = post("presigned-post", {"fileName": "Été.csv", "contentType": "text/csv"})

    assert reply.status == 200
    form = reply.json
    assert form["uploadUrl"] == f"https://{UPLOADS}.s3.eu-central-1.amazonaws.com/"
    assert (form["method"], form["maxBytes"]) == ("POST", 1_000)
    assert form["expiresInSeconds"] == 3600
    assert re.fullmatch(KEY, form["s3Key"])
    assert form["fields"]["key"] == form["s3Key"]
    assert form["fields"]["Content-Type"] == "text/csv"
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 0, 1_000] in policy["conditions"]
    assert {"key": form["s3Key"]} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert form["message"]


def test_a_form_without_a_type_holds_none() -> None:
    assert "Content-Type" not in post("presigned-post", {"fileName": "a.csv"}).json["fields"]


def test_a_form_never_promises_more_than_one_request_carries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, 50 * GIB)
    assert post("presigned-post", {"fileName": "a.csv"}).json["maxBytes"] == 5 * GIB
    reply = post("presigned-post", {"fileName": "a.csv", "fileSize": 6 * GIB})
    assert (reply.status, reply.json["code"]) == (413, "FILE_TOO_LARGE")
    assert "/uploads/multipart" in reply.json["error"]


def test_the_job_of_a_form_is_registered_with_its_reading_options() -> None:
    form = post("presigned-post", {"fileName": "Été.csv", "options": {"delimiter": ";"}}).json
    job = job_of(form)
    assert (job["status"], job["originalFileName"]) == ("PENDING", "Été.csv")
    assert (job["s3Key"], job["options"]) == (form["s3Key"], {"delimiter": ";"})


@pytest.mark.parametrize("path", ["presigned-post", "multipart"])
def test_a_file_over_the_limit_is_a_413_and_makes_no_job(
    path: str, monkeypatch: pytest.MonkeyPatch, database: Database[dict[str, Any]]
) -> None:
    limit(monkeypatch, 1_000)
    assert post(path, {"fileName": "a.csv", "fileSize": 1_000}).status == 200
    reply = post(path, {"fileName": "a.csv", "fileSize": 1_001})
    assert (reply.status, reply.json["code"]) == (413, "FILE_TOO_LARGE")
    assert "a.csv" in reply.json["error"]
    assert reply.json["details"] == [{"field": "fileSize", "maximum": 1_000}]
    assert database["jobs"].count_documents({}) == 1


@pytest.mark.parametrize("path", ["presigned-post", "multipart"])
def test_a_bad_announcement_is_a_400_that_names_every_field(path: str) -> None:
    reply = post(path, {"fileSize": -1, "contentType": 5, "options": {"headerRow": 0}})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    fields = [detail["field"] for detail in reply.json["details"]]
    assert fields == ["contentType", "fileName", "fileSize", "options.headerRow"]
    reply = post(path, {"fileName": "a.exe", "fileSize": 1})
    assert (reply.status, reply.json["code"]) == (400, "UNSUPPORTED_FILE_TYPE")


# POST /uploads/multipart


def test_an_upload_in_parts_gets_a_signed_url_for_each_part_and_a_job() -> None:
    ticket = begun(130 * MIB, contentType="text/csv", options={"headerRow": 2})

    assert re.fullmatch(KEY, ticket["s3Key"])
    assert ticket["partSize"] == 64 * MIB
    assert [part["partNumber"] for part in ticket["parts"]] == [1, 2, 3]
    for part in ticket["parts"]:
        assert f"partNumber={part['partNumber']}&" in part["url"]
        assert "X-Amz-Signature=" in part["url"]
        assert f"uploadId={ticket['uploadId']}" in part["url"]
    assert (ticket["method"], ticket["expiresInSeconds"]) == ("PUT", 3600)
    assert ticket["message"] == "Upload “Été.csv” in 3 parts."
    job = job_of(ticket)
    assert (job["status"], job["options"]) == ("PENDING", {"headerRow": 2})


def test_parts_become_the_file_that_was_announced() -> None:
    ticket = begun(contentType="text/csv")
    parts = send(ticket, b"x" * (5 * MIB), b"end")

    reply = post("multipart/complete", of(ticket, parts=list(reversed(parts))))

    assert (reply.status, reply.json["jobId"]) == (202, ticket["jobId"])
    assert reply.json["s3Key"] == ticket["s3Key"]
    assert reply.json["message"] == "The file will be processed."
    head = boto3.client("s3").head_object(Bucket=UPLOADS, Key=ticket["s3Key"])
    assert (head["ContentLength"], head["ContentType"]) == (5 * MIB + 3, "text/csv")


def test_completing_again_answers_the_same_and_makes_no_second_version() -> None:
    ticket = begun(3)
    body = of(ticket, parts=send(ticket, b"abc"))

    first, second = (post("multipart/complete", body) for _ in range(2))

    assert (first.status, second.status) == (202, 202)
    assert first.json == second.json
    versions = boto3.client("s3").list_object_versions(Bucket=UPLOADS, Prefix=ticket["s3Key"])
    assert len(versions["Versions"]) == 1


def test_other_parts_than_those_of_the_file_that_is_there_are_a_404() -> None:
    ticket = begun(3)
    body = of(ticket, parts=send(ticket, b"abc"))
    post("multipart/complete", body)

    for etag in ("0" * 32, "no digest"):
        body["parts"][0]["etag"] = etag
        reply = post("multipart/complete", body)
        assert (reply.status, reply.json["code"]) == (404, "MULTIPART_UPLOAD_NOT_FOUND")


def test_parts_that_were_not_sent_or_changed_on_the_way_are_a_400_that_names_them() -> None:
    ticket = begun()
    (first,) = send(ticket, b"x" * (5 * MIB))

    missing = post(
        "multipart/complete", of(ticket, parts=[first, {"partNumber": 2, "etag": "0" * 32}])
    )
    assert (missing.status, missing.json["code"]) == (400, "INVALID_PARTS")
    assert missing.json["error"] == "Part 2 was not uploaded."
    assert missing.json["details"][0]["partNumber"] == 2

    other = post("multipart/complete", of(ticket, parts=[{"partNumber": 1, "etag": "0" * 32}]))
    assert (other.status, other.json["code"]) == (400, "INVALID_PARTS")
    assert "etag of part 1" in other.json["error"]
    assert job_of(ticket)["status"] == "PENDING", "the client can mend its list"


def test_a_part_that_is_too_small_is_a_400() -> None:
    ticket = begun(6)
    reply = post("multipart/complete", of(ticket, parts=send(ticket, b"abc", b"def")))
    assert (reply.status, reply.json["code"]) == (400, "INVALID_PARTS")
    assert "5 MiB" in reply.json["error"]


def test_parts_that_hold_more_than_the_limit_together_are_a_413_whatever_was_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, 5)
    ticket = begun(5)
    body = of(ticket, parts=send(ticket, b"abcdef"))

    reply = post("multipart/complete", body)

    assert (reply.status, reply.json["code"]) == (413, "FILE_TOO_LARGE")
    job = job_of(ticket)
    assert (job["status"], job["errorCode"]) == ("FAILED", "FILE_TOO_LARGE")
    assert post("multipart/complete", body).status == 404, "the parts are gone"


def test_urls_of_parts_can_be_had_again_and_the_job_is_waited_for_anew(
    jobs: JobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = begun(130 * MIB)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    reply = post("multipart/parts", of(ticket, partNumbers=[3, 2]))

    assert reply.status == 200
    assert [part["partNumber"] for part in reply.json["parts"]] == [2, 3]
    assert all("X-Amz-Signature=" in part["url"] for part in reply.json["parts"])
    job = jobs.get(ticket["jobId"])
    assert job is not None
    assert job.updated_at == later


def test_an_aborted_upload_is_gone_and_its_job_cancelled(jobs: JobRepository) -> None:
    ticket = begun()
    send(ticket, b"x" * (5 * MIB))

    reply = post("multipart/abort", of(ticket))

    assert (reply.status, reply.json["jobId"]) == (200, ticket["jobId"])
    assert "Été.csv" in reply.json["message"]
    job = jobs.get(ticket["jobId"])
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "CANCELLED")
    assert "Uploads" not in boto3.client("s3").list_multipart_uploads(
        Bucket=UPLOADS, Prefix=ticket["s3Key"]
    )
    again = post("multipart/abort", of(ticket))
    assert (again.status, again.json) == (200, reply.json)


@pytest.mark.parametrize(
    "broken", [(JobRepository, "cancel_as_seen"), (DirectUploads, "abort")], ids=lambda b: b[1]
)
def test_aborting_that_broke_off_is_done_by_the_next_call(
    jobs: JobRepository, broken: tuple[type, str]
) -> None:
    ticket = begun()

    def breaks(*_arguments: Any) -> None:
        raise ConnectionFailure("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*broken, breaks)
        assert post("multipart/abort", of(ticket)).status == 503

    reply = post("multipart/abort", of(ticket))

    assert reply.status == 200, reply.text
    job = jobs.get(ticket["jobId"])
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, "CANCELLED")
    assert "Uploads" not in boto3.client("s3").list_multipart_uploads(
        Bucket=UPLOADS, Prefix=ticket["s3Key"]
    )


def test_aborting_an_upload_that_never_was_cancels_nothing() -> None:
    ticket = begun()

    reply = post("multipart/abort", of(ticket) | {"uploadId": "never-given-out"})

    assert (reply.status, reply.json["code"]) == (404, "MULTIPART_UPLOAD_NOT_FOUND")
    assert job_of(ticket)["status"] == "PENDING"


def test_a_completed_upload_cannot_be_aborted() -> None:
    ticket = begun(3)
    post("multipart/complete", of(ticket, parts=send(ticket, b"abc")))

    reply = post("multipart/abort", of(ticket))

    assert (reply.status, reply.json["code"]) == (404, "MULTIPART_UPLOAD_NOT_FOUND")
    assert job_of(ticket)["status"] == "PENDING"


def test_what_was_cancelled_says_so_when_its_upload_is_complete(jobs: JobRepository) -> None:
    ticket = begun(3)
    cancel_job(
        environment.store(),
        jobs,
        NoExecution(),
        job_id=ticket["jobId"],
        actor=ANONYMOUS,
        now=clock.now(),
    )

    reply = post("multipart/complete", of(ticket, parts=send(ticket, b"abc")))

    assert reply.status == 202
    assert "was cancelled" in reply.json["message"]
    asked = post("process-file", {"s3Key": ticket["s3Key"]})
    assert asked.status == 202
    assert "was cancelled" in asked.json["message"]


class NoExecution:
    def stop(self, execution_arn: str, code: str, reason: str) -> None:
        raise AssertionError("nothing runs")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("multipart/parts", {"partNumbers": [1]}),
        ("multipart/complete", {"parts": [{"partNumber": 1, "etag": "a"}]}),
        ("multipart/abort", {}),
    ],
)
def test_an_upload_that_was_never_begun_is_a_404(path: str, more: dict[str, Any]) -> None:
    for key in (NOWHERE, "dropped/a.csv", begun()["s3Key"] + "x"):
        reply = post(path, {"s3Key": key, "uploadId": "u", **more})
        assert (reply.status, reply.json["code"]) == (404, "UPLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("multipart/complete", {"parts": [{"partNumber": 1, "etag": "a"}]}),
        ("multipart/abort", {}),
    ],
)
def test_an_upload_id_that_is_not_of_this_file_is_a_404(path: str, more: dict[str, Any]) -> None:
    reply = post(path, {"s3Key": begun()["s3Key"], "uploadId": begun()["uploadId"] + "x", **more})
    assert (reply.status, reply.json["code"]) == (404, "MULTIPART_UPLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("multipart/parts", ["partNumbers", "s3Key", "uploadId"]),
        ("multipart/complete", ["parts", "s3Key", "uploadId"]),
        ("multipart/abort", ["s3Key", "uploadId"]),
    ],
)
def test_a_bad_body_is_a_400_that_names_every_field(path: str, fields: list[str]) -> None:
    reply = post(path, {})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert [detail["field"] for detail in reply.json["details"]] == fields


@pytest.mark.parametrize(
    "path",
    [
        *("presigned-post", "multipart", "multipart/parts", "multipart/complete"),
        "multipart/abort",
    ],
)
def test_preflight_and_method_of_each_call(path: str) -> None:
    origin = {"Origin": "https://portal.example.test"}
    reply = call(handler, "OPTIONS", f"/uploads/{path}", headers=origin)
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == "OPTIONS, POST"
    assert call(handler, "GET", f"/uploads/{path}").status == 405
    assert call(handler, "POST", "/uploads/elsewhere").json["code"] == "ROUTE_NOT_FOUND"
