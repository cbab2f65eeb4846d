"""The handlers that close a job, alike in the state machines of all kinds of job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.clock import now
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectStore
from handlers import environment
from handlers.job_metrics import record_closing

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class Close(Protocol):
    """A function of `core` that ends a job with its results."""

    def __call__(
        self,
        store: ObjectStore,
        jobs: JobRepository,
        settings: Settings,
        *,
        job_id: str,
        attempt: int,
        execution_arn: str,
        now: datetime,
    ) -> Closing: ...


def closing_handler(
    close: Close, kind: str, *, afterwards: Callable[[str], None] = lambda _execution_arn: None
) -> Handler:
    """`{jobId, attempt, executionArn}` in, out whether the execution still owned the job.
    `afterwards` gets the execution's ARN."""
    logger = Logger()

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        execution_arn = event["executionArn"]
        logger.append_keys(
            jobId=event["jobId"], attempt=event["attempt"], executionArn=execution_arn
        )
        jobs = JobRepository(environment.database())
        closing = close(
            environment.store(),
            jobs,
            environment.settings(),
            job_id=event["jobId"],
            attempt=event["attempt"],
            execution_arn=execution_arn,
            now=now(),
        )
        afterwards(execution_arn)
        record_closing(jobs, closing)
        logger.info(f"{kind} closed", extra={"outcome": closing.outcome, "status": closing.status})
        answer: dict[str, Any] = msgspec.to_builtins(closing)
        return answer

    return handler
