"""The provider that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from core.enrichment.model import FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.bedrock import BedrockProvider
from core.enrichment.providers.interface import Answer, Provider, ProviderFailed
from core.enrichment.providers.offline import OfflineProvider
from core.settings import Settings

_KNOWN = "offline, openai or bedrock"


class UnusableProvider:
    """Stands for a provider that the settings name but do not describe: every question gets the
    same clear failure, and nothing else breaks."""

    is_free = False
    endpoint = ""

    def __init__(self, name: str, model: str, says: str) -> None:
        self.name = name
        self.model = model
        self._says = says

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        raise ProviderFailed(FailureCode.PROVIDER_NOT_CONFIGURED, self._says, was_asked=False)


def create_provider(
    settings: Settings,
    read_key: Callable[[], str | None],
    make_bedrock_client: Callable[[], Any] | None = None,
) -> Provider:
    """`read_key` fetches the provider's key from where it is kept; it is called when a key is
    needed, and what it gives is neither logged nor told. None or empty: there is no key.
    `make_bedrock_client` gives a `bedrock-runtime` client, the same one each time."""
    if settings.enrichment_provider in ("", "offline"):
        return OfflineProvider()
    says = _what_is_missing(settings, make_bedrock_client is not None)
    if says is not None:
        return UnusableProvider(settings.enrichment_provider, settings.enrichment_model, says)
    if make_bedrock_client is not None and settings.enrichment_provider == "bedrock":
        return BedrockProvider(settings, make_bedrock_client)
    # loads openai's SDK, a second that the other providers do not wait for
    from core.enrichment.providers.openai_protocol import OpenAIProvider

    return OpenAIProvider(settings, read_key)


def _what_is_missing(settings: Settings, has_bedrock: bool) -> str | None:
    """A sentence; None where the provider can be made."""
    name = settings.enrichment_provider
    if name not in ("openai", "bedrock"):
        return f'There is no provider "{name}"; set ENRICHMENT_PROVIDER to {_KNOWN}.'
    if not settings.enrichment_model:
        return f"No model is named for the provider {name}; set ENRICHMENT_MODEL."
    if name == "bedrock" and not has_bedrock:
        return "Bedrock cannot be called from here; set ENRICHMENT_PROVIDER to offline or openai."
    if name == "openai" and not _is_web_address(settings.openai_base_url or "https://default"):
        return "OPENAI_BASE_URL is no address that begins with http:// or https://; mend it."
    return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
