"""A stack with logins: the emulator's Cognito, its users and its client for systems, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pymongo import MongoClient

from core.database import JOBS
from infra.local import logins, logs
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.deployment import client, login_outputs
from infra.local.rest import ApiError, Rest
from infra.local.stack import Stack
from tests.denials import denials_in

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
PAGE = "https://portal.example.test"


class Portal:
    """The stack, its users, and every token that was used."""

    def __init__(self, configuration: Configuration, stack: Stack) -> None:
        self.stack = stack
        self._users = configuration.users_file
        self._tokens: dict[str, str] = {}

    def token(self, user: str) -> str:
        """Of `editor-1`, or of the system with `system:editor`."""
        if user not in self._tokens:
            role, _, number = user.partition("-")
            self._tokens[user] = (
                self._system_token(user.removeprefix("system:"))
                if user.startswith("system:")
                else logins.user_token(self.stack.aws_port, self._users, role, int(number))
            )
        return self._tokens[user]

    @property
    def tokens(self) -> list[str]:
        return list(self._tokens.values())

    def rest(self, user: str) -> Rest:
        return Rest(self.stack.api_url, self.token(user))

    def status(self, user: str, method: str, path: str, body: Any = None) -> int:
        try:
            self.rest(user).call(method, path, body)
        except ApiError as error:
            return error.status
        return 200

    def sent(self, authorization: str | None, path: str = "/attributes") -> Any:
        headers = {"Origin": PAGE} | ({"Authorization": authorization} if authorization else {})
        http = urllib3.PoolManager(retries=False)
        return http.request("GET", self.stack.api_url + path, headers=headers)

    def _system_token(self, role: str) -> str:
        known = login_outputs(self.stack.aws_port)
        pool = client("cognito-idp", self.stack.aws_port)
        system = pool.describe_user_pool_client(
            UserPoolId=known.user_pool_id, ClientId=known.system_client_id
        )["UserPoolClient"]
        answer = urllib3.PoolManager().request(
            "POST",
            f"{self.stack.endpoint_url}/oauth2/token",
            fields={
                "grant_type": "client_credentials",
                "client_id": system["ClientId"],
                "client_secret": system["ClientSecret"],
                "scope": f"portal/{role}",
            },
            encode_multipart=False,
        )
        token: str = json.loads(answer.data)["access_token"]
        return token


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    configuration = Configuration(
        state=tmp_path_factory.mktemp("login"),
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters=LOCAL_DEFAULTS,
        auth=True,
        login=True,
    )
    try:
        portal = Portal(configuration, local_stack.up(configuration, print))
        yield portal
        said = logs.dump(portal.stack.aws_port)
        assert denials_in(said) == []
        assert "answered" in said
        assert not [token for token in portal.tokens if token.split(".")[2] in said]
    finally:
        local_stack.down(configuration, print)


def finished(rest: Rest, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        job = rest.job(job_id)
        if job["status"] in FINAL:
            return job
        time.sleep(0.2)
    pytest.fail(f"job {job_id} did not end")


@pytest.mark.parametrize("path", ["/attributes", "/products", "/processing-jobs", "/nothing"])
def test_without_a_token_there_is_a_401_that_a_page_can_read(portal: Portal, path: str) -> None:
    viewer = portal.token("viewer-1")
    tampered = viewer[:-6] + ("AAAAAA" if not viewer.endswith("AAAAAA") else "BBBBBB")
    for authorization, code in (
        (None, "TOKEN_MISSING"),
        (f"Bearer {tampered}", "TOKEN_INVALID"),
        ("Basic dXNlcjpwYXNz", "TOKEN_INVALID"),
    ):
        answer = portal.sent(authorization, path)
        said = json.loads(answer.data)
        assert (answer.status, said["code"]) == (401, code)
        assert set(said) == {"error", "code", "details"}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_documentation_needs_no_token(portal: Portal) -> None:
    assert portal.sent(None, "/docs").status == 200
    assert portal.sent(None, "/openapi.json").status == 200


def test_each_role_may_do_what_its_column_says(portal: Portal) -> None:
    attribute = {"name": "Login Shelf", "type": "short_text"}
    upload = {"fileName": "login.csv"}
    expected = {
        "viewer-1": (200, 403, 403),
        "editor-1": (200, 200, 403),
        "system:viewer": (200, 403, 403),
        "system:editor": (200, 200, 403),
        "admin-1": (200, 200, 200),
    }
    for user, statuses in expected.items():
        assert (
            portal.status(user, "GET", "/attributes"),
            portal.status(user, "POST", "/uploads/presigned-url", upload),
            portal.status(user, "POST", "/attributes", attribute),
        ) == statuses, user


def test_the_caller_is_remembered_and_others_may_not_touch_the_job(
    portal: Portal, tmp_path: Path
) -> None:
    admin, editor = portal.rest("admin-2"), portal.rest("editor-1")
    admin.create_attribute({"name": "Login SKU", "type": "short_text"})
    file = tmp_path / "login.csv"
    file.write_text("Login SKU\nL-1\n")
    ticket = editor.presigned_upload(file.name, {})
    editor.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    job = finished(editor, editor.process_file(ticket["s3Key"]))
    finished(editor, editor.approve_import(job["_id"]))

    (product,) = portal.rest("viewer-1").call("GET", "/products")["data"]
    assert product["Login SKU"] == "L-1"
    database: MongoClient[dict[str, Any]] = MongoClient(portal.stack.mongodb_uri)
    with database:
        records = list(database["product_portal"][JOBS].find({"createdBy": {"$regex": "^user:"}}))
    assert {r["createdBy"] for r in records if r["originalFileName"] == file.name}

    reprocess = f"/processing-jobs/{job['_id']}/reprocess"
    with pytest.raises(ApiError) as refused:
        portal.rest("editor-2").call("POST", reprocess, {})
    assert (refused.value.status, refused.value.code) == (403, "NOT_YOUR_JOB")
    assert portal.status("viewer-1", "POST", reprocess, {}) == 403
    assert portal.status("admin-1", "POST", reprocess, {}) == 200
    finished(admin, job["_id"])
