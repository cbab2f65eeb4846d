"""One product of a preview: the contract's four fields, and the details that explain them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.enrichment.model import (
    EnrichableProduct,
    EnrichedProduct,
    EnrichmentOutcome,
    Failure,
    FailureCode,
)
from core.enrichment.prompts.questions import product_name
from core.enrichment.sentences import no_such_product
from core.products.fields import ID, REVISION


def preview(product: EnrichedProduct, shown: Mapping[str, Any]) -> dict[str, Any]:
    """`shown` is the product as it was read, in its REST form.

    `enrichedProductData` is the product with the suggestions in place. `bulk-update` accepts it
    unchanged, and writes it only if the product still has this `revision`.
    """
    suggested = {s.attribute: s.value for s in product.suggestions}
    fields: dict[str, Any] = {
        ID: product.id,
        REVISION: product.revision,
        "originalProductName": product.name or product.id,
        "enrichedProductData": {**shown, **suggested},
        "aiSuggestions": {name: cell(value) for name, value in suggested.items()},
        "outcome": product.outcome.value,
        "suggestions": msgspec.to_builtins(product.suggestions),
        "omissions": msgspec.to_builtins(product.omissions),
        "failure": None if product.failure is None else msgspec.to_builtins(product.failure),
        "usage": msgspec.to_builtins(product.usage),
        "fromCache": product.from_cache,
    }
    return {name: value for name, value in fields.items() if value is not None}


def cell(value: Any) -> Any:
    """A value as a table shows it: a measure reads `2.5 kg`."""
    if isinstance(value, Mapping):
        parts = (value.get("value"), value.get("unit"))
        return " ".join(str(part) for part in parts if part is not None)
    return value


def missing(product_id: str) -> EnrichedProduct:
    """The outcome of a requested product that does not exist."""
    sentence = no_such_product(1, product_id)
    return EnrichedProduct(
        id=product_id,
        revision=None,
        name=None,
        outcome=EnrichmentOutcome.NOT_FOUND,
        failure=Failure(code=FailureCode.PRODUCT_NOT_FOUND, message=sentence),
    )


def too_large(product: EnrichableProduct) -> EnrichedProduct:
    """The outcome of a product that does not fit into one call."""
    sentence = (
        "The products of this call are too large together; request fewer products, or a job "
        "with “async”."
    )
    return EnrichedProduct(
        id=product.id,
        revision=product.revision,
        name=product_name(product.values),
        outcome=EnrichmentOutcome.SKIPPED,
        failure=Failure(code=FailureCode.TOO_LARGE_FOR_A_CALL, message=sentence),
    )
