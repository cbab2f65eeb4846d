"""Asks the model, where its key is: one call, and one more if the answer has another form."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from core.enrichment.api.suggest_protocol import NO_MODEL, Mapped
from core.enrichment.mapping.prompting import Pairs, prompt_about
from core.enrichment.model import FailureCode
from core.enrichment.providers.interface import Model, Provider
from core.enrichment.providers.token_counts import roughly_used
from core.enrichment.suggestions.call_limiter import CallLimiter
from core.enrichment.suggestions.calling import Calls
from core.enrichment.suggestions.pricing import Allowance
from core.imports.proposals.question import MappingQuestion, NoAnswer
from core.settings import Settings
from core.wording import can_be_raised

TRIES = 2
_Code = FailureCode

_WORDS: Mapping[str, str] = {
    _Code.MALFORMED_ANSWER: "The answer is not in the requested form, twice; try another model.",
    _Code.MODEL_REFUSED: "The model refused to answer; check the headers and values of the file.",
    _Code.ANSWER_CUT_OFF: (
        f"The answer exceeded the output limit. {can_be_raised('enrichment_max_output_tokens')}"
    ),
    _Code.OUT_OF_TIME: "The time of the call is over; try again.",
    _Code.BUDGET_EXHAUSTED: "What is left of the day's budget is too little.",
    _Code.PROVIDER_THROTTLED: "The provider is rate-limiting requests; try again in a minute.",
}
"""Where the sentence is that of a product otherwise."""


def ask_about_columns(
    question: MappingQuestion,
    provider: Provider,
    settings: Settings,
    *,
    budget: Allowance,
    time_seconds: float,
) -> Mapped:
    """Raises KeyUnreadable."""
    if not isinstance(provider, Model):
        return Mapped(failure=NO_MODEL)
    prompt = prompt_about(question)
    limiter = CallLimiter(settings, budget, time_seconds)
    calls = Calls(settings, limiter, is_free=False)
    for _ in range(TRIES):
        reply = calls.call(
            lambda seconds: provider.complete(prompt, seconds), lambda: roughly_used(prompt, "")
        )
        if reply is None:
            stopped = limiter.stopped or _Code.OUT_OF_TIME
            return _failed(stopped, "", calls)
        if reply.failure is None:
            try:
                found = msgspec.convert(reply.content, Pairs)
            except msgspec.ValidationError:
                continue
            return Mapped(pairs=found.pairs, model=provider.model, spent=calls.usage)
        if reply.failure.code is not _Code.MALFORMED_ANSWER:
            return _failed(reply.failure.code, reply.failure.message, calls)
    return _failed(_Code.MALFORMED_ANSWER, "", calls)


def _failed(code: FailureCode, message: str, calls: Calls) -> Mapped:
    failure = NoAnswer(code=code, message=_WORDS.get(code, message))
    return Mapped(failure=failure, spent=calls.usage)
