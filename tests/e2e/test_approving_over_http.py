"""A whole import is approved through the product, seen only from outside: HTTP and S3."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any

import pytest

from infra.client.rest import ApiError, Rest
from tests.e2e.approvals_over_http import approve, imported, portal

pytestmark = pytest.mark.e2e

ROWS = 240


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    return portal(stack)


@pytest.fixture
def batch() -> str:
    """Marks the products of one test: the catalogue is everybody's."""
    return uuid.uuid4().hex[:12]


def listed(rest: Rest, batch: str) -> dict[str, Any]:
    return rest.call("GET", f"/products?Approval+Batch={batch}&limit=100&sortBy=_id")


def counts(job: dict[str, Any]) -> tuple[int, int, int, int]:
    reported = job["counts"]
    return reported["created"], reported["updated"], reported["unchanged"], reported["rejected"]


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
    predicted = approve(rest, source["_id"], dryRun=True)
    # then nothing was written
    assert (predicted["status"], counts(predicted)) == ("COMPLETED", (ROWS, 0, 0, 0))
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
