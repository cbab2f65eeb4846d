"""What is told before anything is asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from enrichment_kit import CATALOGUE, COLOUR, DESCRIPTION, SETTINGS, named, product
from openai_calls import enrich, provider_for, settings_for

from core.enrichment.estimating import Estimate, estimate
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.token_counts import tokens_of
from tests import model_server
from tests.model_server import ModelServer

PRICED = dataclasses.replace(
    SETTINGS,
    enrichment_provider="openai",
    enrichment_model="m",
    enrichment_input_usd_per_million_tokens=2.0,
    enrichment_output_usd_per_million_tokens=8.0,
)


def told(count: int, sample: int, settings: Any = PRICED, **values: Any) -> Estimate:
    sampled = [product({"Name": f"Boot {n}", **values}) for n in range(sample)]
    terms = named(COLOUR, DESCRIPTION)
    return estimate(sampled, count, CATALOGUE, terms, provider_for(settings), settings)


def test_tokens_and_money_grow_with_the_number_of_products() -> None:
    ten, thousand = told(10, 10), told(1000, 10)

    assert (ten.requests, thousand.requests) == (10, 1000)
    assert thousand.input_tokens == pytest.approx(100 * ten.input_tokens, rel=0.01)
    assert ten.cost_usd is not None
    assert thousand.cost_usd == pytest.approx(100 * ten.cost_usd, rel=0.01)
    assert ten.cost_usd == pytest.approx((ten.input_tokens * 2 + ten.output_tokens * 8) / 1e6)


def test_the_range_holds_the_estimate_and_is_wider_for_a_sample() -> None:
    counted = told(2, 2)
    one_of_two = told(2, 1)

    assert counted.lowest_tokens < counted.input_tokens + counted.output_tokens
    assert counted.input_tokens + counted.output_tokens < counted.highest_tokens
    assert one_of_two.highest_tokens > counted.highest_tokens


def test_longer_texts_cost_more() -> None:
    assert told(1, 1, Notes="word " * 400).input_tokens > told(1, 1).input_tokens + 400


def test_products_without_a_gap_are_not_counted() -> None:
    sample = [product({"Colour": "red"}), product({})]

    result = estimate(sample, 100, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert result.asked_products == 50
    assert "50 products" in result.message


def test_without_prices_the_cost_is_not_made_up() -> None:
    unpriced = dataclasses.replace(PRICED, enrichment_input_usd_per_million_tokens=0.0)
    unpriced = dataclasses.replace(unpriced, enrichment_output_usd_per_million_tokens=0.0)

    result = told(10, 10, unpriced)

    assert (result.cost_usd, result.highest_cost_usd) == (None, None)
    assert "no prices are configured" in result.message


def test_the_offline_provider_costs_nothing() -> None:
    terms = named(COLOUR)
    result = estimate([product({})], 5, CATALOGUE, terms, OfflineProvider(), SETTINGS)

    assert (result.input_tokens, result.requests, result.cost_usd) == (0, 0, 0.0)
    assert result.asked_products == 5


def test_nothing_to_do_is_told() -> None:
    result = estimate([], 0, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert result.message == "Nothing is to be filled, so nothing would be asked."


def test_the_estimate_asks_nobody(server: ModelServer) -> None:
    told(10, 10, settings_for(server))

    assert server.requests == []


def test_a_provider_that_does_not_count_is_counted_roughly(server: ModelServer) -> None:
    content = '{"colour": {"drawnFrom": [], "value": "red", "confidence": 1}}'
    answer = (
        b'{"object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop", '
        b'"message": {"role": "assistant", "content": %s}}]}'
    )
    import json

    server.script("Boot", model_server.body(answer % json.dumps(content).encode()))

    usage = enrich(server, ["Boot"], COLOUR).usage

    assert usage.output_tokens == tokens_of(content)
    assert usage.input_tokens > 300


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd" * 10, 10), ("é" * 3, 2)])
def test_tokens_by_the_rule_of_thumb(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens
