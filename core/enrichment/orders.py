"""What an enrichment job was asked for, and what came of it: the part of it that stands in the job
record. Its bulk lies in S3, see `core/storage/enrichment_keys.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from core.enrichment.model import (
    EnrichedProduct,
    EnrichmentOutcome,
    EnrichmentTerms,
    Usage,
)


class EnrichmentBudget(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """What a job may spend over all its attempts; what is None is not limited."""

    tokens: int | None = None
    """Read and written together."""
    cost_usd: float | None = None

    @property
    def is_limited(self) -> bool:
        return self.tokens is not None or self.cost_usd is not None


class EnrichmentOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was asked for. The ids, which may be many, lie in S3."""

    terms: EnrichmentTerms = EnrichmentTerms()
    product_count: int | None = None
    """How many ids the caller named; None with a filter."""
    filter: str | None = None
    """As a query string of `GET /products`."""
    budget: EnrichmentBudget = EnrichmentBudget()
    fingerprint: str = ""
    """Equal for equal orders, their ids included."""


class EnrichmentCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the products, each counted once; `products` is the sum of the outcomes."""

    products: int = 0
    suggested: int = 0
    nothing_suggested: int = 0
    nothing_to_enrich: int = 0
    not_found: int = 0
    failed: int = 0
    skipped: int = 0
    from_cache: int = 0
    """Of all these, products whose answer was paid for before."""
    suggestions: int = 0
    """Values, over all products."""
    omissions: int = 0
    """Attributes that got none although they were asked for or named."""
    omissions_by_code: dict[str, int] = msgspec.field(default_factory=dict)
    failures_by_code: dict[str, int] = msgspec.field(default_factory=dict)
    """Of the products that failed or were skipped."""

    def __add__(self, other: EnrichmentCounts) -> EnrichmentCounts:
        values: dict[str, Any] = {}
        for field in self.__struct_fields__:
            mine, theirs = getattr(self, field), getattr(other, field)
            values[field] = _merged(mine, theirs) if isinstance(mine, dict) else mine + theirs
        return EnrichmentCounts(**values)

    @property
    def is_clean(self) -> bool:
        return not (self.not_found or self.failed or self.skipped)


def order_to_json(order: EnrichmentOrder) -> dict[str, Any]:
    """As REST and the result show it: what was not given is absent."""
    shown: dict[str, Any] = {
        "terms": _given(msgspec.to_builtins(order.terms)),
        "productCount": order.product_count,
        "filter": order.filter,
        "budget": msgspec.to_builtins(order.budget),
    }
    return _given(shown)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


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


def _merged(mine: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    return {code: mine.get(code, 0) + theirs.get(code, 0) for code in sorted({*mine, *theirs})}
