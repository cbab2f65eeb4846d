"""Calls of the REST handlers as API Gateway makes them, without API Gateway."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Context(LambdaContext):
    """What Powertools reads of a Lambda context."""

    _function_name = "test"
    _memory_limit_in_mb = 256
    _invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    _aws_request_id = "7f6f9f0a-0000-4000-8000-000000000000"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    text: str
    json: dict[str, Any] = field(default_factory=dict)


def event(
    method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A REST API event of payload format 1.0; `body` is sent as it is when it is a string."""
    given = {"Host": "api.example.test", **(headers or {})}
    if body is not None and "content-type" not in {name.lower() for name in given}:
        given["Content-Type"] = "application/json"
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": given,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {"requestId": "request-1", "stage": "test", "path": f"/test{path}"},
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }


def call(
    handler: Handler,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    return reply_of(handler(event(method, path, body, headers), Context()))


def reply_of(answer: Mapping[str, Any]) -> Reply:
    headers = {name.lower(): ", ".join(v) for name, v in answer["multiValueHeaders"].items()}
    text = answer["body"] or ""
    parsed = json.loads(text) if headers.get("content-type") == "application/json" else {}
    return Reply(answer["statusCode"], headers, text, parsed)
