"""`GET /products`: filters and order, through the handler; the tests share one real database."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.products_api import (
    approved,
    ask,
    define,
    ids,
    listed,
    private_database,
    wired,
)

LONG = "The same long beginning of a description. " * 5

PRODUCTS = [
    {
        "ProductSKU": "a",
        "ProductName": "Oak table",
        "Barcode": "0012345",
        "Price": 10,
        "Brand": "Acme",
        "Colors": ["Red"],
        "Net Weight": "12.5 kg",
        "Description": LONG + "One",
        "Size [cm]": 180,
    },
    {
        "ProductSKU": "b",
        "ProductName": "Lamp, black",
        "Barcode": "12345",
        "Price": 10.5,
        "Brand": "Umbra",
        "Colors": ["Blue", "Green"],
        "Net Weight": "900 g",
        "Description": LONG + "Two",
        "Size [cm]": 40,
    },
    {"ProductSKU": "c", "ProductName": "oaken chair", "Price": 9, "Colors": "Red;Blue"},
    {"ProductSKU": "d", "ProductName": "Größe (100%) [x]", "Brand": "Öko", "Price": -1},
]


@pytest.fixture(scope="module", autouse=True)
def four_products(mongodb_uri: str) -> Iterator[None]:
    with (
        private_database(mongodb_uri) as database,
        pytest.MonkeyPatch.context() as monkeypatch,
        wired(database, monkeypatch),
    ):
        define(database)
        approved(*PRODUCTS)
        yield


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"Brand": "Acme"}, "a"),
        ({"Brand": "acme"}, ""),
        ({"filters[Brand]": "Acme"}, "a"),
        ({"filters[Brand]": "Acme", "filters[Price[gte]]": "10"}, "a"),
        ({"filters[Brand]": "Acme", "Brand": "Umbra"}, "ab"),
        ({"Brand": "Acme,Umbra"}, "ab"),
        ({"Brand": ["Acme", "Öko"]}, "ad"),
        ({"Brand[in]": " Acme , Umbra,"}, "ab"),
        ({"Brand[ne]": "Acme"}, "bcd"),
        ({"Brand[ne]": "Acme,Umbra"}, "cd"),
        ({"Brand": ""}, "abcd"),
        ({"Brand[exists]": "true"}, "abd"),
        ({"Brand[exists]": "false"}, "c"),
        ({"Barcode": "0012345"}, "a"),
        ({"Barcode": "12345"}, "b"),
        ({"ProductName[eq]": "Lamp, black"}, "b"),
        ({"ProductName": "Lamp, black"}, ""),
        ({"ProductName[contains]": "OAK"}, "ac"),
        ({"ProductName[contains]": ".*"}, ""),
        ({"ProductName[contains]": "(100%) ["}, "d"),
        ({"ProductName[contains]": "größe"}, "d"),
        ({"ProductName[startswith]": "oak"}, "c"),
        ({"ProductName[gte]": "L", "ProductName[lt]": "P"}, "ab"),
        ({"Price": "10"}, "a"),
        ({"Price": "10.0"}, "a"),
        ({"Price": "10.50,9"}, "bc"),
        ({"Price[gt]": "10"}, "b"),
        ({"Price[gte]": "9", "Price[lte]": "10"}, "ac"),
        ({"Price[lt]": "0"}, "d"),
        ({"Price[ne]": "10"}, "bcd"),
        ({"Price[exists]": "true"}, "abcd"),
        ({"Colors": "Red"}, "ac"),
        ({"Colors": "Red,Green"}, "abc"),
        ({"Colors[ne]": "Red"}, "bd"),
        ({"Colors[contains]": "gre"}, "b"),
        ({"Colors[startswith]": "Bl"}, "bc"),
        ({"Colors[exists]": "false"}, "d"),
        ({"Net Weight[gt]": "100"}, "b"),
        ({"Net Weight[gt]": "100 kg"}, ""),
        ({"Net Weight": "12.5"}, "a"),
        ({"Net Weight": "12.5 KG"}, "a"),
        ({"Net Weight[ne]": "12.5"}, "bcd"),
        ({"Net Weight[exists]": "true"}, "ab"),
        ({"Description": LONG + "One"}, "a"),
        ({"Description[in]": f"{LONG}One,{LONG}Two"}, "ab"),
        ({"Description[gt]": LONG + "One"}, "b"),
        ({"Description[lte]": LONG + "One"}, "a"),
        ({"Description[startswith]": LONG + "T"}, "b"),
        ({"Description[startswith]": "The same"}, "ab"),
        ({"Description[contains]": "two"}, "b"),
        ({"Description[ne]": LONG + "One"}, "bcd"),
        ({"Description[exists]": "false"}, "cd"),
        ({"Size [cm]": "40"}, "b"),
        ({"Size [cm][gte]": "40"}, "ab"),
        ({"_id[in]": "a,d,x"}, "ad"),
        ({"createdAt[gte]": "2026-01-01"}, "abcd"),
        ({"createdAt[lt]": "2026-01-01T00:00:00Z"}, ""),
        ({"importSource[exists]": "false"}, "abcd"),
        ({"Brand": "Acme,Umbra", "Price[gt]": "10", "Colors": "Blue"}, "b"),
        ({"q": "OAK"}, "ac"),
        ({"q": "oak table"}, "a"),
        ({"q": "red acme"}, "a"),
        ({"q": "(100%)"}, "d"),
        ({"q": "oak", "Price[lt]": "10"}, "c"),
        ({"q": ""}, "abcd"),
    ],
    ids=str,
)
def test_a_filter_finds_by_the_type_of_its_field(query: dict[str, Any], found: str) -> None:
    page = listed(**query)
    assert "".join(product["_id"] for product in page["data"]) == found
    assert page["pagination"]["totalItems"] == len(found)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"Weight": "1"}, "Weight"),
        ({"brand": "Acme"}, "did you mean “Brand”"),
        ({"Secret": "x"}, "Secret"),
        ({"$where": "1"}, "$where"),
        ({"Price[$gt]": "1"}, "Price[$gt]"),
        ({"Brand": '{"$ne": null}'}, "Brand"),
        ({"Brand[regex]": "A"}, "Brand[regex]"),
        ({"Brand[]": "A"}, "Brand[]"),
        ({"Price": "cheap"}, "Price"),
        ({"Price[gte]": ""}, "Price[gte]"),
        ({"Price[gte]": "1,2"}, "Price[gte]"),
        ({"Price[gte]": ["1", "2"]}, "Price[gte]"),
        ({"Price[contains]": "1"}, "contains"),
        ({"Price": "nan"}, "Price"),
        ({"Price": "1e999"}, "Price"),
        ({"Colors[gt]": "Red"}, "Colors"),
        ({"Net Weight": "heavy"}, "Net Weight"),
        ({"Brand[exists]": "maybe"}, "Brand[exists]"),
        ({"createdAt[gte]": "yesterday"}, "createdAt[gte]"),
        ({"Price.value": "1"}, "Price.value"),
        ({"_hash": "1"}, "_hash"),
        ({"_keys.Colors": "1"}, "_keys.Colors"),
        ({"ProductName[contains]": "a\0b"}, "ProductName[contains]"),
        ({"page": "0"}, "page"),
        ({"page": "abc"}, "page"),
        ({"page": "1.5"}, "page"),
        ({"limit": "-1"}, "limit"),
        ({"sortBy": "Brand", "sortOrder": "up"}, "sortOrder"),
        ({"sortBy": "Secret"}, "Secret"),
        ({"sortBy": "$natural"}, "$natural"),
        ({"fields": "Nothing"}, "Nothing"),
        ({"q": "a b c d e f g h i"}, "q"),
        ({"cursor": "abc"}, "cursor"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_a_400_that_names_it(query: dict[str, Any], named: str) -> None:
    reply = ask("GET", query=query)
    assert (reply.status, reply.json["code"] in ("INVALID_QUERY", "INVALID_CURSOR")) == (400, True)
    assert named in reply.json["error"]
    assert reply.json["details"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    reply = ask("GET", query={"Nope": "1", "Price": "x", "page": "0", "sortOrder": "up"})
    assert [d["field"] for d in reply.json["details"]] == ["Nope", "Price", "sortOrder", "page"]


# order


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, "abcd"),
        ({"sortBy": "Price"}, "dcab"),
        ({"sortBy": "Price", "sortOrder": "desc"}, "bacd"),
        ({"sortBy": "-Price"}, "bacd"),
        ({"sortBy": "ProductName"}, "dbac"),
        ({"sortBy": "Brand,Price", "sortOrder": "desc,asc"}, "dbac"),
        ({"sortBy": "Net Weight"}, "cdab"),
        ({"sortBy": "Net Weight", "sortOrder": "desc"}, "badc"),
        ({"sortBy": "Colors"}, "dbac"),
        ({"sortBy": "Description", "sortOrder": "DESC"}, "badc"),
        ({"sortBy": "_id", "sortOrder": "desc"}, "dcba"),
        ({"sortBy": "-createdAt"}, "dcba"),
        ({"sortBy": "brand"}, "abcd"),
        ({"sortBy": "barcode", "sortOrder": "desc"}, "abcd"),
        ({"sortBy": "", "sortOrder": "asc"}, "abcd"),
        ({"sortOrder": "desc"}, "abcd"),
    ],
    ids=str,
)
def test_the_order_is_the_one_asked_for_with_ties_broken(query: dict[str, Any], order: str) -> None:
    """Texts by code points: G, L, O, o."""
    assert "".join(ids(**query)) == order


# fields


def test_selected_fields_are_shown_alone_with_the_id() -> None:
    page = listed(fields="ProductName,Price", sortBy="Colors", limit="2")
    assert page["data"] == [
        {"_id": "d", "ProductName": "Größe (100%) [x]", "Price": -1},
        {"_id": "b", "ProductName": "Lamp, black", "Price": 10.5},
    ]
    following = page["pagination"]["nextCursor"]
    page = listed(fields="Brand", sortBy="Colors", limit="2", cursor=following)
    assert page["data"] == [{"_id": "a", "Brand": "Acme"}, {"_id": "c"}]


def test_what_is_internal_is_never_shown() -> None:
    for product in [*listed()["data"], ask("GET", "/products/a").json["product"]]:
        assert not {"_hash", "_keys"} & product.keys()
        assert product["createdAt"].endswith("+00:00")
