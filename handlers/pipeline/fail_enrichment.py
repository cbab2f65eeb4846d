"""State FailEnrichment: `{executionArn, input, error}` in. `input` is the execution's own, so that
this works whatever state broke. What broke stands in the log, and only there."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.enrichment.job_model import EnrichmentExecution
from core.enrichment.jobs.closing import fail_enrichment
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.pipeline.edges import checked

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(executionArn=event["executionArn"])
    logger.error("Enrichment failed", extra={"failure": event["error"]})
    try:
        given = checked("pipeline/enrich-execution", event["input"])
    except ValueError:
        logger.exception("The execution's input names no job")
        return {"outcome": "NO_JOB"}
    request = msgspec.convert(given, EnrichmentExecution)
    logger.append_keys(jobId=request.job_id)
    closing = fail_enrichment(
        JobRepository(environment.database()),
        execution_arn=event["executionArn"],
        request=request,
        error=event["error"],
        now=now(),
    )
    logger.info("Job failed", extra={"outcome": closing.outcome})
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return answer
