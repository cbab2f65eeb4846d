"""Amazon Bedrock, by Converse. The model must use one tool, whose input schema is the answer.

The caller passes in the client (boto3's `bedrock-runtime`). It has no retries, and a read time-out
of its own, since Converse has no time-out per call. Bedrock accepts images only as bytes, and this
code fetches none, so the model gets no images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core import clock
from core.enrichment.model import FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.decoding import decoded
from core.enrichment.providers.interface import (
    Answer,
    ProviderFailed,
    Tokens,
    counted_tokens,
    malformed,
)
from core.enrichment.providers.prompt import Prompt
from core.enrichment.providers.prompting import prompt_of
from core.enrichment.providers.retry_after import retry_after_seconds
from core.enrichment.providers.token_counts import roughly_used
from core.settings import Settings
from core.wording import can_be_raised

_Code = FailureCode

_BY_ERROR: Mapping[str, tuple[FailureCode, str]] = {
    "ThrottlingException": (_Code.PROVIDER_THROTTLED, "Bedrock is rate-limiting requests."),
    "TooManyRequestsException": (_Code.PROVIDER_THROTTLED, "Bedrock is rate-limiting requests."),
    "ServiceQuotaExceededException": (
        _Code.PROVIDER_THROTTLED,
        "The account's quota at Bedrock is used up for now.",
    ),
    "AccessDeniedException": (
        _Code.PROVIDER_REFUSED_KEY,
        "The function may not use this model; grant the function bedrock:InvokeModel, and the "
        "account access to the model.",
    ),
    "ValidationException": (
        _Code.PROVIDER_REFUSED_REQUEST,
        "Bedrock refused the request; check ENRICHMENT_MODEL and whether the model can use tools.",
    ),
    "ResourceNotFoundException": (
        _Code.PROVIDER_REFUSED_REQUEST,
        "Bedrock does not know the model; check ENRICHMENT_MODEL and the region.",
    ),
    "ModelTimeoutException": (
        _Code.PROVIDER_TIMED_OUT,
        "The model did not answer in time; try again later.",
    ),
}
"""The known errors of `Converse`; any other is an outage."""

_REFUSED_CREDENTIALS = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
    }
)

_REFUSALS = frozenset({"guardrail_intervened", "content_filtered"})

_TIME_OUTS = frozenset({"ReadTimeoutError", "ConnectTimeoutError"})
_NO_CREDENTIALS = frozenset({"NoCredentialsError", "PartialCredentialsError", "NoRegionError"})
"""Classes of botocore, by name, since this layer does not import botocore."""


class BedrockProvider:
    name = "bedrock"
    endpoint = ""
    is_free = False

    def __init__(self, settings: Settings, make_client: Callable[[], Any]) -> None:
        self.model = settings.enrichment_model
        self._max_output_tokens = settings.enrichment_max_output_tokens
        self._make_client = make_client

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        return self.complete(prompt_of(question, with_bounds=False), timeout_seconds)

    def complete(self, prompt: Prompt, timeout_seconds: float) -> Answer:
        try:
            reply = self._make_client().converse(**self._request(prompt))
        except Exception as error:
            failure = _failure(error, roughly_used(prompt, ""))
            if failure is None:
                raise
            raise failure from None
        try:
            return _read(reply, prompt)
        except (AttributeError, TypeError):
            raise malformed(roughly_used(prompt, "")) from None

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        tool = {
            "name": prompt.name,
            "description": prompt.about,
            "inputSchema": {"json": prompt.schema},
        }
        return {
            "modelId": self.model,
            "system": [{"text": prompt.system}],
            "messages": [{"role": "user", "content": [{"text": prompt.user}]}],
            "inferenceConfig": {"maxTokens": self._max_output_tokens},
            "toolConfig": {
                "tools": [{"toolSpec": tool}],
                "toolChoice": {"tool": {"name": prompt.name}},
            },
        }


def _read(reply: Mapping[str, Any], prompt: Prompt) -> Answer:
    message = (reply.get("output") or {}).get("message") or {}
    blocks = [block for block in message.get("content") or () if isinstance(block, Mapping)]
    inputs = [block["toolUse"].get("input") for block in blocks if "toolUse" in block]
    text = "".join(str(block["text"]) for block in blocks if "text" in block)
    usage = reply.get("usage") or {}
    counted = counted_tokens(usage.get("inputTokens"), usage.get("outputTokens"))
    tokens = counted or roughly_used(prompt, text)
    reason = reply.get("stopReason")
    if reason in _REFUSALS:
        raise ProviderFailed(
            _Code.MODEL_REFUSED,
            "The model refused to answer for this product; check the product's texts.",
            tokens=tokens,
        )
    if reason == "max_tokens":
        raise ProviderFailed(
            _Code.ANSWER_CUT_OFF,
            "The answer exceeded the output limit; request fewer attributes. "
            f"{can_be_raised('enrichment_max_output_tokens')}",
            tokens=tokens,
        )
    if inputs:
        return Answer(content=inputs[0], tokens=tokens)
    try:
        return Answer(content=decoded(text), tokens=tokens)  # JSON as text, without the tool
    except ValueError:
        raise malformed(tokens) from None


def _failure(error: Exception, sent: Tokens) -> ProviderFailed | None:
    """None for an error that is neither a response of AWS nor a connection failure. `sent`: roughly
    the tokens that the model read, if the request reached it."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return _failure_of_answer(response)
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _TIME_OUTS:
        return ProviderFailed(
            _Code.PROVIDER_TIMED_OUT,
            "Bedrock did not answer in time; try again later.",
            tokens=Tokens() if "ConnectTimeoutError" in names else sent,
        )
    if names & _NO_CREDENTIALS:
        return ProviderFailed(
            _Code.PROVIDER_NOT_CONFIGURED,
            "There are no AWS credentials or no region for Bedrock; assign a role to the function.",
            was_sent=False,
        )
    if "BotoCoreError" in names:
        return ProviderFailed(
            _Code.PROVIDER_UNAVAILABLE,
            "Bedrock cannot be reached; check the region, or try again later.",
        )
    return None


def _failure_of_answer(response: Mapping[str, Any]) -> ProviderFailed:
    code = str((response.get("Error") or {}).get("Code", ""))
    headers = (response.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    if code in _REFUSED_CREDENTIALS:
        return ProviderFailed(
            _Code.PROVIDER_REFUSED_KEY, "AWS refused the credentials; check the function's role."
        )
    failure, message = _BY_ERROR.get(
        code, (_Code.PROVIDER_UNAVAILABLE, "Bedrock is unavailable; try again later.")
    )
    return ProviderFailed(
        failure, message, retry_after_seconds=retry_after_seconds(headers, clock.now())
    )
