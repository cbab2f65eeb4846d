"""Good answers of a model, and what it is sent, through the real SDK."""

from __future__ import annotations

import json

import pytest

from core.enrichment.suggestions.suggesting import suggest
from tests import model_server
from tests.model_server import ModelServer, reason, values
from tests.unit.enrichment.enrichment_kit import (
    BLUETOOTH,
    CATALOGUE,
    COLOUR,
    FUNCTIONS,
    RELEASED,
    WEIGHT,
    ZOOM,
    T,
    attribute,
    code_of,
    named,
    product,
    value_of,
)
from tests.unit.enrichment.openai_calls import KEY, enrich, one, provider_for, settings_for


def test_values_of_every_type_come_back_typed(server: ModelServer) -> None:
    given = {
        "colour": "light blue",
        "weight": 2.5,
        "optical_zoom": 12,
        "bluetooth": False,
        "functions": ["print", "copy"],
        "release_date": "2026-03-01",
    }
    server.script("Boot", values(given, drawn_from=["Notes", "Nonsense", "Notes"]))

    requested = (COLOUR, WEIGHT, ZOOM, BLUETOOTH, FUNCTIONS, RELEASED)
    enriched = one(enrich(server, ["Boot"], *requested))

    assert value_of(enriched, COLOUR) == "light blue"
    assert value_of(enriched, WEIGHT) == {"value": 2.5, "unit": "kg"}
    assert value_of(enriched, ZOOM) == 12
    assert value_of(enriched, BLUETOOTH) is False
    assert value_of(enriched, FUNCTIONS) == ["print", "copy"]
    assert value_of(enriched, RELEASED) == "2026-03-01"
    assert enriched.omissions == ()
    assert {s.provider for s in enriched.suggestions} == {"openai"}
    assert {s.model for s in enriched.suggestions} == {"test-model"}
    assert {s.confidence for s in enriched.suggestions} == {0.8}
    assert {s.drawn_from for s in enriched.suggestions} == {("Notes",)}


def test_one_call_is_made_for_a_product_and_told_with_its_cost(server: ModelServer) -> None:
    outcome = enrich(server, ["Boot", "Shoe"], COLOUR, WEIGHT)

    assert len(server.requests) == 2
    assert outcome.usage.requests == 2
    assert outcome.usage.input_tokens == 2 * model_server.INPUT_TOKENS
    assert outcome.usage.output_tokens == 2 * model_server.OUTPUT_TOKENS
    assert outcome.usage.cost_usd == pytest.approx(2 * (0.002 + 0.0005))


def test_i_dont_know_is_a_valid_answer(server: ModelServer) -> None:
    server.script("Boot", values({}))

    enriched = one(enrich(server, ["Boot"], COLOUR))

    assert code_of(enriched, COLOUR) == "ABSTAINED"
    assert enriched.failure is None
    assert len(server.requests) == 1


def test_an_answer_in_a_markdown_fence_is_read(server: ModelServer) -> None:
    entry = {"colour": {"drawnFrom": [], "value": "red", "confidence": 1}}
    server.script("Boot", reason(f"```json\n{json.dumps(entry)}\n```"))

    assert value_of(one(enrich(server, ["Boot"], COLOUR)), COLOUR) == "red"


def test_a_server_that_needs_no_key_gets_none_of_ours(server: ModelServer) -> None:
    one(enrich(server, ["Boot"], key=None))

    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_the_request_is_what_the_settings_say(server: ModelServer) -> None:
    one(enrich(server, ["Boot"], settings=settings_for(server, enrichment_max_output_tokens=77)))

    (request,) = server.requests
    assert request.body["model"] == "test-model"
    assert request.body["max_tokens"] == 77
    assert request.body["response_format"]["json_schema"]["strict"] is True
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_pictures_are_pointed_to_only_where_asked_and_listed(server: ModelServer) -> None:
    picture = attribute("Picture", T.IMAGE)
    other = attribute("Other picture", T.IMAGE)
    values_ = {
        "Name": "Boot",
        "Picture": "https://cdn.example.com/a.jpg",
        "Other picture": "https://169.254.169.254/latest/meta-data",
    }
    settings = settings_for(server, enrichment_image_hosts="cdn.example.com, 169.254.169.254")
    definitions = (*CATALOGUE, picture, other)
    for images in (True, False):
        terms = named(COLOUR, images=images)
        suggest([product(values_)], definitions, terms, provider_for(settings), settings)

    with_images, without = server.requests
    assert with_images.images == ["https://cdn.example.com/a.jpg"]
    assert without.images == []
