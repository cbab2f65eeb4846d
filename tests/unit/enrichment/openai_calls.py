"""Calls of `suggest` that go through the real SDK to the scripted server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichedProduct, FailureCode
from core.enrichment.providers.factory import create_provider
from core.enrichment.providers.interface import Provider
from core.enrichment.providers.openai_protocol import OpenAIProvider
from core.enrichment.suggestions.suggesting import BatchOutcome, suggest
from core.settings import Settings
from tests.model_server import ModelServer
from tests.unit.enrichment.enrichment_kit import CATALOGUE, COLOUR, SETTINGS, named, product

KEY = "sk-secret-0123456789"


def settings_for(server: ModelServer, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "enrichment_provider": "openai",
        "enrichment_model": "test-model",
        "openai_base_url": server.base_url,
        "enrichment_input_usd_per_million_tokens": 2.0,
        "enrichment_output_usd_per_million_tokens": 10.0,
        "enrichment_max_wait_seconds": 0,
    }
    return dataclasses.replace(SETTINGS, **given | more)


_made: list[Provider] = []


def provider_for(
    settings: Settings, key: str | None = KEY, *, read_key: Callable[[], str | None] | None = None
) -> Provider:
    """Its connections are closed after the test."""
    provider = create_provider(settings, read_key or (lambda: key))
    _made.append(provider)
    return provider


def close_providers() -> None:
    while _made:
        provider = _made.pop()
        if isinstance(provider, OpenAIProvider):
            provider.close()


def enrich(
    server: ModelServer,
    names: Sequence[str],
    *requested: AttributeDefinition,
    settings: Settings | None = None,
    key: str | None = KEY,
    **more: Any,
) -> BatchOutcome:
    """Products of these names, each with the attributes `requested`."""
    chosen = settings or settings_for(server)
    products = [product({"Name": n, "Notes": f"about {n}"}, f"id-{n}") for n in names]
    definitions = (*CATALOGUE, *(d for d in requested if d not in CATALOGUE))
    terms = named(*(requested or (COLOUR,)))
    return suggest(products, definitions, terms, provider_for(chosen, key), chosen, **more)


def one(outcome: BatchOutcome) -> EnrichedProduct:
    assert outcome.left == ()
    (enriched,) = outcome.products
    return enriched


def failure_of(enriched: EnrichedProduct) -> FailureCode | None:
    return None if enriched.failure is None else enriched.failure.code
