"""Approving an import: its machine, its handlers and its database, with all that can go wrong."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from core.actors import ANONYMOUS
from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.jobs.records import JobStatus
from handlers.api import products as products_api
from tests.api_calls import call
from tests.integration.approvals_kit import DRAFTS, HEADER, counts, row, rows
from tests.integration.commit_machine import CommitMachine
from tests.integration.import_machine import RESULTS, table

# the ways through when all infrastructure holds


def test_the_valid_rows_of_an_import_become_products(commits: CommitMachine) -> None:
    # given an import with one faulty row
    data = table(HEADER, row(1), row(2, "free"), ("0012345", "Tisch 🪑", "10.50", "3 lb", "Blue"))
    imported = commits.imports.import_file(data)

    # when it is approved
    reply = commits.ask(imported.id)
    commits.wait()

    # then the answer names a job of its own, which tells what came out
    assert reply.status == 202, reply.text
    assert reply.json["jobId"] != imported.id
    assert (reply.json["importJobId"], reply.json["rows"]) == (imported.id, 2)
    shown = commits.shown(reply.json["jobId"])
    assert (shown["type"], shown["status"]) == ("commit", "COMPLETED")
    assert shown["counts"] == {
        "rows": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "repeated": 0,
        "rejected": 0,
    }
    assert (shown["importJobId"], shown["importAttempt"], shown["dryRun"]) == (
        imported.id,
        1,
        False,
    )
    assert (shown["progress"]["stage"], shown["progress"]["percent"]) == ("finished", 100)
    assert shown["resultDownloadUrl"]
    assert shown["message"].startswith("2 products saved")
    assert shown["s3Key"] == imported.s3_key
    # and the products are stored typed, under their ids, with their source
    catalogue = commits.catalogue()
    assert set(catalogue) == {"S0001", "0012345"}
    table_ = catalogue["0012345"]
    assert (table_["Name"], table_["Price"]) == ("Tisch 🪑", 10.5)
    assert (table_["Weight"], table_["Colors"]) == ({"value": 3, "unit": "lb"}, ["Blue"])
    assert (table_["importSource"], table_["revision"]) == (imported.s3_key, 1)
    assert table_["createdBy"] == ANONYMOUS.id
    # and the job of the import is as it was
    assert commits.job(imported.id) == imported


def test_approving_twice_changes_nothing_the_second_time(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(rows(30))
    first = commits.approve(imported.id)
    existing = commits.catalogue()

    second = commits.approve(imported.id)

    assert second.id != first.id
    assert (counts(first), counts(second)) == ((30, 0, 0, 0, 0), (0, 0, 30, 0, 0))
    assert commits.catalogue() == existing, "not even updatedAt moves"
    assert second.message == "0 products saved (0 new, 0 changed; 30 unchanged)."


def test_a_later_import_updates_what_differs_and_keeps_the_rest(commits: CommitMachine) -> None:
    commits.approve(commits.imports.import_file(rows(10)).id)
    before = commits.catalogue()
    changed = table(("SKU", "Price"), *((f"S{n:04}", "9" if n <= 4 else "1") for n in range(1, 13)))

    job = commits.approve(commits.imports.import_file(changed).id)

    assert counts(job) == (2, 4, 6, 0, 0)
    after = commits.catalogue()
    assert after["S0005"] == before["S0005"]
    assert (after["S0001"]["Price"], after["S0001"]["Name"]) == (9, "Product 1")
    assert after["S0001"]["createdAt"] == before["S0001"]["createdAt"]
    assert after["S0001"]["updatedAt"] > before["S0001"]["updatedAt"]
    assert after["S0001"]["revision"] == 2


def test_a_dry_run_counts_and_writes_nothing(commits: CommitMachine) -> None:
    commits.approve(commits.imports.import_file(rows(10)).id)
    existing = commits.catalogue()
    data = table(HEADER, row(1), row(2, 5), row(11), row(11, 7))
    imported = commits.imports.import_file(data)

    predicted = commits.approve(imported.id, dryRun=True)

    assert commits.catalogue() == existing
    assert "Nothing was written" in (predicted.message or "")
    assert commits.shown(predicted.id)["dryRun"] is True
    assert counts(predicted) == counts(commits.approve(imported.id)) == (1, 1, 1, 1, 0)


@pytest.mark.parametrize(
    ("inline", "state"), [(100, "CommitChunks"), (1, "CommitChunksAtScale")], ids=["few", "many"]
)
def test_many_chunks_give_what_one_gives(commits: CommitMachine, inline: int, state: str) -> None:
    commits.imports.configure(
        commit_chunk_bytes=1000, commit_batch_rows=4, inline_map_max_chunks=inline
    )
    imported = commits.imports.import_file(rows(60))

    job = commits.approve(imported.id)

    (execution,) = commits.executions()
    assert state in commits.imports.visited(execution["executionArn"])
    tasks = commits.imports.named("commit_chunk")
    assert len(tasks) > 3
    assert counts(job) == (60, 0, 0, 0, 0)
    assert len(commits.catalogue()) == 60
    assert max(len(json.dumps(task)) for task in tasks) < 600, "keys and counts, never products"
    history = commits.imports.stepfunctions.get_execution_history(
        executionArn=execution["executionArn"], maxResults=1000
    )
    assert "Product 59" not in json.dumps(history, default=str)


def test_the_last_of_several_rows_with_one_id_stands_whatever_chunk_is_faster(
    commits: CommitMachine,
) -> None:
    # given ids that repeat within chunks and over them; every row has a price of its own
    commits.imports.configure(commit_chunk_bytes=500, commit_batch_rows=3)
    order = random.Random(7)
    skus = [f"R{order.randrange(25):02}" for _ in range(120)]
    data = table(HEADER, *(row(n, n, sku) for n, sku in enumerate(skus)))
    last = {sku: n for n, sku in enumerate(skus)}

    job = commits.approve(commits.imports.import_file(data).id)

    existing_prices = {sku: product["Price"] for sku, product in commits.catalogue().items()}
    assert existing_prices == last
    assert counts(job) == (len(last), 0, 0, 120 - len(last), 0)
    assert all(product["revision"] == 1 for product in commits.catalogue().values())
    assert "used instead" in (job.message or "")


@pytest.mark.parametrize("choice", ["reject", "overwrite", None])
def test_what_is_edited_after_the_call_is_overwritten_only_if_it_said_so(
    commits: CommitMachine, choice: str | None
) -> None:
    commits.approve(commits.imports.import_file(rows(3)).id)
    imported = commits.imports.import_file(rows(4, price=9))
    edited: list[int] = []

    def edit() -> None:
        body = {"products": [{"_id": "S0002", "Price": 999}]}
        reply = call(products_api.handler, "PUT", "/products/bulk-update", body)
        edited.append(reply.json["productsUpdated"])

    commits.imports.around("open_commit", before=edit)

    job = commits.approve(imported.id, onConflict=choice)

    assert edited == [1]
    overwrites = choice == "overwrite"
    assert commits.catalogue()["S0002"]["Price"] == (9 if overwrites else 999)
    assert counts(job) == ((1, 3, 0, 0, 0) if overwrites else (1, 2, 0, 0, 1))
    reported = [(each["_id"], each["code"]) for each in commits.result(job)["rejected"]]
    assert reported == ([] if overwrites else [("S0002", "CHANGED_SINCE")])
    # a second approval, ordered after the edit, overwrites it
    commits.imports.wrapped.clear()
    again = commits.approve(imported.id)
    assert again.id != job.id
    assert commits.catalogue()["S0002"]["Price"] == 9


# what may be approved


def test_only_a_finished_import_with_valid_rows_can_be_approved(commits: CommitMachine) -> None:
    good = commits.imports.import_file(rows(2))
    empty = commits.imports.import_file(b"SKU,Price\nA,free\n")
    failed = commits.imports.import_file(b"SKU,Price\nA\0,1\n")
    approval = commits.approve(good.id)
    jobs = commits.imports.database["jobs"]
    jobs.insert_one({**jobs.find_one({"_id": good.id}), "_id": "running", "status": "PROCESSING"})

    refused = {
        name: (reply.status, reply.json["code"])
        for name, reply in {
            "unknown": commits.ask("no-such-job"),
            "running": commits.ask("running"),
            "failed": commits.ask(failed.id),
            "no valid row": commits.ask(empty.id),
            "an approval": commits.ask(approval.id),
            "both": commits.ask(good.id, products=[{"SKU": "A"}]),
            "no id": commits.ask(7),
            "no flag": commits.ask(good.id, dryRun="yes"),
            "no choice": commits.ask(good.id, onConflict="ask me"),
        }.items()
    }

    assert refused == {
        "unknown": (404, "JOB_NOT_FOUND"),
        "running": (409, "JOB_NOT_FINISHED"),
        "failed": (409, "IMPORT_FAILED"),
        "no valid row": (409, "NO_VALID_ROWS"),
        "an approval": (409, "NOT_AN_IMPORT"),
        "both": (400, "INVALID_FIELDS"),
        "no id": (400, "INVALID_FIELDS"),
        "no flag": (400, "INVALID_FIELDS"),
        "no choice": (400, "INVALID_FIELDS"),
    }
    commits.imports.configure(max_commit_rows=1)
    assert commits.ask(good.id).status == 413
    assert len(commits.executions()) == 1


def test_a_dry_run_of_products_in_the_call_is_refused_before_it_writes(
    commits: CommitMachine,
) -> None:
    body = {"products": [{"SKU": "A"}], "dryRun": True}

    reply = call(products_api.handler, "POST", "/products/approve", body)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert commits.catalogue() == {}


def test_the_attempt_of_the_call_is_approved_also_when_the_file_is_imported_anew(
    commits: CommitMachine,
) -> None:
    imported = commits.imports.import_file(rows(3))
    commits.imports.around(
        "open_commit", before=lambda: anew(commits, imported.s3_key, rows(5, price=9))
    )

    job = commits.approve(imported.id)

    assert commits.job(imported.id).attempt == 2
    assert counts(job) == (3, 0, 0, 0, 0)
    assert {product["Price"] for product in commits.catalogue().values()} == {1}


def anew(commits: CommitMachine, key: str, data: bytes) -> None:
    commits.imports.wrapped.clear()
    commits.imports.import_file(data, key)


def test_a_second_call_while_the_approval_runs_gives_the_same_job(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(rows(3))
    others: list[Any] = []
    commits.imports.around("open_commit", before=lambda: others.append(commits.ask(imported.id)))

    job = commits.approve(imported.id)

    assert [(reply.status, reply.json["jobId"]) for reply in others] == [(202, job.id)]
    assert len(commits.executions()) == 1


def test_products_that_are_not_stored_any_more_refuse_the_approval(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(rows(3))
    key = f"valid-rows/{imported.id}/1/parts.json"
    commits.imports.s3.delete_object(Bucket=RESULTS, Key=key)

    reply = commits.ask(imported.id)

    assert (reply.status, reply.json["code"]) == (409, "RESULTS_GONE")
    assert commits.executions() == []


def test_products_that_are_lost_after_the_approval_was_ordered_fail_it(
    commits: CommitMachine,
) -> None:
    imported = commits.imports.import_file(rows(3))
    key = f"valid-rows/{imported.id}/1/parts.json"
    commits.imports.around(
        "open_commit",
        before=lambda: commits.imports.s3.delete_object(Bucket=RESULTS, Key=key),
    )

    job = commits.approve(imported.id)

    (execution,) = commits.executions()
    assert execution["status"] == "SUCCEEDED"
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")
    assert "upload it again" in (job.error_details or "")
    assert len(commits.imports.named("open_commit")) == 1, "what cannot succeed is not retried"


# attributes that changed since the import


def test_a_field_without_an_attribute_is_not_stored_and_is_told(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(rows(3))
    commits.imports.define(*(draft for draft in DRAFTS if draft.name != "Price"))

    job = commits.approve(imported.id)

    assert counts(job) == (3, 0, 0, 0, 0)
    assert (job.status, job.ignored_headers) == (JobStatus.COMPLETED_WITH_ISSUES, ("Price",))
    assert "“Price”" in (job.message or "")
    assert all("Price" not in product for product in commits.catalogue().values())


def test_values_that_lost_their_type_are_rejected_and_told(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(table(HEADER, row(1), ("S2", "Chair", "", "", "")))
    text = AttributeDraft(name="Price", type=AttributeType.SHORT_TEXT)
    commits.imports.define(*(draft for draft in DRAFTS if draft.name != "Price"), text)

    job = commits.approve(imported.id)

    assert counts(job) == (1, 0, 0, 0, 1)
    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    (rejected,) = commits.result(job)["rejected"]
    assert (rejected["line"], rejected["_id"], rejected["code"]) == (1, "S0001", "TYPE_CHANGED")
    assert "“Price”" in rejected["message"]
    stored = commits.imports.objects(f"results/{job.id}/1/")["rejected.ndjson"]
    assert json.loads(stored) == rejected


def test_progress_is_read_off_the_chunks_that_are_done(commits: CommitMachine) -> None:
    commits.imports.configure(commit_chunk_bytes=1000)
    imported = commits.imports.import_file(rows(60))
    seen: list[dict[str, Any]] = []

    def look() -> None:
        (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
        seen.append(commits.shown(approval["_id"])["progress"])

    commits.imports.around("commit_chunk", after=look)
    commits.approve(imported.id)

    seen.sort(key=lambda progress: progress["chunksDone"])  # two tasks run side by side
    chunks = seen[-1]["chunksPlanned"]
    assert chunks == len(seen) == seen[-1]["chunksDone"]
    for progress in seen:
        busy = progress["chunksDone"] < chunks
        assert progress["stage"] == ("committing" if busy else "aggregating")
        assert progress["percent"] == 10 + 80 * progress["chunksDone"] // chunks
        assert progress["rows"] == 60
