"""State PlanChunks: `{jobId, attempt, source, options}` in, the fan-out out. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.imports.tasks import PlanTask, run_plan_task
from handlers import environment
from handlers.metrics import Metric, record

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, PlanTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    planned = run_plan_task(environment.store(), environment.settings(), task)
    logger.info(
        "Import planned",
        extra={
            "outcome": planned.outcome,
            "mode": planned.mode,
            "chunks": planned.chunk_count,
            "rows": planned.row_count,
            "bytes": task.source.size,
            "refusal": planned.refusal.code if planned.refusal else None,
        },
    )
    record(
        "import",
        {Metric.FILE_BYTES: task.source.size},
        jobId=task.job_id,
        attempt=task.attempt,
    )
    answer: dict[str, Any] = msgspec.to_builtins(planned)
    return answer
