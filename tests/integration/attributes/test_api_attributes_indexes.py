"""Defining attributes over REST: the catalogue's indexes follow, or nothing changes at all."""

from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import NetworkTimeout

from core.attributes.repository import AttributeRepository
from core.database import PRODUCTS, ensure_indexes
from core.products import definition_changes
from core.products.indexes import sync_indexes
from tests.integration.attributes_api import ask

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


def test_more_attributes_than_indexes_are_defined_and_served_without(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = indexed(database)
    monkeypatch.setattr("core.products.indexes.MAX_INDEXES", len(plain) + 1 + 2)
    for name in ("A", "B"):
        reply = ask("POST", body={"name": name, "type": "short_text"})
        assert (reply.status, "index" in reply.json["message"]) == (201, False)
    assert "withoutIndex" not in ask("GET").json

    reply = ask("POST", body={"name": "C", "type": "short_text"})

    assert (reply.status, "without one" in reply.json["message"]) == (201, True)
    assert ask("GET").json["withoutIndex"] == ["C"]
    assert indexed(database) == plain | {"A", "B"}

    # one that must be unique takes the index of another, and gives it back
    assert ask("PUT", "/attributes/c", {"isUnique": True}).status == 200
    assert is_unique(database, "C")
    assert indexed(database) == plain | {"A"}
    assert ask("GET").json["withoutIndex"] == ["B", "C"]
    assert ask("DELETE", "/attributes/c").status == 200
    assert indexed(database) == plain | {"A", "B"}


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


def is_unique(database: Documents, field: str) -> bool:
    """Has the field an index that refuses a second product of one value?"""
    return any(
        index.get("unique") and index["key"][0][0] == field
        for index in database[PRODUCTS].index_information().values()
    )


BRAND = {"name": "Brand", "type": "short_text"}
COLOURS = {"type": "multiple_select", "options": ["Red"]}
BARCODE = {"name": "Barcode", "type": "short_text", "isUnique": True}


@pytest.mark.parametrize("call", ["POST", "PUT", "DELETE"])
def test_a_change_that_read_the_attributes_before_another_came_keeps_its_unique_index(
    database: Documents, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    if call != "POST":
        assert ask("POST", body=BRAND).status == 201
    sync = sync_indexes
    others = [BARCODE]

    def late(*arguments: Any) -> Any:  # the attributes were read already
        if others:
            assert ask("POST", body=others.pop()).status == 201
            assert is_unique(database, "Barcode")
        return sync(*arguments)

    monkeypatch.setattr(definition_changes, "sync_indexes", late)

    if call == "POST":
        assert ask("POST", body=BRAND).status == 201
    elif call == "PUT":
        assert ask("PUT", "/attributes/brand", {"isSortable": False}).status == 200
    else:
        assert ask("DELETE", "/attributes/brand").status == 200

    assert not others
    assert is_unique(database, "Barcode")
    assert ("Brand" in indexed(database)) is (call != "DELETE")


def test_an_attribute_that_is_not_stored_yet_keeps_its_unique_index_whoever_comes_between(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = AttributeRepository.add
    others = [BRAND]

    def late(*arguments: Any) -> Any:  # its index was made already
        if others:
            assert ask("POST", body=others.pop()).status == 201
        return add(*arguments)

    monkeypatch.setattr(AttributeRepository, "add", late)

    assert ask("POST", body=BARCODE).status == 201

    assert not others
    assert is_unique(database, "Barcode")
    assert {"Brand", "Barcode"} <= indexed(database)


@pytest.mark.parametrize("unique", [False, True])
def test_an_index_that_takes_longer_to_build_than_a_call_may_last_is_not_waited_for(
    database: Documents, monkeypatch: pytest.MonkeyPatch, unique: bool
) -> None:
    tries = []

    def slow(_collection: Any, _keys: Any, **options: Any) -> str:
        tries.append(options.get("unique", False))
        raise NetworkTimeout("timed out")

    monkeypatch.setattr(Collection, "create_index", slow)

    reply = ask("POST", body={**BRAND, "isUnique": unique})

    if unique:  # nothing may rely on it before it exists
        assert (reply.status, tries) == (503, [True])
        assert ask("GET").json["data"] == []
    else:
        assert (reply.status, tries) == (201, [False])
        assert len(ask("GET").json["data"]) == 1
        # the database builds one at a time: of all that is missing now the first alone is tried
        assert ask("POST", body={"name": "A", **COLOURS}).status == 201
        assert len(tries) == 2
