"""The custom resource of a deployment: indexes on a real database, and an answer on every path."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pymongo.database import Database
from pymongo.errors import NetworkTimeout, OperationFailure

from core.database import INDEXES
from handlers import environment
from handlers.triggers import create_indexes


class CloudFormation:
    """The address that answers are put to."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.answers.append(json.loads(body))
                outer.content_types.append(self.headers["Content-Type"])
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer"

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        names = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Indexes"}
        return {"RequestType": kind, "ResponseURL": self.url, **names, **more}


class Context:
    function_name = "create-indexes"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:create-indexes"
    aws_request_id = "id"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class OwnFunction:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def go_on(self, event: dict[str, Any]) -> None:
        self.events.append(event)


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    made = CloudFormation()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def own_function(monkeypatch: pytest.MonkeyPatch) -> OwnFunction:
    made = OwnFunction()
    monkeypatch.setattr(environment, "index_function", lambda: made)
    return made


def run(event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = create_indexes.handler(event, cast("LambdaContext", Context()))
    return answer


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fail_with(error: Exception) -> None:
        def fail(_: object) -> int:
            raise error

        monkeypatch.setattr(create_indexes, "_create", fail)

    return fail_with


def test_a_deployment_creates_the_indexes_and_a_repetition_finds_them(
    cloudformation: CloudFormation,
    database: Database[dict[str, Any]],
    mongodb_uri: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("MONGODB_DATABASE", database.name)
    environment.forget()
    try:
        run(cloudformation.event("Create"))
        run(cloudformation.event("Update", PhysicalResourceId="database-indexes"))
    finally:
        environment.forget()

    for answer in cloudformation.answers:
        assert answer["Status"] == "SUCCESS"
        assert answer["PhysicalResourceId"] == "database-indexes"
        assert (answer["StackId"], answer["RequestId"]) == ("stack", "request")
        assert answer["LogicalResourceId"] == "Indexes"
    assert len(cloudformation.answers) == 2
    assert cloudformation.content_types == ["", ""], "the address is signed for none"
    for collection, models in INDEXES.items():
        names = set(database[collection].index_information())
        assert {model.document["name"] for model in models} <= names


def test_deleting_the_stack_is_answered_without_the_database(
    cloudformation: CloudFormation, failing: Any
) -> None:
    failing(AssertionError("the database was called"))

    run(cloudformation.event("Delete", PhysicalResourceId="of an older version"))

    (answer,) = cloudformation.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "of an older version")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("MONGODB_URI is not set"),
        OperationFailure("an index exists otherwise", code=86),
        RuntimeError("x" * 10_000),
    ],
)
def test_a_failure_is_answered_with_its_reason(
    cloudformation: CloudFormation, failing: Any, own_function: OwnFunction, error: Exception
) -> None:
    failing(error)

    run(cloudformation.event("Create"))

    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{type(error).__name__}: ")
    assert len(json.dumps(answer)) < 4096, "CloudFormation takes no longer one"
    assert own_function.events == []


@pytest.mark.parametrize(
    "error", [NetworkTimeout("timed out"), OperationFailure("exceeded time limit", code=50)]
)
def test_an_index_that_takes_long_is_waited_for_in_further_calls_and_not_for_ever(
    cloudformation: CloudFormation, failing: Any, own_function: OwnFunction, error: Exception
) -> None:
    failing(error)
    event = cloudformation.event("Update", PhysicalResourceId="database-indexes")

    assert run(event)["status"] == "GOES_ON"
    while not cloudformation.answers:
        run(own_function.events[-1])

    assert [event["Call"] for event in own_function.events] == [2, 3, 4]
    assert cloudformation.answers[0]["Status"] == "FAILED"


def test_a_next_call_that_cannot_be_started_is_a_failure_like_any_other(
    cloudformation: CloudFormation,
    failing: Any,
    own_function: OwnFunction,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: object) -> None:
        raise PermissionError("may not invoke")

    failing(NetworkTimeout("timed out"))
    monkeypatch.setattr(own_function, "go_on", refused)

    run(cloudformation.event("Create"))

    assert cloudformation.answers[0]["Status"] == "FAILED"


def test_an_answer_that_does_not_arrive_fails_the_call_so_that_lambda_repeats_it(
    cloudformation: CloudFormation, failing: Any
) -> None:
    cloudformation.status = 503

    with pytest.raises(ConnectionError, match="503"):
        run(cloudformation.event("Delete"))
