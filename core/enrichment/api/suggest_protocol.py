"""The requests of the REST API to the function that holds the model's key, and their responses.

The function has no database: products and attributes come with the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from core.enrichment.job_model import EnrichmentAttributes
from core.enrichment.model import EnrichableProduct, EnrichedProduct, FailureCode
from core.imports.proposals.question import MappingQuestion, NamedPair, NoAnswer
from core.jobs.orders import NOTHING_USED, EnrichmentBudget, EnrichmentTerms, Usage


class SuggestCall(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="suggest", tag_field="call"
):
    """Suggest values for these products until a deadline that the caller sets. A deadline, not a
    duration, so that the time of the call itself and of a cold start needs no estimate."""

    products: tuple[EnrichableProduct, ...]
    attributes: EnrichmentAttributes
    terms: EnrichmentTerms
    budget: EnrichmentBudget = EnrichmentBudget()
    ends_at: float
    """Seconds since 1970 by Lambda's clocks, which AWS keeps within about a millisecond."""


class EstimateCall(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="estimate", tag_field="call"
):
    """Estimate what enriching `product_count` products like these would use; no provider is
    called."""

    products: tuple[EnrichableProduct, ...]
    """A sample."""
    attributes: EnrichmentAttributes
    terms: EnrichmentTerms
    product_count: int


class MappingCall(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="mapping", tag_field="call"
):
    """Ask which attributes the columns of a file mean, until a deadline as in SuggestCall."""

    question: MappingQuestion
    budget: EnrichmentBudget = EnrichmentBudget()
    ends_at: float


class Suggested(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry for each product, in no particular order."""

    products: tuple[EnrichedProduct, ...]
    spent: Usage = NOTHING_USED
    """By the calls to the provider, failed ones included."""


class Mapped(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a model named, or why it did not."""

    pairs: tuple[NamedPair, ...] = ()
    """As it named them: untrusted."""
    model: str = ""
    failure: NoAnswer | None = None
    spent: Usage = NOTHING_USED


NO_MODEL = NoAnswer(
    code=FailureCode.PROVIDER_NOT_CONFIGURED,
    message="No model is configured; set ENRICHMENT_PROVIDER and ENRICHMENT_MODEL.",
)


class Suggester(Protocol):
    """The function as the API calls it. Raises ServiceUnavailable when it does not respond."""

    def suggest(self, call: SuggestCall) -> Suggested: ...

    def estimate(self, call: EstimateCall) -> dict[str, Any]:
        """An `Estimate` of `core.enrichment.api.estimating`; a dict, since that module needs the
        packages of the rules, which the API does not load."""
        ...

    def map_columns(self, call: MappingCall) -> Mapped: ...


def in_order_of(ids: Sequence[str], products: Sequence[EnrichedProduct]) -> list[EnrichedProduct]:
    by_id = {product.id: product for product in products}
    return [by_id[product_id] for product_id in ids if product_id in by_id]
