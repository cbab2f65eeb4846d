"""Uploads in parts: the handler on a real database, S3 by moto."""

import re
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pymongo.errors import ConnectionFailure

from core import clock
from core.actors import ANONYMOUS
from core.job_control.cancelling import cancel_job
from core.jobs.records import JobStatus
from core.jobs.repository import JobRepository
from core.settings import MIB
from core.storage.direct_uploads import DirectUploads
from handlers import environment
from tests.integration.direct_uploads_api import (
    KEY,
    NOWHERE,
    UPLOADS,
    begun,
    job_of,
    limit,
    of,
    post,
    send,
)

pytestmark = pytest.mark.usefixtures("direct_uploads")


class NoExecution:
    def stop(self, execution_arn: str, code: str, reason: str) -> None:
        raise AssertionError("nothing runs")


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
    requested = post("process-file", {"s3Key": ticket["s3Key"]})
    assert requested.status == 202
    assert "was cancelled" in requested.json["message"]


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
