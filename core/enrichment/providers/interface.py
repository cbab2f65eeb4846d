"""What a provider is: it answers one question, or says why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from core.enrichment.model import Failure, FailureCode
from core.enrichment.prompts.questions import Question

MAX_COUNTED_TOKENS = 100_000_000
"""Of one call. A server that counts more does not count: no model reads or writes as much."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one call used, by the provider's own count."""

    input: int = 0
    output: int = 0


def counted_tokens(read: Any, written: Any) -> Tokens | None:
    """What a provider says that it counted; None where that cannot be."""
    if not _is_count(read) or not _is_count(written):
        return None
    return Tokens(input=read, output=written)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNTED_TOKENS


@dataclass(frozen=True, slots=True)
class Answer:
    """Untrusted: nothing in it is used before `suggestions.validation` checked it."""

    content: Any
    """Decoded JSON; sound is an object: key of the attribute → `{drawnFrom, value, confidence}`."""
    tokens: Tokens = Tokens()


class ProviderFailed(Exception):
    """No usable answer. `message` is one sentence for people, without key or answer in it."""

    def __init__(
        self,
        code: FailureCode,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        tokens: Tokens = Tokens(),
        was_asked: bool = True,
    ) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message)
        self.retry_after_seconds = retry_after_seconds
        """How long the provider asks to wait, where it says so."""
        self.tokens = tokens
        self.was_asked = was_asked
        """False: no request left this process."""


class KeyUnreadable(Exception):
    """The place where the provider's key is kept does not answer: infrastructure, to be retried,
    and no outcome of a product."""


class Provider(Protocol):
    """Safe to be asked by several threads at once."""

    @property
    def name(self) -> str:
        """`offline`, `openai` or `bedrock`: stands in every suggestion."""
        ...

    @property
    def model(self) -> str: ...

    @property
    def endpoint(self) -> str:
        """Tells two servers of one protocol apart; holds no secret."""
        ...

    @property
    def is_free(self) -> bool:
        """Its answers cost nothing and are worth no cache."""
        ...

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        """Ask once. Raises ProviderFailed and KeyUnreadable."""
        ...
