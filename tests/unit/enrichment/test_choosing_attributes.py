"""Which attributes are asked for, and which never are."""

from __future__ import annotations

from typing import Any

import pytest
from enrichment_kit import CATALOGUE, T, attribute, product

from core.attributes.definitions import AttributeDefinition
from core.enrichment.choosing import choose
from core.enrichment.model import EnrichmentTerms

SKU = attribute("Number", T.SHORT_TEXT, is_identifier=True)
UNIQUE = attribute("Slogan", T.SHORT_TEXT, is_unique=True)


def asked(values: dict[str, Any], *more: AttributeDefinition, **terms: Any) -> list[str]:
    choice = choose(product(values), (*CATALOGUE, *more), EnrichmentTerms(**terms))
    return [d.name for d in choice.asked]


def omitted(values: dict[str, Any], *more: AttributeDefinition, **terms: Any) -> dict[str, str]:
    choice = choose(product(values), (*CATALOGUE, *more), EnrichmentTerms(**terms))
    return {o.attribute: o.code for o in choice.omissions}


def test_by_default_every_empty_text_is_asked_for_and_nothing_else() -> None:
    names = asked({"Brand": "Acme", "Name": "", "Notes": None})

    assert names == ["Name", "Product Type", "Description", "Notes"]


def test_named_attributes_are_asked_for_where_they_are_empty() -> None:
    values = {"Colour": "red", "Functions": []}

    assert asked(values, attributes=("Colour", "Functions", "Weight")) == ["Weight", "Functions"]
    assert omitted(values, attributes=("Colour", "Weight")) == {"Colour": "ALREADY_THERE"}


def test_a_value_is_only_replaced_where_the_caller_names_it() -> None:
    values = {"Colour": "red", "Name": "Boot"}

    assert asked(values, attributes=("Weight",), replace=("Colour",)) == ["Colour", "Weight"]
    assert "Name" not in asked(values)


@pytest.mark.parametrize("value", [False, 0, "0"])
def test_false_and_zero_are_values(value: Any) -> None:
    assert asked({"Bluetooth": value}, attributes=("Bluetooth",)) == []


@pytest.mark.parametrize("kind", [T.BARCODE, T.URL, T.IMAGE])
def test_addresses_and_barcodes_are_never_suggested(kind: T) -> None:
    one = attribute("Thing", kind)

    assert asked({}, one, attributes=("Thing",)) == []
    assert omitted({}, one, attributes=("Thing",)) == {"Thing": "NOT_SUPPORTED"}


@pytest.mark.parametrize("one", [SKU, UNIQUE, attribute("ProductSKU", T.SHORT_TEXT)])
def test_what_identifies_or_is_unique_is_never_suggested(one: AttributeDefinition) -> None:
    assert one.name not in asked({}, one)
    assert omitted({}, one, attributes=(one.name,)) == {one.name: "NOT_SUPPORTED"}
    assert omitted({}, one) == {}


def test_the_name_that_gave_a_product_its_id_is_not_replaced() -> None:
    name = attribute("ProductName", T.SHORT_TEXT)
    own = product({"ProductName": "Boot"}, "Boot")
    other = product({"ProductName": "Boot", "SKU": "A1"}, "A1")
    terms = EnrichmentTerms(attributes=(), replace=("ProductName",))

    assert choose(own, (name,), terms).asked == ()
    assert choose(other, (name,), terms).asked == (name,)


def test_an_empty_product_name_may_be_filled_without_changing_the_id() -> None:
    name = attribute("ProductName", T.SHORT_TEXT)

    assert choose(product({"Brand": "Acme"}, "6f1c"), (name,), EnrichmentTerms()).asked == (name,)
