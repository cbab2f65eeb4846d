"""Imports and approvals of small files over HTTP, for the tests of what comes after them."""

from __future__ import annotations

import time
import urllib.request
from typing import Any

from infra.client.rest import ApiError, Rest

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "ProductSKU", "type": "short_text"},
    {"name": "Approval Price", "type": "number"},
    {"name": "Approval Batch", "type": "short_text"},
    {"name": "Approval Weight", "type": "measure", "unit": "kg"},
]


def portal(stack: dict[str, Any]) -> Rest:
    """The API, with the attributes of these files."""
    client = Rest(stack["apiUrl"])
    for body in ATTRIBUTES:
        client.create_attribute(body)
    return client


def imported(rest: Rest, batch: str, prices: list[object]) -> dict[str, Any]:
    """Import a file with one row per price; the job, once it is final."""
    lines = ["ProductSKU,Approval Price,Approval Batch,Approval Weight"]
    lines += [f"{batch}-{n:04},{price},{batch},2.5 kg" for n, price in enumerate(prices)]
    ticket = rest.presigned_upload("Märzliste.csv", {})
    request = urllib.request.Request(
        ticket["uploadUrl"],
        data="\n".join(lines).encode(),
        method="PUT",
        headers={"Content-Type": ""},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    return wait(rest, rest.process_file(ticket["s3Key"]))


def wait(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < end:
        try:
            job = rest.job(job_id)
        except ApiError as error:
            assert error.status == 404, error
        if job.get("status") in FINAL:
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not finish: {job}")


def approve(rest: Rest, job_id: str, **more: Any) -> dict[str, Any]:
    started = rest.call("POST", "/products/approve", {"jobId": job_id, **more})
    assert started["message"]
    assert started["jobId"] != job_id
    return wait(rest, started["jobId"])
