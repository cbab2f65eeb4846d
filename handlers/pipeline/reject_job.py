"""State RejectJob: `{jobId, attempt, executionArn, refusal}` in, out whether this execution owned
the job."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.jobs.lifecycle import reject_job
from core.jobs.repository import JobRepository
from core.outcomes import Refusal
from handlers import environment
from handlers.admission import give_slot_back
from handlers.job_metrics import record_closing

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(
        jobId=event["jobId"], attempt=event["attempt"], executionArn=event["executionArn"]
    )
    refusal = msgspec.convert(event["refusal"], Refusal)
    jobs = JobRepository(environment.database())
    closing = reject_job(
        jobs,
        job_id=event["jobId"],
        execution_arn=event["executionArn"],
        refusal=refusal,
        now=now(),
    )
    give_slot_back(event["executionArn"])
    record_closing(jobs, closing)
    logger.info("File refused", extra={"outcome": closing.outcome, "code": refusal.code})
    answer: dict[str, Any] = msgspec.to_builtins(closing)
    return answer
