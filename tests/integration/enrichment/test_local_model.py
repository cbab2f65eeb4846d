"""A real language model, where it is installed (`sh infra/bootstrap.sh model .venv-model`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.model import EnrichableProduct
from core.enrichment.providers.factory import create_provider
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from infra.local import engines, local_model
from infra.local.configuration import HOST, Port
from infra.local.local_model import LocalModel
from infra.local.processes import Daemon

pytestmark = pytest.mark.skipif(
    not local_model.PYTHON.exists(),
    reason="the local model is not installed: sh infra/bootstrap.sh model .venv-model",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModel]:
    state: Path = tmp_path_factory.mktemp("model")
    model = LocalModel(port=engines.choose_port(Port("MODEL_PORT", 0, named=False)), path=None)
    environment = engines.clean_environment(state)
    try:
        licence = local_model.serve(model, state, environment, engines.wait_until_well)
        assert "Gemma Terms of Use" in licence
        yield model
    finally:
        Daemon(local_model.MODEL, state).stop()


def test_a_suggestion_of_the_model_keeps_the_rules_of_its_attribute(model: LocalModel) -> None:
    settings = Settings(
        enrichment_provider="openai",
        enrichment_model=model.name,
        openai_base_url=model.base_url,
        enrichment_timeout_seconds=60,
    )
    colours = ("Red", "Green", "Blue")
    definitions = [
        AttributeDefinition(name="Name", type=AttributeType.SHORT_TEXT),
        AttributeDefinition(name="Colour", type=AttributeType.SINGLE_SELECT, options=colours),
    ]
    product = EnrichableProduct(id="p1", revision=1, values={"Name": "A red garden chair"})

    outcome = suggest(
        [product],
        definitions,
        EnrichmentTerms(attributes=("Colour",)),
        create_provider(settings, lambda: None),
        settings,
    )

    (enriched,) = outcome.products
    assert enriched.failure is None
    assert outcome.spent.requests >= 1
    assert outcome.spent.tokens > 0
    assert all(suggestion.value in colours for suggestion in enriched.suggestions)


def test_it_listens_on_loopback_alone(model: LocalModel) -> None:
    assert model.base_url.startswith(f"http://{HOST}:")
    assert local_model.is_well(model)
