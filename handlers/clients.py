"""The AWS services that start, stop and do work for us, in the words of the domain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from core.enrichment.api.suggest_protocol import (
    EstimateCall,
    Mapped,
    MappingCall,
    SuggestCall,
    Suggested,
)
from core.errors import ServiceUnavailable, Unauthenticated
from core.identity.callers import Caller

_Answer = TypeVar("_Answer")


class ImportQueue:
    """The queue that the upload events go through. `client` is a boto3 SQS client."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any]) -> None:
        """Queue one message, in the shape of the S3 event that EventBridge delivers."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message))

    def check(self) -> None:
        """Raises the client's error if the queue cannot be reached."""
        self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])

    def deliver_again(self, receipt_handle: str, seconds: int) -> None:
        """Deliver a received message again after so many seconds."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


class StateMachine:
    """One state machine. `client` is a boto3 Step Functions client."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        """Start the execution of this name; False if it exists already, which is not an error: an
        execution of the same purpose runs or has run."""
        try:
            self._client.start_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps(execution_input)
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def stop(self, execution_arn: str, code: str, reason: str) -> None:
        """Stop the execution, with its children. Does nothing if it has ended, or is no longer
        known."""
        errors = self._client.exceptions
        try:
            self._client.stop_execution(executionArn=execution_arn, error=code, cause=reason)
        except errors.ExecutionDoesNotExist:
            return
        except errors.ClientError:
            # Step Functions answers alike for an execution that ended; some engines refuse.
            if self.status(execution_arn) == "RUNNING":
                raise

    def status(self, execution_arn: str) -> str | None:
        """`RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING_REDRIVE`; None
        when the execution is not, or no longer, known."""
        try:
            status: str = self._client.describe_execution(executionArn=execution_arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return status

    def status_of(self, name: str) -> str | None:
        """The same for the execution of this machine that has this name."""
        executions = self._arn.replace(":stateMachine:", ":execution:", 1)
        return self.status(f"{executions}:{name}")


class Secret:
    """One secret, read again with each call. `client` is a boto3 Secrets Manager client."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def read(self) -> str:
        """Its text as it is now. Raises botocore's ClientError."""
        value: str = self._client.get_secret_value(SecretId=self._arn)["SecretString"]
        return value


class IndexFunction:
    """The function that creates indexes, which goes on in further calls. `client` is a boto3 Lambda
    client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def go_on(self, event: Mapping[str, Any]) -> None:
        """Start the next call, without waiting for it."""
        self._client.invoke(
            FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event).encode()
        )


class SuggestFunction:
    """The function that holds the model's key. `client` is a boto3 Lambda client that does not
    retry: a call that is made twice is paid for twice."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def suggest(self, call: SuggestCall) -> Suggested:
        return self._invoke(call, Suggested)

    def estimate(self, call: EstimateCall) -> dict[str, Any]:
        return self._invoke(call, dict[str, Any])

    def map_columns(self, call: MappingCall) -> Mapped:
        return self._invoke(call, Mapped)

    def _invoke(
        self, call: SuggestCall | EstimateCall | MappingCall, kind: type[_Answer]
    ) -> _Answer:
        """Raises ServiceUnavailable if the function fails, its log has the reason, or cannot be
        called."""
        unavailable = ServiceUnavailable(
            "SUGGESTIONS_UNAVAILABLE",
            "The suggestions cannot be made right now; try again in a few seconds.",
        )
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=msgspec.json.encode(call))
            payload = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise unavailable from error
        if answer.get("FunctionError"):
            raise unavailable
        return msgspec.json.decode(payload, type=kind)


class VerifyFunction:
    """The function that checks tokens. `client` is a boto3 Lambda client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def caller_of(self, token: str) -> Caller:
        """Raises Unauthenticated, and ServiceUnavailable when tokens cannot be checked."""
        payload = msgspec.json.encode({"token": token})
        answer = self._client.invoke(FunctionName=self._name, Payload=payload)
        if answer.get("FunctionError"):
            raise ServiceUnavailable(
                "SIGNING_KEYS_UNAVAILABLE",
                "The portal cannot check logins right now; try again in a few seconds.",
            )
        body = msgspec.json.decode(answer["Payload"].read())
        if refusal := body.get("refusal"):
            raise Unauthenticated(refusal["code"], refusal["message"])
        return msgspec.convert(body["caller"], Caller)
