"""Asks a provider about one product, validates the answer, and retries wrong values once."""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.concurrency import Late, within
from core.enrichment.model import Failure, FailureCode, Omission, OmissionCode, Suggestion
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, KeyUnreadable, Provider, ProviderFailed
from core.enrichment.providers.prompting import prompt_of
from core.enrichment.providers.token_counts import roughly_used
from core.enrichment.suggestions.call_limiter import OUTAGE_CODES, CallLimiter
from core.enrichment.suggestions.pricing import usage_of_call
from core.enrichment.suggestions.validation import ValidatedAnswer, validate_answer
from core.jobs.orders import NOTHING_USED, Usage
from core.settings import Settings

_log = logging.getLogger(__name__)

MAX_RETRIES = 1
"""Of a call that failed with a broken connection or a 5xx."""

CALL_GRACE_SECONDS = 0.5
"""Added to a call's time-out, so that the provider's own, which closes the connection, comes
first."""

_FOR_ALL = frozenset({FailureCode.PROVIDER_NOT_CONFIGURED, FailureCode.PROVIDER_REFUSED_KEY})
"""Failures that affect every call."""

_MALFORMED = Failure(
    code=FailureCode.MALFORMED_ANSWER,
    message="The model's answer is not in the requested form, twice; try another model.",
)


_UNREADABLE = Failure(
    code=FailureCode.MALFORMED_ANSWER,
    message="The model's answer could not be read; try another model.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    suggestions: tuple[Suggestion, ...] = ()
    omissions: tuple[Omission, ...] = ()
    failure: Failure | None = None
    usage: Usage = NOTHING_USED
    is_complete: bool = False
    """Every necessary call was made, so the result may be cached."""
    is_left: bool = False
    """The batch stopped before there was an answer."""


@dataclass(frozen=True, slots=True)
class _Reply:
    content: Any
    failure: Failure | None


class Asker:
    """Makes the calls for one product."""

    def __init__(self, provider: Provider, settings: Settings, limiter: CallLimiter) -> None:
        self._provider = provider
        self._settings = settings
        self._limiter = limiter
        self._usage = NOTHING_USED

    def ask(self, question: Question, present: Mapping[str, Any]) -> AskResult:
        """`present` are the product's values, as stored. Raises only KeyUnreadable; any other error
        while reading an answer is an outcome of this product."""
        try:
            result = self._ask(question, present)
        except KeyUnreadable:
            raise
        except Exception as error:  # an unexpected answer fails only its own product
            _log_unexpected(error)
            result = AskResult(failure=_UNREADABLE)
        return replace(result, usage=self._usage)

    def _ask(self, question: Question, present: Mapping[str, Any]) -> AskResult:
        reply = self._call(question)
        may_ask_more = not self._provider.is_free  # a free one would give the same answer
        if reply is not None and _is_malformed(reply):
            reply = self._call(question)
            may_ask_more = False
            if reply is not None and _is_malformed(reply):
                return AskResult(failure=_MALFORMED)
        if reply is None:
            return AskResult(is_left=True)
        if reply.failure is not None:
            return AskResult(failure=reply.failure)
        validated = self._validate(reply.content, question, present)
        if validated.wrong and may_ask_more:
            return self._ask_more(question, present, validated)
        return AskResult(
            suggestions=validated.suggestions, omissions=validated.omissions, is_complete=True
        )

    def _ask_more(
        self, question: Question, present: Mapping[str, Any], first: ValidatedAnswer
    ) -> AskResult:
        """Request the wrong values once more, in one call that gives the reasons. The valid values
        of the first answer are kept even if this call fails."""
        wrong = tuple(each.requested for each in first.wrong)
        follow_up = replace(question, requested=wrong, wrong=first.wrong)
        reply = self._call(follow_up)
        if reply is None or reply.failure is not None or _is_malformed(reply):
            return AskResult(suggestions=first.suggestions, omissions=first.omissions)
        second = self._validate(reply.content, follow_up, present)
        found = {s.attribute: s for s in (*first.suggestions, *second.suggestions)}
        # an attribute that the second answer lacks keeps the reason of the first answer
        omitted = {o.attribute: o for o in first.omissions}
        omitted |= {
            o.attribute: o
            for o in second.omissions
            if o.code != OmissionCode.NOT_ANSWERED or o.attribute not in omitted
        }
        order = [each.definition.name for each in question.requested]
        return AskResult(
            suggestions=tuple(found[name] for name in order if name in found),
            omissions=tuple(
                omitted[name] for name in order if name in omitted and name not in found
            ),
            is_complete=True,
        )

    def _validate(
        self, content: Any, question: Question, present: Mapping[str, Any]
    ) -> ValidatedAnswer:
        return validate_answer(content, question.requested, present, self._provider, self._settings)

    def _call(self, question: Question) -> _Reply | None:
        """One call with its retries; None if the batch stopped."""
        retries = 0
        while True:
            timeout = self._limiter.begin_call()
            if timeout is None:
                failure = self._limiter.failure
                return None if failure is None else _Reply(None, failure)
            try:
                answer = self._answer(question, timeout)
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
                    return _Reply(None, error.failure)
            else:
                paid = NOTHING_USED  # nothing leaves this process for a provider that is free
                if not self._provider.is_free:
                    paid = usage_of_call(answer.tokens, self._settings)
                self._limiter.answered(paid)
                self._usage += paid
                return _Reply(answer.content, None)

    def _answer(self, question: Question, timeout_seconds: float) -> Answer:
        """The provider's answer or failure, within this time even if its server does not
        respond."""
        if self._provider.is_free:
            return self._provider.answer(question, timeout_seconds)
        try:
            return within(
                timeout_seconds + CALL_GRACE_SECONDS,
                lambda: self._provider.answer(question, timeout_seconds),
            )
        except (ProviderFailed, KeyUnreadable):
            raise
        except Late:
            raise ProviderFailed(
                FailureCode.PROVIDER_TIMED_OUT,
                "The provider did not answer in time; try again later.",
                tokens=roughly_used(prompt_of(question, with_bounds=False), ""),
            ) from None
        except Exception as error:
            _log_unexpected(error)
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
        self._usage += usage


def _log_unexpected(error: Exception) -> None:
    """Log the type and place of the error. Its message is left out: it may hold an answer, a
    product's text, or a key."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("Unexpected %s in %s:%s", type(error).__name__, frame.name, frame.lineno)


def _is_malformed(reply: _Reply) -> bool:
    if reply.failure is not None:
        return reply.failure.code is FailureCode.MALFORMED_ANSWER
    return not isinstance(reply.content, Mapping)
