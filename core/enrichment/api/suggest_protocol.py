"""What the REST API asks of the function that holds the model's key, and what that answers.

The function has no database: products and attributes come with the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from core.enrichment.job_model import AskedOf
from core.enrichment.model import EnrichableProduct, EnrichedProduct
from core.jobs.orders import EnrichmentBudget, EnrichmentTerms


class SuggestCall(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="suggest", tag_field="call"
):
    """Suggest values for these products until a moment that the caller sets: how long the call
    itself and a cold start take is then no matter of guessing."""

    products: tuple[EnrichableProduct, ...]
    attributes: AskedOf
    terms: EnrichmentTerms
    budget: EnrichmentBudget = EnrichmentBudget()
    ends_at: float
    """Seconds since 1970, of Lambda's clocks, which AWS keeps within a millisecond or so."""


class EstimateCall(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="estimate", tag_field="call"
):
    """What enriching `product_count` products like these would use; nothing is asked."""

    products: tuple[EnrichableProduct, ...]
    """A sample."""
    attributes: AskedOf
    terms: EnrichmentTerms
    product_count: int


class Suggested(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One for each product, in no particular order."""

    products: tuple[EnrichedProduct, ...]


class Suggester(Protocol):
    """The function, as the API calls it. Raises ServiceUnavailable when it does not answer."""

    def suggest(self, call: SuggestCall) -> Suggested: ...

    def estimate(self, call: EstimateCall) -> dict[str, Any]:
        """An `Estimate` of `core.enrichment.api.estimating`, which needs the rules' packages."""
        ...


def in_order_of(ids: Sequence[str], products: Sequence[EnrichedProduct]) -> list[EnrichedProduct]:
    by_id = {product.id: product for product in products}
    return [by_id[product_id] for product_id in ids if product_id in by_id]
