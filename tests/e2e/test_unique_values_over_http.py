"""Values that may occur once, from the upload to the download, in the file and in the catalogue."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest

from infra.client.rest import Rest

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
ROWS = 600
"""Some 9 KB: more chunks than the inline Map takes."""


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    client.create_attribute({"name": "Once SKU", "type": "short_text", "isIdentifier": True})
    client.create_attribute({"name": "Once EAN", "type": "number", "isUnique": True})
    return client


def file(*more: str) -> bytes:
    lines = ["Once SKU,Once EAN", *(f"S{n},{n}" for n in range(1, ROWS + 1)), *more]
    return "\n".join(lines).encode()


def imported(rest: Rest, data: bytes) -> dict[str, Any]:
    """The job at its end."""
    ticket = rest.presigned_upload("once.csv", {})
    request = urllib.request.Request(
        ticket["uploadUrl"], data=data, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=30):
        return ended(rest, ticket["jobId"])


def ended(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < end:
        job = rest.job(job_id)
        if job["status"] in FINAL:
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not finish: {job}")


def messages(job: dict[str, Any]) -> list[str]:
    with urllib.request.urlopen(job["downloads"]["faults"], timeout=30) as answer:
        return [json.loads(line)["message"] for line in answer.read().splitlines()]


def test_repeats_and_values_of_other_products_name_both_sides(rest: Rest) -> None:
    first = imported(rest, file("S7,9999", "T1,5.0"))

    assert first["status"] == "COMPLETED_WITH_ISSUES"
    assert first["counts"]["faultsByCode"] == {"NOT_UNIQUE_IN_FILE": 2}
    assert messages(first) == [
        'Row 601, column "Once SKU": "S7" is also in row 7, and may occur only once.',
        'Row 602, column "Once EAN": "5.0" is also in row 5, and may occur only once.',
    ]

    approval = rest.call("POST", "/products/approve", {"jobId": first["_id"]})
    assert ended(rest, approval["jobId"])["counts"]["created"] == ROWS
    assert imported(rest, file())["status"] == "COMPLETED", "these rows are about these products"

    second = imported(rest, b"Once SKU,Once EAN\nT1,5\nT2,10000\n")

    assert messages(second) == [
        'Row 1, column "Once EAN": "5" belongs to the product "S5" of the catalogue, '
        "and may occur only once."
    ]
