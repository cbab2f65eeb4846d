"""The model's time ends with the API's, whatever was slow before: what is finished is answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.enrichment.api import answering
from core.enrichment.providers.openai_protocol import OpenAIProvider
from handlers import environment
from handlers.pipeline import suggest_values
from tests.integration.enrichment_machine import EnrichmentMachine, enrichment_machine
from tests.integration.import_machine import ImportMachine
from tests.model_server import ModelServer, drips


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def enrichment(
    machine: ImportMachine, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EnrichmentMachine]:
    monkeypatch.setenv("ENRICHMENT_PROVIDER", "openai")
    monkeypatch.setenv("ENRICHMENT_MODEL", "test-model")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    environment.settings.cache_clear()
    environment.provider.cache_clear()
    machine.define(
        AttributeDraft(name="SKU", type=AttributeType.SHORT_TEXT, is_identifier=True),
        AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT),
        AttributeDraft(name="Notes", type=AttributeType.LONG_TEXT),
    )
    with enrichment_machine(machine) as enrichment:
        enrichment.save({"SKU": "B-1", "Name": "Boot"}, {"SKU": "H-2", "Name": "Hat"})
        yield enrichment
        server.forget()
        provider = environment.provider()
        assert isinstance(provider, OpenAIProvider)
        provider.close()
    environment.provider.cache_clear()


def reported(reply: Any) -> dict[str, tuple[str, str | None]]:
    return {
        item["_id"]: (item["outcome"], item.get("failure", {}).get("code"))
        for item in reply.json["enrichedProductsPreview"]
    }


def test_a_product_whose_call_drips_costs_the_others_nothing(
    enrichment: EnrichmentMachine, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SUGGEST_SECONDS", 4.0)
    server.script("Boot", drips())

    reply = enrichment.ask(productIds=["B-1", "H-2"])

    assert reply.status == 200, reply.text
    assert reported(reply) == {"B-1": ("skipped", "OUT_OF_TIME"), "H-2": ("suggested", None)}


def test_time_that_a_cold_start_took_is_not_given_to_the_model(
    enrichment: EnrichmentMachine, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_cold = suggest_values.handler

    def slow(event: Any, context: Any) -> Any:
        later = clock.now() + timedelta(seconds=answering.SUGGEST_SECONDS - 1)
        monkeypatch.setattr(clock, "now", lambda: later)
        return started_cold(event, context)

    monkeypatch.setattr(suggest_values, "handler", slow)

    reply = enrichment.ask(productIds=["B-1"])

    assert reply.status == 200, reply.text
    assert reported(reply) == {"B-1": ("skipped", "OUT_OF_TIME")}
    assert server.requests == []
