"""The REST API's question to the function that holds the model's key, within the day's budget."""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec

from core.enrichment.api.answering import SUGGEST_SECONDS
from core.enrichment.api.suggest_protocol import NO_MODEL, MappingCall, Suggester
from core.enrichment.jobs.daily_budget import DailyBudget
from core.enrichment.suggestions.pricing import is_costless
from core.errors import ServiceUnavailable
from core.imports.proposals.question import MappingQuestion, ModelAnswer, NoAnswer
from core.jobs.orders import EnrichmentBudget
from core.settings import Settings


def answer_of_model(
    question: MappingQuestion,
    suggester: Suggester,
    daily: DailyBudget,
    settings: Settings,
    *,
    began: datetime,
) -> ModelAnswer:
    """`began` is when the request arrived. Raises TooManyRequests `DAILY_BUDGET_SPENT`; everything
    else that keeps a model from answering is the `failure` of the answer."""
    if is_costless(settings):
        return ModelAnswer(failure=NO_MODEL)
    reservation = uuid.uuid4().hex
    call = MappingCall(
        question=question,
        budget=daily.reserve_call(reservation, EnrichmentBudget(), 1, began),
        ends_at=began.timestamp() + SUGGEST_SECONDS,
    )
    try:
        mapped = suggester.map_columns(call)
    except ServiceUnavailable as error:
        # what it spent is not known, so it counts with all that it reserved
        return ModelAnswer(failure=NoAnswer(code=error.code, message=error.message))
    daily.settle_call(reservation, mapped.spent, began)
    return ModelAnswer(
        pairs=mapped.pairs,
        model=mapped.model,
        failure=mapped.failure,
        usage=msgspec.to_builtins(mapped.spent),
    )
