"""The sentences that users read about an enrichment."""

from __future__ import annotations

from collections.abc import Mapping

from core.enrichment.model import FailureCode
from core.jobs.orders import EnrichmentCounts, EnrichmentOrder
from core.jobs.sentences import ENRICH_AGAIN
from core.wording import can_be_raised, counted

REASONS: Mapping[str, str] = {
    FailureCode.PROVIDER_NOT_CONFIGURED: "the provider is not set up",
    FailureCode.PROVIDER_REFUSED_KEY: "the provider refused its key",
    FailureCode.PROVIDER_REFUSED_REQUEST: "the provider refused the request",
    FailureCode.PROVIDER_TIMED_OUT: "the provider did not answer in time",
    FailureCode.PROVIDER_THROTTLED: "the provider was rate-limiting requests",
    FailureCode.PROVIDER_UNAVAILABLE: "the provider was not available",
    FailureCode.MALFORMED_ANSWER: "the answer could not be read",
    FailureCode.ANSWER_CUT_OFF: "the answer was cut off",
    FailureCode.MODEL_REFUSED: "the model refused",
    FailureCode.BUDGET_EXHAUSTED: "the budget was used up",
    FailureCode.OUT_OF_TIME: "the time was used up",
    FailureCode.TOO_LARGE_FOR_A_CALL: "too large for one call",
    FailureCode.PRODUCT_NOT_FOUND: "there is no such product",
}


def outcome(counts: EnrichmentCounts) -> str:
    """The result, in one or a few sentences."""
    what = "No value was suggested"
    if counts.suggestions:
        what = f"{_values(counts.suggestions)} suggested for {products(counts.suggested)}"
    parts = [f"{what}; nothing was saved."]
    for number, words in (
        (counts.nothing_to_enrich, "nothing to fill"),
        (counts.nothing_suggested, "no usable suggestion"),
    ):
        if number:
            parts.append(f"{products(number)} had {words}.")
    if counts.not_found:
        verb = "does" if counts.not_found == 1 else "do"
        parts.append(f"{products(counts.not_found)} {verb} not exist.")
    failures = {
        code: number
        for code, number in counts.failures_by_code.items()
        if code != FailureCode.PRODUCT_NOT_FOUND
    }
    if failures:
        number = counts.failed + counts.skipped
        reasons = "; ".join(
            REASONS.get(code, code) + (f" ({times:,})" if len(failures) > 1 else "")
            for code, times in sorted(failures.items(), key=lambda item: -item[1])
        )
        verb = "was" if number == 1 else "were"
        parts.append(f"{products(number)} {verb} not enriched: {reasons}.")
    return " ".join(parts)


BLOCKED: Mapping[FailureCode, str] = {
    FailureCode.PROVIDER_NOT_CONFIGURED: "The provider of suggestions is not set up: it lacks a "
    "key, a model or a valid address. Complete the settings, then request the suggestions again.",
    FailureCode.PROVIDER_REFUSED_KEY: "The provider of suggestions refused its key, or the account "
    "has no quota left. Store a key that it accepts or check the billing, then request the "
    "suggestions again.",
}
"""Failures that affect every product until a person resolves them."""


def blocked(counts: EnrichmentCounts) -> tuple[FailureCode, str] | None:
    """The code and the sentence of a job for which no call succeeded; None for any other job."""
    if counts.suggested or counts.nothing_suggested:
        return None
    found = [code for code in BLOCKED if counts.failures_by_code.get(code)]
    if not found:
        return None
    most = max(found, key=lambda code: counts.failures_by_code[code])
    return most, BLOCKED[most]


def accepted(order: EnrichmentOrder) -> str:
    return f"Suggestions for {subject(order)} are being prepared; nothing is saved."


def subject(order: EnrichmentOrder) -> str:
    """The products of the order, as the subject of a sentence."""
    if order.product_count is not None:
        return products(order.product_count)
    if not order.filter:
        return "every product"
    return "the products of a filter"


def no_such_product(count: int, first: str) -> str:
    if count == 1:
        return f"There is no product with the id “{first[:200]}”."
    return f"None of these {count:,} products exists; the first id is “{first[:200]}”."


def too_many(limit: int) -> str:
    return (
        f"The filter finds more than {limit:,} products, too many for one job. "
        "Narrow the filter, and enrich the products in several jobs. "
        f"{can_be_raised('max_enrichment_products')}"
    )


def filter_outdated(reason: str) -> str:
    return f"The filter of this job is no longer valid: {reason}"


def unpriced() -> str:
    return (
        "“budget.costUsd” cannot be enforced while the prices of the model are not set "
        "(ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS, ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS); "
        "set them, or send a budget of tokens."
    )


def order_missing() -> str:
    return f"The request of this job is no longer stored. {ENRICH_AGAIN}."


def products(count: int) -> str:
    return counted(count, "product")


def _values(count: int) -> str:
    return "1 value was" if count == 1 else f"{count:,} values were"
