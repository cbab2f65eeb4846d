"""The provider without a model: what it finds, what it composes, and when it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichmentOutcome
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms
from tests.unit.enrichment.enrichment_kit import (
    BLUETOOTH,
    BRAND,
    CATALOGUE,
    COLOUR,
    DESCRIPTION,
    FUNCTIONS,
    NAME,
    NOTES,
    RELEASED,
    SETTINGS,
    WEIGHT,
    ZOOM,
    T,
    attribute,
    code_of,
    offline,
    product,
    value_of,
)

LANGUAGE = attribute("Language", T.SINGLE_SELECT, options=("C", "C++", "C#", "a.b", "5.5"))
TEMPERATURE = attribute("Lowest temperature", T.MEASURE, unit="°C")

FOUND = [
    (COLOUR, "A light blue camera", "light blue"),
    (COLOUR, "Comes in RED.", "red"),
    (WEIGHT, "Weighs 1.5 kg", {"value": 1.5, "unit": "kg"}),
    (WEIGHT, "Package 3 kg. Weight: 1.5kg.", {"value": 1.5, "unit": "kg"}),
    (WEIGHT, "2 kilograms net", {"value": 2, "unit": "kg"}),
    (ZOOM, "Optical zoom: 12 x", 12),
    (ZOOM, "a 10x optical zoom", 10),
    (BLUETOOTH, "with Bluetooth and WiFi", True),
    (BLUETOOTH, "Bluetooth: no", False),
    (BLUETOOTH, "without Bluetooth", False),
    (FUNCTIONS, "print_scan_sales", ["print", "scan"]),
    (FUNCTIONS, "Print, <b>scan</b> &amp; more", ["print", "scan"]),
    (RELEASED, "Release date 2026-03-01, made 2025-12-01", "2026-03-01"),
    (COLOUR, "In blue, not red", "blue"),
    (COLOUR, "Not waterproof. Red.", "red"),
    (COLOUR, "not only red, but warm", "red"),
    (COLOUR, "No. 5, red", "red"),
    (COLOUR, "colour:red+black", "red"),
    (COLOUR, "light-blue", "light blue"),
    (WEIGHT, "No handle, 3 kg", {"value": 3, "unit": "kg"}),
    (BLUETOOTH, "Bluetooth: yes, not only for phones", True),
    (LANGUAGE, "C++ a-b acb", "C++"),
    (LANGUAGE, "written in c++.", "C++"),
    (LANGUAGE, "Language: C", "C"),
    (LANGUAGE, "Language: C#, fast", "C#"),
    (LANGUAGE, "the a.b dialect", "a.b"),
    (TEMPERATURE, "Lowest temperature: -18 °C", {"value": -18, "unit": "°C"}),
]


@pytest.mark.parametrize(("requested", "text", "value"), FOUND)
def test_what_the_texts_say_is_suggested_with_its_source(
    requested: AttributeDefinition, text: str, value: Any
) -> None:
    enriched = offline({"Notes": text}, requested)

    assert value_of(enriched, requested) == value
    (suggestion,) = enriched.suggestions
    assert suggestion.provider == "offline"
    assert suggestion.drawn_from == ("Notes",)
    assert suggestion.confidence is not None
    assert 0 < suggestion.confidence < 1


UNKNOWN = [
    (COLOUR, "red, blue: what you like"),
    (COLOUR, "a reduced price, covered"),
    (WEIGHT, "carries 120 kg, weighs 3 kg"),
    (WEIGHT, "weighs 3 lb"),
    (WEIGHT, "Weight: 1.234 kg"),  # more decimals than it may have
    (ZOOM, "12 buttons"),
    (ZOOM, "Optical zoom: 500"),  # over its max
    (BLUETOOTH, "a plain cable"),
    (BLUETOOTH, "Bluetooth: yes. Bluetooth: no."),
    (FUNCTIONS, "a printer"),
    (RELEASED, "made 2025-12-01"),
    (RELEASED, "Release date 01/02/2026"),
    (COLOUR, "color: not Red"),
    (COLOUR, "not available in red"),
    (COLOUR, "keine rote Variante, kein Red"),
    (COLOUR, "neither red nor blue"),
    (COLOUR, "It isn't red"),
    (FUNCTIONS, "cannot print"),
    (WEIGHT, "Weight: -3 kg"),
    (WEIGHT, "Weight: not 3 kg"),
    (WEIGHT, "Weight: 3-5 kg"),
    (WEIGHT, "Weight: 3 – 5 kg"),
    (ZOOM, "Optical zoom: not 12"),
    (BLUETOOTH, "not equipped with Bluetooth"),
    (BLUETOOTH, "Bluetooth not included"),
    (BLUETOOTH, "Bluetooth: not available"),
    (BLUETOOTH, "Bluetooth is not on board"),
    (RELEASED, "Release date: not 2026-03-01"),
    (LANGUAGE, "a-b acb"),
    (LANGUAGE, "Language: C+++"),
    (LANGUAGE, "vitamin C"),
    (LANGUAGE, "costs 5.5"),
]


@pytest.mark.parametrize(("requested", "text"), UNKNOWN)
def test_what_nothing_or_two_things_support_is_not_known(
    requested: AttributeDefinition, text: str
) -> None:
    enriched = offline({"Notes": text}, requested)

    assert enriched.outcome is EnrichmentOutcome.NOTHING_SUGGESTED
    assert code_of(enriched, requested) == "ABSTAINED"


def test_a_title_is_composed_of_brand_kind_and_colour() -> None:
    enriched = offline({"Brand": "Acme", "Product Type": "Camera", "Colour": "red"}, NAME)

    (title,) = enriched.suggestions
    assert title.value == "Acme Camera red"
    assert title.drawn_from == ("Brand", "Product Type", "Colour")


def test_a_title_keeps_within_the_limit_of_its_attribute() -> None:
    short = attribute("Label", T.SHORT_TEXT, max_length=11)

    enriched = offline({"Brand": "Acme", "Product Type": "Camera", "Colour": "red"}, short)

    assert value_of(enriched, short) == "Acme Camera"


def test_a_description_tells_what_is_known_and_nothing_else() -> None:
    values = {"Name": "Boot", "Brand": "Acme", "Weight": {"value": 2.5, "unit": "kg"}}

    (text,) = offline(values, DESCRIPTION).suggestions

    assert text.value == "Boot by Acme. Weight: 2.5 kg."
    assert text.drawn_from == ("Name", "Brand", "Weight")


def test_a_rich_description_cannot_be_broken_by_mark_up_in_a_value() -> None:
    rich = attribute("Web description", T.RICH_TEXT)

    enriched = offline({"Name": "A &lt;b&gt; & c", "Brand": "Acme"}, rich)

    assert value_of(enriched, rich) == "<p>A &lt;b&gt; &amp; c by Acme</p>"


def test_a_text_of_unknown_meaning_is_not_made_up() -> None:
    care = attribute("Care instructions", T.LONG_TEXT)

    enriched = offline({"Name": "Boot", "Brand": "Acme", "Colour": "red"}, care)

    assert code_of(enriched, care) == "ABSTAINED"


def test_the_same_product_gets_the_same_suggestions() -> None:
    values = {"Name": "Boot", "Notes": "red boot, 2 kg, print or scan with Bluetooth"}
    requested = (COLOUR, DESCRIPTION, WEIGHT, BLUETOOTH, FUNCTIONS, BRAND)

    assert offline(values, *requested) == offline(values, *requested)


def test_the_value_that_is_to_be_replaced_is_no_evidence_for_itself() -> None:
    products = [product({"Colour": "red", "Notes": "light blue"})]
    terms = EnrichmentTerms(attributes=(), replace=("Colour",))
    outcome = suggest(products, CATALOGUE, terms, OfflineProvider(), SETTINGS)

    (suggestion,) = outcome.products[0].suggestions
    assert (suggestion.value, suggestion.replaces) == ("light blue", "red")


def test_html_and_labels_are_read_as_text() -> None:
    material = attribute("Material", T.SHORT_TEXT)

    enriched = offline({NOTES.name: "<ul><li>Material:<b> steel</b>; heavy</li></ul>"}, material)

    assert value_of(enriched, material) == "steel"
