"""Every route × every role × tokens that name nobody: what is answered, and what never runs."""

from __future__ import annotations

import importlib
import io
import time
from typing import Any

import pytest

from core.errors import Forbidden
from core.identity.callers import Caller, Role
from core.identity.permissions import PERMISSIONS, Permission, permission_of, require_owner
from handlers import environment
from handlers.api.http import RestApi, answer, logger
from infra.staging import ROOT
from tests.api_calls import Reply, call
from tests.unit.identity.identity_kit import Issuer, LambdaInProcess

RESOURCES = ("attributes", "enrichment", "jobs", "products", "profiles", "uploads")
APPS: dict[str, RestApi] = {
    name: importlib.import_module(f"handlers.api.{name}").app for name in RESOURCES
}
PAGE = "https://page.example.test"
ROLES = (None, *Role)


def app_of(route: str) -> RestApi:
    method, path = route.split(" ")
    concrete = path.replace("{}", "value")
    (app,) = (a for a in APPS.values() if method in a._methods_of(concrete) and _is_of(a, path))
    return app


def _is_of(app: RestApi, path: str) -> bool:
    rules = {p.pattern.removesuffix("/*").replace("[^/]+", "{}") for p in app._methods}
    return path in rules


def send(route: str, token: str | None) -> Reply:
    method, path = route.split(" ")
    headers = {"Origin": PAGE} | ({"Authorization": f"Bearer {token}"} if token else {})
    return call(app_of(route).handler, method, path.replace("{}", "value"), None, headers)


@pytest.fixture
def reached(functions: LambdaInProcess, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What functions of routes reach for: nothing is there, and each try is noted."""
    tries: list[str] = []

    def nothing(name: str) -> Any:
        def reach() -> Any:
            tries.append(name)
            raise RuntimeError(f"no {name} in this test")

        return reach

    for name in ("database", "store", "direct_uploads", "queue", "state_machine"):
        monkeypatch.setattr(environment, name, nothing(name))

    def body(_: RestApi) -> dict[str, Any]:
        tries.append("body")
        return {}

    monkeypatch.setattr(RestApi, "json_body", body)
    return tries


def test_the_table_names_exactly_the_routes_of_the_handlers() -> None:
    handled = {
        f"{method} {pattern.pattern.removesuffix('/*').replace('[^/]+', '{}')}"
        for app in APPS.values()
        for pattern, methods in app._methods.items()
        for method in methods
    }

    assert set(PERMISSIONS) == handled


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", PERMISSIONS)
def test_a_role_may_do_what_the_table_says(
    route: str, role: Role | None, issuer: Issuer, reached: list[str]
) -> None:
    reply = send(route, issuer.token(*([role] if role else [])))

    if role is not None and role.includes(PERMISSIONS[route].role):
        assert reply.status not in (401, 403)
        assert reached, "its function ran"
    else:
        assert (reply.status, reply.json["code"]) == (403, "ROLE_REQUIRED")
        assert PERMISSIONS[route].role in reply.json["error"]
        assert reply.headers["access-control-allow-origin"] == "*"
        assert not reached, "its function must not run"


@pytest.mark.parametrize("route", PERMISSIONS)
def test_who_does_not_say_who_calls_gets_nowhere(
    route: str, issuer: Issuer, reached: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    header, claims, _ = issuer.token("admin").split(".")
    tokens = {
        None: "TOKEN_MISSING",
        issuer.token("admin", exp=int(time.time()) - 3600): "TOKEN_EXPIRED",
        issuer.token("admin", client_id="of-another-portal"): "TOKEN_INVALID",
        Issuer(issuer.key_id).token("admin"): "TOKEN_INVALID",
        f"{header}.{claims}.c2lnbmF0dXJl": "TOKEN_INVALID",
        "no token": "TOKEN_INVALID",
    }
    for token, code in tokens.items():
        reply = send(route, token)

        assert (reply.status, reply.json["code"]) == (401, code)
        assert set(reply.json) == {"error", "code", "details"}
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "WWW-Authenticate" in reply.headers["access-control-expose-headers"]
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert reply.headers["cache-control"] == "no-store"
        assert token is None or token not in log.getvalue()
    assert not reached


def test_preflights_and_the_documentation_need_no_token(functions: LambdaInProcess) -> None:
    documentation = importlib.import_module("handlers.api.documentation").handler

    for route in PERMISSIONS:
        _, path = route.split(" ")
        preflight = call(app_of(route).handler, "OPTIONS", path.replace("{}", "value"))
        assert preflight.status == 204
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
    for path in ("/docs", "/openapi.json"):
        assert call(documentation, "GET", path).status == 200
    assert functions.calls == 0


def test_a_path_that_does_not_exist_is_shown_to_known_callers_alone(
    functions: LambdaInProcess, issuer: Issuer
) -> None:
    handler = APPS["attributes"].handler
    known = {"Authorization": f"bearer {issuer.token('viewer')}"}

    assert call(handler, "GET", "/nothing").status == 401
    assert call(handler, "GET", "/nothing", None, known).status == 404
    assert call(handler, "POST", "/attributes/a", None, known).status == 405


def test_a_route_that_the_table_does_not_know_is_for_administrators(
    functions: LambdaInProcess, issuer: Issuer
) -> None:
    app = RestApi()
    app.get("/new")(lambda: answer(200, {"message": app.actor.id}))

    def status(role: str) -> int:
        token = issuer.token(role)
        return call(app.handler, "GET", "/new", None, {"Authorization": f"Bearer {token}"}).status

    assert (status("editor"), status("admin")) == (403, 200)
    assert permission_of("GET", "/new").role is Role.ADMIN


def test_two_routes_of_one_function_have_permissions_of_their_own(
    functions: LambdaInProcess, issuer: Issuer
) -> None:
    app = RestApi()
    view, administer = app.get("/products"), app.post("/attributes")
    administer(view(lambda: answer(200, {"message": "done"})))
    headers = {"Authorization": f"Bearer {issuer.token('viewer')}"}

    assert call(app.handler, "GET", "/products", None, headers).status == 200
    assert call(app.handler, "POST", "/attributes", {}, headers).status == 403


def test_a_job_of_others_needs_more_than_ones_own() -> None:
    permission = Permission(Role.EDITOR, of_others=Role.ADMIN)
    editor = Caller(subject="e", kind="user", roles=(Role.EDITOR,))
    admin = Caller(subject="a", kind="user", roles=(Role.ADMIN,))

    require_owner(editor, permission, "user:e")
    require_owner(admin, permission, "user:e")
    require_owner(editor, Permission(Role.EDITOR), "user:other")
    for other in ("user:other", "client:e", "pipeline", "anonymous"):
        with pytest.raises(Forbidden) as refused:
            require_owner(editor, permission, other)
        assert refused.value.code == "NOT_YOUR_JOB"


def test_a_token_is_checked_once_in_five_minutes_and_never_after_its_end(
    functions: LambdaInProcess, issuer: Issuer
) -> None:
    app = RestApi()
    app.get("/attributes")(lambda: answer(200, {"message": app.actor.id}))
    clock = [time.time()]
    app._authenticator._now = lambda: clock[0]
    token = issuer.token("viewer", exp=int(clock[0]) + 200)
    headers = {"Authorization": f"Bearer {token}"}

    for _ in range(3):
        assert call(app.handler, "GET", "/attributes", None, headers).json["message"] == (
            "user:subject-1"
        )
    assert functions.calls == 1
    clock[0] += 260
    call(app.handler, "GET", "/attributes", None, headers)
    assert functions.calls == 2


def test_a_function_that_breaks_is_a_503_and_no_open_door(
    functions: LambdaInProcess, issuer: Issuer
) -> None:
    functions.broken = True

    reply = send("GET /attributes", issuer.token("admin"))

    assert (reply.status, reply.json["code"]) == (503, "SIGNING_KEYS_UNAVAILABLE")
    assert reply.headers["retry-after"]


def test_the_page_shows_the_table() -> None:
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(("| `GET", "| `P", "| `DELETE"))]

    assert rows == [_row(route, permission) for route, permission in PERMISSIONS.items()]


def _row(route: str, permission: Permission) -> str:
    def mark(role: Role) -> str:
        if not role.includes(permission.role):
            return "–"
        others = permission.of_others
        return "yes" if others is None or role.includes(others) else "own"

    return f"| `{route.replace('{}', '{id}')}` | {' | '.join(mark(role) for role in Role)} |"
