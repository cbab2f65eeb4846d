"""State PlanProposal: `{jobId, attempt, source, options}` in, the fan-out out. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.proposals.states import run_plan_task
from core.imports.tasks import PlanTask
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, PlanTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    planned = run_plan_task(environment.store(), environment.settings(), task)
    logger.info(
        "Proposal planned",
        extra={
            "outcome": planned.outcome,
            "mode": planned.mode,
            "chunks": planned.chunk_count,
            "rows": planned.row_count,
            "bytes": task.source.size,
            "refusal": planned.refusal.code if planned.refusal else None,
        },
    )
    answer: dict[str, Any] = msgspec.to_builtins(planned)
    return answer
