"""State OpenCommit: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.approvals.model import CommitRequest
from core.approvals.opening import open_commit
from core.attributes.repository import AttributeRepository
from core.clock import now
from core.jobs.claiming import NoSuchJob
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from handlers import environment
from handlers.edges import checked

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    execution_arn = event["executionArn"]
    logger.append_keys(executionArn=execution_arn)
    try:
        given = checked("pipeline/commit-execution", event["input"])
    except ValueError as error:  # a retry cannot help
        return _invalid(error)
    request = msgspec.convert(given, CommitRequest)
    logger.append_keys(jobId=request.job_id)
    database = environment.database()
    try:
        opened = open_commit(
            environment.store(),
            JobRepository(database),
            Catalogue(tuple(AttributeRepository(database).all())),
            environment.settings(),
            execution_arn=execution_arn,
            request=request,
            now=now(),
        )
    except NoSuchJob as error:
        return _invalid(error)
    logger.info(
        "Approval opened",
        extra={
            "outcome": opened.outcome,
            "attempt": opened.attempt,
            "mode": opened.mode,
            "chunks": opened.chunk_count,
            "rows": opened.row_count,
        },
    )
    answer: dict[str, Any] = msgspec.to_builtins(opened)
    return answer


def _invalid(error: ValueError) -> dict[str, Any]:
    logger.exception("The execution's input names no job")
    return {"outcome": "INVALID_INPUT", "error": {"Error": "InvalidInput", "Cause": str(error)}}
