"""State CloseJob: `{jobId, attempt, executionArn}` in, whether the job was still ours out."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.imports.jobs.closing import close_job
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.admission import give_slot_back

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(
        jobId=event["jobId"], attempt=event["attempt"], executionArn=event["executionArn"]
    )
    closing = close_job(
        environment.store(),
        JobRepository(environment.database()),
        environment.settings(),
        job_id=event["jobId"],
        attempt=event["attempt"],
        execution_arn=event["executionArn"],
        now=now(),
    )
    give_slot_back(event["executionArn"])
    logger.info("Job closed", extra={"outcome": closing.outcome, "status": closing.status})
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return answer
