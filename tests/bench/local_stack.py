"""A local stack of the benchmarks' own, and how long a file takes through its pipeline."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import boto3

from infra.client.rest import Rest
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.running import Stack
from tests.bench.generate import attributes_path

FINAL = ("COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED")
SMALL_POLL_SECONDS, LARGE_POLL_SECONDS = 0.02, 0.25
LARGE_BYTES = 10_000_000
GIVE_UP_SECONDS = 1_800
PART_BYTES = 32_000_000
"""Of one part: about a chunk's."""


@dataclass(frozen=True, slots=True)
class PipelineRun:
    job: dict[str, Any]
    """As GET /processing-jobs/{jobId} tells it in the end."""
    upload_seconds: float
    seconds: float
    """From the end of the upload to the final status, as a client sees it."""
    state_seconds: dict[str, float]
    """By the machine's states, as its history has them."""
    joining_seconds: float = 0.0
    """Of S3 alone, for the same results; 0 where nobody looked."""


@dataclass(frozen=True, slots=True)
class LocalStack:
    rest: Rest
    stack: Stack

    def define(self, file: Path) -> None:
        """The attributes of a generated file, in place of all others."""
        for attribute in self.rest.attributes():
            self.rest.call("DELETE", f"/attributes/{attribute['_id']}")
        for body in json.loads(attributes_path(file).read_text(encoding="utf-8")):
            self.rest.create_attribute(body)

    def import_file(self, file: Path) -> PipelineRun:
        """Upload a generated file as a browser does, and wait for the job to end well.

        Raises RuntimeError when it fails or never ends.
        """
        upload = self.rest.presigned_upload(file.name, {})
        started = time.perf_counter()
        self.rest.upload(upload["uploadUrl"], upload.get("headers", {}), file)
        uploaded = time.perf_counter()
        pause = LARGE_POLL_SECONDS if file.stat().st_size > LARGE_BYTES else SMALL_POLL_SECONDS
        while (job := self.rest.job(upload["jobId"]))["status"] not in FINAL:
            if time.perf_counter() - uploaded > GIVE_UP_SECONDS:
                raise RuntimeError(f"The import has not ended after {GIVE_UP_SECONDS} s: {job}")
            time.sleep(pause)
        ended = time.perf_counter()
        if job["status"] == "FAILED":
            raise RuntimeError(f"The import of {file.name} failed: {job.get('errorDetails')}")
        states = self._state_seconds(upload["jobId"])
        return PipelineRun(job, uploaded - started, ended - uploaded, states)

    def joined(self, run: PipelineRun) -> PipelineRun:
        """The run, with the seconds in which S3 alone makes objects such as its results: copies
        all their parts and completes them, one request after the other while nothing else runs."""
        s3, bucket = self.client("s3"), self.stack.results_bucket
        made = s3.list_objects_v2(Bucket=bucket, Prefix=f"results/{run.job['_id']}/")["Contents"]
        started = time.perf_counter()
        for source in made:
            target = {"Bucket": bucket, "Key": f"work/{run.job['_id']}/again/{source['Key']}"}
            upload = {**target, "UploadId": s3.create_multipart_upload(**target)["UploadId"]}
            parts = []
            for number, start in enumerate(range(0, source["Size"], PART_BYTES), start=1):
                answer = s3.upload_part_copy(
                    **upload,
                    PartNumber=number,
                    CopySource={"Bucket": bucket, "Key": source["Key"]},
                    CopySourceRange=f"bytes={start}-{min(start + PART_BYTES, source['Size']) - 1}",
                )
                parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        return replace(run, joining_seconds=time.perf_counter() - started)

    def forget(self, run: PipelineRun) -> None:
        """Delete all that an import left in S3. The local one keeps it in memory, and memory that a
        virtual machine has not used before is slow: the next run gets this one's."""
        s3, job_id = self.client("s3"), run.job["_id"]
        for bucket, prefix in (
            (self.stack.uploads_bucket, f"user-uploads/{job_id}/"),
            (self.stack.results_bucket, f"work/{job_id}/"),
            (self.stack.results_bucket, f"valid-rows/{job_id}/"),
            (self.stack.results_bucket, f"results/{job_id}/"),
        ):
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
            for version in [v for page in pages for v in page.get("Versions", ())]:
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])

    def _state_seconds(self, job_id: str) -> dict[str, float]:
        client = self.client("stepfunctions")
        listed = client.list_executions(stateMachineArn=self.stack.state_machine_arn)["executions"]
        arn = next(e["executionArn"] for e in listed if e["name"].startswith(job_id))
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        seconds: dict[str, float] = {}
        entered: dict[str, Any] = {}
        for event in (event for page in pages for event in page["events"]):
            if entry := event.get("stateEnteredEventDetails"):
                entered[entry["name"]] = event["timestamp"]
            elif (left := event.get("stateExitedEventDetails")) and left["name"] in entered:
                took = event["timestamp"] - entered.pop(left["name"])
                seconds[left["name"]] = seconds.get(left["name"], 0.0) + took.total_seconds()
        return seconds

    def client(self, service: Literal["s3", "stepfunctions"]) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.stack.endpoint_url,
            region_name=self.stack.region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


@contextmanager
def running_stack(state: Path) -> Iterator[LocalStack]:
    """The whole product on free ports; everything stops and goes with the block."""
    configuration = Configuration(
        state=state,
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters=dict(LOCAL_DEFAULTS),
    )
    # the engines are here, whatever proxy the environment names
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    try:
        stack = local_stack.up(configuration, lambda _line: None)
        yield LocalStack(Rest(stack.api_url), stack)
    finally:
        local_stack.down(configuration, lambda _line: None)
