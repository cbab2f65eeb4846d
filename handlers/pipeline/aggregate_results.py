"""State AggregateResults: `{jobId, attempt}` in, the counts out. No database."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.imports.output.results import aggregate_results
from core.imports.task_model import AttemptTask
from handlers import environment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = msgspec.convert(event, AttemptTask)
    logger.append_keys(jobId=task.job_id, attempt=task.attempt)
    outcome = aggregate_results(
        environment.store(),
        environment.settings(),
        task.keys,
        now=now(),
    )
    counts = {
        "rows": outcome.row_count,
        "validRows": outcome.valid_rows,
        "invalidRows": outcome.invalid_rows,
        "faults": outcome.faults,
    }
    logger.info("Results aggregated", extra=counts)
    return counts
