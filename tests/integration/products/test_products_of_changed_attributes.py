"""Products whose attributes were deleted, made anew with another type, or lost an option."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from tests.integration.products_api import approved, ask, define, one, wired

LAMP = {"ProductSKU": "L-1", "ProductName": "Lamp", "Price": 10.5, "Brand": "Acme"}


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch):
        define(database)
        yield


def test_a_product_is_saved_as_it_was_read_although_an_option_is_gone_and_a_type_is_another(
    database: Database[Any],
) -> None:
    approved({**LAMP, "Barcode": "a12", "Colors": ["Red", "Blue"]})
    database["attributes"].update_one({"_id": "colors"}, {"$set": {"options": ["Green"]}})
    database["attributes"].update_one({"_id": "barcode"}, {"$set": {"type": "number"}})

    def outcomes(**changed: Any) -> list[tuple[str, list[str]]]:
        product = {**one("L-1"), **changed}
        reply = ask("PUT", "/products/bulk-update", {"products": [product]})
        assert reply.status == 200, reply.text
        return [
            (o["outcome"], [f["column"] for f in o.get("faults", ())])
            for o in reply.json["outcomes"]
        ]

    assert outcomes() == [("unchanged", [])]
    assert outcomes(Price=11) == [("updated", [])]
    assert outcomes(Colors=["Blue"]) == [("invalid", ["Colors"])]
    assert (one("L-1")["Colors"], one("L-1")["Barcode"]) == (["Red", "Blue"], "a12")


def test_values_of_a_deleted_attribute_are_not_shown_and_come_back_with_it(
    database: Database[Any],
) -> None:
    approved(LAMP)
    brand = database["attributes"].find_one_and_delete({"_id": "brand"})

    assert "Brand" not in one("L-1")
    assert "Brand" not in ask("GET", "/products/L-1").json["product"]
    database["attributes"].insert_one(brand)
    assert one("L-1")["Brand"] == "Acme"
