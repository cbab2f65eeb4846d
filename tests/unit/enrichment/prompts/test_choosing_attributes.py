"""Which attributes are asked for, and which never are."""

from __future__ import annotations

from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition
from core.enrichment.prompts.choosing import choose
from core.jobs.orders import EnrichmentTerms
from tests.unit.enrichment.enrichment_kit import CATALOGUE, T, attribute, product

SKU = attribute("Number", T.SHORT_TEXT, is_identifier=True)
UNIQUE = attribute("Slogan", T.SHORT_TEXT, is_unique=True)


def wanted(values: dict[str, Any], *more: AttributeDefinition, **terms: Any) -> list[str]:
    choice = choose(product(values), (*CATALOGUE, *more), EnrichmentTerms(**terms))
    return [d.name for d in choice.requested]


def omitted(values: dict[str, Any], *more: AttributeDefinition, **terms: Any) -> dict[str, str]:
    choice = choose(product(values), (*CATALOGUE, *more), EnrichmentTerms(**terms))
    return {o.attribute: o.code for o in choice.omissions}


def test_by_default_every_empty_text_is_asked_for_and_nothing_else() -> None:
    names = wanted({"Brand": "Acme", "Name": "", "Notes": None})

    assert names == ["Name", "Product Type", "Description", "Notes"]


def test_named_attributes_are_asked_for_where_they_are_empty() -> None:
    values = {"Colour": "red", "Functions": []}

    assert wanted(values, attributes=("Colour", "Functions", "Weight")) == ["Weight", "Functions"]
    assert omitted(values, attributes=("Colour", "Weight")) == {"Colour": "ALREADY_THERE"}


def test_a_value_is_only_replaced_where_the_caller_names_it() -> None:
    values = {"Colour": "red", "Name": "Boot"}

    assert wanted(values, attributes=("Weight",), replace=("Colour",)) == ["Colour", "Weight"]
    assert "Name" not in wanted(values)


@pytest.mark.parametrize("value", [False, 0, "0"])
def test_false_and_zero_are_values(value: Any) -> None:
    assert wanted({"Bluetooth": value}, attributes=("Bluetooth",)) == []


@pytest.mark.parametrize("kind", [T.BARCODE, T.URL, T.IMAGE])
def test_addresses_and_barcodes_are_never_suggested(kind: T) -> None:
    one = attribute("Thing", kind)

    assert wanted({}, one, attributes=("Thing",)) == []
    assert omitted({}, one, attributes=("Thing",)) == {"Thing": "NOT_SUPPORTED"}


@pytest.mark.parametrize("one", [SKU, UNIQUE, attribute("ProductSKU", T.SHORT_TEXT)])
def test_what_identifies_or_is_unique_is_never_suggested(one: AttributeDefinition) -> None:
    assert one.name not in wanted({}, one)
    assert omitted({}, one, attributes=(one.name,)) == {one.name: "NOT_SUPPORTED"}
    assert omitted({}, one) == {}


CODES = [
    *("barcode", "Sku", "sku", "EAN", "ean13", "Ean 13", "Gtin", "GTIN14", "upc-a", "EANCode"),
    *("Article number", "articleNumber", "article_no", "Artikel-Nr.", "Artikelnummer", "Bestellnr"),
    *("Part no. of the maker", "Supplier ID", "supplierId", "ISBN", "Item code (old)", "MPN", "ID"),
    *("Numéro", "Bar code", "Model Number", "Référence"),
]


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("kind", [T.SHORT_TEXT, T.LONG_TEXT])
def test_codes_are_never_suggested_however_they_are_called(name: str, kind: T) -> None:
    one = attribute(name, kind)

    assert name not in wanted({}, one)
    assert omitted({}, one) == {}
    assert omitted({}, one, attributes=(name,)) == {name: "NOT_SUPPORTED"}


@pytest.mark.parametrize("name", ["barcode", "EAN", "Article number", "gtin14"])
def test_a_code_that_is_kept_as_a_number_is_none_the_less(name: str) -> None:
    one = attribute(name, T.NUMBER)

    assert omitted({}, one, attributes=(name,)) == {name: "NOT_SUPPORTED"}


WORDS = [
    *("Ocean view", "European size", "Idea", "Care notes", "Decoder", "Skull print", "Barcelona"),
    *("Number of pieces", "Product name", "Model", "Order hints", "Codename story", "Identity"),
    *("Material", "Part of the set", "Notes", "Korean"),
]


@pytest.mark.parametrize("name", WORDS)
def test_words_that_only_look_like_codes_are_asked_for(name: str) -> None:
    assert name in wanted({}, attribute(name, T.SHORT_TEXT))


def test_of_given_values_and_flags_any_name_is_asked_for() -> None:
    kinds = attribute("Colour code", T.SINGLE_SELECT, options=("A1", "B2"))
    flag = attribute("Has barcode", T.BOOLEAN)
    count = attribute("Pieces number", T.NUMBER)
    names = tuple(d.name for d in (kinds, flag, count))

    assert wanted({}, kinds, flag, count, attributes=names) == list(names)


def test_the_name_that_gave_a_product_its_id_is_not_replaced() -> None:
    name = attribute("ProductName", T.SHORT_TEXT)
    own = product({"ProductName": "Boot"}, "Boot")
    other = product({"ProductName": "Boot", "SKU": "A1"}, "A1")
    terms = EnrichmentTerms(attributes=(), replace=("ProductName",))

    assert choose(own, (name,), terms).requested == ()
    assert choose(other, (name,), terms).requested == (name,)


def test_an_empty_product_name_may_be_filled_without_changing_the_id() -> None:
    name = attribute("ProductName", T.SHORT_TEXT)

    assert choose(product({"Brand": "Acme"}, "6f1c"), (name,), EnrichmentTerms()).requested == (
        name,
    )
