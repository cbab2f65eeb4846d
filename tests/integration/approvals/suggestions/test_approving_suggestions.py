"""Approving an enrichment in whole or in part: nothing that somebody entered since is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api_calls import Reply
from tests.integration.enrichment_machine import (
    ATTRIBUTES,
    BOOT,
    HAT,
    EnrichmentMachine,
    enrichment_machine,
)
from tests.integration.import_machine import ImportMachine

WANTED = {"attributes": ["Description", "Colour", "Weight"]}
SHOE = {"SKU": "S-3", "Name": "Shoe", "Brand": "Acme", "Notes": "A blue shoe"}


@pytest.fixture
def enrichment(machine: ImportMachine) -> Iterator[EnrichmentMachine]:
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment:
        enrichment.save(BOOT, HAT, SHOE)
        yield enrichment


@pytest.fixture
def job_id(enrichment: EnrichmentMachine) -> str:
    return enrichment.enrich(filter={}, **WANTED).id


def outcomes(reply: Reply) -> dict[str, str]:
    assert reply.status == 200, reply.text
    return {o["_id"]: o["outcome"] for o in reply.json["outcomes"]}


def test_a_job_is_approved_as_a_whole(enrichment: EnrichmentMachine, job_id: str) -> None:
    reply = enrichment.update(jobId=job_id, accept="all")

    assert outcomes(reply) == {"B/1": "updated", "S-3": "updated"}
    boot = enrichment.product("B/1")
    assert (boot["Colour"], boot["Weight"]) == ("Red", {"value": 2.5, "unit": "kg"})
    assert boot["Description"]
    again = enrichment.update(jobId=job_id, accept="all")
    assert outcomes(again) == {"B/1": "unchanged", "S-3": "unchanged"}


def test_products_and_attributes_are_accepted_by_name(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    reply = enrichment.update(jobId=job_id, accept=[{"_id": "B/1", "attributes": ["Colour"]}])

    assert outcomes(reply) == {"B/1": "updated"}
    assert enrichment.product("B/1")["Colour"] == "Red"
    assert "Weight" not in enrichment.product("B/1")
    assert "Colour" not in enrichment.product("S-3")


def test_rules_accept_what_keeps_all_of_them(enrichment: EnrichmentMachine, job_id: str) -> None:
    rules = {"attributes": ["Colour", "Weight"], "minConfidence": 0.6, "productIds": ["B/1", "H-2"]}

    reply = enrichment.update(jobId=job_id, accept=rules)

    assert outcomes(reply) == {"B/1": "updated"}
    boot = enrichment.product("B/1")
    assert boot["Colour"] == "Red", "an option that occurs: 0.7"
    assert "Weight" not in boot, "the only number with the unit: 0.5"


def test_a_confidence_that_nothing_reaches_is_answered_with_the_highest(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    reply = enrichment.update(jobId=job_id, accept={"minConfidence": 0.99})
    assert outcomes(reply) == {}
    assert reply.json["message"] == (
        "Nothing was saved: no suggestion has a confidence of 0.99 or more; the highest is 0.7."
    )

    rules = {"attributes": ["Weight"], "minConfidence": 0.99}
    reply = enrichment.update(jobId=job_id, accept=rules)
    assert "the highest is 0.5." in reply.json["message"], "only those of the named attributes"


def test_a_value_that_was_entered_since_is_a_conflict_and_stays(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    enrichment.update(products=[{"_id": "B/1", "Colour": "Blue"}])

    reply = enrichment.update(jobId=job_id, accept="all")

    assert outcomes(reply) == {"B/1": "conflict", "S-3": "updated"}
    boot = enrichment.product("B/1")
    assert boot["Colour"] == "Blue"
    assert "Weight" not in boot, "the product is reported and left as a whole"


def test_a_change_elsewhere_in_the_product_is_no_conflict(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    enrichment.update(products=[{"_id": "B/1", "Brand": "Umbra"}])

    reply = enrichment.update(jobId=job_id, accept="all")

    assert outcomes(reply)["B/1"] == "updated"
    assert enrichment.product("B/1")["Brand"] == "Umbra"


def test_a_value_that_may_be_replaced_is_so_only_while_it_stands(
    enrichment: EnrichmentMachine,
) -> None:
    job = enrichment.enrich(productIds=["H-2"], replace=["Description"])
    (line,) = enrichment.lines(job)
    assert line["suggestions"][0]["replaces"] == "A hat"
    enrichment.update(products=[{"_id": "H-2", "Description": "By hand"}])

    lost = enrichment.update(jobId=job.id, accept="all")
    assert outcomes(lost) == {"H-2": "conflict"}

    enrichment.update(products=[{"_id": "H-2", "Description": "A hat"}])
    done = enrichment.update(jobId=job.id, accept="all")
    assert outcomes(done) == {"H-2": "updated"}


def test_a_product_that_was_deleted_since_is_told(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    enrichment.imports.database["products"].delete_one({"_id": "B/1"})

    reply = enrichment.update(jobId=job_id, accept="all")

    assert outcomes(reply) == {"B/1": "not_found", "S-3": "updated"}


def test_an_attribute_that_changed_since_judges_again(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    attributes = enrichment.imports.database["attributes"]
    attributes.update_one({"name": "Colour"}, {"$set": {"options": ["Blue"]}})

    reply = enrichment.update(jobId=job_id, accept={"attributes": ["Colour"]})

    assert outcomes(reply) == {"B/1": "invalid", "S-3": "updated"}
    assert reply.json["outcomes"][0]["faults"][0]["code"] == "NOT_AN_OPTION"


def test_a_dry_run_tells_the_outcomes_and_writes_nothing(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    reply = enrichment.update(jobId=job_id, accept="all", dryRun=True)

    assert outcomes(reply) == {"B/1": "updated", "S-3": "updated"}
    assert reply.json["productsUpdated"] == 0
    assert "Colour" not in enrichment.product("B/1")


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        ("some", "“accept” must be “all”"),
        (7, "“accept” must be “all”"),
        ([], "“accept” must not be empty"),
        ([{"_id": "nope"}], "“nope” is not among those of the job"),
        ([{"_id": "B/1", "attributes": ["Brand"]}], "Nothing was suggested for “Brand”"),
        ({"productIds": ["nope"]}, "“nope” is not among those of the job"),
        ({"attributes": ["Nope"]}, "Nothing was suggested for “Nope” in this job"),
        ({"attributes": ["Colour", "Brand"]}, "Nothing was suggested for “Brand” in this job"),
        ({"minConfidence": 2}, "“accept.minConfidence” must be 1 or less"),
        ({"minconfidence": 1}, "did you mean “minConfidence”?"),
        ([{"_id": ""}, {"_id": 7}], "“accept[1]._id” must be text"),
        (None, "“accept” is missing"),
    ],
    ids=str,
)
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(
    enrichment: EnrichmentMachine, job_id: str, accept: Any, words: str
) -> None:
    reply = enrichment.update(jobId=job_id, accept=accept)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS"), reply.text
    assert words in reply.json["error"]
    assert "Colour" not in enrichment.product("B/1")


def test_only_a_finished_enrichment_with_suggestions_can_be_approved(
    enrichment: EnrichmentMachine, job_id: str
) -> None:
    nothing = enrichment.enrich(productIds=["H-2"], attributes=["Description"]).id
    jobs = enrichment.imports.database["jobs"]
    running = {**jobs.find_one({"_id": job_id}), "_id": "running", "status": "PROCESSING"}
    failed = {**running, "_id": "failed", "status": "FAILED"}
    other = {**running, "_id": "other", "type": "import"}
    jobs.insert_many([running, failed, other])

    for product_id, status, code in (
        ("unknown", 404, "JOB_NOT_FOUND"),
        (nothing, 409, "NO_SUGGESTIONS"),
        ("running", 409, "JOB_NOT_FINISHED"),
        ("failed", 409, "ENRICHMENT_FAILED"),
        ("other", 409, "NOT_AN_ENRICHMENT"),
    ):
        reply = enrichment.update(jobId=product_id, accept="all")
        assert (reply.status, reply.json["code"]) == (status, code), reply.text
    both = enrichment.update(jobId=job_id, accept="all", products=[])
    assert "not both" in both.json["error"]
