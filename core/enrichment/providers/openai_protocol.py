"""OpenAI, and any server that speaks its protocol: vLLM, Ollama, Azure.

Uses `chat.completions` with a JSON Schema as `response_format`, which all of them support.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletion

from core import clock
from core.enrichment.model import FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.decoding import decoded
from core.enrichment.providers.interface import (
    Answer,
    KeyUnreadable,
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

OPENAI_BASE_URL = "https://api.openai.com/v1"
NO_KEY = "none"
"""Sent if the server needs no key, since the SDK requires one."""

_KEY = re.compile(r"[!#-&(-z|~]*")
"""Visible ASCII without quotes and braces: valid in a header, and not a JSON object."""

REASON_MAX_CHARACTERS = 200
"""Of the provider's own message about a request that it refused."""

_NAMES_COMPLETION_TOKENS = (".openai.com", ".azure.com")
"""Hosts whose newer models refuse `max_tokens`. Other servers support that name, but not all of
them support `max_completion_tokens`."""

_NO_CONNECTION = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"})
"""Classes of the SDK's transport, by name, since the package that defines them changes with the
SDK."""

_Code = FailureCode


class OpenAIProvider:
    name = "openai"
    is_free = False

    def __init__(self, settings: Settings, read_key: Callable[[], str | None]) -> None:
        self.model = settings.enrichment_model
        self.endpoint = settings.openai_base_url or OPENAI_BASE_URL
        self._max_output_tokens = settings.enrichment_max_output_tokens
        self._read_key = read_key
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None
        self._key = NO_KEY
        host = f".{urlsplit(self.endpoint).hostname or ''}"
        is_first_party = host.endswith(_NAMES_COMPLETION_TOKENS)
        self._limit_field = "max_completion_tokens" if is_first_party else "max_tokens"
        self._with_bounds = is_first_party

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        return self.complete(prompt_of(question, with_bounds=self._with_bounds), timeout_seconds)

    def complete(self, prompt: Prompt, timeout_seconds: float) -> Answer:
        client = self._connect()
        try:
            completion: Any = client.chat.completions.create(
                **self._request(prompt), timeout=timeout_seconds
            )
        except openai.OpenAIError as error:
            # from None: the cause holds the request, including the key
            raise self._failure(error, roughly_used(prompt, "")) from None
        except (ValueError, TypeError, AttributeError, RecursionError):
            # a body that claims to be JSON and is not, or JSON that the SDK cannot process
            raise malformed(roughly_used(prompt, "")) from None
        return _read(completion, prompt)

    def close(self) -> None:
        """Close the connections. The next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connect(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                key = self._stored_key()
                if not key and self.endpoint == OPENAI_BASE_URL:
                    raise ProviderFailed(
                        _Code.PROVIDER_NOT_CONFIGURED,
                        "The provider openai has no key; store one, or set ENRICHMENT_PROVIDER to "
                        "offline.",
                        was_sent=False,
                    )
                if not _KEY.fullmatch(key):
                    raise ProviderFailed(
                        _Code.PROVIDER_NOT_CONFIGURED,
                        "The stored key of the provider is not valid: it holds blanks, quotes or "
                        "characters beyond ASCII; store the key alone.",
                        was_sent=False,
                    )
                self._key = key or NO_KEY
                # no retries of its own: they would sleep where the state machine can wait
                self._client = openai.OpenAI(
                    api_key=self._key, base_url=self.endpoint, max_retries=0
                )
            return self._client

    def _stored_key(self) -> str:
        try:
            return (self._read_key() or "").strip()
        except Exception as error:
            raise KeyUnreadable from error

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        content: str | list[dict[str, Any]] = prompt.user
        if prompt.images:
            pictures = [{"type": "image_url", "image_url": {"url": i}} for i in prompt.images]
            content = [{"type": "text", "text": prompt.user}, *pictures]
        return {
            "model": self.model,
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": content},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "strict": True, "schema": prompt.schema},
            },
            self._limit_field: self._max_output_tokens,
        }

    def _failure(self, error: openai.OpenAIError, sent: Tokens) -> ProviderFailed:
        """`sent`: roughly the tokens that the provider read, if the request reached it."""
        tokens = Tokens() if _never_arrived(error) else sent
        if isinstance(error, openai.APITimeoutError):
            return ProviderFailed(
                _Code.PROVIDER_TIMED_OUT,
                "The provider did not answer in time; try again later.",
                tokens=tokens,
            )
        if isinstance(error, openai.APIStatusError):
            return self._refused(error)
        if isinstance(error, openai.APIConnectionError):
            return ProviderFailed(
                _Code.PROVIDER_UNAVAILABLE,
                "The provider cannot be reached; check OPENAI_BASE_URL, or try again later.",
                tokens=tokens,
            )
        return malformed(tokens)

    def _refused(self, error: openai.APIStatusError) -> ProviderFailed:
        status, headers = error.status_code, error.response.headers
        wait = retry_after_seconds(headers, clock.now())
        if status in (401, 403):
            with self._lock:
                self._client = None  # the next batch reads the key again, in case it was replaced
            return ProviderFailed(
                _Code.PROVIDER_REFUSED_KEY,
                f"The provider refused the key (HTTP {status}); store one that it accepts.",
            )
        if status == 429 and error.code == "insufficient_quota":
            return ProviderFailed(
                _Code.PROVIDER_REFUSED_KEY,
                "The account at the provider has no quota left; check its billing.",
            )
        if status == 429 or (status == 503 and wait is not None):
            return ProviderFailed(
                _Code.PROVIDER_THROTTLED,
                "The provider is rate-limiting requests.",
                retry_after_seconds=wait,
            )
        if status == 408:
            return ProviderFailed(
                _Code.PROVIDER_TIMED_OUT, "The provider did not answer in time; try again later."
            )
        if status == 409 or status >= 500:
            return ProviderFailed(
                _Code.PROVIDER_UNAVAILABLE,
                f"The provider is unavailable (HTTP {status}); try again later.",
            )
        reason = self._reason(error.body)
        return ProviderFailed(
            _Code.PROVIDER_REFUSED_REQUEST,
            f"The provider refused the request (HTTP {status}){reason}; check ENRICHMENT_MODEL and "
            "whether the model supports structured outputs.",
        )

    def _reason(self, body: object) -> str:
        """The provider's own message, on one line, and without the key."""
        message = body.get("message") if isinstance(body, Mapping) else None
        if not isinstance(message, str) or not message.strip():
            return ""
        if self._key != NO_KEY:
            message = message.replace(self._key, "…")
        line = " ".join(message.split()).rstrip(".")
        return f": {line[:REASON_MAX_CHARACTERS]}"


def _read(completion: Any, prompt: Prompt) -> Answer:
    # the SDK does not check the body, and returns one that is not JSON as text
    if not isinstance(completion, ChatCompletion):
        raise malformed(roughly_used(prompt, completion if isinstance(completion, str) else ""))
    choices: Any = getattr(completion, "choices", None)
    choice: Any = choices[0] if isinstance(choices, list) and choices else None
    message: Any = getattr(choice, "message", None)
    content: Any = getattr(message, "content", None)
    tokens = _tokens(getattr(completion, "usage", None), prompt, content)
    if message is None:
        raise malformed(tokens)
    reason: Any = getattr(choice, "finish_reason", None)
    if getattr(message, "refusal", None) or reason == "content_filter":
        raise ProviderFailed(
            _Code.MODEL_REFUSED,
            "The model refused to answer for this product; check the product's texts.",
            tokens=tokens,
        )
    if reason == "length":
        raise ProviderFailed(
            _Code.ANSWER_CUT_OFF,
            "The answer exceeded the output limit; request fewer attributes. "
            f"{can_be_raised('enrichment_max_output_tokens')}",
            tokens=tokens,
        )
    try:
        return Answer(content=decoded(content), tokens=tokens)
    except ValueError:
        raise malformed(tokens) from None


def _tokens(usage: Any, prompt: Prompt, content: Any) -> Tokens:
    """The provider's count, or an estimate if it gives none, so that a budget still holds."""
    counted = counted_tokens(
        getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    )
    return counted or roughly_used(prompt, content if isinstance(content, str) else "")


def _never_arrived(error: openai.OpenAIError) -> bool:
    """Was there no connection, so that the provider read nothing that has to be paid for?"""
    names = {kind.__name__ for kind in type(error.__cause__).__mro__}
    return bool(names & _NO_CONNECTION)
