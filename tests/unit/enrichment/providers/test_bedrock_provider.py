"""Bedrock by Converse: the request is one that the service's model takes, each error has its
outcome. botocore's stubber replaces AWS."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import ANY, Stubber

from core.enrichment.model import FailureCode
from core.enrichment.providers.factory import create_provider
from core.enrichment.suggestions.suggesting import BatchOutcome, suggest
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    SETTINGS,
    WEIGHT,
    named,
    product,
    value_of,
)
from tests.unit.enrichment.openai_calls import failure_of, one

MODEL = "eu.amazon.test-v1:0"
BEDROCK = dataclasses.replace(
    SETTINGS,
    enrichment_provider="bedrock",
    enrichment_model=MODEL,
    enrichment_max_wait_seconds=0,
)
SOUND = {"colour": {"drawnFrom": ["Name"], "value": "red", "confidence": 0.9}}


@pytest.fixture
def client() -> Any:
    return boto3.client("bedrock-runtime", region_name="eu-central-1")


def enrich(client: Any, *requested: Any) -> BatchOutcome:
    provider = create_provider(BEDROCK, lambda: None, lambda: client)
    terms = named(*(requested or (COLOUR,)))
    return suggest([product({"Name": "Boot"})], CATALOGUE, terms, provider, BEDROCK)


def reply(*content: dict[str, Any], stop: str = "tool_use", **more: Any) -> dict[str, Any]:
    usage = {"inputTokens": 900, "outputTokens": 40, "totalTokens": 940}
    message = {"role": "assistant", "content": list(content)}
    answer = {"output": {"message": message}, "stopReason": stop, "usage": usage}
    return answer | {"metrics": {"latencyMs": 5}} | more


def tool_use(given: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "t1", "name": "product_attributes", "input": given}}


def test_the_answer_is_the_input_of_the_tool_that_must_be_used(client: Any) -> None:
    with Stubber(client) as stub:
        expected = {
            "modelId": MODEL,
            "system": ANY,
            "messages": ANY,
            "inferenceConfig": {"maxTokens": 4000},
            "toolConfig": ANY,
        }
        stub.add_response("converse", reply({"text": "Well:"}, tool_use(SOUND)), expected)
        enriched = one(enrich(client))

    assert value_of(enriched, COLOUR) == "red"
    (suggestion,) = enriched.suggestions
    assert (suggestion.provider, suggestion.model) == ("bedrock", MODEL)
    assert (enriched.usage.input_tokens, enriched.usage.output_tokens) == (900, 40)


def test_an_answer_in_words_is_read_too(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("converse", reply({"text": json.dumps(SOUND)}, stop="end_turn"))
        assert value_of(one(enrich(client)), COLOUR) == "red"


def test_what_breaks_a_rule_is_asked_once_more(client: Any) -> None:
    wrong = {"colour": {"drawnFrom": [], "value": "green", "confidence": 1}}
    with Stubber(client) as stub:
        stub.add_response("converse", reply(tool_use(wrong | {"weight": SOUND["colour"]})))
        stub.add_response("converse", reply(tool_use(SOUND)))
        enriched = one(enrich(client, COLOUR, WEIGHT))
        stub.assert_no_pending_responses()

    assert value_of(enriched, COLOUR) == "red"
    assert enriched.usage.requests == 2


STOPPED = [
    ("max_tokens", FailureCode.ANSWER_CUT_OFF),
    ("guardrail_intervened", FailureCode.MODEL_REFUSED),
    ("content_filtered", FailureCode.MODEL_REFUSED),
]


@pytest.mark.parametrize(("stop", "code"), STOPPED)
def test_an_answer_that_was_stopped_is_told(client: Any, stop: str, code: FailureCode) -> None:
    with Stubber(client) as stub:
        stub.add_response("converse", reply({"text": "{"}, stop=stop))
        assert failure_of(one(enrich(client))) is code


def test_an_answer_that_is_none_is_malformed_after_one_more_try(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("converse", reply({"text": "Red, I think."}, stop="end_turn"))
        stub.add_response("converse", reply(tool_use(["red"])))
        assert failure_of(one(enrich(client))) is FailureCode.MALFORMED_ANSWER
        stub.assert_no_pending_responses()


ERRORS = [
    ("AccessDeniedException", FailureCode.PROVIDER_REFUSED_KEY),
    ("UnrecognizedClientException", FailureCode.PROVIDER_REFUSED_KEY),
    ("ExpiredTokenException", FailureCode.PROVIDER_REFUSED_KEY),
    ("ValidationException", FailureCode.PROVIDER_REFUSED_REQUEST),
    ("ResourceNotFoundException", FailureCode.PROVIDER_REFUSED_REQUEST),
    ("ModelTimeoutException", FailureCode.PROVIDER_TIMED_OUT),
]


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_an_error_of_the_service_has_its_outcome(
    client: Any, error: str, code: FailureCode
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("converse", error)
        assert failure_of(one(enrich(client))) is code


@pytest.mark.parametrize(
    "error", ["InternalServerException", "ServiceUnavailableException", "ModelErrorException"]
)
def test_an_outage_is_tried_once_more(client: Any, error: str) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("converse", error)
        stub.add_response("converse", reply(tool_use(SOUND)))
        assert value_of(one(enrich(client)), COLOUR) == "red"


def test_throttling_leaves_the_product_for_later(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("converse", "ThrottlingException", http_status_code=429)
        outcome = enrich(client)

    assert outcome.stopped is FailureCode.PROVIDER_THROTTLED
    assert outcome.wait_seconds == 20
    assert len(outcome.left) == 1


CONNECTIONS = [
    (ReadTimeoutError(endpoint_url="x"), FailureCode.PROVIDER_TIMED_OUT),
    (EndpointConnectionError(endpoint_url="x"), FailureCode.PROVIDER_UNAVAILABLE),
    (NoCredentialsError(), FailureCode.PROVIDER_NOT_CONFIGURED),
]


class Raising:
    """A client whose every call meets this."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def converse(self, **request: Any) -> None:
        raise self.error


@pytest.mark.parametrize(("error", "code"), CONNECTIONS)
def test_a_broken_connection_has_its_outcome(error: Exception, code: FailureCode) -> None:
    assert failure_of(one(enrich(Raising(error)))) is code


def test_what_nobody_thought_of_is_logged_without_its_words_and_takes_its_product_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    enriched = one(enrich(Raising(KeyError("sk-secret"))))

    assert failure_of(enriched) is FailureCode.PROVIDER_UNAVAILABLE
    assert "Unexpected KeyError in converse" in caplog.text
    assert "sk-secret" not in caplog.text + repr(enriched)


@pytest.mark.parametrize("reply", [None, [], {"output": 1}, {"output": {"message": [1]}}])
def test_a_reply_of_another_form_takes_its_product_alone(reply: Any) -> None:
    class Odd:
        def converse(self, **request: Any) -> Any:
            return reply

    assert failure_of(one(enrich(Odd()))) is FailureCode.MALFORMED_ANSWER
