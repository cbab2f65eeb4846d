"""The handlers that open a job with the catalogue, alike in several state machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.fan_out import Opened, OpenOutcome
from core.jobs.claiming import NoSuchJob
from handlers.edges import checked


class Request(Protocol):
    @property
    def job_id(self) -> str: ...


class State(Protocol):
    """The state of an execution."""

    @property
    def outcome(self) -> OpenOutcome: ...

    @property
    def attempt(self) -> int | None: ...


R = TypeVar("R", bound=Request)
Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def opening_handler(
    open_job: Callable[[str, R], State],
    kind: str,
    *,
    schema: str,
    request: type[R],
    counted: tuple[str, str] = ("chunks", "rows"),
) -> Handler:
    """`{executionArn, input}` in, the state of the execution out. `open_job` gets the execution's
    ARN and its input, which `schema` describes; `counted` names the chunks and rows of the log."""
    logger = Logger()

    def invalid(error: ValueError) -> dict[str, Any]:
        logger.exception("The execution's input names no job")
        return {
            "outcome": "INVALID_INPUT",
            "error": {"Error": "InvalidInput", "Cause": str(error)},
        }

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        execution_arn = event["executionArn"]
        logger.append_keys(executionArn=execution_arn)
        try:
            given = msgspec.convert(checked(schema, event["input"]), request)
        except ValueError as error:  # a retry cannot help
            return invalid(error)
        logger.append_keys(jobId=given.job_id)
        try:
            opened = open_job(execution_arn, given)
        except NoSuchJob as error:
            return invalid(error)
        logged: dict[str, Any] = {"outcome": opened.outcome, "attempt": opened.attempt}
        if isinstance(opened, Opened):
            chunks, rows = counted
            logged |= {"mode": opened.mode, chunks: opened.chunk_count, rows: opened.row_count}
        logger.info(f"{kind} opened", extra=logged)
        answer: dict[str, Any] = msgspec.to_builtins(opened)
        return answer

    return handler
