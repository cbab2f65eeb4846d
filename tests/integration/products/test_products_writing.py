"""Approving, updating, reading and deleting products, through the handler and a real database."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from tests.integration.products_api import approved, ask, define, ids, listed, one, wired

LAMP = {"ProductSKU": "L-1", "ProductName": "Lamp", "Price": 10.5, "Brand": "Acme"}


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch, max_products_per_call=50):
        define(database)
        yield


# approve


def test_an_approved_product_is_listed_with_typed_values_and_its_source() -> None:
    answer = approved(
        {**LAMP, "Barcode": "0012345", "Colors": ["Red", "Blue"], "Net Weight": "2.5 kg"},
        s3Key="user-uploads/7/lamps.csv",
    )
    assert answer["productsSaved"] == 1
    assert answer["message"] == "1 product was saved (1 new)."
    product = one("L-1")
    assert product.pop("createdAt") == product.pop("updatedAt")
    assert product == {
        "_id": "L-1",
        "ProductSKU": "L-1",
        "ProductName": "Lamp",
        "Barcode": "0012345",
        "Price": 10.5,
        "Brand": "Acme",
        "Colors": ["Red", "Blue"],
        "Net Weight": {"value": 2.5, "unit": "kg"},
        "importSource": "user-uploads/7/lamps.csv",
        "revision": 1,
        "createdBy": "anonymous",
        "updatedBy": "anonymous",
    }


def test_every_spelling_of_a_value_is_stored_the_same() -> None:
    approved(
        {**LAMP, "Colors": ["Red", "Blue"], "Net Weight": {"value": 2.5, "unit": "kg"}},
    )
    answer = approved({**LAMP, "Price": "10.50", "Colors": "Red; Blue", "Net Weight": "2.5"})
    assert (answer["updated"], answer["unchanged"]) == (0, 1)


def test_approving_twice_keeps_the_creation_and_moves_the_rest() -> None:
    approved(LAMP, s3Key="first.csv")
    before = one("L-1")
    answer = approved(LAMP, s3Key="second.csv")
    after = one("L-1")
    assert (answer["productsSaved"], answer["unchanged"]) == (1, 1)
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after["importSource"] == "second.csv"
    assert after["revision"] == 1


def test_approving_a_changed_product_counts_a_revision_and_keeps_what_it_does_not_name() -> None:
    approved(LAMP)
    answer = approved({"ProductSKU": "L-1", "ProductName": "Desk lamp", "Price": None})
    product = one("L-1")
    assert answer["updated"] == 1
    assert (product["ProductName"], product["Brand"], product["revision"]) == (
        "Desk lamp",
        "Acme",
        2,
    )
    assert "Price" not in product


def test_the_short_path_approves_too() -> None:
    assert ask("POST", "/approve", {"products": [LAMP]}).json["productsSaved"] == 1


@pytest.mark.parametrize("body", [{}, {"products": []}, {"products": {}}, {"products": "x"}])
def test_a_body_without_products_is_refused(body: dict[str, Any]) -> None:
    reply = ask("POST", "/products/approve", body)
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert reply.json["details"][0]["field"] == "products"


def test_valid_products_are_saved_and_the_others_told_one_by_one() -> None:
    answer = approved(
        LAMP, {"ProductSKU": "L-2"}, "no object", {"Unknown": 1}, LAMP | {"Price": {}}
    )
    assert answer["productsSaved"] == 1
    assert [(r["index"], [f["code"] for f in r["faults"]]) for r in answer["rejected"]] == [
        (1, ["REQUIRED_VALUE_MISSING"]),
        (2, ["NOT_AN_OBJECT"]),
        (3, ["REQUIRED_VALUE_MISSING"]),
        (4, ["NOT_A_VALUE"]),
    ]
    assert answer["ignoredFields"] == ["Unknown"]
    assert ids() == ["L-1"]


def test_nothing_valid_is_a_400_that_names_each_fault() -> None:
    reply = ask("POST", "/products/approve", {"products": [{**LAMP, "Price": "cheap"}]})
    assert (reply.status, reply.json["code"]) == (400, "NO_VALID_PRODUCT")
    assert '"cheap" is not a number' in reply.json["error"]
    detail = reply.json["details"][0]
    assert (detail["field"], detail["column"], detail["code"], detail["value"]) == (
        "products[0]",
        "Price",
        "NOT_A_NUMBER",
        "cheap",
    )


def test_values_that_only_other_products_forbid_are_a_409(database: Database[Any]) -> None:
    unique = AttributeDraft(name="EAN", type=AttributeType.SHORT_TEXT, is_unique=True)
    define(database, [unique])
    approved({**LAMP, "EAN": "1"})
    other = {**LAMP, "ProductSKU": "L-2", "EAN": "1"}

    reply = ask("POST", "/products/approve", {"products": [other]})
    mixed = ask("POST", "/products/approve", {"products": [other, {**other, "Price": "cheap"}]})

    assert (reply.status, reply.json["code"]) == (409, "NO_VALID_PRODUCT")
    assert reply.json["details"][0]["code"] == "NOT_UNIQUE"
    assert mixed.status == 400


def test_fields_that_are_ignored_are_named_within_bounds() -> None:
    unknown = {f"{number:03}{'x' * 500}": 1 for number in range(150)}

    ignored = approved({**LAMP, **unknown})["ignoredFields"]

    assert len(ignored) == 100
    assert ignored[0].startswith("000xxx") and len(ignored[0]) < 100


def test_several_of_one_id_become_one_product_the_last_word_counting() -> None:
    answer = approved(LAMP, {**LAMP, "Price": 12, "Barcode": "7"})
    assert answer["productsSaved"] == 1
    assert "1 repeated the id of another" in answer["message"]
    product = one("L-1")
    assert (product["Price"], product["Barcode"], product["Brand"]) == (12, "7", "Acme")


def test_more_products_than_a_call_may_carry_are_a_413() -> None:
    reply = ask("POST", "/products/approve", {"products": [LAMP] * 51})
    assert (reply.status, reply.json["code"]) == (413, "TOO_MANY_PRODUCTS")
    assert reply.json["error"].endswith(
        "send at most 50, or upload them as a file. "
        "An administrator can raise the limit: setting MAX_PRODUCTS_PER_CALL."
    )


def test_too_many_products_of_an_import_are_told_to_be_approved_as_a_whole() -> None:
    job_id = "0d3c7e52-6a7d-5f0c-9b1e-2f8f5d1c6a47"
    many = {"products": [LAMP] * 51, "s3Key": f"user-uploads/{job_id}/lamps.csv"}
    reply = ask("POST", "/products/approve", many)
    assert (reply.status, reply.json["code"]) == (413, "TOO_MANY_PRODUCTS")
    assert f"approve the whole import, by “jobId”: “{job_id}”" in reply.json["error"]


def test_an_approval_that_would_take_away_the_identifying_value_says_so(
    database: Database[dict[str, Any]],
) -> None:
    database["attributes"].update_one({"name": "Barcode"}, {"$set": {"isIdentifier": True}})
    approved({**LAMP, "Barcode": "L-1"})

    reply = ask("POST", "/products/approve", {"products": [{**LAMP, "Barcode": ""}]})

    assert reply.status == 400, reply.text
    assert [fault["code"] for fault in reply.json["details"]] == ["IDENTIFIER_CHANGED"]
    assert "another value in the attribute that gives products their id" in reply.json["error"]
    assert one("L-1")["Barcode"] == "L-1"


def test_more_products_than_one_message_carries_have_each_its_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.products.writing.WRITTEN_AT_ONCE", 3)
    lamps = [LAMP | {"ProductSKU": f"W-{n}", "Price": n} for n in range(8)]
    assert approved(*lamps[:5])["created"] == 5

    updates = [{"_id": f"W-{n}", "Price": n // 4} for n in range(7)]
    reply = ask("PUT", "/products/bulk-update", {"products": updates})

    reported = [item["outcome"] for item in reply.json["outcomes"]]
    assert reported == ["unchanged", *["updated"] * 4, *["not_found"] * 2]
    assert [one(f"W-{n}")["Price"] for n in range(5)] == [0, 0, 0, 0, 1]


def test_a_product_without_identifying_value_keeps_its_id_when_it_is_edited(
    database: Database[dict[str, Any]],
) -> None:
    database["attributes"].update_many({}, {"$set": {"isRequired": False}})
    approved({"Price": 5})
    (listed_product,) = listed()["data"]
    answer = approved(listed_product | {"Price": 6})
    assert (answer["created"], answer["updated"]) == (0, 1)
    assert listed()["data"][0]["Price"] == 6


def test_of_very_many_faults_the_first_are_told_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.products.validation.MAX_FAULTS_REPORTED", 3)
    bad = [{**LAMP, "ProductSKU": f"B-{n}", "Price": "x", "Brand": "Nobody"} for n in range(4)]
    answer = approved(LAMP, *bad)
    assert [len(item["faults"]) for item in answer["rejected"]] == [2, 1, 0, 0]
    assert answer["message"].endswith(" Only the first 3 of 8 faults are reported.")
    refusal = ask("POST", "/products/approve", {"products": bad}).json
    assert len(refusal["details"]) == 3
    assert refusal["error"].endswith(" Only the first 3 of 8 faults are reported.")
    reported = update(*({**item, "_id": item["ProductSKU"]} for item in bad))
    assert [len(item.get("faults", [])) for item in reported["outcomes"]] == [2, 1, 0, 0]
    assert reported["message"].endswith(" Only the first 3 of 8 faults are reported.")


# bulk-update


def update(*items: Any, method: str = "PUT") -> dict[str, Any]:
    reply = ask(method, "/products/bulk-update", {"products": list(items)})
    assert reply.status == 200, reply.text
    return reply.json


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_only_the_named_attributes_change(method: str) -> None:
    approved(LAMP)
    answer = update({"_id": "L-1", "Price": "12"}, method=method)
    assert answer["productsUpdated"] == 1
    assert answer["updatedProductIds"] == ["L-1"]
    product = one("L-1")
    assert (product["Price"], product["ProductName"], product["revision"]) == (12, "Lamp", 2)


def test_objects_of_the_enrichment_preview_are_taken_as_they_are() -> None:
    approved(LAMP, s3Key="lamps.csv")
    enriched = one("L-1") | {"Description": "A warm light.", "aiScore": 0.7}
    enriched |= {"createdAt": "1999-01-01T00:00:00+00:00", "importSource": "mine"}
    preview = {
        "_id": "L-1",
        "originalProductName": "Lamp",
        "enrichedProductData": enriched,
        "aiSuggestions": {"Description": "A warm light."},
    }
    for item, outcome in ((enriched, "updated"), ({**preview}, "conflict")):
        answer = update(item)
        assert answer["outcomes"][0]["outcome"] == outcome  # the preview's revision is an old one
        assert answer["ignoredFields"] == ["aiScore"]
    product = one("L-1")
    assert product["Description"] == "A warm light."
    assert product["importSource"] == "lamps.csv"
    assert product["createdAt"] > "2026"


def test_a_whole_preview_object_is_unwrapped() -> None:
    approved(LAMP)
    answer = update({"_id": "L-1", "enrichedProductData": {"Description": "Light."}})
    assert answer["updatedProductIds"] == ["L-1"]
    assert one("L-1")["Description"] == "Light."


def test_what_stands_beside_the_values_of_a_preview_object_is_heeded_or_told() -> None:
    approved(LAMP)
    update({"_id": "L-1", "Price": 11})
    item = {"_id": "L-1", "aiSuggestions": {}, "enrichedProductData": {"Price": 12}}
    stale = update(item | {"revision": 1})
    assert stale["outcomes"][0]["outcome"] == "conflict"
    answer = update(item | {"revision": 2, "Brand": "Umbra", "createdAt": "1999"})
    assert answer["updatedProductIds"] == ["L-1"]
    assert answer["ignoredFields"] == ["Brand"]
    assert one("L-1")["Brand"] == "Acme"


def test_every_item_has_its_own_outcome_in_the_order_of_the_call() -> None:
    approved(LAMP, {"ProductSKU": "L-2", "ProductName": "Bulb"})
    answer = update(
        {"_id": "L-1", "Price": 11},
        {"_id": "L-2", "ProductName": "Bulb"},
        {"_id": "L-3", "Price": 1},
        {"_id": "L-2", "Price": "x"},
        {"Price": 1},
        {"_id": 7},
        [],
    )
    assert [(o.get("_id"), o["outcome"]) for o in answer["outcomes"]] == [
        ("L-1", "updated"),
        ("L-2", "unchanged"),
        ("L-3", "not_found"),
        ("L-2", "invalid"),
        (None, "invalid"),
        (None, "invalid"),
        (None, "invalid"),
    ]
    assert answer["updatedProductIds"] == ["L-1"]
    assert ids() == ["L-1", "L-2"]


def test_an_old_revision_is_a_conflict_and_changes_nothing() -> None:
    approved(LAMP)
    update({"_id": "L-1", "Price": 11, "revision": 1})
    answer = update({"_id": "L-1", "Price": 12, "revision": 1})
    assert answer["outcomes"][0]["outcome"] == "conflict"
    assert (one("L-1")["Price"], one("L-1")["revision"]) == (11, 2)


def test_an_update_cannot_change_the_value_that_gave_the_product_its_id() -> None:
    approved(LAMP, {"ProductName": "Bulb"})
    answer = update(
        {"_id": "L-1", "ProductSKU": "L-2"}, {"_id": "Bulb", "Barcode": "4", "Price": 1}
    )
    faults = [outcome["faults"][0] for outcome in answer["outcomes"]]
    assert [fault["code"] for fault in faults] == ["IDENTIFIER_CHANGED"] * 2
    assert [fault["column"] for fault in faults] == ["ProductSKU", "Barcode"]
    assert "Price" not in one("Bulb")
    cleared = update({"_id": "L-1", "ProductSKU": None})
    assert cleared["outcomes"][0]["faults"][0]["column"] == "ProductSKU"
    free = update({"_id": "L-1", "ProductSKU": "L-1", "ProductName": "Light", "Barcode": "5"})
    assert free["updatedProductIds"] == ["L-1"]
    again = approved({**LAMP, "ProductName": "Light"})
    assert (again["created"], ids()) == (0, ["Bulb", "L-1"])


def test_a_value_can_be_taken_away_but_not_a_required_one() -> None:
    approved(LAMP)
    answer = update({"_id": "L-1", "Price": None, "Brand": ""})
    assert answer["outcomes"][0]["outcome"] == "updated"
    assert one("L-1").keys().isdisjoint({"Price", "Brand"})
    answer = update({"_id": "L-1", "ProductName": ""})
    assert answer["outcomes"][0]["faults"][0]["code"] == "REQUIRED_VALUE_MISSING"
    assert one("L-1")["ProductName"] == "Lamp"


# get and delete

AWKWARD_IDS = [
    "a/b",
    "/a//b/",
    "100%",
    "50%25",
    "%2F",
    "a b",
    "ñandú ™",
    "سلام",
    "😀",
    'x?y=1&z#"\\',
    "a+b",
    "approve",
    "a\tb",
    "$where",
    "_id.x",
]


@pytest.mark.parametrize("product_id", AWKWARD_IDS)
@pytest.mark.parametrize("decoded", [False, True], ids=["encoded", "decoded"])
def test_any_id_can_be_read_and_deleted(product_id: str, decoded: bool) -> None:
    """A REST API hands a path over encoded; the local engine decoded, with a version."""
    approved(
        {"ProductSKU": product_id, "ProductName": "x"}, {"ProductSKU": "k", "ProductName": "x"}
    )
    path = f"/products/{product_id if decoded else quote(product_id, safe='')}"
    more: dict[str, Any] = {"version": "1.0"} if decoded else {}
    assert ask("GET", path, **more).json["product"]["_id"] == product_id
    assert ask("DELETE", path, **more).status == 200
    assert ask("DELETE", path, **more).status == 404
    assert ask("GET", path, **more).status == 404
    assert ids() == ["k"]


def test_what_is_not_there_is_a_404_that_names_it() -> None:
    reply = ask("DELETE", "/products/none")
    assert (reply.status, reply.json["code"]) == (404, "PRODUCT_NOT_FOUND")
    assert "none" in reply.json["error"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/products", "GET, OPTIONS"),
        ("/products/a%2Fb", "DELETE, GET, OPTIONS, PATCH"),
        ("/approve", "OPTIONS, POST"),
        ("/products/bulk-update", "DELETE, GET, OPTIONS, PATCH, POST, PUT"),
    ],
)
def test_a_preflight_names_the_methods(path: str, methods: str) -> None:
    reply = ask("OPTIONS", path)
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == methods
