"""`Idempotency-Key`: a repeated call is carried out once, and gets the first answer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.database import AUDIT, IDEMPOTENCY_KEYS
from core.idempotency import CLAIM_TIME
from handlers.api import attributes as attributes_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.products_api import ask, define, one, wired

COLOUR = {"name": "Colour", "type": "short_text"}


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch):
        yield


def create(key: str, body: dict[str, Any] = COLOUR) -> Reply:
    return call(attributes_api.handler, "POST", "/attributes", body, {"Idempotency-Key": key})


def test_the_repetition_of_a_call_gets_its_answer_and_does_nothing(
    database: Database[dict[str, Any]],
) -> None:
    first = create("one")
    again = create("one")

    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers.get("idempotent-replayed") == "true"
    assert "idempotent-replayed" not in first.headers
    assert database[AUDIT].count_documents({"action": "attribute.created"}) == 1
    assert create("two").status == 409, "another call is carried out"


def test_a_key_belongs_to_one_call() -> None:
    create("one")

    other = create("one", {"name": "Size", "type": "short_text"})

    assert (other.status, other.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    listed = call(attributes_api.handler, "GET", "/attributes")
    assert [attribute["name"] for attribute in listed.json["data"]] == ["Colour"]


def test_a_failed_call_may_be_corrected_under_its_key() -> None:
    assert create("one", {"name": "Colour", "type": "shade"}).status == 400
    assert create("one").status == 201


def test_a_call_under_way_is_not_carried_out_twice_and_an_interrupted_one_is_repeated(
    database: Database[dict[str, Any]],
) -> None:
    create("one")
    keys = database[IDEMPOTENCY_KEYS]
    keys.update_one({}, {"$unset": {"answer": 1}})

    reply = create("one")
    assert (reply.status, reply.json["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")

    keys.update_one({}, {"$set": {"at": clock.now() - CLAIM_TIME - timedelta(seconds=1)}})
    assert create("one").json["code"] != "IDEMPOTENCY_KEY_IN_USE"


@pytest.mark.parametrize("key", ["", "with a blank", "ä", "x" * 256])
def test_a_key_has_visible_ascii_characters(key: str) -> None:
    reply = create(key)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_IDEMPOTENCY_KEY")


def test_a_repeated_approval_leaves_the_products_as_others_changed_them(
    database: Database[dict[str, Any]],
) -> None:
    define(database)
    lamp = {"ProductSKU": "L1", "ProductName": "Lamp", "Price": 10}
    approve = {"products": [lamp]}
    key = {"Idempotency-Key": "one"}

    first = call(products_api.handler, "POST", "/products/approve", approve, key)
    ask("PATCH", "/products/L1", {"Price": 12})
    again = call(products_api.handler, "POST", "/products/approve", approve, key)

    assert again.json == first.json
    assert one("L1")["Price"] == 12
