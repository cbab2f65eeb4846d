"""The estimate that a caller gets before any call of a model."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.enrichment.api.estimating import Estimate, estimate
from core.enrichment.api.sampling import share_range, stretched
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.providers.token_counts import tokens_of
from tests import model_server
from tests.model_server import ModelServer
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    DESCRIPTION,
    SETTINGS,
    named,
    product,
)
from tests.unit.enrichment.openai_calls import enrich, provider_for, settings_for

PRICED = dataclasses.replace(
    SETTINGS,
    enrichment_provider="openai",
    enrichment_model="m",
    enrichment_input_usd_per_million_tokens=2.0,
    enrichment_output_usd_per_million_tokens=8.0,
)


def reported(count: int, sample: int, settings: Any = PRICED, **values: Any) -> Estimate:
    sampled = [product({"Name": f"Boot {n}", **values}) for n in range(sample)]
    terms = named(COLOUR, DESCRIPTION)
    return estimate(sampled, count, CATALOGUE, terms, provider_for(settings), settings)


def test_tokens_and_money_grow_with_the_number_of_products() -> None:
    ten, thousand = reported(10, 10), reported(1000, 10)

    assert (ten.requests, thousand.requests) == (10, 1000)
    assert thousand.input_tokens == pytest.approx(100 * ten.input_tokens, rel=0.01)
    assert ten.cost_usd is not None
    assert thousand.cost_usd == pytest.approx(100 * ten.cost_usd, rel=0.01)
    assert ten.cost_usd == pytest.approx((ten.input_tokens * 2 + ten.output_tokens * 8) / 1e6)


def test_the_range_holds_the_estimate_and_is_wider_for_a_sample() -> None:
    counted = reported(2, 2)
    one_of_two = reported(2, 1)

    assert counted.lowest_tokens < counted.input_tokens + counted.output_tokens
    assert counted.input_tokens + counted.output_tokens < counted.highest_tokens
    assert one_of_two.highest_tokens > counted.highest_tokens


def test_longer_texts_cost_more() -> None:
    assert reported(1, 1, Notes="word " * 400).input_tokens > reported(1, 1).input_tokens + 400


def test_products_without_a_gap_are_not_counted() -> None:
    sample = [product({"Colour": "red"}), product({})]

    result = estimate(sample, 100, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert result.asked_products == 50
    assert "50 products" in result.message


def test_a_sample_without_a_gap_is_no_proof_that_there_is_none() -> None:
    sample = [product({"Colour": "red", "Name": f"Boot {n}"}) for n in range(50)]

    result = estimate(sample, 300, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert (result.asked_products, result.requests) == (0, 0)
    assert (result.lowest_asked_products, result.lowest_tokens) == (0, 0)
    assert 10 <= result.highest_asked_products <= 30  # "none of 50": up to some 7 in 100
    assert result.highest_tokens > 10 * 300
    assert result.highest_cost_usd
    assert "There is nothing to fill" not in result.message
    assert f"up to {result.highest_asked_products} may" in result.message


def test_when_all_were_looked_at_nothing_is_left_open() -> None:
    sample = [product({"Colour": "red"}), product({"Colour": "red"}), product({})]
    none, one = sample[:2], sample

    nothing = estimate(none, 2, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)
    something = estimate(one, 3, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert nothing.message == "There is nothing to fill, so no request would be made."
    assert nothing.highest_tokens == 0
    assert (something.lowest_asked_products, something.highest_asked_products) == (1, 1)
    assert something.message.startswith("1 product would be enriched")


def test_the_range_holds_the_truth_for_what_the_sample_did_not_meet() -> None:
    products = [product({"Colour": "red"} if n % 10 else {}, f"p{n}") for n in range(400)]
    truth = estimate(products, 400, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    for start in range(0, 400, 40):
        sample = products[start + 1 : start + 31]  # 3 of 30 are empty, wherever it begins
        reported = estimate(sample, 400, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)
        assert reported.lowest_asked_products <= 40 <= reported.highest_asked_products
        assert (
            reported.lowest_tokens
            < truth.input_tokens + truth.output_tokens
            < reported.highest_tokens
        )


@given(st.integers(0, 400), st.integers(1, 60))
def test_a_sample_has_one_item_of_each_stretch(total: int, number: int) -> None:
    items = list(range(total))

    chosen = stretched(items, number)

    assert chosen == stretched(items, number)
    assert len(chosen) == min(number, total)
    assert chosen == sorted(set(chosen))
    if total > number:
        edges = [at * total // number for at in range(number + 1)]
        assert all(a <= c < b for a, c, b in zip(edges, chosen, edges[1:], strict=False))


@given(st.integers(0, 60), st.integers(1, 60), st.integers(1, 5000))
@example(25, 39, 39)
def test_a_range_holds_the_share_and_what_was_seen(found: int, sampled: int, total: int) -> None:
    found, sampled = min(found, sampled, total), min(sampled, total)

    low, high = share_range(found, sampled, total)

    assert found <= low <= high <= total - (sampled - found)
    assert low * sampled <= found * total <= high * sampled


def test_without_prices_the_cost_is_not_made_up() -> None:
    unpriced = dataclasses.replace(PRICED, enrichment_input_usd_per_million_tokens=0.0)
    unpriced = dataclasses.replace(unpriced, enrichment_output_usd_per_million_tokens=0.0)

    result = reported(10, 10, unpriced)

    assert (result.cost_usd, result.highest_cost_usd) == (None, None)
    assert "no prices are configured" in result.message


def test_the_offline_provider_costs_nothing() -> None:
    terms = named(COLOUR)
    result = estimate([product({})], 5, CATALOGUE, terms, OfflineProvider(), SETTINGS)

    assert (result.input_tokens, result.requests, result.cost_usd) == (0, 0, 0.0)
    assert result.asked_products == 5


def test_nothing_to_do_is_told() -> None:
    result = estimate([], 0, CATALOGUE, named(COLOUR), provider_for(PRICED), PRICED)

    assert result.message == "There is nothing to fill, so no request would be made."


def test_the_estimate_asks_nobody(server: ModelServer) -> None:
    reported(10, 10, settings_for(server))

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
