"""The values that travel between the steps of an enrichment, and what it leaves in S3.

    product + terms ──prompt──▶ provider ──answer──▶ rules ──▶ suggestions and omissions ──▶ preview

All are frozen and written by msgspec in camelCase with a fixed field order, so the same input
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
    """A product as it was read: what a suggestion is made from, and what it is approved against."""

    id: str = msgspec.field(name="_id")
    revision: int
    values: dict[str, Any]
    """Attribute values as the catalogue stores them (a measure as `{value, unit}`)."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One value for one attribute, which passed the rules."""

    attribute: str
    value: Any
    """As the catalogue would store it."""
    provider: str
    model: str
    confidence: float | None
    """0 to 1, by the provider's own word; None where it gives none."""
    drawn_from: tuple[str, ...]
    """Attributes of the product that the suggestion was drawn from, by the provider's word, and
    only such as the product really has."""
    replaces: Any = None
    """The present value, where the caller let it be replaced."""


class OmissionCode(StrEnum):
    """Why an attribute that was asked for got no suggestion. Stable; docs/codes.md. A value that
    breaks a rule carries the code of the rule (`FaultCode`) instead."""

    ABSTAINED = "ABSTAINED"
    """The provider does not know: a valid answer."""
    NOT_ANSWERED = "NOT_ANSWERED"
    ALREADY_THERE = "ALREADY_THERE"
    """It has a value, and the caller did not ask to replace it."""
    UNSAFE_MARKUP = "UNSAFE_MARKUP"
    """A rich text with tags that `core.enrichment.prompts.markup` does not allow, or with
    attributes."""
    NOT_SUPPORTED = "NOT_SUPPORTED"
    """No provider suggests values of this type (identifiers, barcodes, addresses …)."""


class Omission(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One attribute without suggestion, and why."""

    attribute: str
    code: str
    """An `OmissionCode`, or the `FaultCode` of the rule that the value broke."""
    message: str
    value: str | None = None
    """The value that was dropped, cut at `fault_value_max_characters`."""


class EnrichmentOutcome(StrEnum):
    """What became of one product."""

    SUGGESTED = "suggested"
    NOTHING_SUGGESTED = "nothing_suggested"
    """The provider was asked, and no value passed."""
    NOTHING_TO_ENRICH = "nothing_to_enrich"
    """No attribute is empty; the provider was not asked."""
    NOT_FOUND = "not_found"
    FAILED = "failed"
    """The provider did not answer usefully; `failure` says why."""
    SKIPPED = "skipped"
    """Not asked for: the budget, the time or the room of the call was used up."""


class FailureCode(StrEnum):
    """Why a provider gave nothing for a product. Stable; docs/codes.md."""

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
    """The outcome of one product: a line of `suggestions.ndjson`, and what a preview is made of."""

    id: str = msgspec.field(name="_id")
    revision: int | None
    """Of the product when it was read; None when there is none."""
    name: str | None
    """For people: the product's name, or whatever comes nearest to one."""
    outcome: EnrichmentOutcome
    suggestions: tuple[Suggestion, ...] = ()
    omissions: tuple[Omission, ...] = ()
    failure: Failure | None = None
    usage: Usage = Usage()
    from_cache: bool = False
    """Nothing was asked or paid: the same question was answered before."""


def count(products: Iterable[EnrichedProduct]) -> tuple[EnrichmentCounts, Usage]:
    """The outcomes, and what was used for them together."""
    counts: dict[str, int] = dict.fromkeys((outcome.value for outcome in EnrichmentOutcome), 0)
    omissions: dict[str, int] = {}
    failures: dict[str, int] = {}
    total = cached = suggestions = 0
    usage = Usage()
    for product in products:
        total += 1
        counts[product.outcome.value] += 1
        cached += product.from_cache
        suggestions += len(product.suggestions)
        for omission in product.omissions:
            omissions[omission.code] = omissions.get(omission.code, 0) + 1
        if product.failure is not None:
            code = product.failure.code.value
            failures[code] = failures.get(code, 0) + 1
        usage += product.usage
    told = EnrichmentCounts(
        products=total,
        from_cache=cached,
        suggestions=suggestions,
        omissions=sum(omissions.values()),
        omissions_by_code=dict(sorted(omissions.items())),
        failures_by_code=dict(sorted(failures.items())),
        **counts,
    )
    return told, usage
