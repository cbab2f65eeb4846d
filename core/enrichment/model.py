"""The values that travel between the steps of an enrichment, and those that it stores in S3.

    product + terms ──prompt──▶ provider ──answer──▶ rules ──▶ suggestions and omissions ──▶ preview

All are frozen, and msgspec writes them in camelCase with a fixed field order. So the same input
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from core.jobs.orders import (
    EnrichmentCounts,
    Usage,
)


class EnrichableProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product as it was read: the source of suggestions, and the state they are approved
    against."""

    id: str = msgspec.field(name="_id")
    revision: int
    values: dict[str, Any]
    """Attribute values as the catalogue stores them (a measure as `{value, unit}`)."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One value for one attribute that passed the rules."""

    attribute: str
    value: Any
    """As the catalogue would store it."""
    provider: str
    model: str
    confidence: float | None
    """0 to 1, as the provider reports it; None if it does not."""
    drawn_from: tuple[str, ...]
    """Attributes that the provider names as the source of the suggestion. Only attributes that the
    product really has."""
    replaces: Any = None
    """The present value, if the caller allowed it to be replaced."""


class OmissionCode(StrEnum):
    """Why a requested attribute got no suggestion. Stable; docs/codes.md. A value that breaks a
    rule carries the code of the rule (`FaultCode`) instead."""

    ABSTAINED = "ABSTAINED"
    """The provider does not know: a valid answer."""
    NOT_ANSWERED = "NOT_ANSWERED"
    ALREADY_THERE = "ALREADY_THERE"
    """The attribute has a value, and the caller did not allow it to be replaced."""
    UNSAFE_MARKUP = "UNSAFE_MARKUP"
    """A rich text with attributes, or with tags that `core.enrichment.prompts.markup` does not
    allow."""
    NOT_SUPPORTED = "NOT_SUPPORTED"
    """No provider suggests values of this type (identifiers, barcodes, addresses …)."""


class Omission(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One attribute without a suggestion, and the reason."""

    attribute: str
    code: str
    """An `OmissionCode`, or the `FaultCode` of the rule that the value broke."""
    message: str
    value: str | None = None
    """The dropped value, cut at `fault_value_max_characters`."""


class EnrichmentOutcome(StrEnum):
    """The outcome of one product."""

    SUGGESTED = "suggested"
    NOTHING_SUGGESTED = "nothing_suggested"
    """The provider was called, and no value passed the rules."""
    NOTHING_TO_ENRICH = "nothing_to_enrich"
    """No attribute is empty; the provider was not called."""
    NOT_FOUND = "not_found"
    FAILED = "failed"
    """The provider gave no usable answer; `failure` says why."""
    SKIPPED = "skipped"
    """Not processed: the budget, the time or the size limit of the call was used up."""


class FailureCode(StrEnum):
    """Why a product got no answer from a provider. Stable; docs/codes.md."""

    PROVIDER_NOT_CONFIGURED = "PROVIDER_NOT_CONFIGURED"
    PROVIDER_REFUSED_KEY = "PROVIDER_REFUSED_KEY"
    PROVIDER_REFUSED_REQUEST = "PROVIDER_REFUSED_REQUEST"
    PROVIDER_TIMED_OUT = "PROVIDER_TIMED_OUT"
    PROVIDER_THROTTLED = "PROVIDER_THROTTLED"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    MALFORMED_ANSWER = "MALFORMED_ANSWER"
    ANSWER_CUT_OFF = "ANSWER_CUT_OFF"
    MODEL_REFUSED = "MODEL_REFUSED"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    OUT_OF_TIME = "OUT_OF_TIME"
    TOO_LARGE_FOR_A_CALL = "TOO_LARGE_FOR_A_CALL"
    PRODUCT_NOT_FOUND = "PRODUCT_NOT_FOUND"


class Failure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: FailureCode
    message: str


class EnrichedProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The outcome of one product: a line of `suggestions.ndjson`, and the source of a preview."""

    id: str = msgspec.field(name="_id")
    revision: int | None
    """The product's revision when it was read; None if the product does not exist."""
    name: str | None
    """The product's name, or the closest thing to one; for display."""
    outcome: EnrichmentOutcome
    suggestions: tuple[Suggestion, ...] = ()
    omissions: tuple[Omission, ...] = ()
    failure: Failure | None = None
    usage: Usage = Usage()
    from_cache: bool = False
    """The answer came from the cache: no call was made or paid for."""


def count(products: Iterable[EnrichedProduct]) -> tuple[EnrichmentCounts, Usage]:
    """Count the outcomes, and add up what they used."""
    outcomes: dict[str, int] = dict.fromkeys((outcome.value for outcome in EnrichmentOutcome), 0)
    omissions: dict[str, int] = {}
    failures: dict[str, int] = {}
    total = from_cache = suggestions = 0
    usage = Usage()
    for product in products:
        total += 1
        outcomes[product.outcome.value] += 1
        from_cache += product.from_cache
        suggestions += len(product.suggestions)
        for omission in product.omissions:
            omissions[omission.code] = omissions.get(omission.code, 0) + 1
        if product.failure is not None:
            code = product.failure.code.value
            failures[code] = failures.get(code, 0) + 1
        usage += product.usage
    result = EnrichmentCounts(
        products=total,
        from_cache=from_cache,
        suggestions=suggestions,
        omissions=sum(omissions.values()),
        omissions_by_code=dict(sorted(omissions.items())),
        failures_by_code=dict(sorted(failures.items())),
        **outcomes,
    )
    return result, usage
