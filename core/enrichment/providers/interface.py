"""The interface of a provider: it answers one question, or reports why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from core.enrichment.model import Failure, FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.prompt import Prompt

MAX_COUNTED_TOKENS = 100_000_000
"""Of one call. A larger count is ignored: no model reads or writes as much."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one call, by the provider's own count."""

    input: int = 0
    output: int = 0


def counted_tokens(read: Any, written: Any) -> Tokens | None:
    """The counts that a provider reports; None if they are implausible."""
    if not _is_count(read) or not _is_count(written):
        return None
    return Tokens(input=read, output=written)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNTED_TOKENS


@dataclass(frozen=True, slots=True)
class Answer:
    """Untrusted: nothing in it is used before `suggestions.validation` has checked it."""

    content: Any
    """Decoded JSON. A valid answer is an object that maps the key of each attribute to
    `{drawnFrom, value, confidence}`."""
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
        was_sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message)
        self.retry_after_seconds = retry_after_seconds
        """How long the provider requests to wait, if it does."""
        self.tokens = tokens
        self.was_sent = was_sent
        """False if no request left this process."""


def malformed(tokens: Tokens) -> ProviderFailed:
    return ProviderFailed(
        FailureCode.MALFORMED_ANSWER,
        "The answer is not in the requested form.",
        tokens=tokens,
    )


class KeyUnreadable(Exception):
    """The store of the provider's key does not respond: an infrastructure error, which is retried,
    and not an outcome of a product."""


class Provider(Protocol):
    """Thread-safe."""

    @property
    def name(self) -> str:
        """`offline`, `openai` or `bedrock`; part of every suggestion."""
        ...

    @property
    def model(self) -> str: ...

    @property
    def endpoint(self) -> str:
        """Distinguishes servers of the same protocol; holds no secret."""
        ...

    @property
    def is_free(self) -> bool:
        """Its answers cost nothing and are not cached."""
        ...

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        """Make one call. Raises ProviderFailed and KeyUnreadable."""
        ...


@runtime_checkable
class Model(Protocol):
    """A provider that answers any prompt. Thread-safe."""

    @property
    def model(self) -> str: ...

    def complete(self, prompt: Prompt, timeout_seconds: float) -> Answer:
        """Make one call. Raises ProviderFailed and KeyUnreadable."""
        ...
