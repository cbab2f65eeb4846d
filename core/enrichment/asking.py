"""One product's question to a provider: asked, judged, and what was wrong asked once more."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.enrichment.judging import JudgedAnswer, judge_answer
from core.enrichment.model import (
    NOTHING_USED,
    Failure,
    FailureCode,
    Omission,
    OmissionCode,
    Suggestion,
    Usage,
)
from core.enrichment.pace import OUTAGE_CODES, Pace
from core.enrichment.pricing import usage_of_call
from core.enrichment.providers.interface import Provider, ProviderFailed
from core.enrichment.questions import Question
from core.settings import Settings

MAX_RETRIES = 1
"""Of a call that met a broken connection or a 5xx."""

_FOR_ALL = frozenset({FailureCode.PROVIDER_NOT_CONFIGURED, FailureCode.PROVIDER_REFUSED_KEY})
"""What one call meets, all do."""

_MALFORMED = Failure(
    code=FailureCode.MALFORMED_ANSWER,
    message="The model's answer is not in the form that was asked for, twice; try another model.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    suggestions: tuple[Suggestion, ...] = ()
    omissions: tuple[Omission, ...] = ()
    failure: Failure | None = None
    usage: Usage = NOTHING_USED
    is_complete: bool = False
    """All was asked that should be; another try would not be asked more."""


@dataclass(frozen=True, slots=True)
class _Reply:
    content: Any
    failure: Failure | None
    usage: Usage


class Asker:
    def __init__(self, provider: Provider, settings: Settings, pace: Pace) -> None:
        self._provider = provider
        self._settings = settings
        self._pace = pace

    def ask(self, question: Question, present: Mapping[str, Any]) -> AskResult | None:
        """None: the batch stopped before there was an answer. `present` are the product's values,
        as stored."""
        reply = self._call(question)
        if reply is None:
            return None
        if _is_malformed(reply):
            again = self._call(question)
            if again is not None:
                reply = replace(again, usage=reply.usage + again.usage)
            if _is_malformed(reply):
                return AskResult(failure=_MALFORMED, usage=reply.usage)
            may_ask_more = False
        else:
            may_ask_more = not self._provider.is_free  # that one would answer the same
        if reply.failure is not None:
            return AskResult(failure=reply.failure, usage=reply.usage)
        judged = self._judge(reply.content, question, present)
        if judged.wrong and may_ask_more:
            return self._ask_more(question, present, judged, reply.usage)
        return AskResult(
            suggestions=judged.suggestions,
            omissions=judged.omissions,
            usage=reply.usage,
            is_complete=True,
        )

    def _ask_more(
        self, question: Question, present: Mapping[str, Any], first: JudgedAnswer, usage: Usage
    ) -> AskResult:
        """The values that broke a rule, in one call that names what was wrong. Whatever becomes of
        it, what was sound stays."""
        wrong = tuple(each.asked for each in first.wrong)
        follow_up = replace(question, asked=wrong, wrong=first.wrong)
        reply = self._call(follow_up)
        usage += Usage() if reply is None else reply.usage
        if reply is None or reply.failure is not None or _is_malformed(reply):
            return AskResult(suggestions=first.suggestions, omissions=first.omissions, usage=usage)
        second = self._judge(reply.content, follow_up, present)
        found = {s.attribute: s for s in (*first.suggestions, *second.suggestions)}
        # what was not answered at all the second time keeps the reason of the first
        left_out = {o.attribute: o for o in first.omissions}
        left_out |= {
            o.attribute: o
            for o in second.omissions
            if o.code != OmissionCode.NOT_ANSWERED or o.attribute not in left_out
        }
        order = [each.definition.name for each in question.asked]
        return AskResult(
            suggestions=tuple(found[name] for name in order if name in found),
            omissions=tuple(
                left_out[name] for name in order if name in left_out and name not in found
            ),
            usage=usage,
            is_complete=True,
        )

    def _judge(self, content: Any, question: Question, present: Mapping[str, Any]) -> JudgedAnswer:
        return judge_answer(content, question.asked, present, self._provider, self._settings)

    def _call(self, question: Question) -> _Reply | None:
        """None: stopped."""
        usage, retries = Usage(), 0
        while True:
            timeout = self._pace.begin_call()
            if timeout is None:
                failure = self._pace.failure
                return None if failure is None else _Reply(None, failure, usage)
            try:
                answer = self._provider.answer(question, timeout)
            except ProviderFailed as error:
                usage += self._usage_of(error)
                code = error.failure.code
                if code is FailureCode.PROVIDER_THROTTLED:
                    self._pace.throttled(error.retry_after_seconds)
                elif code is FailureCode.PROVIDER_UNAVAILABLE and retries < MAX_RETRIES:
                    retries += 1
                    self._pace.rest(random.uniform(0.2, 1))  # noqa: S311  # jitter
                elif code is FailureCode.PROVIDER_TIMED_OUT and self._pace.is_cut_short(timeout):
                    self._pace.stop(FailureCode.OUT_OF_TIME)
                    return None
                else:
                    if code in OUTAGE_CODES:
                        self._pace.unavailable()
                    if code in _FOR_ALL:
                        self._pace.fail(error.failure)
                    return _Reply(None, error.failure, usage)
            else:
                paid = NOTHING_USED  # nothing leaves this process for a provider that is free
                if not self._provider.is_free:
                    paid = usage_of_call(answer.tokens, self._settings)
                self._pace.answered(paid)
                return _Reply(answer.content, None, usage + paid)

    def _usage_of(self, error: ProviderFailed) -> Usage:
        if not error.was_asked or error.failure.code is FailureCode.PROVIDER_THROTTLED:
            return Usage()
        usage = usage_of_call(error.tokens, self._settings)
        self._pace.used(usage)
        return usage


def _is_malformed(reply: _Reply) -> bool:
    if reply.failure is not None:
        return reply.failure.code is FailureCode.MALFORMED_ANSWER
    return not isinstance(reply.content, Mapping)
