"""Turns products into suggestions, for the API and for the state machine, without a database.

    choose ─▶ cache? ─▶ ask ─▶ validate ─┬─ valid ──────────────────▶ keep ─▶ EnrichedProduct
                                         └─ wrong ─▶ ask once more ─▶ keep

Several products are in progress at once. A problem of one product is an outcome of that product.
Only a problem of all of them (time, budget, throttling, a refused key) stops the batch, and the
finished products are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.attributes.definitions import AttributeDefinition
from core.concurrency import SeenKeys, map_until
from core.enrichment.model import (
    EnrichableProduct,
    EnrichedProduct,
    EnrichmentOutcome,
    Failure,
    FailureCode,
    Omission,
    Suggestion,
)
from core.enrichment.prompts.choosing import choose
from core.enrichment.prompts.images import image_addresses
from core.enrichment.prompts.questions import (
    Question,
    known_values,
    product_name,
    requested_attributes,
)
from core.enrichment.providers.interface import Provider
from core.enrichment.suggestions.asking import Asker
from core.enrichment.suggestions.caching import AnswerCache, cache_key
from core.enrichment.suggestions.call_limiter import OUTAGE_CODES, CallLimiter
from core.enrichment.suggestions.pricing import NO_BUDGET, Allowance
from core.jobs.orders import NOTHING_USED, EnrichmentTerms, Usage
from core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """The outcome of one call of `suggest`."""

    products: tuple[EnrichedProduct, ...]
    """The finished products, in the given order."""
    left: tuple[EnrichableProduct, ...] = ()
    """The products without a call, or whose call was interrupted, in order; to be passed again."""
    stopped: FailureCode | None = None
    """Why products are left: PROVIDER_THROTTLED, PROVIDER_UNAVAILABLE, OUT_OF_TIME or
    BUDGET_EXHAUSTED."""
    wait_seconds: int = 0
    """After a PROVIDER_THROTTLED: when to retry, as the provider requests, or a guess."""
    left_usage: Usage = NOTHING_USED
    """Of calls for products that are left: paid for, without a result."""

    spent: Usage = NOTHING_USED
    """By the calls of this run, failed ones included. Excludes what an earlier try paid for."""

    @property
    def usage(self) -> Usage:
        """Of all calls."""
        return sum((product.usage for product in self.products), self.left_usage)

    def with_left_skipped(
        self, sentences: Mapping[FailureCode, str] | None = None
    ) -> tuple[EnrichedProduct, ...]:
        """All products, for a caller that makes no further try: those left are SKIPPED. `sentences`
        give the reasons, by default those of a call."""
        if self.stopped is None:
            return self.products
        failure = Failure(code=self.stopped, message=(sentences or STOPPED_IN_A_CALL)[self.stopped])
        return self.products + tuple(
            EnrichedProduct(
                id=product.id,
                revision=product.revision,
                name=product_name(product.values),
                outcome=EnrichmentOutcome.SKIPPED,
                failure=failure,
            )
            for product in self.left
        )


STOPPED_IN_A_CALL: Mapping[FailureCode, str] = {
    FailureCode.PROVIDER_THROTTLED: "The provider is rate-limiting requests; try again later.",
    FailureCode.PROVIDER_UNAVAILABLE: "The provider was not available; try again later.",
    FailureCode.OUT_OF_TIME: "The time of this call was used up; request fewer products at once.",
    FailureCode.BUDGET_EXHAUSTED: "The budget was used up before this product; raise it.",
}

STOPPED_IN_A_JOB: Mapping[FailureCode, str] = {
    **STOPPED_IN_A_CALL,
    FailureCode.OUT_OF_TIME: "The model was too slow for the time limit of the job, in every turn; "
    "request suggestions for this product again.",
}


CLOSING_SECONDS = 1.5
"""After the end of the time: to interrupt the last calls, and to validate and keep answers."""


def suggest(
    products: Sequence[EnrichableProduct],
    definitions: Sequence[AttributeDefinition],
    terms: EnrichmentTerms,
    provider: Provider,
    settings: Settings,
    *,
    descriptions: Mapping[str, str] | None = None,
    cache: AnswerCache | None = None,
    time_seconds: float | None = None,
    budget: Allowance = NO_BUDGET,
    asked_by: str = "",
    requests_per_minute: float = 0.0,
    stops_in_outage: bool = False,
) -> BatchOutcome:
    """Suggest values for these products.

    `definitions` are all attributes of the catalogue, `descriptions` the merchant's descriptions by
    name. `time_seconds` is the time for the whole call, None for no limit. Calls that have not
    returned `CLOSING_SECONDS` after that time are abandoned, and their products are left.

    `requests_per_minute` spaces the calls; 0 means no spacing. With `stops_in_outage`, several
    products in a row for which the provider is unavailable stop the batch. They are left with the
    others, for a caller that tries again.

    `asked_by` identifies the work that pays (a job, an attempt, a batch, a turn). An answer in the
    cache that the same work paid for is reported once with its usage, so that a repeated batch
    counts what its first try paid. Any other answer from the cache is `fromCache`, and free.

    Problems with a provider or an answer are outcomes. Raises only KeyUnreadable and what `cache`
    raises.
    """
    run = _Run(
        definitions=definitions,
        terms=terms,
        provider=provider,
        settings=settings,
        descriptions=descriptions or {},
        cache=None if provider.is_free else cache,
        asked_by=asked_by,
        limiter=CallLimiter(
            settings,
            budget,
            time_seconds,
            seconds_between_calls=60 / requests_per_minute
            if requests_per_minute and not provider.is_free
            else 0.0,
            stops_in_outage=stops_in_outage,
        ),
    )
    if provider.is_free:  # it never waits, so threads would not help
        back = {place: run.enrich(product) for place, product in enumerate(products)}
    else:
        back = map_until(
            run.enrich,
            products,
            at_once=settings.enrichment_calls_in_flight,
            seconds=None if time_seconds is None else max(time_seconds, 0) + CLOSING_SECONDS,
            on_error=lambda: run.limiter.stop(FailureCode.OUT_OF_TIME),  # the others need not start
        )
        if len(back) < len(products):
            run.limiter.stop(FailureCode.OUT_OF_TIME)
    if run.limiter.stopped is FailureCode.PROVIDER_UNAVAILABLE:
        back = {place: _left_in_outage(result) for place, result in back.items()}
    done = [back[place] for place in sorted(back)]
    left = [
        product
        for place, product in enumerate(products)
        if place not in back or isinstance(back[place], Usage)
    ]
    return BatchOutcome(
        products=tuple(result for result in done if isinstance(result, EnrichedProduct)),
        left=tuple(left),
        stopped=run.limiter.stopped if left else None,
        wait_seconds=run.limiter.wait_seconds if left else 0,
        left_usage=sum((result for result in done if isinstance(result, Usage)), Usage()),
        spent=run.limiter.spent,
    )


def _left_in_outage(result: EnrichedProduct | Usage) -> EnrichedProduct | Usage:
    """For a product that failed because of the outage, only its usage: it will be tried again."""
    if isinstance(result, Usage) or result.failure is None:
        return result
    return result.usage if result.failure.code in OUTAGE_CODES else result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    definitions: Sequence[AttributeDefinition]
    terms: EnrichmentTerms
    provider: Provider
    settings: Settings
    descriptions: Mapping[str, str]
    cache: AnswerCache | None
    asked_by: str
    limiter: CallLimiter
    counted: SeenKeys = field(default_factory=SeenKeys)

    def enrich(self, product: EnrichableProduct) -> EnrichedProduct | Usage:
        """The outcome; or a Usage if the batch stopped first: what was used without a result."""
        choice = choose(product, self.definitions, self.terms)
        if not choice.requested:
            outcome = EnrichmentOutcome.NOTHING_TO_ENRICH
            return self._enriched(product, outcome, omissions=choice.omissions)
        question = self._question(product, choice.requested)
        key = "" if self.cache is None else self._cache_key(question, product)
        if self.cache is not None and (kept := self.cache.find(key)) is not None:
            # paid for by an earlier try of this work, and not by an equal product in this run
            is_own = kept.asked_by == self.asked_by != "" and self.counted.is_first(key)
            return self._enriched(
                product,
                _outcome(kept.suggestions),
                suggestions=kept.suggestions,
                omissions=choice.omissions + kept.omissions,
                usage=kept.usage if is_own else Usage(),
                from_cache=not is_own,
            )
        result = Asker(self.provider, self.settings, self.limiter).ask(question, product.values)
        if result.is_left:
            return result.usage
        if result.failure is not None:
            return self._enriched(
                product,
                EnrichmentOutcome.FAILED,
                omissions=choice.omissions,
                failure=result.failure,
                usage=result.usage,
            )
        if self.cache is not None and result.is_complete:
            self.counted.is_first(key)  # marked before others can find it
            self.cache.keep(key, result, self.asked_by)
        return self._enriched(
            product,
            _outcome(result.suggestions),
            suggestions=result.suggestions,
            omissions=choice.omissions + result.omissions,
            usage=result.usage,
        )

    def _question(
        self, product: EnrichableProduct, requested: Sequence[AttributeDefinition]
    ) -> Question:
        images: tuple[str, ...] = ()
        if self.terms.images:
            images = image_addresses(
                product.values, self.definitions, self.settings.enrichment_image_hosts
            )
        return Question(
            requested=requested_attributes(requested, self.descriptions, self.settings),
            known=known_values(
                product.values, self.definitions, self.settings.enrichment_max_context_characters
            ),
            images=images,
        )

    def _cache_key(self, question: Question, product: EnrichableProduct) -> str:
        known = {name: product.values[name] for name in question.known}
        return cache_key(question, known, self.provider, self.settings)

    @staticmethod
    def _enriched(
        product: EnrichableProduct,
        outcome: EnrichmentOutcome,
        *,
        suggestions: tuple[Suggestion, ...] = (),
        omissions: tuple[Omission, ...] = (),
        failure: Failure | None = None,
        usage: Usage = NOTHING_USED,
        from_cache: bool = False,
    ) -> EnrichedProduct:
        return EnrichedProduct(
            id=product.id,
            revision=product.revision,
            name=product_name(product.values),
            outcome=outcome,
            suggestions=suggestions,
            omissions=omissions,
            failure=failure,
            usage=usage,
            from_cache=from_cache,
        )


def _outcome(suggestions: Sequence[Suggestion]) -> EnrichmentOutcome:
    if suggestions:
        return EnrichmentOutcome.SUGGESTED
    return EnrichmentOutcome.NOTHING_SUGGESTED
