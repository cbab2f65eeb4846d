"""The roles of the functions, which this stack enforces: the rarer ways through the product, where
they call what they call nowhere else, and what a role may not do.

What was refused to a function is in its log; the stack looks through all logs at its end.
"""

from __future__ import annotations

import io
import json
import time
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import xlsxwriter
from botocore.exceptions import ClientError
from pymongo import MongoClient
from pymongo.collection import Collection

from core.database import JOBS
from core.settings import Settings
from core.storage import ImportKeys, ProposalKeys
from infra.client.rest import Rest
from infra.local.configuration import STACK_NAME
from infra.local.deployment import client

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
MANY = Settings().accepted_products_per_call + 1
"""Products that are accepted in a job of their own."""

KEYS = ImportKeys("of-nobody", 1)
WRITTEN_BY = {
    "open-job": [KEYS.definitions],
    "plan-chunks": [KEYS.plan, KEYS.chunks, KEYS.repaired, KEYS.rows(0)],
    "validate-chunk": [
        KEYS.part(0, 0),
        *(KEYS.faults(0), KEYS.rejected(0), KEYS.unique_values(0)),
        *(KEYS.summary(0), KEYS.revalidated(0), KEYS.refusal),
    ],
    "find-repeats": [KEYS.repeats(0), KEYS.repeated],
    "check-catalogue": [KEYS.taken(0), KEYS.again],
    "aggregate-results": [
        *(KEYS.outcome, KEYS.result, KEYS.all_faults, KEYS.all_rejected),
        *(KEYS.all_products, KEYS.all_product_rows, KEYS.all_product_table),
        *(KEYS.all_guarded_rows, KEYS.valid_rows),
    ],
}
"""Function of an import → what it writes, by `core/storage/keys.py`."""

PROPOSAL = ProposalKeys("of-nobody", 1)
WRITTEN_FOR_PROPOSALS = {
    "open-proposal": [PROPOSAL.definitions],
    "plan-proposal": [
        *(PROPOSAL.plan, PROPOSAL.chunks, PROPOSAL.asked, PROPOSAL.repaired, PROPOSAL.rows(0)),
    ],
    "gather-evidence": [PROPOSAL.hashes(0), PROPOSAL.summary(0), PROPOSAL.refusal],
    "decide-proposals": [PROPOSAL.proposals],
    "close-proposal": [],
    "fail-proposal": [],
}
"""The same of a job that proposes attributes. The last two write to the database only."""

SKU = {"name": "Rights SKU", "type": "short_text"}
EAN = {"name": "Rights EAN", "type": "number"}
NAME = {"name": "Rights Name", "type": "short_text"}
SHELF = {"name": "Rights Shelf", "type": "short_text"}
COLOUR = {"name": "Rights Colour", "type": "single_select", "options": ["Red", "Blue"]}


@pytest.fixture
def rest(stack: dict[str, Any]) -> Rest:
    """With attributes of which none identifies, and none is unique, yet."""
    rest = Rest(stack["apiUrl"])
    for attribute in rest.attributes():
        rest.call("DELETE", f"/attributes/{attribute['_id']}")
    for body in (SKU, EAN, NAME, SHELF, COLOUR):
        rest.create_attribute(body)
    return rest


def imported(rest: Rest, *lines: str) -> dict[str, Any]:
    text = "\n".join(["Rights SKU,Rights EAN,Rights Name,Rights Shelf", *lines])
    return imported_file(rest, "rights.csv", text.encode())


def imported_file(rest: Rest, name: str, data: bytes) -> dict[str, Any]:
    ticket = rest.presigned_upload(name, {})
    request = urllib.request.Request(
        ticket["uploadUrl"], data=data, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=30):
        return ended(rest, ticket["jobId"])


def ended(rest: Rest, job_id: str, *states: str) -> dict[str, Any]:
    """The job at its end, or in one of these states."""
    end = time.monotonic() + PATIENCE_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < end:
        job = rest.job(job_id)
        if job["status"] in (*FINAL, *states):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job did not get there: {job}")


def change(rest: Rest, attribute: Mapping[str, Any], **to: Any) -> None:
    (found,) = [a for a in rest.attributes() if a["name"] == attribute["name"]]
    rest.call("PUT", f"/attributes/{found['_id']}", to)


def approve(rest: Rest, job: Mapping[str, Any]) -> str:
    return str(rest.call("POST", "/products/approve", {"jobId": job["_id"]})["jobId"])


def test_a_text_with_a_stray_quote_and_a_workbook_are_written_anew_for_their_chunks(
    rest: Rest,
) -> None:
    malformed = imported(rest, '1,1,Chair "Red,x', *(f"{n},{n},Chair,x" for n in range(2, 500)))
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((("Rights SKU", "Rights EAN"), ("1", 1), ("2", 2))):
            sheet.write_row(row, 0, cells)
    workbook = imported_file(rest, "rights.xlsx", data.getvalue())

    assert malformed["counts"]["validRows"] == 499
    assert [notice["code"] for notice in malformed["notices"]] == ["REPAIRED_QUOTES"]
    assert workbook["counts"]["validRows"] == 2


def test_an_approval_tells_of_ids_that_repeat_and_of_values_that_are_taken(rest: Rest) -> None:
    # given rows that were imported before their attributes had to be unique
    mark = uuid.uuid4().hex[:8]
    lines = [f"{mark}-{n % 90},{n},Chair," for n in range(100)]
    job = imported(rest, *lines, f"{mark}-x,7000,Chair,", f"{mark}-y,7000,Chair,")
    assert job["status"] == "COMPLETED"
    change(rest, SKU, isIdentifier=True)
    change(rest, EAN, isUnique=True)

    # when
    approval = ended(rest, approve(rest, job))

    # then
    counts = approval["counts"]
    assert (counts["created"], counts["repeated"], counts["rejected"]) == (91, 10, 1)
    with urllib.request.urlopen(approval["downloads"]["rejected"], timeout=30) as answer:
        (rejection,) = map(json.loads, answer.read().splitlines())
    assert rejection["code"] == "NOT_UNIQUE"


def test_suggestions_for_more_products_than_a_call_saves_are_accepted_in_a_job(rest: Rest) -> None:
    # given
    shelf = uuid.uuid4().hex[:8]
    change(rest, SKU, isIdentifier=True)
    job = imported(rest, *(f"{shelf}-{n},{n},Red chair {n},{shelf}" for n in range(MANY)))
    assert ended(rest, approve(rest, job))["counts"]["created"] == MANY
    order = {"filter": {"Rights Shelf": shelf}, "attributes": ["Rights Colour"]}
    suggested = ended(rest, rest.call("POST", "/products/enrich", order)["jobId"])
    assert suggested["counts"]["suggested"] == MANY

    # when
    accepted = {"jobId": suggested["_id"], "accept": "all"}
    answer = rest.call("PUT", "/products/bulk-update", accepted)

    # then
    assert ended(rest, answer["jobId"])["counts"]["updated"] == MANY
    red = rest.call("GET", f"/products?Rights%20Shelf={shelf}&Rights%20Colour=Red&limit=1")
    assert red["pagination"]["totalItems"] == MANY


def test_an_approval_at_work_is_cancelled(rest: Rest, stack: dict[str, Any]) -> None:
    job = imported(rest, *(f"{n},{n},{'Long chair ' * 4},cancel" for n in range(3_000)))
    approval = approve(rest, job)
    assert ended(rest, approval, "PROCESSING")["status"] == "PROCESSING"

    cancelled = rest.call("POST", f"/processing-jobs/{approval}/cancel")["job"]

    assert (cancelled["status"], cancelled["errorCode"]) == ("FAILED", "CANCELLED")
    machine = stack["stateMachineArn"].replace("product-import", "product-commit")
    execution = machine.replace(":stateMachine:", ":execution:") + f":{approval}"
    found = client("stepfunctions", stack["awsPort"]).describe_execution(executionArn=execution)
    assert found["status"] == "ABORTED"


def test_jobs_that_no_longer_move_are_swept(rest: Rest, stack: dict[str, Any]) -> None:
    # given a file that never came, and an import whose execution ended without a word
    awaited = rest.presigned_upload("never.csv", {})["jobId"]
    silent = imported(rest, "1,1,Chair,swept")["_id"]
    with MongoClient[dict[str, Any]](stack["mongodbUri"]) as server:
        jobs: Collection[dict[str, Any]] = server["product_portal"][JOBS]
        long_ago = datetime.now(UTC) - timedelta(days=1)
        back: dict[str, dict[str, Any]] = {
            "$set": {"updatedAt": long_ago},
            "$unset": {"completedAt": ""},
        }
        assert jobs.update_one({"_id": awaited}, back).modified_count
        back["$set"]["status"] = "PROCESSING"
        assert jobs.update_one({"_id": silent}, back).modified_count

    # when
    sweep = client("lambda", stack["awsPort"]).invoke(FunctionName=f"{STACK_NAME}-sweep-jobs")

    # then
    reported = json.loads(sweep["Payload"].read())
    assert reported["unknown"] == []
    assert rest.job(awaited)["errorCode"] == "UPLOAD_NOT_RECEIVED"
    assert rest.job(silent)["errorCode"] == "STALLED"


@pytest.mark.parametrize(
    ("function", "table"),
    [(name, table) for table in (WRITTEN_BY, WRITTEN_FOR_PROPOSALS) for name in table],
)
def test_a_function_writes_its_own_files_and_those_of_no_other(
    function: str, table: Mapping[str, list[str]], stack: dict[str, Any]
) -> None:
    s3 = as_function(stack, function)

    def writes(key: str, bucket: str = "resultsBucket") -> bool:
        try:
            s3.put_object(Bucket=stack[bucket], Key=key, Body=b"")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied"
            return False
        return True

    everything = [key for keys in table.values() for key in keys]
    assert list(filter(writes, everything)) == table[function]
    assert not writes(everything[0], "uploadsBucket")


def as_function(stack: dict[str, Any], function: str) -> Any:
    """An S3 client with the role of the function."""
    port = stack["awsPort"]
    name = f"{STACK_NAME}-{function}"
    role = client("lambda", port).get_function_configuration(FunctionName=name)["Role"]
    session = client("sts", port).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(
        "s3",
        endpoint_url=stack["endpointUrl"],
        region_name=stack["region"],
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
