"""`PATCH` for one product and one attribute; `ETag` and `If-Match`."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from handlers.api import attributes as attributes_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.products_api import approved, ask, define, one, wired

LAMP = {"ProductSKU": "L/1", "ProductName": "Lamp", "Price": 10.5}


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch):
        define(database)
        yield


def patch(body: dict[str, Any], path: str = "/products/L%2F1", etag: str | None = None) -> Reply:
    headers = {} if etag is None else {"If-Match": etag}
    api = attributes_api if path.startswith("/attributes") else products_api
    return call(api.handler, "PATCH", path, body, headers)


def test_one_product_is_changed_and_answered_as_it_is_now() -> None:
    approved(LAMP)

    reply = patch({"Price": 12, "Unknown": 1})

    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    assert reply.json["product"] == one("L/1")
    assert (reply.json["product"]["Price"], reply.json["ignoredFields"]) == (12, ["Unknown"])
    assert ask("GET", "/products/L%2F1").headers["etag"] == '"2"'
    assert "ETag" in reply.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("etag", "body", "status", "code"),
    [
        ('"1"', {"Price": 3}, 200, None),
        ('W/"1"', {"Price": 3}, 200, None),
        ("*", {"Price": 3}, 200, None),
        ('"7"', {"Price": 3}, 412, "PRODUCT_CHANGED"),
        ("1", {"Price": 3}, 412, "UNKNOWN_ETAG"),
        (None, {"Price": 3, "revision": 7}, 409, "PRODUCT_CHANGED"),
        (None, {"Price": "cheap"}, 400, "INVALID_FIELDS"),
        (None, {"ProductSKU": "L/2"}, 400, "INVALID_FIELDS"),
        (None, {"_id": "other", "Price": 3}, 200, None),
    ],
)
def test_a_revision_is_changed_or_none(
    etag: str | None, body: dict[str, Any], status: int, code: str | None
) -> None:
    approved(LAMP)

    reply = patch(body, etag=etag)

    assert (reply.status, reply.json.get("code")) == (status, code), reply.text
    assert one("L/1")["Price"] == (3 if status == 200 else 10.5)


def test_a_product_that_does_not_exist_and_a_value_that_another_has(
    database: Database[Any],
) -> None:
    define(database, [AttributeDraft(name="EAN", type=AttributeType.SHORT_TEXT, is_unique=True)])
    approved({**LAMP, "EAN": "1"}, {**LAMP, "ProductSKU": "L/2"})

    gone = patch({"Price": 1}, "/products/nothing")
    taken = patch({"EAN": "1"}, "/products/L%2F2")

    assert (gone.status, gone.json["code"]) == (404, "PRODUCT_NOT_FOUND")
    assert (taken.status, taken.json["code"]) == (409, "NOT_UNIQUE")


def test_an_attribute_is_changed_as_it_was_read_or_not_at_all() -> None:
    path = "/attributes/price"
    first = call(attributes_api.handler, "GET", path).headers["etag"]

    changed = patch({"description": "Net"}, path, first)
    late = patch({"description": "Gross"}, path, first)

    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert (late.status, late.json["code"]) == (412, "ATTRIBUTE_CHANGED")
    shown = call(attributes_api.handler, "GET", path).json["attribute"]
    assert shown["description"] == "Net"
