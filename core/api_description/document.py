"""The OpenAPI document, combined from operations, schemas and recorded responses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from core import schemas
from core.api_description.downloads import DOWNLOADS
from core.api_description.operation import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    OTHER_REVISION,
    REPEATABLE_CODES,
    TOO_LARGE,
    WRONG_TYPE,
    Body,
    Operation,
)
from core.api_description.operations import OPERATIONS, TAGS
from core.api_description.parameters import IDEMPOTENCY_KEY
from core.identity.permissions import permission_of

VERSION = "0.1.0"
"""The version of the product. A copy of that in pyproject.toml, which is not deployed."""

EXAMPLES = schemas.FOLDER / "examples"
"""`{operation id}.json`: `{"body": the request, "answers": {status: the response}}`."""

ERROR = "responses/error"
JSON = "application/json"

_DESCRIPTION = """\
Requests and responses are JSON in camelCase. Times are ISO 8601 with an offset. Pages of allowed \
origins may call the API.

A failed call returns `error`, a sentence for people, `code`, whose meaning never changes, and \
`details`, one entry for each field, parameter or product at fault. A path that does not exist is \
a 404 `ROUTE_NOT_FOUND`. A method that a path does not support is a 405 `METHOD_NOT_ALLOWED`; its \
`Allow` header lists the supported ones. A body that is not a JSON object is a 400 \
`MALFORMED_JSON` or `BODY_NOT_AN_OBJECT`; a body of another content type is a 415 \
`UNSUPPORTED_CONTENT_TYPE`. A top-level null in a body means "not given".

A portal with logins requires an access token with every call. Without a token, or with one that \
is not valid, a call is a 401 `TOKEN_MISSING`, `TOKEN_EXPIRED` or `TOKEN_INVALID`. Each call names \
the role that it requires. A caller without it gets a 403 `ROLE_REQUIRED`, or `NOT_YOUR_JOB` for a \
job that somebody else started.

Responses may gain fields; clients must ignore fields that they do not know."""

_SCHEME = "accessToken"
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of the portal's issuer. An open portal needs none.",
}

_OWN_FAILURES = {
    BAD_REQUEST: "The request must be corrected; `details` names every field or parameter at "
    "fault.",
    NOT_FOUND: "The resource does not exist.",
    CONFLICT: "The request conflicts with the present state.",
    OTHER_REVISION: "`If-Match` names another revision than the present one.",
    TOO_LARGE: "The request is too large for one call.",
    WRONG_TYPE: "The body is not sent as JSON.",
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}
_CHALLENGE = {
    "WWW-Authenticate": {
        "description": "How to say who calls.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Bearer "},
    }
}
_FAILURES_OF_ALL: dict[int, tuple[str, str, dict[str, Any]]] = {
    401: ("WhoCalls", "No valid access token.", _CHALLENGE),
    403: ("NotAllowed", "The caller's roles do not allow this.", {}),
    429: (
        "TooManyCalls",
        "Too many calls or jobs at once, or a limit of the day; try again later.",
        _RETRY_AFTER,
    ),
    500: ("Defect", "Something went wrong on our side.", {}),
    503: ("Away", "A required service does not respond; try again later.", _RETRY_AFTER),
}


def describe() -> dict[str, Any]:
    """The whole document. Its server is `.`, the address that the document is fetched from."""
    paths: dict[str, Any] = {}
    components = _Components()
    for operation in OPERATIONS:
        path = paths.setdefault(operation.path, {})
        path[operation.method] = _operation(operation, components)
    error = _content(components.reference(ERROR))
    downloads = _downloads(components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Product portal",
            "version": VERSION,
            "description": f"{_DESCRIPTION}\n\n{downloads}",
        },
        "servers": [{"url": ".", "description": "Where this document was fetched from."}],
        "security": [{_SCHEME: []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {_SCHEME: _BEARER},
            "schemas": components.schemas(),
            "responses": {
                name: {"description": text, **({"headers": headers} if headers else {})} | error
                for name, text, headers in _FAILURES_OF_ALL.values()
            },
        },
    }


def _downloads(components: _Components) -> str:
    """The files of finished jobs, as a paragraph. Their schemas become components."""
    reported = []
    for download in DOWNLOADS:
        if download.schema is not None:
            components.reference(download.schema)
        reported.append(download.sentence(component_name(download.schema or "")))
    return f"A finished job has links to files, in `downloads`. {'; '.join(reported)}."


def _operation(operation: Operation, components: _Components) -> dict[str, Any]:
    recorded = example_of(operation.id)
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    sentences = (operation.description, _role_of(operation))
    shown["description"] = " ".join(sentence for sentence in sentences if sentence)
    parameters, failures = operation.parameters, set(operation.failures)
    if operation.is_repeatable:
        parameters += (IDEMPOTENCY_KEY,)
        failures |= set(REPEATABLE_CODES)
    if parameters:
        shown["parameters"] = [parameter.to_openapi() for parameter in parameters]
    if operation.body is not None:
        failures |= {TOO_LARGE, WRONG_TYPE}  # API Gateway may return the first too
        shown["requestBody"] = {
            "required": operation.body.needed,
            **_content(_schema_of(operation.body, components), recorded.get("body")),
        }
    answers = recorded.get("answers", {})
    responses: dict[int, Any] = {
        answer.status: {
            "description": answer.meaning,
            **_content(components.reference(answer.schema), answers.get(str(answer.status))),
        }
        for answer in operation.answers
    }
    for status in failures:
        responses[status] = {
            "description": _meaning(status, operation),
            **_content(components.reference(ERROR), answers.get(str(status))),
        }
    for status, (name, _, _) in _FAILURES_OF_ALL.items():
        responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    shown["responses"] = {str(status): responses[status] for status in sorted(responses)}
    return shown


def _role_of(operation: Operation) -> str:
    permission = permission_of(operation.method, operation.path)
    others = permission.of_others
    more = f"; for a job that somebody else started, {others}" if others else ""
    return f"Needs the role {permission.role}{more}."


def _meaning(status: int, operation: Operation) -> str:
    codes = ", ".join(f"`{code}`" for code in operation.codes(status))
    return f"{_OWN_FAILURES[status]} Codes: {codes}." if codes else _OWN_FAILURES[status]


def _schema_of(body: Body, components: _Components) -> dict[str, Any]:
    references = [components.reference(name) for name in body.schemas]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _content(schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schema}
    if example is not None:
        media["example"] = example
    return {"content": {JSON: media}}


@cache
def example_of(operation_id: str) -> dict[str, Any]:
    path: Path = EXAMPLES / f"{operation_id}.json"
    if not path.exists():
        return {}
    example: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return example


class _Components:
    """The referenced schemas, and those that they reference."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def reference(self, name: str) -> dict[str, Any]:
        """A `$ref` to `schemas/{name}.json`."""
        component = component_name(name)
        if component not in self._found:
            self._found[component] = None  # references may be circular
            self._found[component] = self._embedded(schemas.load(name), component)
        return {"$ref": f"#/components/schemas/{component}"}

    def schemas(self) -> dict[str, Any]:
        return dict(sorted(self._found.items()))

    def _embedded(self, schema: Any, component: str) -> Any:
        """The schema with its references changed to those of the document, and without the keys
        that only a separate file needs."""
        if isinstance(schema, list):
            return [self._embedded(item, component) for item in schema]
        if not isinstance(schema, dict):
            return schema
        embedded: dict[str, Any] = {}
        for key, value in schema.items():
            if key in ("$schema", "$id", "x-sentence"):
                continue
            if key != "$ref":
                embedded[key] = self._embedded(value, component)
            elif value.startswith(schemas.URN_PREFIX):
                urn, _, fragment = value.partition("#")
                name = urn.removeprefix(schemas.URN_PREFIX).replace(":", "/")
                embedded[key] = self.reference(name)["$ref"] + fragment
            else:
                embedded[key] = f"#/components/schemas/{component}{value.removeprefix('#')}"
        return embedded


def component_name(name: str) -> str:
    folder, _, stem = name.rpartition("/")
    words = "".join(word.capitalize() for word in stem.split("-"))
    return f"{words}Request" if folder == "requests" else words
