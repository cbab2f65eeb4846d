"""`POST /products/enrich`, answered at once: the contract's preview, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.enrichment_machine import (
    ATTRIBUTES,
    BOOT,
    HAT,
    EnrichmentMachine,
    enrichment_machine,
)
from tests.integration.import_machine import ImportMachine

FILLED = {"attributes": ["Description", "Colour", "Weight"]}


@pytest.fixture
def enrichment(machine: ImportMachine) -> Iterator[EnrichmentMachine]:
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment:
        enrichment.save(BOOT, HAT)
        yield enrichment


def test_the_preview_has_the_contracts_fields_and_nothing_is_saved(
    enrichment: EnrichmentMachine,
) -> None:
    before = enrichment.product("B/1")

    reply = enrichment.ask(productIds=["B/1"], **FILLED)

    assert reply.status == 200
    assert reply.json["message"].endswith("nothing was saved.")
    (item,) = reply.json["enrichedProductsPreview"]
    assert item["_id"] == "B/1"
    assert item["originalProductName"] == "Boot"
    assert item["aiSuggestions"]["Colour"] == "Red"
    assert item["aiSuggestions"]["Weight"] == "2.5 kg", "a table prints it as it is"
    assert item["enrichedProductData"]["Weight"] == {"value": 2.5, "unit": "kg"}
    assert item["enrichedProductData"]["Notes"] == BOOT["Notes"]
    assert {s["provider"] for s in item["suggestions"]} == {"offline"}, "marked as what it is"
    assert enrichment.product("B/1") == before


def test_bulk_update_takes_the_preview_back_as_it_is(enrichment: EnrichmentMachine) -> None:
    preview = enrichment.ask(productIds=["B/1", "H-2", "gone"], **FILLED).json

    reply = enrichment.update(products=preview["enrichedProductsPreview"])

    assert reply.status == 200
    assert reply.json["updatedProductIds"] == ["B/1"]
    assert reply.json["ignoredFields"] == []
    assert [o["outcome"] for o in reply.json["outcomes"]] == ["updated", "unchanged", "not_found"]
    assert enrichment.product("B/1")["Colour"] == "Red"


def test_a_product_that_changed_since_the_preview_is_not_overwritten(
    enrichment: EnrichmentMachine,
) -> None:
    preview = enrichment.ask(productIds=["B/1"], **FILLED).json
    enrichment.update(products=[{"_id": "B/1", "Colour": "Blue"}])

    reply = enrichment.update(products=preview["enrichedProductsPreview"])

    assert [o["outcome"] for o in reply.json["outcomes"]] == ["conflict"]
    assert enrichment.product("B/1")["Colour"] == "Blue"


def test_every_empty_text_is_meant_when_no_attribute_is_named(
    enrichment: EnrichmentMachine,
) -> None:
    reply = enrichment.ask(productIds=["B/1"])

    (item,) = reply.json["enrichedProductsPreview"]
    assert list(item["aiSuggestions"]) == ["Description"]


def test_a_value_that_is_there_stays_unless_it_may_be_replaced(
    enrichment: EnrichmentMachine,
) -> None:
    (kept,) = enrichment.ask(productIds=["H-2"], attributes=["Description"]).json[
        "enrichedProductsPreview"
    ]
    (changed,) = enrichment.ask(productIds=["H-2"], replace=["Description"]).json[
        "enrichedProductsPreview"
    ]

    assert kept["outcome"] == "nothing_to_enrich"
    assert [o["code"] for o in kept["omissions"]] == ["ALREADY_THERE"]
    assert [s["replaces"] for s in changed["suggestions"]] == ["A hat"]


def test_the_products_are_told_in_the_order_of_the_call_each_once(
    enrichment: EnrichmentMachine,
) -> None:
    reply = enrichment.ask(productIds=["gone", "H-2", "B/1", "H-2"], **FILLED)

    reported = [(p["_id"], p["outcome"]) for p in reply.json["enrichedProductsPreview"]]
    assert reported == [("gone", "not_found"), ("H-2", "nothing_suggested"), ("B/1", "suggested")]
    assert "1 product does not exist." in reply.json["message"]


def test_a_whole_page_of_the_list_is_answered_at_once_and_more_by_a_job(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.save(*({"SKU": f"P-{n:03}", "Name": f"A red boot {n}"} for n in range(101)))
    ids = [f"P-{n:03}" for n in range(101)]

    page = enrichment.ask(productIds=ids[:100], attributes=["Colour"])
    more = enrichment.ask(productIds=ids, attributes=["Colour"])

    assert page.status == 200, page.text
    reported = page.json["enrichedProductsPreview"]
    assert [(p["_id"], p["aiSuggestions"]) for p in reported] == [
        (i, {"Colour": "Red"}) for i in ids[:100]
    ]
    assert (more.status, more.json["products"]) == (202, 101)


def test_a_product_that_the_answer_has_no_room_for_is_skipped_and_the_others_are_not(
    enrichment: EnrichmentMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.enrichment.api.answering.PAYLOAD_MAX_BYTES", 1_000)
    enrichment.save({"SKU": "L-3", "Name": "Lamp", "Notes": "bright " * 200})

    reply = enrichment.ask(productIds=["gone", "L-3", "B/1"], **FILLED)

    assert reply.status == 200, reply.text
    reported = reply.json["enrichedProductsPreview"]
    assert [(p["_id"], p["outcome"]) for p in reported] == [
        ("gone", "not_found"),
        ("L-3", "skipped"),
        ("B/1", "suggested"),
    ]
    assert reported[1]["failure"]["code"] == "TOO_LARGE_FOR_A_CALL"
    assert (reported[1]["originalProductName"], reported[1]["enrichedProductData"]) == (
        "Lamp",
        {"_id": "L-3"},
    )
    written = enrichment.update(products=reported)
    assert [o["outcome"] for o in written.json["outcomes"]] == ["not_found", "unchanged", "updated"]


def test_where_no_product_fits_nothing_is_asked(
    enrichment: EnrichmentMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.enrichment.api.answering.PAYLOAD_MAX_BYTES", 10)
    enrichment.imports.fail("suggest_values")

    reply = enrichment.ask(productIds=["B/1"], **FILLED)

    assert reply.status == 200, reply.text
    assert reply.json["message"] == (
        "No value was suggested; nothing was saved. "
        "1 product was not enriched: too large for one call."
    )


def test_a_function_that_breaks_is_told_as_one_that_is_away(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.imports.fail("suggest_values")

    reply = enrichment.ask(productIds=["B/1"])

    assert (reply.status, reply.json["code"]) == (503, "SUGGESTIONS_UNAVAILABLE")


REFUSED: tuple[tuple[dict[str, Any], int, str, str], ...] = (
    ({}, 400, "INVALID_FIELDS", "“productIds” is missing"),
    ({"productIds": []}, 400, "INVALID_FIELDS", "must not be empty"),
    ({"productIds": "B/1"}, 400, "INVALID_FIELDS", "must be a list"),
    ({"productIds": ["B/1"], "filter": {}}, 400, "INVALID_FIELDS", "not both"),
    ({"productIds": ["x"]}, 404, "PRODUCT_NOT_FOUND", "id “x”"),
    ({"productIds": ["x", "y"]}, 404, "PRODUCT_NOT_FOUND", "None of these 2 products"),
    (
        {"productIds": ["B/1"], "attributes": ["Descripton"]},
        400,
        "INVALID_FIELDS",
        "“Descripton”; did you mean “Description”?",
    ),
    ({"productIds": ["B/1"], "attributes": ["GTIN"]}, 400, "INVALID_FIELDS", "of type barcode"),
    ({"productIds": ["B/1"], "replace": ["SKU"]}, 400, "INVALID_FIELDS", "must be unique"),
    ({"productIds": ["B/1"], "attributes": []}, 400, "INVALID_FIELDS", "must not be empty"),
    ({"productIds": ["B/1"], "budget": {"tokens": 0}}, 400, "INVALID_FIELDS", "must be 1 or more"),
    ({"productIds": ["B/1"], "budget": {"costUsd": 0}}, 400, "INVALID_FIELDS", "more than 0"),
    ({"productIds": ["B/1"], "atributes": []}, 400, "INVALID_FIELDS", "mean “attributes”?"),
    ({"filter": {"Brnd": "Acme"}}, 400, "INVALID_FIELDS", "did you mean “Brand”?"),
    ({"filter": "page=2"}, 400, "INVALID_FIELDS", "“page” is not a filter"),
    ({"filter": "$where=1"}, 400, "INVALID_FIELDS", "$"),
    ({"filter": "Brand"}, 400, "INVALID_FIELDS", "names no value"),
    ({"filter": ""}, 400, "INVALID_FIELDS", "an empty object ({}) means every product"),
    ({"filter": " "}, 400, "INVALID_FIELDS", "an empty object ({}) means every product"),
    ({"filter": "?"}, 400, "INVALID_FIELDS", "must be a query string"),
    ({"filter": {"Brand": []}}, 400, "INVALID_FIELDS", "no value for “Brand”"),
    ({"filter": {"Name": "Hat", "Brand": []}}, 400, "INVALID_FIELDS", "no value for “Brand”"),
    ({"filter": {"Brand": ""}}, 400, "INVALID_FIELDS", "names no value"),
    ({"productIds": ["B/1"], "budget": {"tokens": 10**30}}, 400, "INVALID_FIELDS", "or less"),
    ({"productIds": ["B/1"], "budget": {"tokens": 1e30}}, 400, "INVALID_FIELDS", "or less"),
    ({"productIds": ["B/1"], "budget": {"tokens": 1.5}}, 400, "INVALID_FIELDS", "a whole number"),
    ({"productIds": ["B/1"], "budget": {"costUsd": 1e300}}, 400, "INVALID_FIELDS", "or less"),
    ({"filter": {"Brand": "Nobody"}}, 404, "PRODUCT_NOT_FOUND", "No product matches"),
    ({"productIds": [f"x{n}" for n in range(3001)]}, 413, "TOO_MANY_PRODUCTS", "3,001 products"),
)


@pytest.mark.parametrize(("body", "status", "code", "words"), REFUSED, ids=lambda v: str(v)[:40])
def test_what_cannot_be_done_is_refused_with_a_sentence(
    enrichment: EnrichmentMachine, body: dict[str, Any], status: int, code: str, words: str
) -> None:
    reply = enrichment.ask(**body)

    assert (reply.status, reply.json["code"]) == (status, code), reply.text
    assert words in reply.json["error"]
    assert reply.json["error"][-1] in ".?"


def test_a_filter_that_finds_more_than_a_job_takes_is_refused(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.imports.configure(max_enrichment_products=1)

    reply = enrichment.ask(filter={})

    assert (reply.status, reply.json["code"]) == (413, "TOO_MANY_PRODUCTS")


def test_a_whole_number_may_be_written_with_a_point(enrichment: EnrichmentMachine) -> None:
    reply = enrichment.ask(productIds=["B/1"], budget={"tokens": 1000.0}, **FILLED)
    assert reply.status == 200, reply.text
    (item,) = reply.json["enrichedProductsPreview"]

    written = enrichment.update(products=[item | {"revision": float(item["revision"])}])

    assert [o["outcome"] for o in written.json["outcomes"]] == ["updated"], written.text
    for revision in (1.5, 10**30, True):
        again = enrichment.update(products=[{"_id": "B/1", "Name": "x", "revision": revision}])
        (reported,) = again.json["outcomes"]
        assert [f["code"] for f in reported["faults"]] == ["INVALID_REVISION"]


@pytest.mark.parametrize("as_job", [False, True])
def test_a_budget_of_money_without_prices_is_refused_and_said_to_be_by_a_dry_run(
    enrichment: EnrichmentMachine, as_job: bool
) -> None:
    wanted = {"productIds": ["B/1"], "budget": {"costUsd": 1}, "async": as_job}
    enrichment.imports.configure(enrichment_provider="openai", enrichment_model="m")

    reply = enrichment.ask(**wanted)
    predicted = enrichment.ask(dryRun=True, **wanted)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    assert reply.json["details"][0]["field"] == "budget.costUsd"
    assert "ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS" in reply.json["error"]
    assert predicted.status == 200
    assert "would be refused: “budget.costUsd”" in predicted.json["message"]
    enrichment.imports.configure(enrichment_output_usd_per_million_tokens=0.1)
    assert enrichment.ask(**wanted).status in (200, 202)
    assert "refused" not in enrichment.ask(dryRun=True, **wanted).json["message"]


def test_a_budget_of_money_is_kept_by_a_provider_that_costs_nothing(
    enrichment: EnrichmentMachine,
) -> None:
    assert enrichment.ask(productIds=["B/1"], budget={"costUsd": 1}).status == 200


@pytest.mark.parametrize("requested", ["filter", "ids"])
def test_an_estimate_looks_at_products_from_everywhere(
    enrichment: EnrichmentMachine, requested: str
) -> None:
    # those that come first are full, and just as many as an estimate looks at
    saved = [
        {"SKU": f"P-{n:03}", "Name": f"Boot {n}"} | ({"Weight": "1 kg"} if n < 50 else {})
        for n in range(99)
    ]
    enrichment.save(*saved)
    ids = [str(item["SKU"]) for item in saved]
    which: dict[str, Any] = (
        {"productIds": ids} if requested == "ids" else {"filter": {"SKU[contains]": "P-"}}
    )

    reply = enrichment.ask(dryRun=True, attributes=["Weight"], **which)

    assert reply.status == 200, reply.text
    reported = reply.json["estimate"]
    assert (reported["products"], reported["sampledProducts"]) == (99, 50)
    assert 40 <= reported["askedProducts"] <= 58
    assert reported["lowestAskedProducts"] <= 49 <= reported["highestAskedProducts"]
