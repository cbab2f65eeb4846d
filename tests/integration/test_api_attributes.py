"""`/attributes`, row by row of the contract, through the handler and a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import ANONYMOUS
from core.attributes.definitions import Attribute, AttributeDefinition, AttributeType
from core.attributes.repository import AttributeRepository, judged_anew
from core.attributes.requests import read_changes, read_draft
from core.database import connect
from core.errors import Conflict, InvalidRequest, NotFound
from core.settings import Settings
from handlers import environment
from handlers.api.attributes import handler
from tests.api_calls import Reply, call

BRAND = {"name": "Brand", "type": "short_text"}
COLOUR = {"name": "Colour", "type": "multiple_select", "options": ["red", "blue"]}
WEIGHT = {"name": "Net Weight", "type": "measure", "unit": "kg", "isRequired": True}


@pytest.fixture(autouse=True)
def wired(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The handler on this test's own database."""
    environment.forget()
    monkeypatch.setattr(environment, "database", lambda: database)
    yield
    monkeypatch.undo()
    environment.forget()


def ask(method: str, path: str = "/attributes", body: Any = None) -> Reply:
    reply = call(handler, method, path, body)
    assert reply.headers["access-control-allow-origin"] == "*"
    return reply


def created(body: dict[str, Any]) -> dict[str, Any]:
    reply = ask("POST", body=body)
    assert reply.status == 201, reply.text
    attribute: dict[str, Any] = reply.json["attribute"]
    return attribute


# POST /attributes


def test_a_new_attribute_is_answered_whole_with_its_defaults() -> None:
    reply = ask("POST", body=BRAND)
    assert reply.status == 201
    assert reply.json["message"] == "Attribute “Brand” was created."
    attribute = reply.json["attribute"]
    times = {attribute.pop("createdAt"), attribute.pop("updatedAt")}
    assert len(times) == 1
    assert datetime.fromisoformat(times.pop()).utcoffset() is not None
    assert attribute == {
        "_id": "brand",
        "name": "Brand",
        "type": "short_text",
        "description": "",
        "isFilterable": True,
        "isSortable": True,
        "isRequired": False,
        "createdBy": "anonymous",
        "updatedBy": "anonymous",
        "revision": 1,
    }


def test_each_type_can_be_created() -> None:
    for kind in AttributeType:
        body: dict[str, Any] = {"name": f"A {kind}", "type": kind.value}
        if "select" in kind:
            body["options"] = ["x"]
        if kind is AttributeType.MEASURE:
            body["unit"] = "kg"
        attribute = created(body)
        assert attribute["type"] == kind
        assert ("options" in attribute) == ("select" in kind)
        assert ("unit" in attribute) == (kind is AttributeType.MEASURE)


def test_a_bad_body_is_a_400_that_names_every_field_and_stores_nothing() -> None:
    reply = ask("POST", body={"name": "A.b", "type": "measure", "options": ["x"]})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert [detail["field"] for detail in reply.json["details"]] == ["name", "options", "unit"]
    assert ask("GET").json["data"] == []


def test_a_body_that_is_no_object_is_a_400() -> None:
    assert ask("POST", body=[BRAND]).json["code"] == "BODY_NOT_AN_OBJECT"


def test_the_settings_of_an_attribute_are_answered_listed_and_given_to_the_pipeline(
    database: Database[dict[str, Any]],
) -> None:
    settings = {"min": 0, "max": 99.5, "decimals": 2, "isUnique": True}
    attribute = created({"name": "Price", "type": "number", **settings, "isIdentifier": False})

    assert {f: attribute[f] for f in settings} == settings
    assert attribute.keys().isdisjoint({"isIdentifier", "maxLength", "pattern", "defaultValue"})
    assert ask("GET").json["data"] == [attribute]
    assert AttributeRepository(database).definitions() == [
        AttributeDefinition(
            "Price", AttributeType.NUMBER, min=0, max=99.5, decimals=2, is_unique=True
        )
    ]


@pytest.mark.parametrize(
    ("body", "default", "text"),
    [
        ({"type": "number", "defaultValue": "5.0"}, 5.0, "5.0"),
        ({"type": "boolean", "defaultValue": False}, False, "false"),
        ({"type": "date", "defaultValue": "2026-03-01 00:00"}, "2026-03-01", "2026-03-01"),
        ({"type": "measure", "unit": "kg", "defaultValue": "2 g"}, "2 g", "2 g"),
        (
            {"type": "multiple_select", "options": ["a", "b"], "defaultValue": ["b", "a"]},
            ["b", "a"],
            "b; a",
        ),
    ],
)
def test_a_default_is_stored_as_a_product_would_store_it(
    body: dict[str, Any], default: Any, text: str, database: Database[dict[str, Any]]
) -> None:
    assert created({"name": "A", **body})["defaultValue"] == default
    (definition,) = AttributeRepository(database).definitions()
    assert definition.default_value == text
    assert ask("GET").json["data"][0]["defaultValue"] == default


def test_a_second_identifier_is_a_409_that_names_the_first() -> None:
    created({"name": "SKU", "type": "short_text", "isIdentifier": True})
    created(BRAND)

    at_creation = ask("POST", body={"name": "EAN", "type": "barcode", "isIdentifier": True})
    at_change = ask("PUT", "/attributes/brand", {"isIdentifier": True})

    for reply in (at_creation, at_change):
        assert (reply.status, reply.json["code"]) == (409, "IDENTIFIER_EXISTS")
        assert "“SKU”" in reply.json["error"]
    assert [a["name"] for a in ask("GET").json["data"]] == ["SKU", "Brand"]


def test_the_identifier_can_move_once_it_is_taken_from_the_first() -> None:
    created({"name": "SKU", "type": "short_text", "isIdentifier": True})
    created(BRAND)

    assert ask("PUT", "/attributes/sku", {"isIdentifier": False}).status == 200
    reply = ask("PUT", "/attributes/brand", {"isIdentifier": True})

    assert reply.json["attribute"]["isIdentifier"] is True
    assert ask("PUT", "/attributes/brand", {"isIdentifier": True}).status == 200  # again


def test_of_many_who_mark_an_identifier_at_once_exactly_one_succeeds() -> None:
    def create(number: int) -> int:
        body = {"name": f"Id {number}", "type": "short_text", "isIdentifier": True}
        return ask("POST", body=body).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(12)))

    assert sorted(statuses) == [201] + [409] * 11
    assert len(ask("GET").json["data"]) == 1


def test_the_same_name_again_is_a_409() -> None:
    created(BRAND)
    reply = ask("POST", body={**BRAND, "type": "number"})
    assert (reply.status, reply.json["code"]) == (409, "ATTRIBUTE_EXISTS")
    assert reply.json["error"] == "An attribute named “Brand” exists already."
    assert ask("GET").json["data"][0]["type"] == "short_text"


def test_another_name_with_the_same_id_is_a_409_that_names_the_other() -> None:
    created(WEIGHT)
    reply = ask("POST", body={**WEIGHT, "name": "net-weight"})
    assert reply.status == 409
    assert "“Net Weight”" in reply.json["error"]
    assert "net_weight" in reply.json["error"]


def test_of_many_who_create_one_name_at_once_exactly_one_succeeds(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)

    def create(number: int) -> str:
        try:
            draft = read_draft({**BRAND, "description": str(number)})
            return attributes.add(draft, ANONYMOUS, clock.now()).description
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(create, range(16)))
    (winner,) = set(outcomes) - {"conflict"}
    assert outcomes.count("conflict") == 15
    assert attributes.get("brand").description == winner


# GET /attributes


def test_no_attribute_is_an_empty_list() -> None:
    reply = ask("GET")
    assert (reply.status, reply.json) == (200, {"message": "0 attributes.", "data": []})


def test_attributes_are_listed_the_oldest_first() -> None:
    names = ["Zebra", "Brand", "Größe"]
    for name in names:
        created({"name": name, "type": "short_text"})
    reply = ask("GET")
    assert [attribute["name"] for attribute in reply.json["data"]] == names
    assert [attribute["_id"] for attribute in reply.json["data"]] == ["zebra", "brand", "größe"]
    assert reply.json["message"] == "3 attributes."


# PUT /attributes/{attributeId}


def test_a_change_replaces_what_it_names_and_keeps_the_rest() -> None:
    before = created(COLOUR)
    reply = ask("PUT", "/attributes/colour", {"options": ["green"], "isRequired": True})
    assert (reply.status, reply.json["message"]) == (200, "Attribute “Colour” was changed.")
    after = reply.json["attribute"]
    assert after == {
        **before,
        "options": ["green"],
        "isRequired": True,
        "updatedAt": after["updatedAt"],
        "revision": 2,
    }
    assert after["updatedAt"] >= before["updatedAt"]
    assert ask("GET").json["data"] == [after]


def test_a_setting_is_replaced_and_taken_away_by_null() -> None:
    before = created({"name": "Code", "type": "short_text", "maxLength": 9, "pattern": "[A-Z]+"})

    reply = ask("PUT", "/attributes/code", {"maxLength": None, "pattern": "[a-z]+"})

    after = reply.json["attribute"]
    del before["maxLength"]
    assert after == before | {
        "pattern": "[a-z]+",
        "updatedAt": after["updatedAt"],
        "revision": 2,
    }
    assert ask("GET").json["data"] == [after]


def test_of_two_changes_that_were_judged_by_the_same_settings_the_second_is_a_409(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    draft = read_draft({"name": "A", "type": "number", "min": 0, "max": 10})
    seen = attributes.add(draft, ANONYMOUS, clock.now())
    attributes.change(seen, read_changes({"max": 3}, seen), ANONYMOUS, clock.now())

    with pytest.raises(Conflict) as refused:  # min 5 goes with 10, and not with 3
        attributes.change(seen, read_changes({"min": 5}, seen), ANONYMOUS, clock.now())

    assert refused.value.code == "ATTRIBUTE_CHANGED"
    assert attributes.get("a").max == 3


def test_a_change_is_judged_anew_when_somebody_else_was_faster(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    draft = read_draft({"name": "A", "type": "number", "min": 0, "max": 10})
    attributes.add(draft, ANONYMOUS, clock.now())
    seen: list[Attribute] = []

    def change_min(to: int) -> Attribute:
        before = attributes.get("a")
        if not seen:  # between reading and writing
            attributes.change(before, read_changes({"max": 3}, before), ANONYMOUS, clock.now())
        seen.append(before)
        return attributes.change(before, read_changes({"min": to}, before), ANONYMOUS, clock.now())

    with pytest.raises(InvalidRequest, match="must not be smaller"):
        judged_anew(partial(change_min, 5))
    assert [attribute.max for attribute in seen] == [10, 3]

    seen.clear()
    after = judged_anew(partial(change_min, 2))
    assert (after.min, after.max, len(seen)) == (2, 3, 2)


def test_many_who_change_settings_at_once_all_succeed() -> None:
    created({"name": "A", "type": "number"})
    bodies = [{"min": 1}, {"max": 9}, {"decimals": 2}, {"description": "x"}]

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda body: ask("PUT", "/attributes/a", body).status, bodies))

    (after,) = ask("GET").json["data"]
    assert statuses == [200] * 4
    assert (after["min"], after["max"], after["decimals"], after["revision"]) == (1, 9, 2, 5)


def test_a_change_finds_an_id_with_letters_of_any_alphabet() -> None:
    created({"name": "Größe", "type": "short_text"})
    for path in ("/attributes/gr%C3%B6%C3%9Fe", "/attributes/größe"):
        assert ask("PUT", path, {"description": "x"}).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "NOTHING_TO_CHANGE"),
        ({"name": "Brand"}, "NOTHING_TO_CHANGE"),
        ({"options": ["a"]}, "INVALID_FIELDS"),
        ({"unit": "kg"}, "INVALID_FIELDS"),
        ({"name": "Maker"}, "INVALID_FIELDS"),
        ({"type": "number"}, "INVALID_FIELDS"),
        ({"isSortable": "no"}, "INVALID_FIELDS"),
        ({"decimals": 2}, "INVALID_FIELDS"),
        ({"maxLength": 51}, "INVALID_FIELDS"),
        ({"pattern": "(?=a)"}, "INVALID_FIELDS"),
        ({"maxLength": None}, "NOTHING_TO_CHANGE"),
        ([], "BODY_NOT_AN_OBJECT"),
    ],
)
def test_a_change_that_cannot_be_is_a_400(body: Any, code: str) -> None:
    before = created(BRAND)
    reply = ask("PUT", "/attributes/brand", body)
    assert (reply.status, reply.json["code"]) == (400, code)
    assert ask("GET").json["data"] == [before]


def test_a_change_of_an_unknown_attribute_is_a_404() -> None:
    reply = ask("PUT", "/attributes/nope", {"description": "x"})
    assert (reply.status, reply.json["code"]) == (404, "ATTRIBUTE_NOT_FOUND")


def test_an_attribute_deleted_while_it_is_changed_is_a_404(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    seen = attributes.add(read_draft(BRAND), ANONYMOUS, clock.now())
    changes = read_changes({"description": "x"}, seen)
    attributes.remove("brand")
    attributes.add(read_draft({"name": "Brand", "type": "number"}), ANONYMOUS, clock.now())
    with pytest.raises(NotFound):
        attributes.change(seen, changes, ANONYMOUS, clock.now())
    assert attributes.get("brand").description == ""


def test_two_who_change_different_fields_both_succeed(database: Database[dict[str, Any]]) -> None:
    attributes = AttributeRepository(database)
    seen = attributes.add(read_draft(BRAND), ANONYMOUS, clock.now())
    for body in ({"description": "x"}, {"isRequired": True}):
        attributes.change(seen, read_changes(body, seen), ANONYMOUS, clock.now())
    after = attributes.get("brand")
    assert (after.description, after.is_required, after.revision) == ("x", True, 3)


# DELETE /attributes/{attributeId}


def test_a_deleted_attribute_is_gone_and_its_name_free() -> None:
    created(BRAND)
    reply = ask("DELETE", "/attributes/brand")
    assert (reply.status, reply.json) == (200, {"message": "Attribute “Brand” was deleted."})
    assert ask("GET").json["data"] == []
    created(BRAND)


def test_deleting_an_unknown_attribute_is_a_404() -> None:
    reply = ask("DELETE", "/attributes/brand")
    assert (reply.status, reply.json["code"]) == (404, "ATTRIBUTE_NOT_FOUND")


# what the pipeline reads


def test_the_pipeline_gets_the_definitions_in_the_order_of_the_list(
    database: Database[dict[str, Any]],
) -> None:
    for body in (WEIGHT, COLOUR):
        created(body)
    assert AttributeRepository(database).definitions() == [
        AttributeDefinition("Net Weight", AttributeType.MEASURE, (), "kg", True),
        AttributeDefinition("Colour", AttributeType.MULTIPLE_SELECT, ("red", "blue")),
    ]


# a database that is away


def test_a_database_that_is_away_is_a_503_that_asks_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.database.SERVER_SELECTION_TIMEOUT_MS", 50)
    nowhere = connect(
        Settings(mongodb_uri="mongodb://user:secret@127.0.0.1:9/?directConnection=true")
    )
    monkeypatch.setattr(environment, "database", lambda: nowhere)
    for method, path, body in (
        ("GET", "/attributes", None),
        ("POST", "/attributes", BRAND),
        ("PUT", "/attributes/brand", {"description": "x"}),
        ("DELETE", "/attributes/brand", None),
    ):
        reply = ask(method, path, body)
        assert (reply.status, reply.json["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert int(reply.headers["retry-after"]) > 0
        assert "secret" not in reply.text
    nowhere.client.close()
