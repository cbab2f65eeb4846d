"""The uploads and jobs handlers as a browser calls them; S3 and SQS by moto."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from core import clock
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.api import jobs as jobs_api
from handlers.api import uploads as uploads_api
from tests.api_calls import Reply, call

UPLOADS, RESULTS = "portal-uploads", "portal-results"
ARN = "arn:aws:states:eu-central-1:123456789012:execution:product-import:one"


@contextmanager
def buckets_and_queue() -> Iterator[None]:
    """And the handlers' clients, once for all tests of a module: making a client is what takes
    time. Every test uses keys of its own."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        client = boto3.client("s3")
        for bucket in (UPLOADS, RESULTS):
            client.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        client.put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
        url = boto3.client("sqs").create_queue(QueueName="imports")["QueueUrl"]
        patch.setenv("UPLOADS_BUCKET", UPLOADS)
        patch.setenv("RESULTS_BUCKET", RESULTS)
        patch.setenv("IMPORT_QUEUE_URL", url)
        environment.forget()
        yield
    environment.forget()


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
