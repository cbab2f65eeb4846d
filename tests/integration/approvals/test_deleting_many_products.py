"""`POST /products/delete`: a job on the real machine of approvals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.approvals import planning
from core.approvals.deletions import requesting
from core.jobs.records import JobRecord, JobStatus
from core.products.repository import ProductRepository
from handlers.api import jobs as jobs_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.approvals_kit import rows
from tests.integration.commit_machine import CommitMachine


@pytest.fixture
def ids(commits: CommitMachine) -> list[str]:
    """Of twenty products."""
    commits.approve(commits.imports.import_file(rows(20)).id)
    return sorted(commits.catalogue())


def delete(**body: Any) -> Reply:
    return call(products_api.handler, "POST", "/products/delete", body)


def deleted(commits: CommitMachine, **body: Any) -> JobRecord:
    reply = delete(**body)
    assert reply.status == 202, reply.text
    commits.wait()
    return commits.job(reply.json["jobId"])


def counts(job: JobRecord) -> tuple[int, int, int]:
    assert job.deletion_counts is not None
    found = job.deletion_counts
    return found.products, found.deleted, found.rejected


def history(product_id: str) -> list[dict[str, Any]]:
    reply = call(products_api.handler, "GET", f"/products/{product_id}/history")
    assert reply.status == 200, reply.text
    entries: list[dict[str, Any]] = reply.json["data"]
    return entries


def test_products_are_deleted_by_ids_with_their_history(
    commits: CommitMachine, ids: list[str]
) -> None:
    job = deleted(commits, productIds=[*ids[:3], ids[0]])

    assert (job.status, counts(job)) == (JobStatus.COMPLETED, (3, 3, 0))
    assert job.message == "3 products were deleted."
    assert sorted(commits.catalogue()) == ids[3:]
    newest = history(ids[0])[0]
    assert (newest["action"], newest["jobId"]) == ("deleted", job.id)
    shown = commits.shown(job.id)
    assert shown["order"] == {"productCount": 3}
    assert shown["progress"] == {"stage": "finished", "percent": 100, "rows": 3}


def test_a_filter_means_the_products_of_the_call(commits: CommitMachine, ids: list[str]) -> None:
    wanted = {"_id": ids[:2]}
    preview = delete(filter=wanted, dryRun=True)
    assert (preview.status, preview.json["products"], preview.json["notFound"]) == (200, 2, 0)
    assert len(commits.catalogue()) == 20

    job = deleted(commits, filter=wanted)

    assert counts(job) == (2, 2, 0)
    assert sorted(commits.catalogue()) == ids[2:]


def test_what_is_missing_or_was_changed_since_is_named(
    commits: CommitMachine, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ProductRepository.delete

    def delete_late(self: ProductRepository, product_id: str, *more: Any) -> Any:
        if product_id == ids[1]:
            body = {"products": [{"_id": ids[1], "Name": "Changed"}]}
            call(products_api.handler, "PUT", "/products/bulk-update", body)
        return real(self, product_id, *more)

    monkeypatch.setattr(ProductRepository, "delete", delete_late)
    job = deleted(commits, productIds=[ids[0], ids[1], "nothing"])

    assert (job.status, counts(job)) == (JobStatus.COMPLETED_WITH_ISSUES, (3, 1, 2))
    assert {each["_id"]: each["code"] for each in commits.result(job)["rejected"]} == {
        ids[1]: "CHANGED_SINCE",
        "nothing": "PRODUCT_NOT_FOUND",
    }
    assert sorted(commits.catalogue()) == ids[1:]


def test_a_chunk_that_breaks_off_in_its_middle_is_counted_exactly(
    commits: CommitMachine, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits.imports.configure(commit_batch_rows=5)
    real, left = ProductRepository.delete_by_job, [7]

    def breaks_off(self: ProductRepository, *given: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise ConnectionError("broken by the test")
        return real(self, *given)

    monkeypatch.setattr(ProductRepository, "delete_by_job", breaks_off)
    job = deleted(commits, productIds=ids)

    assert left[0] < 0
    assert (job.status, counts(job)) == (JobStatus.COMPLETED, (20, 20, 0))
    assert commits.catalogue() == {}


def test_many_chunks_add_up(
    commits: CommitMachine, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "DELETED_PRODUCT_BYTES", 10**9)  # each a chunk of its own

    assert counts(deleted(commits, productIds=ids)) == (20, 20, 0)
    assert commits.catalogue() == {}


@pytest.mark.parametrize("handler", ["open_commit", "commit_chunk", "close_commit"])
def test_a_failure_that_stays_is_told_and_a_restart_goes_on(
    commits: CommitMachine, ids: list[str], handler: str
) -> None:
    commits.imports.fail(handler, times=9)  # as often as it is tried
    job = deleted(commits, productIds=ids[:5])
    assert job.status is JobStatus.FAILED
    assert (job.error_details or "").startswith("The deletion stopped because of a problem")

    again = call(jobs_api.handler, "POST", f"/processing-jobs/{job.id}/reprocess", {})
    assert again.status == 202, again.text
    commits.wait()

    assert counts(commits.job(job.id)) == (5, 5, 0)


def test_the_same_call_joins_the_running_job(commits: CommitMachine, ids: list[str]) -> None:
    first, second = (delete(productIds=ids) for _ in range(2))

    assert first.json["jobId"] == second.json["jobId"]
    commits.wait()


@pytest.mark.parametrize(
    ("body", "status", "code", "sentence"),
    [
        ({}, 400, "INVALID_FIELDS", "Send either “productIds” or “filter”."),
        ({"productIds": ["a"], "filter": "q=a"}, 400, "INVALID_FIELDS", "Send either"),
        ({"filter": {}}, 400, "INVALID_FIELDS", "names no value, and would delete every product"),
        ({"filter": ""}, 400, "INVALID_FIELDS", "names no value, and would delete every product"),
        ({"filter": {"q": " "}}, 400, "INVALID_FIELDS", "and would delete every product"),
        ({"filter": "importSource="}, 400, "INVALID_FIELDS", "and would delete every product"),
        ({"filter": {"_id": {"$ne": "a"}}}, 400, "INVALID_FIELDS", "filter"),
        ({"filter": "_id[$ne]=a"}, 400, "INVALID_FIELDS", "holds a $"),
        ({"filter": "page=1"}, 400, "INVALID_FIELDS", "“page” is not a filter"),
        ({"productIds": []}, 400, "INVALID_FIELDS", "productIds"),
        ({"productIds": ["nothing"]}, 404, "PRODUCT_NOT_FOUND", "None of the products exists"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    commits: CommitMachine, body: dict[str, Any], status: int, code: str, sentence: str
) -> None:
    commits.imports.define()

    reply = delete(**body)

    assert (reply.status, reply.json["code"]) == (status, code)
    assert sentence in json.dumps(reply.json, ensure_ascii=False)
    assert commits.executions() == []


def test_more_than_a_job_takes_is_refused(
    commits: CommitMachine, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requesting, "MAX_PRODUCTS", 3)

    reply = delete(filter="_id[exists]=true")

    assert (reply.status, reply.json["code"]) == (413, "TOO_MANY_PRODUCTS")
    assert len(commits.catalogue()) == 20
