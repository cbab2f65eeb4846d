"""Which suggestions of a product a caller accepts: all, some by name, or those above a limit."""

from typing import Any

import pytest

from core.approvals.suggestions.acceptance import acceptance_faults, read_acceptance
from core.enrichment.model import EnrichedProduct, EnrichmentOutcome, Suggestion


def suggestion(attribute: str, confidence: float | None) -> Suggestion:
    return Suggestion(
        attribute=attribute,
        value="x",
        provider="offline",
        model="offline",
        confidence=confidence,
        drawn_from=(),
    )


PRODUCT = EnrichedProduct(
    id="p1",
    revision=1,
    name=None,
    outcome=EnrichmentOutcome.SUGGESTED,
    suggestions=(suggestion("Color", 0.9), suggestion("Brand", 0.5), suggestion("Size", None)),
)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("all", ["Color", "Brand", "Size"]),
        ([{"_id": "p1"}], ["Color", "Brand", "Size"]),
        ([{"_id": "p1", "attributes": ["Brand"]}], ["Brand"]),
        ([{"_id": "p2"}], []),
        ({"attributes": ["Color", "Size"]}, ["Color", "Size"]),
        ({"productIds": ["p2"]}, []),
        ({"minConfidence": 0.5}, ["Color", "Brand"]),
        ({"minConfidence": 0.6, "productIds": ["p1"]}, ["Color"]),
    ],
)
def test_what_is_accepted(accept: Any, chosen: list[str]) -> None:
    assert [s.attribute for s in read_acceptance(accept).chosen(PRODUCT)] == chosen


@pytest.mark.parametrize(
    ("accept", "fields"),
    [
        ("all", []),
        ([{"_id": "p1", "attributes": ["Brand", "Weight"]}], ["accept[0].attributes[1]"]),
        ([{"_id": "p2", "attributes": ["Brand"]}], ["accept[0]._id"]),
        (
            {"productIds": ["p1", "p2"], "attributes": ["Weight"]},
            ["accept.productIds[1]", "accept.attributes[0]"],
        ),
    ],
)
def test_a_name_that_the_job_does_not_have_is_a_fault(accept: Any, fields: list[str]) -> None:
    found = acceptance_faults(accept, {"p1": PRODUCT}, {"Color", "Brand", "Size"})

    assert [fault.field for fault in found] == fields
