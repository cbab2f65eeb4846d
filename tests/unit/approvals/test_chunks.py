"""One chunk of an approval: what is written, what is reported, and what a repetition counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.approvals.sentences import outcome
from core.approvals.validation import SHAPES
from core.attributes.definitions import AttributeType
from core.clock import now
from core.jobs.orders import CommitCounts
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.marks import Order
from core.products.writing import ProductWriter

VALUES: dict[AttributeType, Any] = {
    **dict.fromkeys(AttributeType, "text"),
    AttributeType.NUMBER: 2.5,
    AttributeType.MULTIPLE_SELECT: ["Red"],
    AttributeType.MEASURE: {"value": 2, "unit": "kg"},
    AttributeType.BOOLEAN: True,
}


@pytest.mark.parametrize("type_", AttributeType)
def test_a_value_fits_the_types_that_store_its_shape(type_: AttributeType) -> None:
    fitting = {other for other, value in VALUES.items() if type(value) in SHAPES[type_]}

    assert fitting == {t for t, value in VALUES.items() if type(value) is type(VALUES[type_])}


@pytest.fixture
def writer(database: Database[dict[str, Any]]) -> ProductWriter:
    return ProductWriter(database, {})


def policy(at: Any, attempt: int = 1, **more: Any) -> WritePolicy:
    order = Order(id="job", at=at, attempt=attempt)
    return WritePolicy(actor=ANONYMOUS, now=at, creates=True, order=order, **more)


CHANGES = [
    ProductChange(product_id=name, values={"Price": 1}, row=row)
    for row, name in enumerate(("new", "old", "same"), 1)
]
EXPECTED = [Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED]


def existing(writer: ProductWriter, at: Any) -> None:
    call = WritePolicy(actor=ANONYMOUS, now=at, creates=True)
    writer.write([ProductChange(product_id="old", values={"Price": 2})], call)
    writer.write([ProductChange(product_id="same", values={"Price": 1})], call)


def test_a_repetition_of_the_same_attempt_tells_what_the_first_try_did(
    writer: ProductWriter,
) -> None:
    at = now()
    existing(writer, at - timedelta(days=1))

    assert writer.write(CHANGES, policy(at)) == EXPECTED
    assert writer.write(CHANGES, policy(at)) == EXPECTED
    assert writer.write(CHANGES, policy(at, attempt=2)) == [Outcome.UNCHANGED] * 3


def test_what_is_foretold_is_what_writing_does(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    at = now()
    existing(writer, at - timedelta(days=1))
    before = list(database["products"].find())

    assert writer.dry_run(CHANGES, policy(at)) == EXPECTED
    assert list(database["products"].find()) == before
    assert writer.write(CHANGES, policy(at)) == EXPECTED


def test_the_outcome_is_told_in_words() -> None:
    counts = CommitCounts(rows=1238, created=1200, updated=1, unchanged=34, repeated=1, rejected=2)

    assert outcome(counts, ("Size",), dry_run=False) == (
        "1,201 products saved (1,200 new, 1 changed; 34 unchanged). 1 row repeats the id of a "
        "later row, which is used instead. 2 rows could not be saved; the result says why. "
        "Not stored, since no attribute has that name any more: “Size”."
    )
    several = msgspec.structs.replace(counts, repeated=3)
    assert "3 rows repeat the ids of later rows, which are used instead." in outcome(
        several, (), dry_run=False
    )
    assert outcome(counts, (), dry_run=True).startswith(
        "Nothing was written; approving would save 1,201 products (1,200 new,"
    )
