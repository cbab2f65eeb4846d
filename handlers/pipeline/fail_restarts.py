"""State FailRestarts: `{executionArn, input, error}` in. `input` is the execution's own, so that
this works whatever state broke. What broke is in the log, and only there."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.job_control.reprocessing_turns import fail_batch
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.pipeline.edges import checked

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(executionArn=event["executionArn"])
    logger.error("Batch of restarts failed", extra={"failure": event["error"]})
    try:
        job_id = checked("pipeline/reprocess-execution", event["input"])["jobId"]
    except ValueError:
        logger.exception("The execution's input names no batch")
        return {"outcome": "NO_JOB"}
    logger.append_keys(jobId=job_id)
    closing = fail_batch(
        JobRepository(environment.database()),
        job_id=job_id,
        execution_arn=event["executionArn"],
        error=event["error"],
        now=now(),
    )
    logger.info("Job failed", extra={"outcome": closing.outcome})
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return answer
