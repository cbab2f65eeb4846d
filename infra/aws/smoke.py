"""The test behind a deployment: one small file goes the whole way over REST, and leaves nothing.

`python -m infra.aws.smoke`, with STAGE on AWS, without it on the local stack. Upload, poll,
approve, list, delete. In a catalogue without attributes it defines two, and deletes them again.
Where the catalogue's own rules refuse its row, it says that approving was not tried.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.local.configuration import STACK_NAME, Configuration
from infra.local.running import running_stack

ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"name": "ProductSKU", "type": "short_text", "isRequired": True},
    {"name": "ProductName", "type": "short_text"},
)
SECONDS_FOR_A_JOB = 180
SECONDS_BETWEEN_LOOKS = 2.0
FINAL = ("COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED")

VALUES = {
    "number": "1",
    "measure": "1",
    "boolean": "true",
    "date": "2026-01-31",
    "url": "https://example.com/",
    "image": "https://example.com/image.png",
    "barcode": "4006381333931",
}
"""Of each type but text and the selects, in a cell."""

Say = Callable[[str], None]


class SmokeTestFailed(LauncherError):
    """A step did not do what it should. The message says which."""


def run(rest: Rest, say: Say) -> bool:
    """True when every step was tried. Raises LauncherError with the first one that failed."""
    made = _define_attributes(rest, say)
    try:
        return _import_and_approve(rest, say)
    finally:
        for name in made:
            rest.call("DELETE", f"/attributes/{name}")
        if made:
            say(f"deleted {len(made)} attributes")


def _define_attributes(rest: Rest, say: Say) -> list[str]:
    if rest.attributes():
        return []
    made = [rest.call("POST", "/attributes", body)["attribute"]["_id"] for body in ATTRIBUTES]
    say(f"defined {len(made)} attributes")
    return made


def _import_and_approve(rest: Rest, say: Say) -> bool:
    token = f"smoke-test-{uuid.uuid4().hex[:12]}"
    header, cells = _row(rest.attributes(), token)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{token}.csv")
        file.write_text(f"{','.join(header)}\n{','.join(cells)}\n", encoding="utf-8")
        upload = rest.presigned_upload(file.name, {})
        rest.upload(upload["uploadUrl"], {"Content-Type": "text/csv"}, file)
    say("uploaded a file of one row")
    job_id = rest.process_file(upload["s3Key"])
    job = _final(rest, job_id)
    say(f"job {job_id} is {job['status']}")
    if job["status"] == "FAILED":
        raise SmokeTestFailed(f"The import failed: {job.get('errorDetails')}")
    result = rest.json_at(job["resultDownloadUrl"])
    if not result["products"]:
        reasons = " ".join(result["validationErrors"])
        say(f"approving was not tried: this catalogue's rules refuse the row. {reasons}")
        return False
    approval = _final(rest, rest.approve_import(job_id))
    if approval["status"] == "FAILED":
        raise SmokeTestFailed(f"The approval failed: {approval.get('errorDetails')}")
    say(f"approved: {approval['status']}")
    product_id = _find(rest, token)
    say(f"found product {product_id} in the list")
    path = f"/products/{quote(product_id, safe='')}"
    rest.call("DELETE", path)
    if _ids_of(rest, token):
        raise SmokeTestFailed(f"The product {product_id} is listed after it was deleted.")
    say("deleted it")
    return True


def _row(attributes: list[dict[str, Any]], token: str) -> tuple[list[str], list[str]]:
    """A header and a row: a value for each required attribute, and ours for identifying ones."""
    columns: dict[str, str] = {}
    for attribute in attributes:
        kind, name = attribute["type"], attribute["name"]
        if name in ("ProductSKU", "SKU") or attribute.get("isIdentifier"):
            columns[name] = token
        elif attribute.get("isRequired"):
            options = attribute.get("options") or ["smoke test"]
            columns[name] = VALUES.get(kind, options[0])
    if not columns and attributes:
        columns[attributes[0]["name"]] = VALUES.get(attributes[0]["type"], token)
    return [_quoted(name) for name in columns], [_quoted(value) for value in columns.values()]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _final(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + SECONDS_FOR_A_JOB
    while True:
        job = rest.job(job_id)
        if job["status"] in FINAL:
            return job
        if time.monotonic() > end:
            raise SmokeTestFailed(
                f"Job {job_id} is {job['status']} after {SECONDS_FOR_A_JOB} s. Look at its "
                "execution in Step Functions, and at the import queue."
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _find(rest: Rest, token: str) -> str:
    found = _ids_of(rest, token)
    if not found:
        raise SmokeTestFailed("The approved product is not in the list, though its job says so.")
    return found[0]


def _ids_of(rest: Rest, token: str) -> list[str]:
    """Of the newest products, which ours is among."""
    listed = rest.call("GET", "/products?limit=100&sortBy=updatedAt&sortOrder=desc")["data"]
    return [str(product["_id"]) for product in listed if token in str(list(product.values()))]


@contextmanager
def deployed(stage: str) -> Iterator[Rest]:
    """The API of a stage on AWS. With a user pool, by a user who is an administrator for as long as
    this takes; with another login, by the access token in the variable TOKEN."""
    make_client: Any = boto3.client
    name = f"{STACK_NAME}-{stage}"
    found = make_client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    token = os.environ.get("TOKEN", "").strip() or None
    if token or "UserPoolId" not in outputs:
        yield Rest(outputs["ApiUrl"], token)
        return
    with visiting_administrator(make_client("cognito-idp"), outputs) as token:
        yield Rest(outputs["ApiUrl"], token)


@contextmanager
def visiting_administrator(cognito: Any, outputs: Mapping[str, str]) -> Iterator[str]:
    """The access token of a user of the pool who exists for as long as this takes."""
    pool = {"UserPoolId": outputs["UserPoolId"]}
    user = {**pool, "Username": f"smoke-test-{uuid.uuid4().hex}"}
    password = f"{uuid.uuid4().hex}-Aa1!"
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    try:
        cognito.admin_set_user_password(**user, Password=password, Permanent=True)
        cognito.admin_add_user_to_group(**user, GroupName="admin")
        answer = cognito.admin_initiate_auth(
            **pool,
            ClientId=outputs["PortalClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user["Username"], "PASSWORD": password},
        )
        yield answer["AuthenticationResult"]["AccessToken"]
    finally:
        cognito.admin_delete_user(**user)


def main(environment: Mapping[str, str] | None = None) -> int:
    stage = (os.environ if environment is None else environment).get("STAGE", "").strip()
    try:
        if stage and stage != "local":
            with deployed(stage) as rest:
                whole = run(rest, print)
        else:
            whole = run(Rest(running_stack(Configuration.from_environment()).api_url), print)
    except (LauncherError, ClientError, BotoCoreError) as error:
        print(f"The smoke test failed: {error}", file=sys.stderr)
        return 1
    print("The smoke test passed." if whole else "The smoke test passed, as far as it went.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
