"""What an enrichment will use, told from a sample before anything is asked.

Rough on purpose, and said to be: nobody's tokenizer is asked, answers are guessed by type, and what
the cache will give is not looked up. The range is meant to hold the truth; its ends are for people
who set a budget, not for bills.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.api.sampling import DEVIATIONS, share_range
from core.enrichment.model import EnrichableProduct
from core.enrichment.prompts.choosing import TEXT_TYPES, choose
from core.enrichment.prompts.images import image_addresses
from core.enrichment.prompts.questions import (
    AskedAttribute,
    Question,
    asked_attributes,
    known_values,
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
"""Of one attribute in an answer beside its value: key, three field names, sources, confidence.
Counted by the rule of four characters a token on answers of this form."""

VALUE_CHARACTERS: Mapping[AttributeType, int] = {
    _T.SHORT_TEXT: 30,
    _T.LONG_TEXT: 500,
    _T.RICH_TEXT: 700,
    _T.MULTIPLE_SELECT: 40,
    _T.SINGLE_SELECT: 15,
}
"""A usual value; half a long text of the Icecat sample catalogue. Other types take a few."""

FEW_CHARACTERS = 10

LOWEST, HIGHEST = 0.5, 2.0
"""Share of the estimate between which the truth lies as a rule: tokenizers differ by a third from
the rule of thumb, answers by much more, and a second try doubles what it is made for."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of all products, not of the sample."""

    products: int
    sampled_products: int
    asked_products: int
    """Those that have something to fill, by the sample's share."""
    lowest_asked_products: int
    highest_asked_products: int
    """Between these it lies as a rule, as far as a sample of this size can tell."""
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
    """`products` is how many there are in all, of which `sample` are some, spread over them.
    Nothing is asked of the provider, and nothing is read."""

    def tokens_of(product: EnrichableProduct) -> Tokens | None:
        return _tokens(product, definitions, terms, provider, settings, descriptions or {})

    asked = [tokens for product in sample if (tokens := tokens_of(product)) is not None]
    share = len(asked) / len(sample) if sample else 0.0
    asked_products = round(share * products)
    fewest, most = share_range(len(asked), len(sample), products)
    typical = asked
    if not asked and most:  # what those would take that the sample did not meet
        emptied = (_emptied(product, definitions, terms) for product in sample)
        typical = [tokens for product in emptied if (tokens := tokens_of(product)) is not None]
    paid = _scaled(asked, asked_products)
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
    """Of the one call for this product; None where there is nothing to ask."""
    chosen = choose(product, definitions, terms)
    if not chosen.asked:
        return None
    if provider.is_free:
        return Tokens()
    limit = settings.enrichment_max_context_characters
    images: tuple[str, ...] = ()
    if terms.images:
        images = image_addresses(product.values, definitions, settings.enrichment_image_hosts)
    question = Question(
        asked=asked_attributes(chosen.asked, descriptions, settings),
        known=known_values(product.values, definitions, limit),
        images=images,
    )
    output = sum(_answer_tokens(attribute) for attribute in question.asked)
    return Tokens(
        input=input_tokens(prompt_of(question, with_bounds=True), len(images)),
        output=min(output, settings.enrichment_max_output_tokens),
    )


def _emptied(
    product: EnrichableProduct, definitions: Sequence[AttributeDefinition], terms: EnrichmentTerms
) -> EnrichableProduct:
    """The product with every gap that the terms would fill."""
    named = terms.attributes
    filled = {d.name for d in definitions if d.type in TEXT_TYPES} if named is None else set(named)
    values = {name: value for name, value in product.values.items() if name not in filled}
    return EnrichableProduct(id=product.id, revision=product.revision, values=values)


def _sum(tokens: Tokens) -> int:
    return tokens.input + tokens.output


def _answer_tokens(asked: AskedAttribute) -> int:
    usual = VALUE_CHARACTERS.get(asked.definition.type, FEW_CHARACTERS)
    characters = usual if asked.max_characters is None else min(usual, asked.max_characters)
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
    """How far the sample's mean may be off, as a share of it; 0 where all was counted."""
    totals = [tokens.input + tokens.output for tokens in sampled]
    if not is_sample or not any(totals):
        return 0.0
    if len(totals) == 1:
        return 1.0
    error = statistics.stdev(totals) / math.sqrt(len(totals))
    return DEVIATIONS * error / statistics.fmean(totals)


def _sentence(
    asked: int,
    asked_range: tuple[int, int],
    sampled: int,
    tokens: tuple[int, int],
    highest_cost: float | None,
    provider: Provider,
) -> str:
    (fewest, most), (lowest, highest) = asked_range, tokens
    if most == 0:
        return "Nothing is to be filled, so nothing would be asked."
    if asked == 0:
        among = "the one that was" if sampled == 1 else f"the {sampled:,} that were"
        subject = (
            f"None of {among} looked at has something to fill; of all products up to {most:,} may"
        )
    else:
        subject = counted(asked, "product")
        subject += f" ({fewest:,} to {most:,}, by the sample)" if fewest != most else ""
        subject += " would be asked for"
    if provider.is_free:
        return f"{subject}; the provider {provider.name} costs nothing."
    if highest_cost is None:
        cost = "no prices are configured, so the cost is not known"
    else:
        cost = f"at most about ${highest_cost:.2f}"
    return (
        f"{subject}, with some {lowest:,} to {highest:,} tokens; {cost}. "
        "What was asked before comes from the cache and costs nothing."
    )
