"""One call of a provider with its time-out, its retry and what it used; whatever is asked."""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.concurrency import Late, within
from core.enrichment.model import Failure, FailureCode
from core.enrichment.providers.interface import Answer, KeyUnreadable, ProviderFailed, Tokens
from core.enrichment.suggestions.call_limiter import OUTAGE_CODES, CallLimiter
from core.enrichment.suggestions.pricing import usage_of_call
from core.jobs.orders import NOTHING_USED
from core.settings import Settings

_log = logging.getLogger(__name__)

MAX_RETRIES = 1
"""Of a call that failed with a broken connection or a 5xx."""

CALL_GRACE_SECONDS = 0.5
"""Added to a call's time-out, so that the provider's own, which closes the connection, comes
first."""

_FOR_ALL = frozenset({FailureCode.PROVIDER_NOT_CONFIGURED, FailureCode.PROVIDER_REFUSED_KEY})
"""Failures that affect every call."""

Ask = Callable[[float], Answer]
"""Makes the call within so many seconds. Raises ProviderFailed and KeyUnreadable."""


@dataclass(frozen=True, slots=True)
class Reply:
    content: Any
    failure: Failure | None


class Calls:
    """Calls about one matter; `usage` is what they used together."""

    def __init__(self, settings: Settings, limiter: CallLimiter, *, is_free: bool) -> None:
        self._settings = settings
        self._limiter = limiter
        self._is_free = is_free
        self.usage = NOTHING_USED

    def call(self, ask: Ask, sent: Callable[[], Tokens]) -> Reply | None:
        """One call with its retries; None if the batch stopped. `sent` estimates what the provider
        reads. Raises KeyUnreadable."""
        retries = 0
        while True:
            timeout = self._limiter.begin_call()
            if timeout is None:
                failure = self._limiter.failure
                return None if failure is None else Reply(None, failure)
            try:
                answer = self._answer(ask, timeout, sent)
            except ProviderFailed as error:
                self._count_failed(error)
                code = error.failure.code
                if code is FailureCode.PROVIDER_THROTTLED:
                    self._limiter.throttled(error.retry_after_seconds)
                elif code is FailureCode.PROVIDER_UNAVAILABLE and retries < MAX_RETRIES:
                    retries += 1
                    self._limiter.rest(random.uniform(0.2, 1))
                elif code is FailureCode.PROVIDER_TIMED_OUT and self._limiter.is_cut_short(timeout):
                    self._limiter.stop(FailureCode.OUT_OF_TIME)
                    return None
                else:
                    if code in OUTAGE_CODES:
                        self._limiter.unavailable()
                    if code in _FOR_ALL:
                        self._limiter.fail(error.failure)
                    return Reply(None, error.failure)
            else:
                paid = NOTHING_USED  # nothing leaves this process for a provider that is free
                if not self._is_free:
                    paid = usage_of_call(answer.tokens, self._settings)
                self._limiter.answered(paid)
                self.usage += paid
                return Reply(answer.content, None)

    def _answer(self, ask: Ask, timeout_seconds: float, sent: Callable[[], Tokens]) -> Answer:
        """The provider's answer or failure, within this time even if its server does not
        respond."""
        if self._is_free:
            return ask(timeout_seconds)
        try:
            return within(
                timeout_seconds + CALL_GRACE_SECONDS,
                lambda: ask(timeout_seconds),
            )
        except (ProviderFailed, KeyUnreadable):
            raise
        except Late:
            raise ProviderFailed(
                FailureCode.PROVIDER_TIMED_OUT,
                "The provider did not answer in time; try again later.",
                tokens=sent(),
            ) from None
        except Exception as error:
            log_unexpected(error)
            raise ProviderFailed(
                FailureCode.PROVIDER_UNAVAILABLE,
                "The call to the provider failed for a reason that is in the log; try again "
                "later, or use another provider.",
            ) from None

    def _count_failed(self, error: ProviderFailed) -> None:
        if not error.was_sent or error.failure.code is FailureCode.PROVIDER_THROTTLED:
            return
        usage = usage_of_call(error.tokens, self._settings)
        self._limiter.used(usage)
        self.usage += usage


def log_unexpected(error: Exception) -> None:
    """Log the type and place of the error. Its message is left out: it may hold an answer, a
    product's text, or a key."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("Unexpected %s in %s:%s", type(error).__name__, frame.name, frame.lineno)
