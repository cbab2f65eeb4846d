"""What all resources of the REST API share: routing, callers, CORS, errors, bodies and the log.

A resource creates one `RestApi`, decorates its functions with `@app.get("/things")` and the like,
reads bodies with `app.json_body()`, returns `answer(…)`, raises `core.errors`, and exports
`app.handler` as the Lambda's entry point.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.shared.json_encoder import Encoder
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from core.actors import Actor
from core.errors import InvalidRequest, PortalError, PreconditionFailed, UnsupportedMediaType
from core.idempotency import IdempotencyKeys, KeptAnswer
from core.identity.callers import UNKNOWN, Caller
from core.identity.permissions import Permission, permission_of, require, require_owner
from core.schemas import with_whole_numbers
from handlers import environment
from handlers.api.authentication import Authenticator
from handlers.api.cors import RequestOrigin, answer_headers, is_cross_site_write, preflight_headers
from handlers.api.failures import Failure, failure_of

Answer = Response[dict[str, Any]]
Event = Mapping[str, Any]

logger = Logger(service="rest-api")

ALL_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_CALL_FIELDS = ("httpMethod", "path", "queryStringParameters", "body")
"""All that a call says, in an event of API Gateway."""
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"')
"""A gateway that compresses an answer makes its ETag a weak one."""
_PATH_CHARACTERS = "/~!$&'()*+,;=:@-._"
"""Characters that are not escaped in a URL's path (RFC 3986), besides letters and digits."""
_ENCODED_PATH = re.compile(rf"(?:[A-Za-z0-9{re.escape(_PATH_CHARACTERS)}]|%[0-9A-Fa-f]{{2}})*")


def answer(status: int, body: dict[str, Any], *, revision: int | None = None) -> Answer:
    """`revision` becomes the ETag, which `If-Match` takes back."""
    headers: dict[str, str | list[str]] = {} if revision is None else {"ETag": f'"{revision}"'}
    return Response(status_code=status, content_type="application/json", body=body, headers=headers)


class RestApi(APIGatewayRestResolver):
    """The Powertools resolver with the conventions of this API: callers and their roles are checked
    before any function runs, CORS on every response, preflights, 405 with `Allow`, and one error
    mapper for every route."""

    def __init__(self, *, public: bool = False) -> None:
        """A `public` API does not authenticate callers."""
        # Set before the constructor of the base class, which may register routes.
        self._methods: dict[re.Pattern[str], set[str]] = {}
        self._public = public
        self._authenticator = Authenticator()
        self._caller: Caller = UNKNOWN
        self._permission: Permission | None = None
        super().__init__(serializer=_as_json)
        self.exception_handler(Exception)(self._failed)

    def route(
        self, rule: str, method: str | list[str] | tuple[str], *args: Any, **kwargs: Any
    ) -> Any:
        methods = [method] if isinstance(method, str) else method
        pattern = re.compile(re.sub(r"<\w+>", "[^/]+", rule.rstrip("/")) + "/*")
        self._methods.setdefault(pattern, set()).update(methods)
        register = super().route(rule, method, *args, **kwargs)
        (one_method,) = methods
        permission = permission_of(one_method, rule)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def guarded(*values: Any, **named: Any) -> Any:
                if not self._public:
                    self._permission = permission
                    require(self._caller, permission)
                call = functools.partial(function, *values, **named)
                return self._once(call) if one_method == "POST" else call()

            register(guarded)
            return function  # unchanged: a second route of it has its own permission

        return decorate

    def _once(self, call: Callable[[], Answer]) -> Answer:
        """Carry out the call, unless an earlier one with the same `Idempotency-Key` did."""
        event = self.current_event.raw_event
        key = _header(event, "idempotency-key")
        if key is None:
            return call()
        keys = IdempotencyKeys(environment.database(), self.actor)
        kept = keys.claim(key, _as_json([event.get(name) for name in _CALL_FIELDS]))
        if kept is not None:
            headers: dict[str, Any] = {**kept.headers, "Idempotent-Replayed": "true"}
            body = msgspec.json.decode(kept.body)
            return Response(kept.status, "application/json", body, headers=headers)
        try:
            result = call()
        except BaseException:
            keys.release(key)
            raise
        headers = {name: str(value) for name, value in result.headers.items()}
        keys.keep(key, KeptAnswer(result.status_code, _as_json(result.body), headers))
        return result

    @property
    def actor(self) -> Actor:
        """The caller, as the actor of the changes that the request makes."""
        return self._caller.actor

    def require_owner(self, created_by: str) -> None:
        """Raises Forbidden `NOT_YOUR_JOB` when the caller may not do this to a job of others."""
        if self._permission is not None:
            require_owner(self._caller, self._permission, created_by)

    @property
    def handler(self) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
        """The Lambda's entry point. Events are never logged, since bodies hold data of users."""
        injected = logger.inject_lambda_context(
            correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True
        )
        entry_point: Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
        entry_point = injected(self.resolve)
        return entry_point

    def resolve(self, event: Event, context: LambdaContext) -> dict[str, Any]:
        method, path = event["httpMethod"].upper(), encoded_path(event.get("path") or "/")
        origin = _header(event, "origin")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        headers |= answer_headers(environment.settings().allowed_origins, origin)
        self._caller, self._permission = UNKNOWN, None
        if method == "OPTIONS":
            requested = _header(event, "access-control-request-headers")
            # A path that does not exist is permitted too, so that the page can read the 404.
            headers |= preflight_headers(self._methods_of(path) or ALL_METHODS, requested)
            result: dict[str, Any] = {"statusCode": 204, "body": "", "isBase64Encoded": False}
        else:
            result = self._answer({**event, "path": path}, context)
        response_headers = result.setdefault("multiValueHeaders", {})
        response_headers.update({name: [value] for name, value in headers.items()})
        status, caller = result["statusCode"], self._caller.actor.id
        logger.info("answered", method=method, path=path, status=status, caller=caller)
        return result

    def _answer(self, event: Event, context: LambdaContext) -> dict[str, Any]:
        """Paths that do not exist are no exception: who is not known learns nothing of them."""
        if not self._public:
            try:
                _refuse_cross_site(event)
                self._caller = self._authenticator.caller_of(_header(event, "authorization"))
            except (PortalError, BotoCoreError, ClientError) as error:
                return _without_route(self._failed(error))
        return super().resolve(dict(event), context)

    def json_body(self) -> dict[str, Any]:
        """The request's body, a JSON object. Raises the errors of `read_json_object`."""
        return read_json_object(self.current_event.raw_event)

    def expected_revision(self) -> int | None:
        """That of `If-Match`; None without one, or for any (`*`). Raises PreconditionFailed
        `UNKNOWN_ETAG` for what is no ETag of ours, and so of no present revision."""
        given = (_header(self.current_event.raw_event, "if-match") or "").strip()
        if given in ("", "*"):
            return None
        known = _ETAG.fullmatch(given)
        if known is None:
            raise PreconditionFailed(
                "UNKNOWN_ETAG", '“If-Match” must be the ETag of an answer, such as "3".'
            )
        return int(known.group(1))

    def query_parameters(self) -> Mapping[str, Sequence[str]]:
        """Every value of every query parameter."""
        event = self.current_event.raw_event
        several = event.get("multiValueQueryStringParameters")
        if several:
            return {name: list(values or ()) for name, values in several.items()}
        given = event.get("queryStringParameters") or {}
        return {name: [value or ""] for name, value in given.items()}

    def _methods_of(self, path: str) -> set[str]:
        return {
            method
            for pattern, methods in self._methods.items()
            if pattern.fullmatch(path)
            for method in methods
        }

    def _failed(self, error: Exception) -> Answer:
        failure = self._unrouted() if isinstance(error, NotFoundError) else failure_of(error)
        if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.exception("request failed", exc_info=error)
        return Response(
            status_code=failure.status,
            content_type="application/json",
            headers=dict(failure.headers),
            body=failure.body,
        )

    def _unrouted(self) -> Failure:
        path, method = self.current_event.path, self.current_event.http_method.upper()
        methods = self._methods_of(path)
        if not methods:
            return Failure(404, "ROUTE_NOT_FOUND", f"There is nothing at {unquote(path)[:200]}.")
        allowed = ", ".join(sorted({*methods, "OPTIONS"}))
        return Failure(
            405,
            "METHOD_NOT_ALLOWED",
            f"{method} is not allowed here; the allowed methods are {allowed}.",
            headers={"Allow": allowed},
        )


def _as_json(body: Any) -> str:
    """As UTF-8: escapes (`\\u0431`) triple a Cyrillic response, and Lambda limits it to 6 MB."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), cls=Encoder)


def _without_route(failure: Answer) -> dict[str, Any]:
    """The answer as Powertools would make it, which does so for functions of routes alone."""
    headers = {"Content-Type": failure.content_type, **failure.headers}
    return {
        "statusCode": failure.status_code,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": _as_json(failure.body),
        "isBase64Encoded": False,
    }


def encoded_path(path: str) -> str:
    """The path as in the URL, percent-encoded. API Gateway passes it encoded. Engines that pass it
    decoded are recognised by a character that cannot occur in a URL."""
    if _ENCODED_PATH.fullmatch(path):
        return path
    return quote(path, safe=_PATH_CHARACTERS)


def path_value(segment: str) -> str:
    """The value of a path parameter, percent-decoded once."""
    return unquote(segment)


def _refuse_cross_site(event: Event) -> None:
    """Raises UnsupportedMediaType for a write of a foreign page that its browser sent unasked."""
    own = any(_header(event, name) for name in ("authorization", "x-requested-with"))
    wanted = RequestOrigin(_header(event, "origin"), _header(event, "host"), has_own_header=own)
    allowed = environment.settings().allowed_origins
    if is_cross_site_write(event["httpMethod"].upper(), _content_type(event), allowed, wanted):
        raise UnsupportedMediaType(
            "UNSUPPORTED_CONTENT_TYPE", "A page of another origin must send application/json."
        )


def _content_type(event: Event) -> str:
    return (_header(event, "content-type") or "").split(";")[0].strip().lower()


def read_json_object(event: Event) -> dict[str, Any]:
    """The JSON object in an API Gateway event, with 1.0 read as 1. Raises UnsupportedMediaType, and
    InvalidRequest `MALFORMED_JSON` or `BODY_NOT_AN_OBJECT`."""
    content_type = _content_type(event)
    # A browser's fetch sends a string as text/plain if its caller sets no type.
    if not (
        content_type in ("", "application/json", "text/plain") or content_type.endswith("+json")
    ):
        raise UnsupportedMediaType(
            "UNSUPPORTED_CONTENT_TYPE",
            f"The body must be JSON, sent as application/json, not {content_type[:100]}.",
        )
    body = event.get("body") or ""
    try:
        data = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, binascii.Error) as error:
        sentence = "The body is not valid JSON." if body else "The body is empty; send JSON."
        raise InvalidRequest("MALFORMED_JSON", sentence) from error
    if not isinstance(value, dict):
        raise InvalidRequest("BODY_NOT_AN_OBJECT", "The body must be a JSON object: {…}.")
    whole: dict[str, Any] = with_whole_numbers(value)
    return whole


def _header(event: Event, name: str) -> str | None:
    """The value of a header, in any case; the last value if there are several."""
    for field, value in (event.get("headers") or {}).items():
        if field.lower() == name:
            return str(value)
    for field, values in (event.get("multiValueHeaders") or {}).items():
        if field.lower() == name and values:
            return str(values[-1])
    return None
