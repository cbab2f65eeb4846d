"""What becomes of faulty rows, as an upload over HTTP asks for it."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest

from infra.client.rest import ApiError, Rest

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
FILE = b"Policy SKU,Policy Price\nP1,ten\nP2,20\n,30\nP4,40\n"


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    client.create_attribute({"name": "Policy SKU", "type": "short_text", "isRequired": True})
    client.create_attribute({"name": "Policy Price", "type": "number"})
    return client


def upload(rest: Rest, **options: Any) -> dict[str, Any]:
    """Upload the file with these options; the job at its end."""
    ticket = rest.presigned_upload("policies.csv", options)
    request = urllib.request.Request(
        ticket["uploadUrl"], data=FILE, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=30):
        return wait(rest, ticket["jobId"])


def wait(rest: Rest, job_id: str, attempt: int = 1) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < end:
        job = rest.job(job_id)
        if job["status"] in FINAL and job["attempt"] >= attempt:
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not finish: {job}")


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode("utf-8-sig"))


def test_a_row_stays_without_its_faulty_value(rest: Rest) -> None:
    job = upload(rest, onFault="skip_value", maxFaultyRowsPercent=50)

    assert job["status"] == "COMPLETED_WITH_ISSUES"
    assert job["options"] == {"onFault": "skip_value", "maxFaultyRowsPercent": 50}
    assert job["counts"]["rowsWithSkippedValues"] == job["counts"]["invalidRows"] == 1
    result = json.loads(fetch(job["resultDownloadUrl"]))
    assert result["products"] == [
        {"Policy SKU": "P1"},
        {"Policy SKU": "P2", "Policy Price": 20},
        {"Policy SKU": "P4", "Policy Price": 40},
    ]
    assert [fault.get("rowKept", False) for fault in result["faults"]] == [True, False]
    assert len(fetch(job["downloads"]["rejected"]).splitlines()) == 2


def test_too_many_faulty_rows_reject_the_file_until_it_is_reprocessed_with_a_higher_limit(
    rest: Rest,
) -> None:
    job = upload(rest, maxFaultyRowsPercent=49.9)

    assert (job["status"], job["errorCode"]) == ("FAILED", "TOO_MANY_FAULTY_ROWS")
    assert "2 of 4 rows (50%)" in job["errorDetails"]
    assert "resultDownloadUrl" not in job
    assert set(job["downloads"]) == {"faults", "rejected"}
    assert len(fetch(job["downloads"]["faults"]).splitlines()) == 2
    with pytest.raises(ApiError) as refused:
        rest.call("POST", "/products/approve", {"jobId": job["_id"]})
    assert (refused.value.status, refused.value.code) == (409, "IMPORT_FAILED")

    options = {"maxFaultyRowsPercent": 50}
    rest.call("POST", f"/processing-jobs/{job['_id']}/reprocess", {"options": options})

    again = wait(rest, job["_id"], attempt=2)
    assert again["status"] == "COMPLETED_WITH_ISSUES"
    assert not {"errorCode", "errorDetails"} & again.keys()


def test_an_impossible_policy_is_told_by_the_name_of_its_field(rest: Rest) -> None:
    with pytest.raises(ApiError) as refused:
        rest.presigned_upload("a.csv", {"onFault": "ignore", "maxFaultyRowsPercent": 101})

    assert refused.value.status == 400
    fields = [detail["field"] for detail in refused.value.details]
    assert fields == ["options.maxFaultyRowsPercent", "options.onFault"]
