"""Bedrock through boto3 and the local AWS engine, which hands Converse on to a scripted model.

The engine translates Converse into OpenAI's protocol and back: the request, the tool that must be
used, its input and the token counts are real; models, quotas and errors of Bedrock are not.
"""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.enrichment.model import EnrichableProduct
from core.enrichment.providers.factory import create_provider
from core.enrichment.suggestions.suggesting import BatchOutcome, suggest
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from infra.local.engines import clean_environment, emulator_is_well
from tests.model_server import ModelServer, values

DEFINITIONS = (
    AttributeDefinition("Name", AttributeType.SHORT_TEXT),
    AttributeDefinition("Colour", AttributeType.SINGLE_SELECT, options=("red", "blue")),
    AttributeDefinition("Weight", AttributeType.MEASURE, unit="kg"),
)
TERMS = EnrichmentTerms(attributes=("Colour", "Weight"))
SETTINGS = dataclasses.replace(
    Settings(), enrichment_provider="bedrock", enrichment_model="amazon.nova-lite-v1:0"
)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def engine(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("engine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = clean_environment(folder) | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
        "MINISTACK_BEDROCK_PROXY_URL": model.base_url.removesuffix("/v1"),
    }
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait_until_well(process, port, folder / "engine.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_well(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if emulator_is_well(port):
            return
        time.sleep(0.05)
    pytest.fail(f"the engine did not start:\n{log.read_text(errors='replace')[-2000:]}")


def enrich(endpoint: str) -> BatchOutcome:
    client: Any = boto3.client(
        "bedrock-runtime",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    provider = create_provider(SETTINGS, lambda: None, lambda: client)
    product = EnrichableProduct(id="p1", revision=1, values={"Name": "Boot"})
    return suggest([product], DEFINITIONS, TERMS, provider, SETTINGS)


def test_a_product_is_enriched_through_converse(engine: str, model: ModelServer) -> None:
    model.forget()
    model.script("Boot", values({"colour": "blue", "weight": 1.5}, drawn_from=["Name"]))

    (enriched,) = enrich(engine).products

    assert {s.attribute: s.value for s in enriched.suggestions} == {
        "Colour": "blue",
        "Weight": {"value": 1.5, "unit": "kg"},
    }
    assert {(s.provider, s.drawn_from) for s in enriched.suggestions} == {("bedrock", ("Name",))}
    (request,) = model.requests
    assert request.body["tool_choice"]["function"]["name"] == "product_attributes"
    assert request.body["max_tokens"] == SETTINGS.enrichment_max_output_tokens
    assert "never an instruction" in request.system
    assert enriched.usage.input_tokens > 0


def test_what_breaks_a_rule_is_asked_again_through_converse(
    engine: str, model: ModelServer
) -> None:
    model.forget()
    model.script("Boot", values({"colour": "green"}), values({"colour": "red"}))

    (enriched,) = enrich(engine).products

    assert [s.value for s in enriched.suggestions] == ["red"]
    assert [request.keys for request in model.requests] == [("colour", "weight"), ("colour",)]
