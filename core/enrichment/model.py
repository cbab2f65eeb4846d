"""The values that travel between the steps of an enrichment, and what it leaves in S3.

    product + terms ──prompt──▶ provider ──answer──▶ rules ──▶ suggestions and omissions ──▶ preview

All are frozen and written by msgspec in camelCase with a fixed field order, so the same input
gives the same bytes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

COST_DECIMALS = 9
"""A token of the cheapest models costs some 1e-8 dollars; beyond that lies only noise, which sums
of floats would show."""


class EnrichmentTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the caller wants suggested."""

    attributes: tuple[str, ...] | None = None
    """Names of attributes, filled where they are empty. None: every empty text-like one
    (short, long and rich text)."""
    replace: tuple[str, ...] = ()
    """Names of attributes whose present value may be replaced; no other value ever is."""
    images: bool = False
    """Pass the product's pictures to a model that can see."""


class EnrichableProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product as it was read: what a suggestion is made from, and what it is approved against."""

    id: str = msgspec.field(name="_id")
    revision: int
    values: dict[str, Any]
    """Attribute values as the catalogue stores them (a measure as `{value, unit}`)."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was really used. Money in US dollars, by the configured prices; 0 where none are."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=round(self.cost_usd + other.cost_usd, COST_DECIMALS),
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            requests=self.requests - other.requests,
            input_tokens=self.input_tokens - other.input_tokens,
            output_tokens=self.output_tokens - other.output_tokens,
            cost_usd=round(self.cost_usd - other.cost_usd, COST_DECIMALS),
        )

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.input_tokens + self.output_tokens


NOTHING_USED = Usage()


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
    """A rich text with other tags than `core.enrichment.markup` lets pass, or with attributes."""
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
