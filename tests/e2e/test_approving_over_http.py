"""A whole import is approved through the product, seen only from outside: HTTP and S3."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from typing import Any

import pytest

from infra.local.rest import ApiError, Rest

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
ROWS = 240
ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "ProductSKU", "type": "short_text"},
    {"name": "Approval Price", "type": "number"},
    {"name": "Approval Batch", "type": "short_text"},
    {"name": "Approval Weight", "type": "measure", "unit": "kg"},
]


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    for body in ATTRIBUTES:
        client.create_attribute(body)
    return client


@pytest.fixture
def batch() -> str:
    """Marks the products of one test: the catalogue is everybody's."""
    return uuid.uuid4().hex[:12]


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


def listed(rest: Rest, batch: str) -> dict[str, Any]:
    return rest.call("GET", f"/products?Approval+Batch={batch}&limit=100&sortBy=_id")


def counts(job: dict[str, Any]) -> tuple[int, int, int, int]:
    told = job["counts"]
    return told["created"], told["updated"], told["unchanged"], told["rejected"]


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


def test_an_import_of_many_chunks_is_approved_and_a_second_approval_changes_nothing(
    rest: Rest, batch: str
) -> None:
    # given an import, one of its rows faulty
    source = imported(rest, batch, [*range(ROWS), "free"])
    assert source["counts"]["validRows"] == ROWS

    # when somebody first asks what approving it would do
    foretold = approve(rest, source["_id"], dryRun=True)
    # then nothing was written
    assert (foretold["status"], counts(foretold)) == ("COMPLETED", (ROWS, 0, 0, 0))
    assert listed(rest, batch)["pagination"]["totalItems"] == 0

    # when it is approved
    job = approve(rest, source["_id"])
    # then every valid row is a product, typed, under its id, with its source
    assert (job["type"], job["status"], counts(job)) == ("commit", "COMPLETED", (ROWS, 0, 0, 0))
    assert job["importJobId"] == source["_id"]
    assert job["progress"]["percent"] == 100
    page = listed(rest, batch)
    assert page["pagination"]["totalItems"] == ROWS
    first = page["data"][0]
    assert (first["_id"], first["Approval Price"]) == (f"{batch}-0000", 0)
    assert first["Approval Weight"] == {"value": 2.5, "unit": "kg"}
    assert first["importSource"] == source["s3Key"]
    result = json.loads(fetch(job["resultDownloadUrl"]))
    assert (result["counts"], result["rejected"]) == (job["counts"], [])
    assert fetch(job["downloads"]["rejected"]) == b""

    # when it is approved again
    again = approve(rest, source["_id"])
    # then nothing changed
    assert again["_id"] != job["_id"]
    assert counts(again) == (0, 0, ROWS, 0)
    assert listed(rest, batch)["data"] == page["data"]


def test_a_newer_import_updates_what_differs(rest: Rest, batch: str) -> None:
    approve(rest, imported(rest, batch, [1, 2, 3])["_id"])
    before = {product["_id"]: product for product in listed(rest, batch)["data"]}

    job = approve(rest, imported(rest, batch, [1, 20, 3, 4])["_id"])

    assert counts(job) == (1, 1, 2, 0)
    after = {product["_id"]: product for product in listed(rest, batch)["data"]}
    changed = f"{batch}-0001"
    assert after[changed]["Approval Price"] == 20
    assert after[changed]["createdAt"] == before[changed]["createdAt"]
    assert after[changed]["updatedAt"] > before[changed]["updatedAt"]
    assert after[f"{batch}-0000"] == before[f"{batch}-0000"]


def test_what_cannot_be_approved_is_refused_with_a_sentence(rest: Rest, batch: str) -> None:
    nothing_valid = imported(rest, batch, ["free"])

    for job_id, status, code in (
        (nothing_valid["_id"], 409, "NO_VALID_ROWS"),
        (str(uuid.uuid4()), 404, "JOB_NOT_FOUND"),
        ("", 400, "INVALID_FIELDS"),
    ):
        with pytest.raises(ApiError) as refused:
            rest.call("POST", "/approve", {"jobId": job_id})
        assert (refused.value.status, refused.value.code) == (status, code)
        assert str(refused.value).endswith(".")


def test_the_approvals_stand_in_the_list_of_jobs(rest: Rest, batch: str) -> None:
    job = approve(rest, imported(rest, batch, [1])["_id"])

    newest = rest.call("GET", "/processing-jobs?type=commit&limit=1")["data"]

    assert [entry["_id"] for entry in newest] == [job["_id"]]
    assert newest[0]["counts"] == job["counts"]
