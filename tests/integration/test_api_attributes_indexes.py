"""Defining attributes over REST: the catalogue's indexes follow, or nothing changes at all."""

from typing import Any

import pytest
from attributes_api import ask
from pymongo.database import Database

from core.database import PRODUCTS, ensure_indexes

Documents = Database[dict[str, Any]]


@pytest.fixture(autouse=True)
def indexes(attributes_api: None, database: Documents) -> None:
    ensure_indexes(database)


def indexed(database: Documents) -> set[str]:
    """The first field of every index over products that an attribute asked for."""
    information = database[PRODUCTS].index_information().values()
    return {index["key"][0][0] for index in information if len(index["key"]) == 2}


def test_indexes_come_and_go_with_what_can_be_filtered_and_sorted(database: Documents) -> None:
    plain = indexed(database)

    assert ask("POST", body={"name": "Brand", "type": "short_text"}).status == 201
    assert indexed(database) == plain | {"Brand"}

    off = {"isFilterable": False, "isSortable": False}
    assert ask("PUT", "/attributes/brand", off).status == 200
    assert indexed(database) == plain

    assert ask("PUT", "/attributes/brand", {"isSortable": True}).status == 200
    assert indexed(database) == plain | {"Brand"}

    assert ask("DELETE", "/attributes/brand").status == 200
    assert indexed(database) == plain


def test_one_attribute_more_than_there_is_room_for_is_a_409_that_changes_nothing(
    database: Documents,
) -> None:
    # given attributes until the database has no room for another index
    replies = []
    for number in range(100):
        replies.append(ask("POST", body={"name": f"A{number}", "type": "short_text"}))
        if replies[-1].status != 201:
            break
    before = indexed(database)

    assert replies[-1].status == 409
    assert replies[-1].json["code"] == "TOO_MANY_INDEXES"
    assert len(ask("GET").json["data"]) == len(replies) - 1 > 50
    assert indexed(database) == before

    # then one that needs none is still welcome
    quiet = {"name": "Quiet", "type": "short_text", "isFilterable": False, "isSortable": False}
    assert ask("POST", body=quiet).status == 201


def test_a_clash_of_names_puts_the_indexes_back(database: Documents) -> None:
    assert ask("POST", body={"name": "Net weight", "type": "number"}).status == 201
    before = indexed(database)

    reply = ask("POST", body={"name": "Net-Weight", "type": "number"})

    assert (reply.status, reply.json["code"]) == (409, "ATTRIBUTE_EXISTS")
    assert indexed(database) == before


def test_values_that_are_not_unique_are_told_and_nothing_changes(database: Documents) -> None:
    assert ask("POST", body={"name": "EAN", "type": "short_text"}).status == 201
    database[PRODUCTS].insert_many([{"_id": "1", "EAN": "42"}, {"_id": "2", "EAN": "42"}])

    reply = ask("PUT", "/attributes/ean", {"isUnique": True})

    assert (reply.status, reply.json["code"]) == (409, "NOT_UNIQUE")
    (attribute,) = ask("GET").json["data"]
    assert attribute.get("isUnique", False) is False


@pytest.mark.parametrize("room", [100, 0])
def test_a_refused_change_leaves_every_index_as_it_was(
    database: Documents, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask("POST", body={"name": "EAN", "type": "short_text"}).status == 201
    products = database[PRODUCTS]
    products.insert_many([{"_id": "1", "EAN": "42"}, {"_id": "2", "EAN": "42"}])
    before = products.index_information()
    if not room:  # then the obsolete index goes before the unique one comes
        monkeypatch.setattr("core.products.indexes.MAX_INDEXES", len(before))

    off = {"isUnique": True, "isFilterable": False, "isSortable": False}
    reply = ask("PUT", "/attributes/ean", off)

    assert (reply.status, reply.json["code"]) == (409, "NOT_UNIQUE")
    assert products.index_information() == before
