"""`GET /products`: pages and cursors, through the handler and a real database."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from tests.integration.products_api import DRAFTS, approved, ask, define, ids, listed, wired

FEW = [draft for draft in DRAFTS if draft.name in ("ProductSKU", "ProductName", "Price")]


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch):
        define(database, FEW)
        yield


# pages


def numbered(count: int) -> None:
    approved(*({"ProductSKU": f"{n:03}", "ProductName": f"P{n % 3}"} for n in range(count)))


def test_pages_follow_each_other_and_tell_where_they_are() -> None:
    numbered(25)
    first, third = listed(), listed(page="3")
    assert [p["_id"] for p in first["data"]] == [f"{n:03}" for n in range(10)]
    assert first["message"] == "25 products."
    assert {k: v for k, v in first["pagination"].items() if k != "nextCursor"} == {
        "currentPage": 1,
        "totalPages": 3,
        "totalItems": 25,
        "itemsPerPage": 10,
        "hasNextPage": True,
        "hasPrevPage": False,
    }
    assert [p["_id"] for p in third["data"]] == [f"{n:03}" for n in range(20, 25)]
    assert third["pagination"]["hasNextPage"] is False
    assert third["pagination"]["hasPrevPage"] is True
    assert third["pagination"]["nextCursor"] is None


def test_behind_the_last_page_there_is_nothing_and_no_error() -> None:
    numbered(3)
    page = listed(page="99")
    assert (page["data"], page["pagination"]["totalItems"]) == ([], 3)
    assert page["pagination"]["hasNextPage"] is False


def test_an_empty_catalogue_is_an_empty_list() -> None:
    page = listed()
    assert (page["data"], page["pagination"]["totalPages"]) == ([], 0)


def test_more_than_a_hundred_a_page_is_read_as_a_hundred() -> None:
    numbered(101)
    page = listed(limit="1000")
    assert (len(page["data"]), page["pagination"]["itemsPerPage"]) == (100, 100)


@pytest.mark.parametrize("sort_by", ["", "Value", "-Value", "Value,-_id", "-Text,Value", "List"])
@pytest.mark.parametrize("limit", ["1", "4", "100"])
def test_a_cursor_walks_the_whole_list_in_the_same_order(
    database: Database[dict[str, Any]], sort_by: str, limit: str
) -> None:
    """Whatever kinds of values one field holds, after its attribute was made anew."""
    define(
        database,
        [
            AttributeDraft(name="Value", type=AttributeType.NUMBER),
            AttributeDraft(name="Text", type=AttributeType.SHORT_TEXT),
            AttributeDraft(name="List", type=AttributeType.MULTIPLE_SELECT, options=("x", "y")),
        ],
    )
    values: list[Any] = [None, 1, 2.5, -7, "old text", 1, None, "another"]
    documents = [
        {"_id": f"{n:02}", "Text": "ab"[n % 2], "Value": values[n % len(values)]} for n in range(13)
    ]
    for n, document in enumerate(documents):
        if document["Value"] is None:
            del document["Value"]
        if n % 3:
            document["List"] = ["x", "y"][: n % 3]
            document["_keys"] = {"List": "; ".join(document["List"])}
    database["products"].insert_many(documents)
    whole = ids(sortBy=sort_by, limit="100")
    walked: list[str] = []
    cursor, page = "", 0
    while cursor is not None:
        answer = listed(sortBy=sort_by, limit=limit, **({"cursor": cursor} if cursor else {}))
        page += 1
        assert answer["pagination"]["currentPage"] == page
        assert answer["pagination"]["totalItems"] == 13
        walked += [product["_id"] for product in answer["data"]]
        cursor = answer["pagination"]["nextCursor"]
    assert walked == whole
    assert len(walked) == 13


def test_a_cursor_goes_on_where_it_was_though_products_come_and_go() -> None:
    numbered(6)
    cursor = listed(limit="2")["pagination"]["nextCursor"]
    ask("DELETE", "/products/001")
    approved({"ProductSKU": "0005", "ProductName": "x"}, {"ProductSKU": "0025", "ProductName": "x"})
    assert ids(limit="3", cursor=cursor) == ["002", "0025", "003"]


@pytest.mark.parametrize(
    "change",
    [
        lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        lambda cursor: "A" + cursor[1:] if cursor[0] != "A" else "B" + cursor[1:],
        lambda cursor: cursor + "AAAA",
        lambda cursor: cursor[:10],
        lambda cursor: "ñ" + cursor,
        lambda cursor: cursor * 500,
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(change: Any) -> None:
    numbered(3)
    cursor = listed(limit="1")["pagination"]["nextCursor"]
    reply = ask("GET", query={"limit": "1", "cursor": change(cursor)})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_CURSOR")


def test_a_cursor_belongs_to_its_filters_and_its_order() -> None:
    numbered(9)
    cursor = listed(limit="1", ProductName="P1")["pagination"]["nextCursor"]
    assert len(ids(limit="5", ProductName="P1", cursor=cursor)) == 2
    for other in ({"ProductName": "P2"}, {"ProductName": "P1", "sortBy": "Price"}, {}):
        reply = ask("GET", query={"limit": "1", "cursor": cursor, **other})
        assert reply.json["code"] == "INVALID_CURSOR"
        assert "another" in reply.json["error"] or "other filters" in reply.json["error"]


def test_values_of_deleted_attributes_are_stored_but_not_shown_and_can_no_longer_be_filtered(
    database: Database[dict[str, Any]],
) -> None:
    approved({"ProductSKU": "a", "ProductName": "Lamp", "Price": 10})
    database["attributes"].delete_one({"_id": "price"})
    assert "Price" not in listed()["data"][0]
    stored = database["products"].find_one({"_id": "a"})
    assert stored is not None and stored["Price"] == 10
    assert ask("GET", query={"Price": "10"}).status == 400


def test_a_list_works_while_its_index_is_not_there_yet(database: Database[dict[str, Any]]) -> None:
    numbered(3)
    for name in database["products"].index_information():
        if name != "_id_":
            database["products"].drop_index(name)
    assert ids(sortBy="ProductName") == ["000", "001", "002"]
    assert ids(**{"ProductName[contains]": "p1", "sortBy": "-Price"}) == ["001"]


def test_single_valued_parameters_are_read_too() -> None:
    numbered(3)
    reply = ask("GET", queryStringParameters={"limit": "2"})
    assert len(reply.json["data"]) == 2
