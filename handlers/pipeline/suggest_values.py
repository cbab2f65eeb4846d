"""The function that holds the model's key, and has no database.

State SuggestValues: `{jobId, attempt, chunk, turn?}` in, `{outcome, …}` out, where WAIT comes with
the input of the next turn. The REST API calls it as well: `{call: "suggest" | "estimate" |
"mapping", …}`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core import clock
from core.enrichment.api.estimating import estimate
from core.enrichment.api.suggest_protocol import EstimateCall, MappingCall, SuggestCall, Suggested
from core.enrichment.job_model import BatchTask
from core.enrichment.jobs.batches import suggest_batch
from core.enrichment.mapping.asking import ask_about_columns
from core.enrichment.suggestions.caching import StoredAnswers
from core.enrichment.suggestions.pricing import Budget
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentBudget
from handlers import environment
from handlers.metrics import record_spend

logger = Logger()

RESERVED_SECONDS = 30.0
"""The part of the function's time for writing the results of a batch."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "call" in event:
        call = msgspec.convert(event, SuggestCall | EstimateCall | MappingCall)
        if isinstance(call, MappingCall):
            return _mapped(call)
        return _suggested(call) if isinstance(call, SuggestCall) else _estimated(call)
    task = msgspec.convert(event, BatchTask)
    logger.append_keys(
        jobId=task.job_id, attempt=task.attempt, chunk=task.chunk.index, turn=task.turn
    )
    answer = suggest_batch(
        environment.store(),
        environment.provider(),
        _cache(),
        environment.settings(),
        task=task,
        time_seconds=context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS,
        on_spent=lambda usage: record_spend(usage, jobId=task.job_id, attempt=task.attempt),
    )
    logger.info("Batch finished", extra={"outcome": answer.outcome, "waits": answer.wait_seconds})
    answered: dict[str, Any] = msgspec.to_builtins(answer)
    return answered


def _suggested(call: SuggestCall) -> dict[str, Any]:
    outcome = suggest(
        call.products,
        call.attributes.definitions,
        call.terms,
        environment.provider(),
        environment.settings(),
        descriptions=call.attributes.descriptions,
        cache=_cache(),
        time_seconds=call.ends_at - clock.now().timestamp(),
        budget=_budget(call.budget),
    )
    record_spend(outcome.spent)
    logger.info("Products finished", extra={"usage": msgspec.to_builtins(outcome.usage)})
    reported: dict[str, Any] = msgspec.to_builtins(
        Suggested(products=outcome.with_left_skipped(), spent=outcome.spent)
    )
    return reported


def _mapped(call: MappingCall) -> dict[str, Any]:
    answered = ask_about_columns(
        call.question,
        environment.provider(),
        environment.settings(),
        budget=_budget(call.budget),
        time_seconds=call.ends_at - clock.now().timestamp(),
    )
    record_spend(answered.spent)
    code = None if answered.failure is None else answered.failure.code
    shown = {"usage": msgspec.to_builtins(answered.spent), "failure": code}
    logger.info("Columns finished", extra=shown)
    reported: dict[str, Any] = msgspec.to_builtins(answered)
    return reported


def _estimated(call: EstimateCall) -> dict[str, Any]:
    answered: dict[str, Any] = msgspec.to_builtins(
        estimate(
            call.products,
            call.product_count,
            call.attributes.definitions,
            call.terms,
            environment.provider(),
            environment.settings(),
            descriptions=call.attributes.descriptions,
        )
    )
    return answered


def _budget(budget: EnrichmentBudget) -> Budget:
    return Budget(max_tokens=budget.tokens, max_cost_usd=budget.cost_usd)


def _cache() -> StoredAnswers:
    return StoredAnswers(environment.store(), environment.settings().results_bucket)
