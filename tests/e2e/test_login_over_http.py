"""A stack with logins: the emulator's Cognito, its users and its client for systems, over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pymongo import MongoClient

from core.database import JOBS
from core.identity.callers import Role
from core.identity.permissions import PERMISSIONS
from infra.client.rest import ApiError, Rest
from infra.local import logins, logs
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, STACK_NAME, Configuration, Port
from infra.local.deployment import client, login_outputs
from infra.local.running import Stack
from infra.operations.__main__ import main as operations
from tests.denials import denials_in
from tests.secrets_in_logs import secrets_in

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
NAME = {"name": "Flow Name", "type": "short_text"}
RIGHT = "LeaveTheOrderOfAnExport"
"""Of the function for products, in the template."""
PAGE = "https://portal.example.test"


class Portal:
    """The stack, its users, and every token that was used."""

    def __init__(self, configuration: Configuration, stack: Stack) -> None:
        self.stack = stack
        self.state = configuration.state
        self._users = configuration.users_file
        self.signatures: list[str] = []
        """Of URLs that were signed."""
        self.denied_on_purpose: set[str] = set()
        """Lines of the log, of a test that takes a right away."""
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
    def secrets(self) -> list[str]:
        """Whatever lets its holder in: of tokens, the part that cannot be made up."""
        passwords = json.loads(self._users.read_text(encoding="utf-8")).values()
        clients = [self._client(c)["ClientSecret"] for c in (self._outputs.system_client_id,)]
        tokens = [token.split(".")[2] for token in self._tokens.values()]
        return [*tokens, *passwords, *clients, *self.signatures]

    @property
    def _outputs(self) -> Any:
        return login_outputs(self.stack.aws_port)

    def _client(self, client_id: str) -> dict[str, Any]:
        found: dict[str, Any] = client(
            "cognito-idp", self.stack.aws_port
        ).describe_user_pool_client(UserPoolId=self._outputs.user_pool_id, ClientId=client_id)[
            "UserPoolClient"
        ]
        return found

    def bad_tokens(self) -> dict[str, tuple[str | None, str]]:
        """By what is wrong with it: an administrator's token, and the code that refuses it."""
        good = self.token("admin-1")
        header, claims = jwt.get_unverified_header(good), _claims(good)
        (file,) = self.state.rglob("*-access.pem")  # the pool's own key, of the emulator
        own = serialization.load_pem_private_key(file.read_bytes(), password=None)
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

        def signed(key: Any, **changed: Any) -> str:
            given = claims | changed
            return jwt.encode(given, key, algorithm="RS256", headers={"kid": header["kid"]})

        no_key: Any = None
        unsigned = jwt.encode(claims, no_key, algorithm="none", headers={"kid": header["kid"]})
        return {
            "no token": (None, "TOKEN_MISSING"),
            "expired": (signed(own, exp=int(time.time()) - 60), "TOKEN_EXPIRED"),
            "of another client": (signed(own, client_id="another"), "TOKEN_INVALID"),
            "of another issuer": (signed(own, iss="https://other.example.test"), "TOKEN_INVALID"),
            "an ID token": (signed(own, token_use="id"), "TOKEN_INVALID"),
            "forged": (signed(other), "TOKEN_INVALID"),
            "unsigned": (unsigned, "TOKEN_INVALID"),
        }

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
        system = self._client(self._outputs.system_client_id)
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
        assert set(denials_in(said)) == portal.denied_on_purpose
        assert "answered" in said
        assert secrets_in(said, portal.secrets) == []
    finally:
        local_stack.down(configuration, print)


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


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


def test_the_commands_of_operators_sign_in_by_themselves(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations(["jobs"], {"LOCAL_STATE": str(portal.state)}) == 0
    assert "the newest first" in capsys.readouterr().out


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


def test_the_table_of_permissions_holds_on_every_route(portal: Portal) -> None:
    http = urllib3.PoolManager(retries=False)
    bad = portal.bad_tokens()

    def answer(route: str, token: str | None) -> tuple[int, str]:
        method, path = route.split(" ")
        headers = {"Content-Type": "application/json", "Origin": PAGE}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = portal.stack.api_url + path.replace("{}", "not-there")
        body = None if method in ("GET", "DELETE") else b"{}"
        reply = http.request(method, url, headers=headers, body=body)
        assert reply.headers["Access-Control-Allow-Origin"] == "*", route
        return reply.status, json.loads(reply.data).get("code", "")

    wrong: list[Any] = []
    for route, permission in PERMISSIONS.items():
        for kind, (token, code) in bad.items():
            if (said := answer(route, token)) != (401, code):
                wrong.append((route, kind, said))
        for role in Role:
            said = answer(route, portal.token(f"{role.value}-1"))
            refused = said == (403, "ROLE_REQUIRED")
            if refused is role.includes(permission.role) or said[0] in (401, 500):
                wrong.append((route, role, said))
    assert wrong == []


def test_the_caller_is_remembered_and_others_may_not_touch_the_job(
    portal: Portal, tmp_path: Path
) -> None:
    admin, editor = portal.rest("admin-2"), portal.rest("editor-1")
    admin.create_attribute({"name": "Login SKU", "type": "short_text"})
    file = tmp_path / "login.csv"
    file.write_text("Login SKU\nL-1\n")
    ticket = editor.presigned_upload(file.name, {})
    portal.signatures += re.findall(r"X-Amz-Signature=(\w+)", ticket["uploadUrl"])
    assert portal.signatures
    editor.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    job = finished(editor, editor.process_file(ticket["s3Key"]))
    finished(editor, editor.approve_import(job["_id"]))

    (product,) = portal.rest("viewer-1").call("GET", "/products")["data"]
    assert product["Login SKU"] == "L-1"
    reported = portal.rest("viewer-1").call("GET", f"/products/{product['_id']}/history")["data"]
    assert [(each["action"], each["by"]) for each in reported] == [
        ("created", f"user:{_claims(portal.token('editor-1'))['sub']}")
    ]
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


def test_a_file_becomes_enriched_and_exported_products_by_the_least_roles(
    portal: Portal, tmp_path: Path
) -> None:
    """With the roles of functions enforced; what one of them is denied, the fixture finds."""
    admin, editor, viewer = (portal.rest(f"{role}-1") for role in ("admin", "editor", "viewer"))
    colour = {"name": "Flow Colour", "type": "single_select", "options": ["Red", "Blue"]}
    for attribute in ({"name": "Flow SKU", "type": "short_text"}, colour, NAME):
        admin.create_attribute(attribute)
    file = tmp_path / "flow.csv"
    file.write_text("Flow SKU,Flow Name\nF-1,Red chair\nF-2,Blue chair\n")
    ticket = editor.presigned_upload(file.name, {})
    portal.signatures += re.findall(r"X-Amz-Signature=(\w+)", ticket["uploadUrl"])
    editor.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    imported = finished(editor, editor.process_file(ticket["s3Key"]))
    assert finished(editor, editor.approve_import(imported["_id"]))["counts"]["created"] == 2

    order = {"filter": {"Flow SKU": ["F-1", "F-2"]}, "attributes": ["Flow Colour"]}
    assert portal.status("viewer-1", "POST", "/products/enrich", order) == 403
    suggested = finished(editor, editor.call("POST", "/products/enrich", order)["jobId"])
    assert suggested["counts"]["suggested"] == 2
    accepted = {"jobId": suggested["_id"], "accept": "all"}
    assert editor.call("PUT", "/products/bulk-update", accepted)["productsUpdated"] == 2

    facets = viewer.call("GET", "/product-facets?attributes=Flow%20Colour")["data"]
    assert {v["value"]: v["products"] for v in facets[0]["values"]} == {"Red": 1, "Blue": 1}
    assert portal.status("editor-1", "POST", "/products/export", {"format": "csv"}) == 403
    exported = finished(admin, admin.call("POST", "/products/export", {"format": "csv"})["jobId"])
    assert (exported["status"], exported["counts"]["rows"] >= 2) == ("COMPLETED", True)

    doomed = {"filter": {"Flow SKU": ["F-1", "F-2"]}}
    assert portal.status("viewer-1", "POST", "/products/delete", doomed) == 403
    deleted = finished(editor, editor.call("POST", "/products/delete", doomed)["jobId"])
    assert (deleted["status"], deleted["counts"]["deleted"]) == ("COMPLETED", 2)


def test_a_permission_that_is_taken_away_is_missed(portal: Portal) -> None:
    """So a run without a denial shows that the roles suffice, and that they are enforced."""
    iam = client("iam", portal.stack.aws_port)
    functions = client("lambda", portal.stack.aws_port)
    name = f"{STACK_NAME}-products-api"
    role = functions.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    policies = {
        policy: iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    (policy,) = (name for name, found in policies.items() if RIGHT in json.dumps(found))
    less = dict(policies[policy])
    less["Statement"] = [each for each in less["Statement"] if each.get("Sid") != RIGHT]
    assert denials_in(logs.dump(portal.stack.aws_port)) == []
    order = {"format": "ndjson"}

    def put(document: dict[str, Any]) -> None:
        text = json.dumps(document)
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=text)

    put(less)
    try:
        with pytest.raises(ApiError) as failed:
            portal.rest("admin-1").call("POST", "/products/export", order)
    finally:
        put(policies[policy])

    portal.denied_on_purpose = set(denials_in(logs.dump(portal.stack.aws_port)))
    assert (failed.value.status, failed.value.code) == (500, "INTERNAL_ERROR")
    assert portal.denied_on_purpose
    admin = portal.rest("admin-1")
    finished(admin, admin.call("POST", "/products/export", order)["jobId"])
