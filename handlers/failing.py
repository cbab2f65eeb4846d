"""The handlers that fail a job, alike in the state machines of all kinds of job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.jobs.lifecycle import Closing, fail_job
from core.jobs.records import JobType
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.edges import checked
from handlers.job_metrics import record_closing

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
R = TypeVar("R")


def failing_handler(
    fail: Callable[[JobRepository, dict[str, Any], R], Closing],
    kind: str,
    *,
    schema: str,
    request: type[R],
    afterwards: Callable[[str], None] = lambda _execution_arn: None,
) -> Handler:
    """`{executionArn, startedAt, input, error}` in, out whether the execution still owned the job.
    `input` is that of the execution, checked against `schema`, so this works after a failure in any
    state. The cause is only logged."""
    logger = Logger()

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        execution_arn = event["executionArn"]
        logger.append_keys(executionArn=execution_arn)
        logger.error(f"{kind} failed", extra={"failure": event["error"]})
        try:
            given = msgspec.convert(checked(schema, event["input"]), request)
        except ValueError:
            logger.exception("The execution's input names no job")
            answer: dict[str, Any] = {"outcome": "NO_JOB"}
        else:
            logger.append_keys(jobId=event["input"]["jobId"])
            jobs = JobRepository(environment.database())
            closing = fail(jobs, event, given)
            record_closing(jobs, closing)
            logger.info("Job failed", extra={"outcome": closing.outcome})
            answer = msgspec.to_builtins(closing)
        afterwards(execution_arn)
        return answer

    return handler


def failing_handler_of(kind: JobType, label: str, *, schema: str) -> Handler:
    """Of a kind of job whose record exists before its execution does."""

    def fail(jobs: JobRepository, event: dict[str, Any], request: dict[str, Any]) -> Closing:
        return fail_job(
            jobs,
            kind,
            job_id=request["jobId"],
            execution_arn=event["executionArn"],
            error=event["error"],
            now=now(),
        )

    return failing_handler(fail, label, schema=schema, request=dict[str, Any])
