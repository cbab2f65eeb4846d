"""The provider that the settings name."""

from __future__ import annotations

from collections.abc import Callable

from core.enrichment.model import FailureCode
from core.enrichment.providers.interface import Answer, Provider, ProviderFailed
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.questions import Question
from core.settings import Settings


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


def make_provider(settings: Settings, read_key: Callable[[], str | None]) -> Provider:
    """`read_key` fetches the provider's key from where it is kept; it is called when a key is
    needed, and what it gives is neither logged nor told. None or empty: there is no key."""
    match settings.enrichment_provider:
        case "offline" | "":
            return OfflineProvider()
        case unknown:
            return UnusableProvider(
                unknown,
                settings.enrichment_model,
                f'There is no provider "{unknown}"; set ENRICHMENT_PROVIDER to offline, openai or '
                "bedrock.",
            )
