"""The import's real state machine over the real handlers, in this process.

moto interprets `statemachines/product-import.asl.json`; what it would give to Lambda is routed to
our handlers by the function's name. Storage, queue messages and executions are moto's, the database
is a real server. Tests may break a handler, or run something before or after it.
"""

from __future__ import annotations

import csv
import io
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from core.actors import ANONYMOUS
from core.attributes.repository import AttributeRepository
from core.attributes.requests import AttributeDraft
from core.clock import now
from core.jobs.records import JobRecord, job_id_of
from core.jobs.repository import JobRepository
from handlers import environment
from tests.integration.definitions import Handler, definition_of, handler_of

UPLOADS = "uploads-of-test"
RESULTS = "results-of-test"
ROLE = "arn:aws:iam::123456789012:role/machine"
FINAL = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def definition(**limits: int) -> str:
    """The machine as CloudFormation would create it; `limits` shortens a state's time limit."""
    text = definition_of("product-import", InlineMaxConcurrency="4", DistributedMaxConcurrency="4")
    machine = json.loads(text)
    for state, seconds in limits.items():
        machine["States"][state]["TimeoutSeconds"] = seconds
    return json.dumps(machine)


@dataclass
class Call:
    name: str
    event: Any


@dataclass
class ImportMachine:
    """Handles of one test: upload, deliver events, look at what came out."""

    s3: Any
    stepfunctions: Any
    database: Any
    arn: str
    monkeypatch: pytest.MonkeyPatch
    calls: list[Call] = field(default_factory=list)
    wrapped: dict[str, Callable[[Handler], Handler]] = field(default_factory=dict)
    context: Any = field(
        default_factory=lambda: SimpleNamespace(
            function_name="test",
            memory_limit_in_mb=128,
            invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:test",
            aws_request_id="request",
            get_remaining_time_in_millis=lambda: 30_000,
        )
    )

    # what the outside does

    def configure(self, **settings: float | str) -> None:
        """Change settings, by their names in `core.settings`, for the handlers to come."""
        for name, value in settings.items():
            self.monkeypatch.setenv(name.upper(), str(value))
        environment.settings.cache_clear()

    def define(self, *drafts: AttributeDraft) -> None:
        """Replace all attributes, as the attributes API would."""
        self.database["attributes"].delete_many({})
        for draft in drafts:
            AttributeRepository(self.database).add(draft, ANONYMOUS, now())

    def upload(self, data: bytes, key: str | None = None) -> str:
        """Put a file, without its event; return its key."""
        key = key or f"user-uploads/{uuid.uuid4()}/products.csv"
        self.s3.put_object(Bucket=UPLOADS, Key=key, Body=data)
        return key

    def deliver(self, *keys: str, **detail: Any) -> dict[str, Any]:
        """Hand upload events to start_import, in one batch; return its answer to the queue."""
        records = [
            {
                "messageId": f"message-{number}",
                "eventSource": "aws:sqs",
                "body": json.dumps(upload_event(key, **detail)),
            }
            for number, key in enumerate(keys)
        ]
        answer: dict[str, Any] = self.invoke("start_import", {"Records": records})
        return answer

    def import_file(self, data: bytes, key: str | None = None) -> JobRecord:
        """Upload, deliver the event, wait; return the job."""
        key = self.upload(data, key)
        assert self.deliver(key) == {"batchItemFailures": []}
        self.wait()
        return self.job(key)

    def restart(self, execution_arn: str) -> str:
        """What "New execution" in the console does: the same input, another name."""
        given = self.stepfunctions.describe_execution(executionArn=execution_arn)["input"]
        started = self.stepfunctions.start_execution(
            stateMachineArn=self.arn, name=f"restart-{uuid.uuid4()}", input=given
        )
        arn: str = started["executionArn"]
        return arn

    # what a test looks at

    def executions(self) -> list[dict[str, Any]]:
        """The oldest first."""
        found = self.stepfunctions.list_executions(stateMachineArn=self.arn)["executions"]
        described = [
            self.stepfunctions.describe_execution(executionArn=e["executionArn"]) for e in found
        ]
        return sorted(described, key=lambda execution: execution["startDate"])

    def wait(self, seconds: float = 30) -> None:
        """Until no execution runs."""
        deadline = time.monotonic() + seconds
        while any(execution["status"] not in FINAL for execution in self.executions()):
            assert time.monotonic() < deadline, "an execution does not end"
            time.sleep(0.02)

    def job(self, key: str) -> JobRecord:
        record = JobRepository(self.database).get(job_id_of(UPLOADS, key))
        assert record is not None
        return record

    def visited(self, execution_arn: str) -> list[str]:
        """Names of the states that the execution entered, those inside Maps left out."""
        history = self.stepfunctions.get_execution_history(
            executionArn=execution_arn, maxResults=1000
        )
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for event in history["events"]
            if "stateEnteredEventDetails" in event
        ]
        inside = {"ValidateChunk", "ValidateChunkAtScale"}
        return [name for name in entered if name not in inside]

    def named(self, handler: str) -> list[Any]:
        """Events that the handler was called with."""
        return [call.event for call in self.calls if call.name == handler]

    def result(self, job: JobRecord) -> dict[str, Any]:
        body = self.s3.get_object(Bucket=RESULTS, Key=job.result_s3_key)["Body"].read()
        result: dict[str, Any] = json.loads(body)
        return result

    def objects(self, prefix: str) -> dict[str, bytes]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=RESULTS, Prefix=prefix)
        return {
            entry["Key"].removeprefix(prefix): self.s3.get_object(Bucket=RESULTS, Key=entry["Key"])[
                "Body"
            ].read()
            for page in pages
            for entry in page.get("Contents", ())
        }

    # how a test breaks things

    def fail(self, handler: str, times: int | None = None, error: Exception | None = None) -> None:
        """Let the handler raise, the first `times` calls or for ever, before it does anything."""
        left = [times if times is not None else 10**9]
        lock = threading.Lock()

        def breaking(real: Handler) -> Handler:
            def broken(event: Any, context: Any) -> Any:
                with lock:
                    left[0] -= 1
                    failing = left[0] >= 0
                if failing:
                    raise error or ConnectionError("broken by the test")
                return real(event, context)

            return broken

        self.wrapped[handler] = breaking

    def fail_if(self, handler: str, condition: Callable[[Any], bool]) -> None:
        """Let the handler raise for some events."""

        def breaking(real: Handler) -> Handler:
            def broken(event: Any, context: Any) -> Any:
                if condition(event):
                    raise ConnectionError("broken by the test")
                return real(event, context)

            return broken

        self.wrapped[handler] = breaking

    def answer(self, handler: str, **changes: Any) -> None:
        """Change fields of what the handler answers."""
        self.wrapped[handler] = lambda real: lambda *given: {**real(*given), **changes}

    def around(
        self,
        handler: str,
        before: Callable[[], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> None:
        """Run something before or after the handler does its work."""

        def wrapping(real: Handler) -> Handler:
            def wrapper(event: Any, context: Any) -> Any:
                if before:
                    before()
                answer = real(event, context)
                if after:
                    after()
                return answer

            return wrapper

        self.wrapped[handler] = wrapping

    def invoke(self, name: str, event: Any) -> Any:
        """Call a handler as Lambda would: event and answer pass through JSON."""
        self.calls.append(Call(name, event))
        handler = handler_of(name)
        if name in self.wrapped:
            handler = self.wrapped[name](handler)
        return json.loads(json.dumps(handler(json.loads(json.dumps(event)), self.context)))


StartMachine = Callable[..., ImportMachine]
"""The fixture `start_machine`: time limits of states in, a running machine out."""


def upload_event(key: str, bucket: str = UPLOADS, version_id: str | None = None) -> dict[str, Any]:
    """An `Object Created` event as EventBridge delivers it."""
    found: dict[str, Any] = {"key": key, "size": 1, "etag": "e", "sequencer": "00"}
    if version_id:
        found["version-id"] = version_id
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": "aws.s3",
        "detail-type": "Object Created",
        "account": "123456789012",
        "region": "eu-central-1",
        "detail": {"version": "0", "bucket": {"name": bucket}, "object": found},
    }


def table(*rows: tuple[str, ...]) -> bytes:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@contextmanager
def running_machine(
    monkeypatch: pytest.MonkeyPatch,
    mongodb_uri: str,
    database: Any,
    limits: dict[str, int],
) -> Iterator[ImportMachine]:
    """Everything a machine needs, taken down again at the end."""
    with mock_aws(
        config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    ):
        s3 = boto3.client("s3")
        for bucket in (UPLOADS, RESULTS):
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
            )
        s3.put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
        stepfunctions = boto3.client("stepfunctions")
        arn = stepfunctions.create_state_machine(
            name="product-import", definition=definition(**limits), roleArn=ROLE
        )["stateMachineArn"]
        values = {
            "UPLOADS_BUCKET": UPLOADS,
            "RESULTS_BUCKET": RESULTS,
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DATABASE": database.name,
            "IMPORT_STATE_MACHINE_ARN": arn,
            "POWERTOOLS_SERVICE_NAME": "product-import",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        environment.forget()
        machine = ImportMachine(
            s3=s3, stepfunctions=stepfunctions, database=database, arn=arn, monkeypatch=monkeypatch
        )
        route_lambda(monkeypatch, machine)
        # The pauses between retries are Step Functions' business; here they only cost time.
        monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
        try:
            yield machine
        finally:
            machine.wait()
            environment.database().client.close()
            environment.forget()


def route_lambda(monkeypatch: pytest.MonkeyPatch, machine: ImportMachine) -> None:
    """Let moto's Lambda call our handlers; an exception becomes what Lambda makes of it."""

    def invoke(
        self: Any, function_name: str, qualifier: Any, body: Any, headers: Any, response: Any
    ) -> bytes:
        try:
            answer = machine.invoke(function_name.rpartition(":")[2], json.loads(body))
        except Exception as error:
            response["x-amz-function-error"] = "Unhandled"
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return json.dumps(answer).encode()

    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
