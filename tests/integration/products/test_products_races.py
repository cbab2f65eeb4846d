"""Many writers of one product at once, on a real database: nothing is doubled and nothing lost.

On the domain's own writer: a Lambda serves one call at a time, so its handler has no threads.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import Actor
from core.attributes.identity import content_hash
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import HASH, FieldKind
from core.products.repository import ProductRepository
from core.products.writing import ProductWriter

KINDS = {"Name": FieldKind.TEXT, "Description": FieldKind.LONG_TEXT}


def policy(**more: Any) -> WritePolicy:
    given: dict[str, Any] = {"actor": Actor("me"), "now": clock.now(), "creates": True}
    return WritePolicy(**given | more)


def change(product_id: str, revision: int | None = None, **values: Any) -> ProductChange:
    return ProductChange(product_id=product_id, values=values, revision=revision)


@pytest.fixture
def writer(database: Database[dict[str, Any]]) -> ProductWriter:
    return ProductWriter(database, KINDS)


def test_writers_that_create_one_product_at_once_make_one(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(lambda n: writer.write([change("L", Price=n)], policy()), range(8))
        )
    flat = [outcome for (outcome,) in outcomes]
    assert flat.count(Outcome.CREATED) == 1
    product = database["products"].find_one({"_id": "L"})
    assert product is not None
    assert product["revision"] == flat.count(Outcome.CREATED) + flat.count(Outcome.UPDATED)


def test_writers_of_different_attributes_all_succeed(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    writer.write([change("L", Name="Lamp")], policy())
    edits = [change("L", Price=9), change("L", Description="Light."), change("L", Barcode="4")]
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda edit: writer.write([edit], policy()), edits))
    assert outcomes == [[Outcome.UPDATED]] * 3
    product = ProductRepository(database).get("L")
    assert (product["Price"], product["Description"], product["Barcode"]) == (9, "Light.", "4")
    assert product["revision"] == 4


def test_of_writers_with_one_revision_exactly_one_wins(writer: ProductWriter) -> None:
    writer.write([change("L", Name="Lamp")], policy())
    edits = [change("L", revision=1, Price=n) for n in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = [o for (o,) in pool.map(lambda edit: writer.write([edit], policy()), edits)]
    assert sorted(outcomes) == [Outcome.CONFLICT] * 3 + [Outcome.UPDATED]


def test_the_hash_is_always_that_of_the_content(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    writer.write([change("L", Name="Lamp", Price=1, Description="x" * 500)], policy())
    writer.write(
        [ProductChange(product_id="L", values={"Price": 2}, cleared=frozenset({"Name"}))], policy()
    )
    product = database["products"].find_one({"_id": "L"})
    assert product is not None
    assert product[HASH] == content_hash({"Price": 2, "Description": "x" * 500})
    assert product["_keys"] == {"Description": "x" * 128}


def test_a_repeated_write_changes_nothing_at_all(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    changes = [change(f"p{n}", Price=n) for n in range(20)]
    assert writer.write(changes, policy()) == [Outcome.CREATED] * 20
    before = list(database["products"].find().sort("_id"))
    assert writer.write(changes, policy()) == [Outcome.UNCHANGED] * 20
    assert list(database["products"].find().sort("_id")) == before


def test_the_same_content_is_written_anew_when_an_attribute_got_another_type(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    same = change("L", Name="Lamp", Description="Light.")
    writer.write([same], policy())
    remade = ProductWriter(database, {"Name": FieldKind.LONG_TEXT, "Description": FieldKind.TEXT})
    touching = policy(touches_unchanged=True)
    assert remade.dry_run([same], touching) == [Outcome.UPDATED]
    assert remade.write([same], touching) == [Outcome.UPDATED]
    product = database["products"].find_one({"_id": "L"})
    assert product is not None
    assert (product["_keys"], product["revision"]) == ({"Name": "Lamp"}, 2)
    assert remade.write([same], policy()) == [Outcome.UNCHANGED]


def test_one_product_that_breaks_a_unique_index_holds_up_no_other(
    writer: ProductWriter, database: Database[dict[str, Any]]
) -> None:
    database["products"].create_index("Barcode", unique=True, sparse=True)
    changes = [change("a", Barcode="1"), change("b", Barcode="1"), change("c", Barcode="2")]
    outcomes = writer.write(changes, policy())
    assert outcomes == [Outcome.CREATED, Outcome.NOT_UNIQUE, Outcome.CREATED]
    outcomes = writer.write([change("a", Price=1), change("c", Barcode="1")], policy())
    assert outcomes == [Outcome.UPDATED, Outcome.NOT_UNIQUE]


def test_the_value_that_gives_the_id_cannot_change(writer: ProductWriter) -> None:
    writer.write([change("7", Code=7)], policy())
    marked = policy(identifier="Code", creates=False)
    assert writer.write([change("7", Code=7.0, Price=1)], marked) == [Outcome.UPDATED]
    assert writer.write([change("7", Code=8)], marked) == [Outcome.IDENTIFIER_CHANGED]
    cleared = ProductChange(product_id="7", values={}, cleared=frozenset({"Code"}))
    assert writer.write([cleared], marked) == [Outcome.IDENTIFIER_CHANGED]


def test_two_changes_of_one_product_in_one_call_are_a_defect_of_the_caller(
    writer: ProductWriter,
) -> None:
    with pytest.raises(ValueError, match="two changes"):
        writer.write([change("a", Price=1), change("a", Price=2)], policy())
