"""One call from a text to products: what tests of mappings and locales share."""

import json
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.file_format import HeaderMatching, ReadingOptions
from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS, import_of

SKU = attribute("SKU", "short_text", is_required=True, headers=("Art.Nr.",))
NAME = attribute("Product Name", "short_text")
PRICE = attribute("Price", "number", headers=("Price ($)",))
WEIGHT = attribute("Weight", "measure", unit="kg")
COLOR = attribute("Color", "single_select", options=("Red", "Blue"))
ALL = (SKU, NAME, PRICE, WEIGHT, COLOR)


def imported(
    text: str,
    mapping: list[dict[str, Any]] | None = None,
    *,
    definitions: tuple[AttributeDefinition, ...] = ALL,
    headers: HeaderMatching | None = None,
    locale: Any = None,
    steps: list[dict[str, Any]] | None = None,
    chunk_bytes: int = 1_000_000,
) -> tuple[ImportOutcome | Refusal, list[dict[str, Any]], dict[str, bytes]]:
    """The outcome, the products, and all result files."""
    options = msgspec.convert(
        {"mapping": mapping, "headers": headers, "locale": locale, "valueSteps": steps},
        ReadingOptions,
    )
    with import_of(text.encode(), definitions, options, chunk_target_bytes=chunk_bytes) as (
        outcome,
        store,
    ):
        if isinstance(outcome, Refusal):
            return outcome, [], {}
        kept = (KEYS.all_products, KEYS.all_product_rows, KEYS.all_rejected, KEYS.all_faults)
        files = {key: store.get("results", key) for key in (*kept, KEYS.result, KEYS.outcome)}
        if steps is not None:
            files[KEYS.all_changes] = store.get("results", KEYS.all_changes)
        products = [json.loads(line) for line in files[KEYS.all_products].splitlines()]
        return outcome, products, files
