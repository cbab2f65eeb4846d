"""Stopping an execution that has already ended succeeds, on every engine."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from core.clock import now
from handlers.clients import StateMachine

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:product-import"
ARN = "arn:aws:states:eu-central-1:123456789012:execution:product-import:one"
REQUESTED = {"executionArn": ARN, "error": "CANCELLED", "cause": "Somebody wanted it so."}


@pytest.fixture
def engine() -> Iterator[Stubber]:
    with Stubber(boto3.client("stepfunctions")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def stop(engine: Stubber) -> None:
    StateMachine(engine.client, MACHINE).stop(ARN, "CANCELLED", "Somebody wanted it so.")


def described(engine: Stubber, status: str) -> None:
    engine.add_response(
        "describe_execution",
        {"executionArn": ARN, "stateMachineArn": MACHINE, "status": status, "startDate": now()},
        {"executionArn": ARN},
    )


def test_a_running_execution_is_stopped_with_code_and_reason(engine: Stubber) -> None:
    engine.add_response("stop_execution", {"stopDate": now()}, REQUESTED)
    stop(engine)


def test_an_execution_that_nobody_knows_any_more_need_not_be_stopped(engine: Stubber) -> None:
    engine.add_client_error("stop_execution", "ExecutionDoesNotExist")
    stop(engine)


def test_an_engine_that_refuses_to_stop_what_has_ended_is_no_failure(engine: Stubber) -> None:
    engine.add_client_error("stop_execution", "ValidationException")
    described(engine, "SUCCEEDED")
    stop(engine)


def test_an_execution_that_runs_on_is_a_failure_that_is_told(engine: Stubber) -> None:
    engine.add_client_error("stop_execution", "ThrottlingException")
    described(engine, "RUNNING")
    with pytest.raises(ClientError, match="ThrottlingException"):
        stop(engine)
