"""Products in, suggestions out: what the API and the machine call, with no database.

    choose ─▶ cache? ─▶ ask ─▶ judge ─┬─ sound ──────────────────▶ keep ─▶ EnrichedProduct
                                      └─ wrong ─▶ ask once more ─▶ keep

Several products are under way at once. What one of them meets is its own outcome; only what meets
all of them (time, budget, throttling, a refused key) stops the batch, and what was done stays.
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
from core.enrichment.prompts.questions import Question, asked_attributes, known_values, product_name
from core.enrichment.providers.interface import Provider
from core.enrichment.suggestions.asking import Asker
from core.enrichment.suggestions.caching import AnswerCache, cache_key
from core.enrichment.suggestions.call_limiter import OUTAGE_CODES, CallLimiter
from core.enrichment.suggestions.pricing import NO_BUDGET, Allowance
from core.jobs.orders import NOTHING_USED, EnrichmentTerms, Usage
from core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of the products of one call of `suggest`."""

    products: tuple[EnrichedProduct, ...]
    """Those that are done, in the order in which they were given."""
    left: tuple[EnrichableProduct, ...] = ()
    """Those that were not asked for, or whose call was broken off; in order, to be given again."""
    stopped: FailureCode | None = None
    """Why some are left: PROVIDER_THROTTLED, PROVIDER_UNAVAILABLE, OUT_OF_TIME or
    BUDGET_EXHAUSTED."""
    wait_seconds: int = 0
    """After a PROVIDER_THROTTLED: when to come again, by the provider's word or a guess."""
    left_usage: Usage = NOTHING_USED
    """Of calls for products that are left: paid for, and nothing came of it."""

    spent: Usage = NOTHING_USED
    """By the calls that were made now: those that gave nothing included, what an earlier try paid
    for left out."""

    @property
    def usage(self) -> Usage:
        """Of all calls."""
        return sum((product.usage for product in self.products), self.left_usage)

    def with_left_skipped(
        self, sentences: Mapping[FailureCode, str] | None = None
    ) -> tuple[EnrichedProduct, ...]:
        """All products, for a caller that does not come again: those left are SKIPPED, for a
        reason that `sentences` tell, by default those of a call."""
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
    FailureCode.PROVIDER_THROTTLED: "The provider takes no more requests for now; ask again later.",
    FailureCode.PROVIDER_UNAVAILABLE: "The provider was away for long; ask again later.",
    FailureCode.OUT_OF_TIME: "The time of this call was used up; ask for fewer products at once.",
    FailureCode.BUDGET_EXHAUSTED: "The budget was used up before this product; raise it.",
}

STOPPED_IN_A_JOB: Mapping[FailureCode, str] = {
    **STOPPED_IN_A_CALL,
    FailureCode.OUT_OF_TIME: "The model was too slow for the time that the job gives it, in all of "
    "its turns; ask for suggestions for this product again.",
}


CLOSING_SECONDS = 1.5
"""After the end of its time, in which the last calls are broken off, judged and kept."""


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

    `definitions` are all attributes of the catalogue, `descriptions` what the merchant says of them
    (by name). `time_seconds` is the time there is for the whole call; None: no end. What is not
    back `CLOSING_SECONDS` after it is left, whatever it waits for, and the rest is told.

    `requests_per_minute` spaces the calls; 0: as they come. With `stops_in_outage` several
    products in a row for which the provider is away stop the batch, and are left with the others,
    for a caller that comes again.

    `asked_by` names the work that asks (a job, an attempt, a batch, a turn): an answer in the cache
    that the same work paid for is reported with its usage, once, so that a batch that is repeated
    counts what its first try paid; any other answer from there is `fromCache`, and free.

    What goes wrong with a provider or an answer is an outcome. Raises only what `cache` raises, and
    KeyUnreadable.
    """
    run = _Run(
        definitions=definitions,
        terms=terms,
        provider=provider,
        settings=settings,
        descriptions=descriptions or {},
        cache=None if provider.is_free else cache,
        asked_by=asked_by,
        pace=CallLimiter(
            settings,
            budget,
            time_seconds,
            seconds_between_calls=60 / requests_per_minute
            if requests_per_minute and not provider.is_free
            else 0.0,
            stops_in_outage=stops_in_outage,
        ),
    )
    if provider.is_free:  # no waiting to share
        back = {place: run.enrich(product) for place, product in enumerate(products)}
    else:
        back = map_until(
            run.enrich,
            products,
            at_once=settings.enrichment_calls_in_flight,
            seconds=None if time_seconds is None else max(time_seconds, 0) + CLOSING_SECONDS,
            on_error=lambda: run.pace.stop(FailureCode.OUT_OF_TIME),  # the others need not begin
        )
        if len(back) < len(products):
            run.pace.stop(FailureCode.OUT_OF_TIME)
    if run.pace.stopped is FailureCode.PROVIDER_UNAVAILABLE:
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
        stopped=run.pace.stopped if left else None,
        wait_seconds=run.pace.wait_seconds if left else 0,
        left_usage=sum((result for result in done if isinstance(result, Usage)), Usage()),
        spent=run.pace.spent,
    )


def _left_in_outage(result: EnrichedProduct | Usage) -> EnrichedProduct | Usage:
    """Of a product that failed for the outage, what it used in vain: it is asked for again."""
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
    pace: CallLimiter
    counted: SeenKeys = field(default_factory=SeenKeys)

    def enrich(self, product: EnrichableProduct) -> EnrichedProduct | Usage:
        """Usage: not done, because the batch stopped; this was used in vain."""
        choice = choose(product, self.definitions, self.terms)
        if not choice.asked:
            outcome = EnrichmentOutcome.NOTHING_TO_ENRICH
            return self._told(product, outcome, omissions=choice.omissions)
        question = self._question(product, choice.asked)
        key = "" if self.cache is None else self._cache_key(question, product)
        if self.cache is not None and (kept := self.cache.find(key)) is not None:
            # by an earlier try of this work, which was to count it; not by an equal product now
            own = kept.asked_by == self.asked_by != "" and self.counted.is_first(key)
            return self._told(
                product,
                _outcome(kept.suggestions),
                suggestions=kept.suggestions,
                omissions=choice.omissions + kept.omissions,
                usage=kept.usage if own else Usage(),
                from_cache=not own,
            )
        result = Asker(self.provider, self.settings, self.pace).ask(question, product.values)
        if result.is_left:
            return result.usage
        if result.failure is not None:
            return self._told(
                product,
                EnrichmentOutcome.FAILED,
                omissions=choice.omissions,
                failure=result.failure,
                usage=result.usage,
            )
        if self.cache is not None and result.is_complete:
            self.counted.is_first(key)  # marked before others can find it
            self.cache.keep(key, result, self.asked_by)
        return self._told(
            product,
            _outcome(result.suggestions),
            suggestions=result.suggestions,
            omissions=choice.omissions + result.omissions,
            usage=result.usage,
        )

    def _question(
        self, product: EnrichableProduct, asked: Sequence[AttributeDefinition]
    ) -> Question:
        images: tuple[str, ...] = ()
        if self.terms.images:
            images = image_addresses(
                product.values, self.definitions, self.settings.enrichment_image_hosts
            )
        return Question(
            asked=asked_attributes(asked, self.descriptions, self.settings),
            known=known_values(
                product.values, self.definitions, self.settings.enrichment_max_context_characters
            ),
            images=images,
        )

    def _cache_key(self, question: Question, product: EnrichableProduct) -> str:
        known = {name: product.values[name] for name in question.known}
        return cache_key(question, known, self.provider, self.settings)

    @staticmethod
    def _told(
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
