"""Manners of every resource: CORS, preflights, unknown routes, errors and bodies."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from core.errors import Conflict, NotFound, ServiceUnavailable
from handlers import environment
from handlers.api.http import RestApi, answer, encoded_path, logger, path_value
from tests.api_calls import Context, Reply, call, event, reply_of

PAGE = "https://portal.example.test"

app = RestApi()


@app.get("/things")
def list_things() -> Any:
    return answer(200, {"message": "none"})


@app.post("/things")
def echo() -> Any:
    return answer(201, {"body": app.json_body()})


@app.get("/things/<thing_id>")
def show(thing_id: str) -> Any:
    return answer(200, {"id": path_value(thing_id)})


@app.delete("/things/<thing_id>")
def fail(thing_id: str) -> Any:
    raise FAILURES[thing_id]


FAILURES: dict[str, Exception] = {
    "absent": NotFound("THING_NOT_FOUND", "There is no such thing."),
    "taken": Conflict("THING_EXISTS", "It exists.", [{"field": "name", "message": "It exists."}]),
    "away": ServiceUnavailable("DATABASE_AWAY", "The database is away."),
    "no-server": ServerSelectionTimeoutError("mongodb://user:secret@host"),
    "lost": AutoReconnect("connection closed"),
    "failover": OperationFailure("not primary", 10107),
    "rotation": OperationFailure("authentication failed", 18),
    "bad-query": OperationFailure("unknown operator", 2),
    "no-endpoint": EndpointConnectionError(endpoint_url="http://s3"),
    "slow-down": ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"),
    "denied": ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"),
    "defect": RuntimeError("password=secret"),
}


@pytest.fixture(autouse=True)
def origins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ALLOWED_ORIGINS", "*")
    environment.forget()
    yield
    environment.forget()


def with_origins(monkeypatch: pytest.MonkeyPatch, allowed: str) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", allowed)
    environment.forget()


def ask(method: str, path: str, body: Any = None, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(app.handler, method, path, body, named)


# CORS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/things", 200),
        ("GET", "/things/", 200),
        ("POST", "/things", 400),
        ("GET", "/nothing", 404),
        ("PUT", "/things", 405),
        ("DELETE", "/things/absent", 404),
        ("DELETE", "/things/taken", 409),
        ("DELETE", "/things/defect", 500),
        ("DELETE", "/things/no-server", 503),
        ("OPTIONS", "/things", 204),
        ("OPTIONS", "/nothing", 204),
    ],
)
def test_every_answer_may_be_read_from_another_origin(method: str, path: str, status: int) -> None:
    for headers in ({"Origin": PAGE}, {}):
        reply = ask(method, path, **headers)
        assert reply.status == status
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "Origin" in reply.headers["vary"]
        assert "Retry-After" in reply.headers["access-control-expose-headers"]


def test_of_several_allowed_origins_the_one_that_asks_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_origins(monkeypatch, f"https://other.example.test, {PAGE}/")
    assert ask("GET", "/things", origin=PAGE).headers["access-control-allow-origin"] == PAGE
    assert ask("GET", "/nothing", Origin=PAGE).headers["access-control-allow-origin"] == PAGE
    assert ask("OPTIONS", "/things", ORIGIN=PAGE).headers["access-control-allow-origin"] == PAGE


def test_an_origin_that_is_not_allowed_gets_no_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    with_origins(monkeypatch, PAGE)
    for origin in ("https://evil.example.test", f"{PAGE}.evil.test", "null"):
        reply = ask("GET", "/things", Origin=origin)
        assert "access-control-allow-origin" not in reply.headers
        assert reply.headers["vary"] == "Origin"


def test_a_preflight_grants_the_methods_of_the_path_and_the_headers_asked_for() -> None:
    reply = ask(
        "OPTIONS",
        "/things/a%2Fb",
        Origin=PAGE,
        Access_Control_Request_Method="DELETE",
        Access_Control_Request_Headers="content-type,x-own",
    )
    assert reply.status == 204
    assert reply.text == ""
    assert reply.headers["access-control-allow-methods"] == "DELETE, GET, OPTIONS"
    assert reply.headers["access-control-allow-headers"] == "content-type,x-own"
    assert "Access-Control-Request-Headers" in reply.headers["vary"]
    assert int(reply.headers["access-control-max-age"]) > 0


def test_a_preflight_without_headers_or_with_nonsense_grants_the_usual_ones() -> None:
    for requested in ({}, {"Access_Control_Request_Headers": "a b\r\nSet-Cookie: x"}):
        granted = ask("OPTIONS", "/things", **requested).headers["access-control-allow-headers"]
        assert "Content-Type" in granted
        assert "Authorization" in granted
        assert "Set-Cookie" not in granted


# routes and errors


def test_an_unknown_route_is_a_404_in_the_contracts_shape() -> None:
    reply = ask("GET", "/n%C3%B6pe")
    assert (reply.status, reply.json["code"], reply.json["details"]) == (404, "ROUTE_NOT_FOUND", [])
    assert "/nöpe" in reply.json["error"]


def test_a_known_path_with_another_method_is_a_405_that_names_the_possible_ones() -> None:
    reply = ask("PUT", "/things/a")
    assert (reply.status, reply.json["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert reply.headers["allow"] == "DELETE, GET, OPTIONS"


@pytest.mark.parametrize(
    ("thing", "status", "code"),
    [
        ("absent", 404, "THING_NOT_FOUND"),
        ("taken", 409, "THING_EXISTS"),
        ("away", 503, "DATABASE_AWAY"),
        ("no-server", 503, "SERVICE_UNAVAILABLE"),
        ("lost", 503, "SERVICE_UNAVAILABLE"),
        ("failover", 503, "SERVICE_UNAVAILABLE"),
        ("rotation", 503, "SERVICE_UNAVAILABLE"),
        ("no-endpoint", 503, "SERVICE_UNAVAILABLE"),
        ("slow-down", 503, "SERVICE_UNAVAILABLE"),
        ("bad-query", 500, "INTERNAL_ERROR"),
        ("denied", 500, "INTERNAL_ERROR"),
        ("defect", 500, "INTERNAL_ERROR"),
    ],
)
def test_an_error_becomes_its_status_and_code(thing: str, status: int, code: str) -> None:
    reply = ask("DELETE", f"/things/{thing}")
    assert (reply.status, reply.json["code"]) == (status, code)
    assert set(reply.json) == {"error", "code", "details"}
    assert ("retry-after" in reply.headers) == (status == 503)
    assert "secret" not in reply.text


def test_the_log_of_a_failure_names_the_request_and_the_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    ask("DELETE", "/things/defect", {"password": "hunter2"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert "hunter2" not in log.getvalue()
    failed = next(line for line in lines if line["message"] == "request failed")
    assert failed["correlation_id"] == "request-1"
    assert failed["function_request_id"] == Context().aws_request_id
    assert failed["exception_name"] == "RuntimeError"


# paths


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/things/plain", "plain"),
        ("/things/a%20b", "a b"),
        ("/things/a b", "a b"),
        ("/things/gr%C3%B6%C3%9Fe", "größe"),
        ("/things/größe", "größe"),
        ("/things/a%2Fb", "a/b"),
        ("/things/a%252Fb", "a%2Fb"),
        ("/things/a+b", "a+b"),
        ("/things/%22%5C%3F%23%25", '"\\?#%'),
        ("/things/100% wool", "100% wool"),
        ("/things/a;b,c=d@e:f", "a;b,c=d@e:f"),
    ],
)
def test_a_path_parameter_is_decoded_once_whoever_hands_it_over(path: str, value: str) -> None:
    reply = ask("GET", path)
    assert (reply.status, reply.json) == (200, {"id": value})


def test_a_path_of_a_url_is_left_as_it_is() -> None:
    assert encoded_path("/a%20b/c-_.~!$&'()*+,;=:@") == "/a%20b/c-_.~!$&'()*+,;=:@"
    assert encoded_path("/50% / ü") == "/50%25%20/%20%C3%BC"


# bodies


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/merge-patch+json",
        "text/plain;charset=UTF-8",
        "",
    ],
)
def test_json_is_taken_as_browsers_send_it(content_type: str) -> None:
    reply = ask("POST", "/things", '{"a": "ü"}', **{"Content-Type": content_type})
    assert (reply.status, reply.json) == (201, {"body": {"a": "ü"}})


def test_a_body_in_base64_is_decoded() -> None:
    encoded = event("POST", "/things", base64.b64encode(b'{"a": 1}').decode())
    encoded["isBase64Encoded"] = True
    assert reply_of(app.handler(encoded, Context())).json == {"body": {"a": 1}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "MALFORMED_JSON"),
        ("", "MALFORMED_JSON"),
        ("{", "MALFORMED_JSON"),
        ("{'a': 1}", "MALFORMED_JSON"),
        ('{"a": NaN}', "MALFORMED_JSON"),
        ('{"a": "\\ud800"}', "MALFORMED_JSON"),
        ("[" * 100_000, "MALFORMED_JSON"),
        ("[]", "BODY_NOT_AN_OBJECT"),
        ("null", "BODY_NOT_AN_OBJECT"),
        ('"text"', "BODY_NOT_AN_OBJECT"),
        ("5", "BODY_NOT_AN_OBJECT"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(body: str | None, code: str) -> None:
    reply = ask("POST", "/things", body)
    assert (reply.status, reply.json["code"]) == (400, code)


@pytest.mark.parametrize("body", ["%%%", base64.b64encode(b'{"a": "\xff"}').decode()])
def test_base64_that_holds_no_json_text_is_a_400(body: str) -> None:
    broken = event("POST", "/things", body)
    broken["isBase64Encoded"] = True
    assert reply_of(app.handler(broken, Context())).json["code"] == "MALFORMED_JSON"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/csv", "multipart/form-data; b=1"]
)
def test_another_content_type_is_a_415(content_type: str) -> None:
    reply = ask("POST", "/things", '{"a": 1}', **{"Content-Type": content_type})
    assert (reply.status, reply.json["code"]) == (415, "UNSUPPORTED_CONTENT_TYPE")


def test_answers_are_not_kept_by_caches() -> None:
    assert ask("GET", "/things").headers["cache-control"] == "no-store"


# writes that a browser sends to any origin without asking


@pytest.mark.parametrize("content_type", ["text/plain", "", "text/plain;charset=UTF-8"])
def test_a_foreign_page_cannot_write_without_a_preflight(
    content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = "https://ours.example.test"
    with_origins(monkeypatch, f"{ours},https://other.example.test")

    def status(**headers: str) -> int:
        return ask("POST", "/things", '{"name": "x"}', content_type=content_type, **headers).status

    assert status(origin="https://evil.example.test") == 415
    assert status(origin="null") == 415
    assert status(origin=ours) == 201
    assert status(origin="https://api.example.test") == 201, "a page of the API itself"
    assert status() == 201, "no browser"
    assert status(origin="https://evil.example.test", x_requested_with="fetch") == 201


def test_a_foreign_page_may_send_json_which_its_browser_asks_for_first() -> None:
    assert ask("POST", "/things", {"name": "x"}, origin=PAGE).status == 201


def test_an_api_for_the_pages_of_every_origin_knows_none_that_is_foreign() -> None:
    reply = ask("POST", "/things", '{"name": "x"}', origin=PAGE, content_type="text/plain")

    assert reply.status == 201


def test_answers_are_written_as_utf_8() -> None:
    reply = ask("POST", "/things", {"name": "Чайник"})

    assert "Чайник" in reply.text
