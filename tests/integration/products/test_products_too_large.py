"""A product that grows over a limit by merging: only that one is refused, by a code, and the others
are saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import PIPELINE
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.sizes import ProductLimits
from core.products.writing import ProductWriter
from core.settings import MIB, Settings
from tests.integration.approval_desk import SETTINGS, Approval, Desk
from tests.integration.products_api import approved, ask, define, one, wired

LAMP = {"ProductSKU": "L-1", "ProductName": "Lamp"}
LONG = "x" * 3_000


@pytest.fixture
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch, max_product_bytes=4_000, max_attributes_per_product=3):
        define(database)
        yield


def codes(faults: list[dict[str, Any]]) -> list[str]:
    return [fault["code"] for fault in faults]


def test_a_product_over_the_limit_is_a_400_that_names_it(api: None) -> None:
    reply = ask("POST", "/products/approve", {"products": [{**LAMP, "Description": LONG * 2}]})

    assert (reply.status, reply.json["code"]) == (400, "NO_VALID_PRODUCT")
    assert codes(reply.json["details"]) == ["PRODUCT_TOO_LARGE"]
    assert "3.9 KiB, the limit for one product" in reply.json["error"]


def test_the_others_of_a_call_are_saved(api: None) -> None:
    approved({**LAMP, "Description": LONG})
    four = {"ProductSKU": "L-2", "ProductName": "Four", "Price": 1, "Barcode": "7"}

    answer = approved({**LAMP, "Barcode": LONG[:40]}, four, {"ProductSKU": "L-3", **NAMED})

    assert answer["productsSaved"] == 1
    assert [codes(each["faults"]) for each in answer["rejected"]] == [
        ["TOO_MANY_ATTRIBUTES"],
        ["TOO_MANY_ATTRIBUTES"],
    ]
    update = ask(
        "PUT", "/products/bulk-update", {"products": [{"_id": "L-1", "Description": LONG * 2}]}
    )
    assert update.status == 200
    (outcome,) = update.json["outcomes"]
    assert (outcome["outcome"], codes(outcome["faults"])) == ("invalid", ["PRODUCT_TOO_LARGE"])
    assert one("L-1")["revision"] == 1


NAMED = {"ProductName": "Table"}


def test_an_approval_rejects_the_row_alone(
    database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    """Of real size: more than a document of the database may have."""
    desk = Desk(database, tmp_path)
    desk.reset()
    half = "x" * (9 * MIB)
    desk.save({"P3": {"SKU": "P3", "Price": 1, "Other": half}})
    rows = {
        i: {"SKU": i, "Price": 5, "Text": half if i == "P3" else "short"}
        for i in ("P1", "P3", "P5")
    }

    approval = Approval(desk, rows)

    assert approval.run() == (2, 0, 0, 1)
    assert approval.rejected == {"P3": "PRODUCT_TOO_LARGE"}
    found = desk.product("P3")
    assert found is not None and "Text" not in found
    assert Approval(desk, rows).run("arn:again") == (0, 0, 2, 1)


def test_what_the_database_itself_refuses_is_rejected_alone(
    database: Database[dict[str, Any]],
) -> None:
    """A product that our own measure let pass."""
    writer = ProductWriter(database, {}, limits=ProductLimits(size_bytes=64 * MIB))
    half = "x" * (9 * MIB)

    def write(values: dict[str, dict[str, Any]]) -> list[Outcome]:
        changes = [ProductChange(product_id=i, values=each) for i, each in values.items()]
        return writer.write(changes, WritePolicy(actor=PIPELINE, creates=True))

    assert write({"P1": {"Other": half}}) == [Outcome.CREATED]
    outcomes = write({"P1": {"Text": half}, "P2": {"Text": "short"}})

    assert outcomes == [Outcome.PRODUCT_TOO_LARGE, Outcome.CREATED]


def test_a_product_is_measured_as_it_is_stored() -> None:
    # many short texts take more room than their JSON, escapes take less
    assert SETTINGS.max_product_bytes == Settings().max_product_bytes == 12 * MIB
    limits = ProductLimits(size_bytes=1_000)
    many = {"L": [str(n % 10) for n in range(100)]}
    escaped = {"T": "\x01" * 900}
    assert limits.too_large(many, b"x" * 404)
    assert not limits.too_large(escaped, b"x" * 5_400)
