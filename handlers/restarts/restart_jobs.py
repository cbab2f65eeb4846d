"""State RestartJobs: `{executionArn, input}` in, out whether and when the batch continues."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.job_control.reprocessing_turns import TurnOutcome, take_turn
from core.jobs.claiming import NoSuchJob
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.edges import checked
from handlers.job_metrics import record_end

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    execution_arn = event["executionArn"]
    logger.append_keys(executionArn=execution_arn)
    try:
        job_id = checked("pipeline/reprocess-execution", event["input"])["jobId"]
        logger.append_keys(jobId=job_id)
        jobs = JobRepository(environment.database())
        turn = take_turn(
            environment.store(),
            jobs,
            environment.machines(),
            environment.settings(),
            job_id=job_id,
            execution_arn=execution_arn,
            clock=now,
            pause=time.sleep,
        )
    except (ValueError, NoSuchJob) as error:  # a retry cannot help
        logger.exception("The execution's input names no batch")
        return {"outcome": "INVALID_INPUT", "error": {"Error": "InvalidInput", "Cause": str(error)}}
    if turn.outcome is TurnOutcome.DONE:
        record_end(jobs, job_id)
    answer: dict[str, Any] = msgspec.to_builtins(turn)
    logger.info("Jobs restarted", extra={"outcome": turn.outcome, "counts": answer["counts"]})
    return answer
