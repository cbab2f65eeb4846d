"""Files to approve, and what an approval counted."""

from __future__ import annotations

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.jobs.records import JobRecord
from tests.integration.import_machine import table

HEADER = ("SKU", "Name", "Price", "Weight", "Colors")


DRAFTS = (
    AttributeDraft(name="SKU", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Price", type=AttributeType.NUMBER),
    AttributeDraft(name="Weight", type=AttributeType.MEASURE, unit="kg"),
    AttributeDraft(
        name="Colors", type=AttributeType.MULTIPLE_SELECT, options=("Red", "Blue", "Green")
    ),
)


def row(number: int, price: object = 1, sku: str | None = None) -> tuple[str, ...]:
    return (sku or f"S{number:04}", f"Product {number}", str(price), "2.5", "Red; Blue")


def rows(count: int, price: object = 1) -> bytes:
    return table(HEADER, *(row(number, price) for number in range(1, count + 1)))


def counts(job: JobRecord) -> tuple[int, int, int, int, int]:
    """created, updated, unchanged, repeated, rejected"""
    found = job.commit_counts
    assert found is not None
    assert found.rows == sum(
        (found.created, found.updated, found.unchanged, found.repeated, found.rejected)
    )
    return found.created, found.updated, found.unchanged, found.repeated, found.rejected
