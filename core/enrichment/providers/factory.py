"""Creates the provider that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from core.enrichment.model import FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.bedrock import BedrockProvider
from core.enrichment.providers.interface import Answer, Provider, ProviderFailed
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.providers.prompt import Prompt
from core.settings import Settings

_KNOWN = "offline, openai or bedrock"


class UnusableProvider:
    """Replaces a provider whose settings are incomplete: every question gets the same clear
    failure, and nothing else breaks."""

    is_free = False
    endpoint = ""

    def __init__(self, name: str, model: str, reason: str) -> None:
        self.name = name
        self.model = model
        self._reason = reason

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        raise self._failure()

    def complete(self, prompt: Prompt, timeout_seconds: float) -> Answer:
        raise self._failure()

    def _failure(self) -> ProviderFailed:
        return ProviderFailed(FailureCode.PROVIDER_NOT_CONFIGURED, self._reason, was_sent=False)


def create_provider(
    settings: Settings,
    read_key: Callable[[], str | None],
    make_bedrock_client: Callable[[], Any] | None = None,
) -> Provider:
    """`read_key` fetches the provider's key when it is needed; the key is never logged or shown.
    None or an empty text means that there is no key. `make_bedrock_client` returns the one
    `bedrock-runtime` client."""
    if settings.enrichment_provider in ("", "offline"):
        return OfflineProvider()
    reason = _configuration_fault(settings, make_bedrock_client is not None)
    if reason is not None:
        return UnusableProvider(settings.enrichment_provider, settings.enrichment_model, reason)
    if make_bedrock_client is not None and settings.enrichment_provider == "bedrock":
        return BedrockProvider(settings, make_bedrock_client)
    # imported here: openai's SDK takes a second to load, which the other providers do not need
    from core.enrichment.providers.openai_protocol import OpenAIProvider

    return OpenAIProvider(settings, read_key)


def _configuration_fault(settings: Settings, has_bedrock: bool) -> str | None:
    """A sentence; None if the provider can be created."""
    name = settings.enrichment_provider
    if name not in ("openai", "bedrock"):
        return f'There is no provider "{name}"; set ENRICHMENT_PROVIDER to {_KNOWN}.'
    if not settings.enrichment_model:
        return f"No model is named for the provider {name}; set ENRICHMENT_MODEL."
    if name == "bedrock" and not has_bedrock:
        return "Bedrock cannot be called from here; set ENRICHMENT_PROVIDER to offline or openai."
    if name == "openai" and not _is_web_address(settings.openai_base_url or "https://default"):
        return "OPENAI_BASE_URL must begin with http:// or https://; correct it."
    return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
