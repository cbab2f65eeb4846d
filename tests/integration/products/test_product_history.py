"""`GET /products/{id}/history`: who, when, which job, from what to what; older entries from S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import Actor
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import FieldKind
from core.products.history.archive import HistoryArchive
from core.products.history.entries import ENTRIES_KEPT, ENTRY_MAX_BYTES
from core.products.marks import Order
from core.products.writing import ProductWriter
from core.storage import FolderStore
from handlers import environment
from tests.integration.approval_desk import ROWS, Desk
from tests.integration.products_api import approved, ask, define, one, wired

LAMP = {"ProductSKU": "A/1", "ProductName": "Lamp"}


@pytest.fixture
def store(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FolderStore]:
    define(database)
    store = FolderStore(tmp_path)
    with wired(database, monkeypatch, results_bucket="results"):
        monkeypatch.setattr(environment, "store", lambda: store)
        yield store


def history(product_id: str = "A%2F1", **query: str) -> dict[str, Any]:
    reply = ask("GET", f"/products/{product_id}/history", query=query)
    assert reply.status == 200, reply.text
    return reply.json


def update(**values: Any) -> None:
    body = {"products": [{"_id": "A/1", **values}]}
    assert ask("PUT", "/products/bulk-update", body).status == 200


def reported(**query: str) -> list[tuple[str, list[Any]]]:
    return [
        (entry["action"], [(c["attribute"], c.get("before"), c.get("after")) for c in changes])
        for entry in history(**query)["data"]
        for changes in [entry["changes"]]
    ]


def test_each_change_is_told_with_the_values_before_and_after_and_lists_do_not_show_it(
    store: FolderStore,
) -> None:
    approved(LAMP)
    update(Price=5, Colors=["Red"])
    update(Price=7)
    update(Colors=None)
    approved({**LAMP, "Price": 7})  # changes nothing

    assert reported() == [
        ("updated", [("Colors", ["Red"], None)]),
        ("updated", [("Price", 5, 7)]),
        ("updated", [("Colors", None, ["Red"]), ("Price", None, 5)]),
        ("created", [("ProductName", None, "Lamp"), ("ProductSKU", None, "A/1")]),
    ]
    newest = history()["data"][0]
    assert (newest["revision"], newest["by"]) == (4, "anonymous")
    assert "jobId" not in newest
    assert not [name for name in one("A/1") if name.startswith("_") and name != "_id"]
    assert not any(store.list_keys("results", "history/")), "a few changes need no object"


def test_a_deleted_product_keeps_its_history_and_one_of_its_id_goes_on_with_it(
    store: FolderStore,
) -> None:
    approved(LAMP)
    assert ask("DELETE", "/products/A%2F1").status == 200
    gone = reported()
    approved({**LAMP, "Price": 1})

    assert [action for action, _ in gone] == ["deleted", "created"]
    assert gone[0][1] == [("ProductName", "Lamp", None), ("ProductSKU", "A/1", None)]
    assert [action for action, _ in reported()] == ["created", "deleted", "created"]
    assert reported()[1:] == gone


def test_older_changes_and_large_values_lie_in_s3_and_are_told_all_the_same(
    store: FolderStore, database: Database[dict[str, Any]]
) -> None:
    approved(LAMP)
    large = "x" * (ENTRY_MAX_BYTES + 1)
    for number in range(2 * ENTRIES_KEPT):
        update(Price=number + 1)
    update(Description=large)
    update(Description="short")

    document = database["products"].find_one({"_id": "A/1"})
    assert document is not None
    assert len(document["_history"]) <= ENTRIES_KEPT
    assert large not in str(document["_history"])
    assert reported(limit="1") == [("updated", [("Description", large, "short")])]
    prices = [
        changes[0][1:]
        for page in "12345"
        for _, changes in reported(limit="10", page=page)
        if changes[0][0] == "Price"
    ]
    assert prices == [(n or None, n + 1) for n in reversed(range(2 * ENTRIES_KEPT))]
    assert reported(limit="10", page="5")[-1][0] == "created"
    last = history(limit="10", page="5")["pagination"]
    assert last == {
        "currentPage": 5,
        "itemsPerPage": 10,
        "hasNextPage": False,
        "hasPrevPage": True,
    }


def test_values_that_do_not_fit_into_the_answer_are_left_out_and_it_says_so(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(LAMP)
    update(Description="d" * 900)
    update(Description="e" * 900)
    monkeypatch.setattr("core.products.history.reading.ANSWER_BYTES", 2_500)

    newest, older, _ = history()["data"]

    assert "valuesOmitted" not in newest
    assert (older["valuesOmitted"], older["changes"]) == (True, [{"attribute": "Description"}])


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/products/nothing/history", {}, 404, "PRODUCT_NOT_FOUND"),
        ("/products/A%2F1/history", {"page": "0"}, 400, "INVALID_QUERY"),
    ],
)
def test_what_is_refused(
    store: FolderStore, path: str, query: dict[str, str], status: int, code: str
) -> None:
    approved(LAMP)

    reply = ask("GET", path, query=query)

    assert (reply.status, reply.json["code"]) == (status, code)


def test_an_engine_that_decodes_paths_finds_the_history_of_an_id_with_a_slash(
    store: FolderStore,
) -> None:
    approved(LAMP)

    reply = ask("GET", "/products/A/1/history", version="1.0")

    assert reply.json["productId"] == "A/1"


def test_an_approval_names_its_job_and_its_caller_and_a_repeated_one_adds_nothing(
    database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    desk = Desk(database, tmp_path)
    desk.reset()
    approval = desk.approval()
    approval.run()
    approval.run("arn:two")

    (entry,) = (desk.product("P1") or {})["_history"]
    *_, changed = (desk.product("P3") or {})["_history"]
    assert (entry["did"], entry["job"]) == ("created", approval.id)
    assert (changed["did"], changed["job"]) == ("updated", approval.id)
    assert changed["before"] == {"Price": 1, "Text": None}
    assert len((desk.product("P3") or {})["_history"]) == 2
    assert ROWS["P3"]["Price"] == 5


def test_a_write_that_another_one_overtook_leaves_no_entry(
    database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    archive = HistoryArchive(FolderStore(tmp_path), "results")
    writer = ProductWriter(database, {"Text": FieldKind.LONG_TEXT}, archive=archive)
    policy = WritePolicy(actor=Actor("user:me"), creates=True)
    earlier = Order(id="job", at=clock.now() - timedelta(minutes=1), attempt=1)
    writer.write([ProductChange(product_id="P", values={"Text": "a"})], policy)

    outcomes = writer.write(
        [ProductChange(product_id="P", values={"Text": "b"}, row=1)],
        WritePolicy(actor=Actor("user:other"), creates=True, order=earlier),
    )

    assert outcomes == [Outcome.CHANGED_SINCE]
    (entry,) = (database["products"].find_one({"_id": "P"}) or {})["_history"]
    assert entry["by"] == "user:me"
