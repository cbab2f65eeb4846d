"""Attributes and products that the tests of enrichment share."""

from __future__ import annotations

from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.model import EnrichableProduct, EnrichedProduct
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings

SETTINGS = Settings()
T = AttributeType


def attribute(name: str, kind: AttributeType, **more: Any) -> AttributeDefinition:
    return AttributeDefinition(name=name, type=kind, **more)


NAME = attribute("Name", T.SHORT_TEXT)
BRAND = attribute("Brand", T.SHORT_TEXT)
KIND = attribute("Product Type", T.SHORT_TEXT)
COLOUR = attribute("Colour", T.SINGLE_SELECT, options=("red", "blue", "light blue"))
DESCRIPTION = attribute("Description", T.LONG_TEXT)
NOTES = attribute("Notes", T.LONG_TEXT)
WEIGHT = attribute("Weight", T.MEASURE, unit="kg", min=0, decimals=2)
ZOOM = attribute("Optical zoom", T.NUMBER, min=1, max=100)
BLUETOOTH = attribute("Bluetooth", T.BOOLEAN)
FUNCTIONS = attribute("Functions", T.MULTIPLE_SELECT, options=("print", "scan", "copy"))
RELEASED = attribute("Release date", T.DATE)
CATALOGUE = (
    *(NAME, BRAND, KIND, COLOUR, DESCRIPTION, NOTES),
    *(WEIGHT, ZOOM, BLUETOOTH, FUNCTIONS, RELEASED),
)


def product(values: dict[str, Any], product_id: str = "p1") -> EnrichableProduct:
    return EnrichableProduct(id=product_id, revision=1, values=values)


def named(*definitions: AttributeDefinition, **more: Any) -> EnrichmentTerms:
    return EnrichmentTerms(attributes=tuple(d.name for d in definitions), **more)


def offline(values: dict[str, Any], *requested: AttributeDefinition) -> EnrichedProduct:
    """One product, enriched without a model; `requested` beside the catalogue's attributes."""
    definitions = (*CATALOGUE, *(d for d in requested if d not in CATALOGUE))
    terms = named(*requested) if requested else EnrichmentTerms()
    outcome = suggest([product(values)], definitions, terms, OfflineProvider(), SETTINGS)
    return outcome.products[0]


def value_of(enriched: EnrichedProduct, attribute: AttributeDefinition) -> Any:
    """The suggested value; None for none."""
    found = [s.value for s in enriched.suggestions if s.attribute == attribute.name]
    return found[0] if found else None


def code_of(enriched: EnrichedProduct, attribute: AttributeDefinition) -> str | None:
    """Why there is no value; None where there is one."""
    found = [o.code for o in enriched.omissions if o.attribute == attribute.name]
    return found[0] if found else None
