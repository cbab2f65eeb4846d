"""State FailJob: `{executionArn, startedAt, input, error}` in. `input` is the execution's own, so
that this works whatever state broke. What broke stands in the log, and only there."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.imports.jobs.closing import fail_job
from core.imports.jobs.requests import ImportRequest
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.admission import give_slot_back
from handlers.pipeline.edges import checked, moment

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(executionArn=event["executionArn"])
    logger.error("Import failed", extra={"failure": event["error"]})
    try:
        given = checked("pipeline/import-execution", event["input"])
    except ValueError:
        logger.exception("The execution's input names no job")
        give_slot_back(event["executionArn"])
        return {"outcome": "NO_JOB"}
    request = msgspec.convert(given, ImportRequest)
    logger.append_keys(jobId=request.job_id)
    closing = fail_job(
        JobRepository(environment.database()),
        execution_arn=event["executionArn"],
        execution_started_at=moment(event["startedAt"]),
        request=request,
        error=event["error"],
        now=now(),
    )
    give_slot_back(event["executionArn"])
    logger.info("Job failed", extra={"outcome": closing.outcome})
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return answer
