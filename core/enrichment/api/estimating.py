"""Estimates from a sample what an enrichment will use, before any call to a provider.

The estimate is rough on purpose, and says so: it uses no tokenizer, guesses the length of answers
by type, and does not look up the cache. The range should contain the true value. It helps people to
set a budget; it does not predict the bill.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from core.attributes.definitions import PROSE_TYPES, AttributeDefinition, AttributeType
from core.enrichment.api.sampling import DEVIATIONS, share_range
from core.enrichment.model import EnrichableProduct
from core.enrichment.prompts.choosing import choose
from core.enrichment.prompts.images import image_addresses
from core.enrichment.prompts.questions import (
    Question,
    RequestedAttribute,
    known_values,
    requested_attributes,
)
from core.enrichment.providers.interface import Provider, Tokens
from core.enrichment.providers.prompting import prompt_of
from core.enrichment.providers.token_counts import CHARACTERS_PER_TOKEN, input_tokens
from core.enrichment.suggestions.pricing import cost_usd, has_prices
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from core.wording import counted

_T = AttributeType

ENTRY_TOKENS = 30
"""Tokens of one attribute in an answer without its value: key, three field names, sources,
confidence. Counted at four characters a token on answers of this form."""

VALUE_CHARACTERS: Mapping[AttributeType, int] = {
    _T.SHORT_TEXT: 30,
    _T.LONG_TEXT: 500,
    _T.RICH_TEXT: 700,
    _T.MULTIPLE_SELECT: 40,
    _T.SINGLE_SELECT: 15,
}
"""Length of a usual value; for a long text, half of one in the Icecat sample catalogue. Other types
take a few characters."""

FEW_CHARACTERS = 10

LOWEST, HIGHEST = 0.5, 2.0
"""The true value usually lies between these multiples of the estimate. Tokenizers differ by a third
from the rule of thumb, answers by much more, and a second try doubles the cost of its product."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """For all products, not for the sample."""

    products: int
    sampled_products: int
    asked_products: int
    """Products that have something to fill, projected from the sample."""
    lowest_asked_products: int
    highest_asked_products: int
    """The range that contains the true number in most samples of this size."""
    requests: int
    input_tokens: int
    output_tokens: int
    lowest_tokens: int
    """Input and output together."""
    highest_tokens: int
    cost_usd: float | None
    """None where no prices are configured (ENRICHMENT_…_USD_PER_MILLION_TOKENS)."""
    highest_cost_usd: float | None
    provider: str
    model: str
    message: str


def estimate(
    sample: Sequence[EnrichableProduct],
    products: int,
    definitions: Sequence[AttributeDefinition],
    terms: EnrichmentTerms,
    provider: Provider,
    settings: Settings,
    *,
    descriptions: Mapping[str, str] | None = None,
) -> Estimate:
    """`products` is the number of all products; `sample` is spread over them. Calls no provider and
    reads nothing."""

    def tokens_of(product: EnrichableProduct) -> Tokens | None:
        return _tokens(product, definitions, terms, provider, settings, descriptions or {})

    fillable = [tokens for product in sample if (tokens := tokens_of(product)) is not None]
    share = len(fillable) / len(sample) if sample else 0.0
    asked_products = round(share * products)
    fewest, most = share_range(len(fillable), len(sample), products)
    typical = fillable
    if not fillable and most:  # the cost of products with gaps, which the sample lacks
        emptied = (_emptied(product, definitions, terms) for product in sample)
        typical = [tokens for product in emptied if (tokens := tokens_of(product)) is not None]
    paid = _scaled(fillable, asked_products)
    spread = _spread(typical, products > len(sample))
    lowest = math.floor(_sum(_scaled(typical, fewest)) * LOWEST * max(1 - spread, 0))
    at_most = _scaled(typical, most)
    highest = math.ceil(_sum(at_most) * HIGHEST * (1 + spread))
    cost = highest_cost = None
    if has_prices(settings) or provider.is_free:
        cost = cost_usd(paid, settings)
        highest_cost = cost_usd(at_most, settings) * HIGHEST * (1 + spread)
    return Estimate(
        products=products,
        sampled_products=len(sample),
        asked_products=asked_products,
        lowest_asked_products=fewest,
        highest_asked_products=most,
        requests=0 if provider.is_free else asked_products,
        input_tokens=paid.input,
        output_tokens=paid.output,
        lowest_tokens=lowest,
        highest_tokens=highest,
        cost_usd=None if cost is None else round(cost, 6),
        highest_cost_usd=None if highest_cost is None else round(highest_cost, 6),
        provider=provider.name,
        model=provider.model,
        message=_sentence(
            asked_products, (fewest, most), len(sample), (lowest, highest), highest_cost, provider
        ),
    )


def _tokens(
    product: EnrichableProduct,
    definitions: Sequence[AttributeDefinition],
    terms: EnrichmentTerms,
    provider: Provider,
    settings: Settings,
    descriptions: Mapping[str, str],
) -> Tokens | None:
    """Tokens of the one call for this product; None if there is nothing to fill."""
    chosen = choose(product, definitions, terms)
    if not chosen.requested:
        return None
    if provider.is_free:
        return Tokens()
    limit = settings.enrichment_max_context_characters
    images: tuple[str, ...] = ()
    if terms.images:
        images = image_addresses(product.values, definitions, settings.enrichment_image_hosts)
    question = Question(
        requested=requested_attributes(chosen.requested, descriptions, settings),
        known=known_values(product.values, definitions, limit),
        images=images,
    )
    output = sum(_answer_tokens(attribute) for attribute in question.requested)
    return Tokens(
        input=input_tokens(prompt_of(question, with_bounds=True), len(images)),
        output=min(output, settings.enrichment_max_output_tokens),
    )


def _emptied(
    product: EnrichableProduct, definitions: Sequence[AttributeDefinition], terms: EnrichmentTerms
) -> EnrichableProduct:
    """The product without any value of the attributes that the terms would fill."""
    named = terms.attributes
    gaps = {d.name for d in definitions if d.type in PROSE_TYPES} if named is None else set(named)
    values = {name: value for name, value in product.values.items() if name not in gaps}
    return EnrichableProduct(id=product.id, revision=product.revision, values=values)


def _sum(tokens: Tokens) -> int:
    return tokens.input + tokens.output


def _answer_tokens(requested: RequestedAttribute) -> int:
    usual = VALUE_CHARACTERS.get(requested.definition.type, FEW_CHARACTERS)
    characters = usual if requested.max_characters is None else min(usual, requested.max_characters)
    return ENTRY_TOKENS + math.ceil(characters / CHARACTERS_PER_TOKEN)


def _scaled(sampled: Sequence[Tokens], products: int) -> Tokens:
    if not sampled:
        return Tokens()
    factor = products / len(sampled)
    return Tokens(
        input=round(sum(tokens.input for tokens in sampled) * factor),
        output=round(sum(tokens.output for tokens in sampled) * factor),
    )


def _spread(sampled: Sequence[Tokens], is_sample: bool) -> float:
    """The error of the sample's mean, as a share of it; 0 if all products were counted."""
    totals = [tokens.input + tokens.output for tokens in sampled]
    if not is_sample or not any(totals):
        return 0.0
    if len(totals) == 1:
        return 1.0
    error = statistics.stdev(totals) / math.sqrt(len(totals))
    return DEVIATIONS * error / statistics.fmean(totals)


def _sentence(
    fillable: int,
    fillable_range: tuple[int, int],
    sampled: int,
    tokens: tuple[int, int],
    highest_cost: float | None,
    provider: Provider,
) -> str:
    (fewest, most), (lowest, highest) = fillable_range, tokens
    if most == 0:
        return "There is nothing to fill, so no request would be made."
    if fillable == 0:
        sample = counted(sampled, "product")
        subject = f"The sample of {sample} has nothing to fill; of all products, up to {most:,} may"
    else:
        subject = counted(fillable, "product")
        subject += f" ({fewest:,} to {most:,}, by the sample)" if fewest != most else ""
        subject += " would be enriched"
    if provider.is_free:
        return f"{subject}; the provider {provider.name} costs nothing."
    if highest_cost is None:
        cost = "no prices are configured, so the cost is not known"
    else:
        cost = f"at most about ${highest_cost:.2f}"
    return (
        f"{subject}, with some {lowest:,} to {highest:,} tokens; {cost}. "
        "Answers from the cache cost nothing."
    )
