"""Uploads that go to S3 by other ways than one PUT, as a browser calls for them; S3 by moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from core.settings import MIB
from handlers import environment
from handlers.api.jobs import handler as jobs_handler
from handlers.api.uploads import handler
from tests.api_calls import Reply, call

UPLOADS = "uploads-in-parts"
KEY = r"user-uploads/[0-9a-f-]{36}/_t_\.csv"
NOWHERE = "user-uploads/00000000-0000-4000-8000-000000000000/a.csv"


@contextmanager
def uploads_bucket() -> Iterator[None]:
    """Once for all tests of a module: making clients is what takes time."""
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
