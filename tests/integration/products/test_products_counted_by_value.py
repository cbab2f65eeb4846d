"""`GET /product-facets` through the handler; the tests share one real database."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.requests import AttributeDraft
from core.products.queries import value_counts
from tests.integration.products_api import (
    DRAFTS,
    TYPES,
    approved,
    ask,
    define,
    private_database,
    wired,
)

PRODUCTS = [
    {"ProductSKU": "a", "Price": 10, "Brand": "Acme", "Colors": ["Red", "Blue"], "Sold": True},
    {"ProductSKU": "b", "Price": 10.5, "Brand": "Umbra", "Colors": ["Red"], "Sold": False},
    {"ProductSKU": "c", "Price": 10, "Brand": "Acme", "Colors": ["Green"], "Sold": True},
    {"ProductSKU": "d", "Price": 7, "Brand": "Öko"},
]


@pytest.fixture(scope="module", autouse=True)
def database(mongodb_uri: str) -> Iterator[Database[dict[str, Any]]]:
    with (
        private_database(mongodb_uri) as database,
        pytest.MonkeyPatch.context() as monkeypatch,
        wired(database, monkeypatch),
    ):
        define(database, [*DRAFTS, AttributeDraft(name="Sold", type=TYPES.BOOLEAN)])
        approved(*({"ProductName": "Lamp", **product} for product in PRODUCTS))
        yield database


def counts(attributes: str, **query: str) -> dict[str, Any]:
    reply = ask("GET", "/product-facets", query={"attributes": attributes, **query})
    assert reply.status == 200, reply.text
    return {
        each["attribute"]: {value["value"]: value["products"] for value in each["values"]}
        for each in reply.json["data"]
    }


def others(attribute: str, **query: str) -> Any:
    reply = ask("GET", "/product-facets", query={"attributes": attribute, **query})
    (only,) = reply.json["data"]
    return only.get("others")


def test_every_kind_of_value_is_counted() -> None:
    assert counts("Brand,Colors,Price,Sold,ProductName,importSource") == {
        "Brand": {"Acme": 2, "Umbra": 1, "Öko": 1},
        "Colors": {"Red": 2, "Blue": 1, "Green": 1},
        "Price": {10: 2, 7: 1, 10.5: 1},
        "Sold": {True: 2, False: 1},
        "ProductName": {"Lamp": 4},
        "importSource": {},
    }


def test_filters_and_search_are_those_of_the_list() -> None:
    assert counts("Colors", Brand="Acme") == {"Colors": {"Blue": 1, "Green": 1, "Red": 1}}
    assert counts("Brand", **{"filters[Price[gte]]": "10"}) == {"Brand": {"Acme": 2, "Umbra": 1}}
    assert counts("Brand", **{"Brand[startswith]": "A"}) == {"Brand": {"Acme": 2}}
    assert counts("Brand", **{"Sold[exists]": "false"}) == {"Brand": {"Öko": 1}}
    assert counts("Brand", q="umbra") == {"Brand": {"Umbra": 1}}


def test_further_values_are_counted_together() -> None:
    assert counts("Brand", limit="1") == {"Brand": {"Acme": 2}}
    assert others("Brand", limit="1") == {"values": 2, "products": 2}
    assert others("Brand", limit="3") is None


def test_an_answer_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_counts, "ANSWER_BYTES", 50)

    assert counts("Brand") == {"Brand": {"Acme": 2}}
    assert others("Brand") == {"values": 2, "products": 2}

    monkeypatch.setattr(value_counts, "ANSWER_BYTES", 1)
    assert counts("Brand") == {"Brand": {}}
    assert others("Brand") == {"values": 3, "products": 4}


def test_values_of_an_earlier_type_are_not_counted(database: Database[dict[str, Any]]) -> None:
    database["products"].update_one({"_id": "d"}, {"$set": {"Sold": "yes"}})

    assert counts("Sold") == {"Sold": {True: 2, False: 1}}

    database["products"].update_one({"_id": "d"}, {"$unset": {"Sold": 1}})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, "“attributes” must name the attributes whose values are counted: Brand,Color."),
        ({"attributes": "Brnd"}, "no attribute “Brnd” to count values of; did you mean “Brand”?"),
        ({"attributes": "_id"}, "Values of “_id” are not counted"),
        ({"attributes": "Description"}, "Values of “Description” are not counted; those of"),
        ({"attributes": "Secret"}, "Values of “Secret” are not counted: it is not marked filt"),
        ({"attributes": "$where"}, "There is no attribute “$where”"),
        ({"attributes": ",".join(map(str, range(11)))}, "may name at most 10 attributes"),
        ({"attributes": "Brand", "limit": "0"}, "“limit” must be 1 or more."),
        ({"attributes": "Brand", "page": "2"}, "There is no attribute “page” to filter by."),
        ({"attributes": "Brand", "Brand[$gt]": "1"}, "holds a $"),
    ],
)
def test_what_cannot_be_counted_is_refused(query: dict[str, str], sentence: str) -> None:
    reply = ask("GET", "/product-facets", query=query)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_QUERY")
    assert sentence in reply.json["error"]


def test_queries_share_the_time_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """MongoDB reads 0 as no limit: with no time left each still has one."""
    given: list[int] = []

    class Products:
        def aggregate(self, _: Any, *, maxTimeMS: int) -> Any:  # noqa: N803 - the driver's name
            given.append(maxTimeMS)
            return self

        def to_list(self) -> list[Any]:
            return []

    monkeypatch.setattr(value_counts, "collection_of", lambda *_: Products())
    monkeypatch.setattr(value_counts, "CALL_SECONDS", -1)
    assert ask("GET", "/product-facets", query={"attributes": "Brand,Sold"}).status == 200
    assert given == [1, 1]
