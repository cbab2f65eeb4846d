"""`/attributes`, row by row of the contract but for changes, through the handler and a real
database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import ANONYMOUS
from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.repository import AttributeRepository
from core.attributes.requests import read_draft
from core.database import connect
from core.errors import Conflict
from core.settings import Settings
from handlers import environment
from handlers.api.attributes import handler
from tests.api_calls import Context, Reply, event, reply_of
from tests.integration.attributes_api import BRAND, COLOUR, WEIGHT, ask, created

pytestmark = pytest.mark.usefixtures("attributes_api")


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


def test_a_header_of_another_attribute_is_a_409_that_names_both() -> None:
    created({"name": "SKU", "type": "short_text", "headers": ["Art.Nr."]})
    created(BRAND)

    at_creation = ask("POST", body={"name": "Code", "type": "short_text", "headers": ["Art.Nr. "]})
    at_change = ask("PUT", "/attributes/brand", {"headers": ["Marke", "Art.Nr."]})

    for reply, name in ((at_creation, "Code"), (at_change, "Brand")):
        assert (reply.status, reply.json["code"]) == (409, "HEADER_TAKEN")
        assert f"“Art.Nr.” of “{name}” belongs to the attribute “SKU”" in reply.json["error"]
    assert ask("PUT", "/attributes/sku", {"headers": ["Art.Nr.", "Nr"]}).status == 200
    assert ask("PUT", "/attributes/sku", {"headers": ["Nr"]}).status == 200
    assert ask("PUT", "/attributes/brand", {"headers": ["Art.Nr."]}).status == 200


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


def test_a_name_that_only_looks_like_another_is_a_409_that_names_the_letter() -> None:
    created(BRAND)
    reply = ask("POST", body={**BRAND, "name": "\u0412rand"})
    assert (reply.status, reply.json["code"]) == (409, "ATTRIBUTE_EXISTS")
    assert reply.json["error"].endswith("they differ in U+0412 CYRILLIC CAPITAL LETTER VE.")


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


# DELETE /attributes/{attributeId}


def test_a_deleted_attribute_is_gone_and_its_name_free() -> None:
    created(BRAND)
    reply = ask("DELETE", "/attributes/brand")
    assert (reply.status, reply.json["productsWithValue"]) == (200, 0)
    assert reply.json["message"].startswith("Attribute “Brand” was deleted; 0 products hold")
    assert ask("GET").json["data"] == []
    created(BRAND)


def remove_brand(**query: str) -> Reply:
    requested = {**event("DELETE", "/attributes/brand"), "queryStringParameters": query}
    return reply_of(handler(requested, Context()))


def test_deleting_says_how_many_products_hold_a_value_and_a_dry_run_only_counts(
    database: Database[dict[str, Any]],
) -> None:
    created(BRAND)
    database["products"].insert_many([{"_id": "a", "Brand": "x"}, {"_id": "b"}])

    derived = remove_brand(dryRun="true")

    assert (derived.status, derived.json["productsWithValue"], derived.json["dryRun"]) == (
        200,
        1,
        True,
    )
    assert "would be deleted; 1 product holds a value of it" in derived.json["message"]
    assert len(ask("GET").json["data"]) == 1
    deleted = ask("DELETE", "/attributes/brand")
    assert (deleted.json["productsWithValue"], "dryRun" in deleted.json) == (1, False)
    assert ask("GET").json["data"] == []


@pytest.mark.parametrize("query", [{"dryrun": "true"}, {"dryRun": "perhaps"}])
def test_a_slip_in_the_dry_run_deletes_nothing(query: dict[str, str]) -> None:
    created(BRAND)
    reply = remove_brand(**query)
    assert (reply.status, reply.json["code"]) == (400, "INVALID_QUERY")
    assert len(ask("GET").json["data"]) == 1


def test_one_attribute_is_shown_as_the_list_shows_it() -> None:
    shown = ask("GET", "/attributes/brand")
    assert (shown.status, shown.json["code"]) == (404, "ATTRIBUTE_NOT_FOUND")
    ask("POST", "/attributes", {"name": "Brand", "type": "short_text"})

    shown = ask("GET", "/attributes/brand")

    assert shown.json["attribute"] == ask("GET").json["data"][0]


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
