"""State OpenJob: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.attributes.repository import AttributeRepository
from core.clock import now
from core.fan_out import OpenOutcome
from core.imports.jobs.opening import open_job
from core.imports.jobs.requests import ImportRequest
from core.jobs.repository import JobRepository
from core.profiles.choosing import Profiles
from handlers import environment
from handlers.admission import give_slot_back
from handlers.edges import checked

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    execution_arn = event["executionArn"]
    logger.append_keys(executionArn=execution_arn)
    try:
        given = checked("pipeline/import-execution", event["input"])
    except ValueError as error:  # a retry cannot help
        logger.exception("The execution's input names no job")
        return {
            "outcome": "INVALID_INPUT",
            "error": {"Error": "InvalidInput", "Cause": str(error)},
        }
    request = msgspec.convert(given, ImportRequest)
    logger.append_keys(jobId=request.job_id)
    opened = open_job(
        environment.store(),
        JobRepository(environment.database()),
        AttributeRepository(environment.database()),
        Profiles(environment.database()),
        environment.settings(),
        execution_arn=execution_arn,
        request=request,
        now=now(),
    )
    if opened.outcome is OpenOutcome.SUPERSEDED:  # the execution ends here
        give_slot_back(execution_arn)
    logger.info("Job opened", extra={"outcome": opened.outcome, "attempt": opened.attempt})
    answer: dict[str, Any] = msgspec.to_builtins(opened)
    return answer
