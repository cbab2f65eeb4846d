"""Asks a provider about one product, validates the answer, and retries wrong values once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.enrichment.model import Failure, FailureCode, Omission, OmissionCode, Suggestion
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import KeyUnreadable, Provider
from core.enrichment.providers.prompting import prompt_of
from core.enrichment.providers.token_counts import roughly_used
from core.enrichment.suggestions.call_limiter import CallLimiter
from core.enrichment.suggestions.calling import Calls, Reply, log_unexpected
from core.enrichment.suggestions.validation import ValidatedAnswer, validate_answer
from core.jobs.orders import NOTHING_USED, Usage
from core.settings import Settings

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


class Asker:
    """Makes the calls for one product."""

    def __init__(self, provider: Provider, settings: Settings, limiter: CallLimiter) -> None:
        self._provider = provider
        self._settings = settings
        self._calls = Calls(settings, limiter, is_free=provider.is_free)

    def ask(self, question: Question, present: Mapping[str, Any]) -> AskResult:
        """`present` are the product's values, as stored. Raises only KeyUnreadable; any other error
        while reading an answer is an outcome of this product."""
        try:
            result = self._ask(question, present)
        except KeyUnreadable:
            raise
        except Exception as error:  # an unexpected answer fails only its own product
            log_unexpected(error)
            result = AskResult(failure=_UNREADABLE)
        return replace(result, usage=self._calls.usage)

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

    def _call(self, question: Question) -> Reply | None:
        return self._calls.call(
            lambda seconds: self._provider.answer(question, seconds),
            lambda: roughly_used(prompt_of(question, with_bounds=False), ""),
        )


def _is_malformed(reply: Reply) -> bool:
    if reply.failure is not None:
        return reply.failure.code is FailureCode.MALFORMED_ANSWER
    return not isinstance(reply.content, Mapping)
