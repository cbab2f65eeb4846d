"""Jobs are listed, cancelled and processed again; files come by form and in parts: over HTTP."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import urllib3

from core.storage.direct_uploads import DirectUploads
from infra.client.rest import ApiError, Rest
from infra.local.deployment import client

pytestmark = pytest.mark.e2e

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
QUIET_SECONDS = 3
"""How long we watch to see that nothing more happens."""

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "Jobs SKU", "type": "short_text", "isRequired": True},
    {"name": "Jobs Price", "type": "number"},
]
GOOD = b"Jobs SKU,Jobs Price\nA1,10.50\nA2,12\n"
SEMICOLONS = b"Jobs SKU;Jobs Price\nA1;10.50\n"
LONG = b"Jobs SKU,Jobs Price\n" + b"".join(b"A%06d,%d\n" % (n, n) for n in range(20_000))
"""Some 150 chunks: long enough to be met at work."""

http = urllib3.PoolManager(timeout=60, retries=False)


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    for body in ATTRIBUTES:
        client.create_attribute(body)
    return client


def aws(stack: dict[str, Any], service: str) -> Any:
    return client(service, stack["awsPort"])


def put(url: str, data: bytes) -> Mapping[str, str]:
    answer = http.request("PUT", url, body=data)
    assert answer.status == 200, answer.data
    return answer.headers


def send_form(ticket: Mapping[str, Any], data: bytes) -> int:
    form = [*ticket["fields"].items(), ("file", ("a.csv", data))]
    return http.request("POST", ticket["uploadUrl"], fields=form).status


def wait(
    rest: Rest, job_id: str, done: Callable[[dict[str, Any]], bool] | None = None
) -> dict[str, Any]:
    """The job, once it is final, or whatever `done` says."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        job = rest.job(job_id)
        if done(job) if done else job["status"] in FINAL:
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job did not get there: {job}")


def imported(rest: Rest, data: bytes, name: str = "products.csv") -> dict[str, Any]:
    ticket = rest.presigned_upload(name, {})
    put(ticket["uploadUrl"], data)
    return wait(rest, ticket["jobId"])


def cancel(rest: Rest, job_id: str) -> dict[str, Any]:
    return rest.call("POST", f"/processing-jobs/{job_id}/cancel")


def reprocess(rest: Rest, job_id: str, body: Any = None) -> dict[str, Any]:
    return rest.call("POST", f"/processing-jobs/{job_id}/reprocess", body)


def listed(rest: Rest, **query: str) -> dict[str, Any]:
    return rest.call("GET", f"/processing-jobs?{urlencode(query)}")


def refusal(call: Callable[..., Any], *given: Any, **named: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        call(*given, **named)
    return refused.value


def executions_of(stack: dict[str, Any], job_id: str) -> list[dict[str, Any]]:
    pages = (
        aws(stack, "stepfunctions")
        .get_paginator("list_executions")
        .paginate(stateMachineArn=stack["stateMachineArn"])
    )
    return [e for page in pages for e in page["executions"] if e["name"].startswith(job_id)]


def test_a_job_at_work_is_cancelled_and_later_processed_after_all(
    rest: Rest, stack: dict[str, Any]
) -> None:
    # given a job whose chunks are being validated
    ticket = rest.presigned_upload("long.csv", {})
    job_id = ticket["jobId"]
    put(ticket["uploadUrl"], LONG)
    wait(rest, job_id, lambda job: job["progress"]["stage"] == "validating")

    # when it is cancelled
    answer = cancel(rest, job_id)

    # then it is, at once and for good, and its execution stopped
    assert answer["jobId"] == job_id
    assert answer["job"]["errorCode"] == "CANCELLED"
    time.sleep(QUIET_SECONDS)
    job = rest.job(job_id)
    assert (job["status"], job["errorCode"], job["attempt"]) == ("FAILED", "CANCELLED", 1)
    (execution,) = executions_of(stack, job_id)
    assert execution["status"] == "ABORTED"
    assert cancel(rest, job_id)["job"]["updatedAt"] == job["updatedAt"], "again, and no change"

    # and processing it again imports all of it, as the next attempt
    assert reprocess(rest, job_id)["attempt"] == 2
    job = wait(rest, job_id)
    assert (job["status"], job["attempt"]) == ("COMPLETED", 2)
    assert job["counts"]["validRows"] == 20_000
    names = sorted(execution["name"] for execution in executions_of(stack, job_id))
    assert names[1] == f"{names[0]}-r1"


def test_a_finished_job_can_be_processed_again_but_not_cancelled(rest: Rest) -> None:
    job = imported(rest, SEMICOLONS)
    assert job["format"]["delimiter"] == ";"

    error = refusal(cancel, rest, job["_id"])
    assert (error.status, error.code) == (409, "JOB_FINISHED")

    # read wrongly on purpose, then as it should be
    for attempt, delimiter, status, code in (
        (2, ",", "FAILED", "HEADER_DAMAGED"),
        (3, ";", "COMPLETED", None),
    ):
        answer = reprocess(rest, job["_id"], {"options": {"delimiter": delimiter}})
        assert answer["attempt"] == attempt
        job = wait(rest, job["_id"])
        assert (job["status"], job["attempt"]) == (status, attempt)
        assert job.get("errorCode") == code
    result = json.loads(http.request("GET", job["resultDownloadUrl"]).data)
    assert result["products"] == [{"Jobs SKU": "A1", "Jobs Price": 10.5}]


def test_what_cannot_be_processed_again_says_why(rest: Rest, stack: dict[str, Any]) -> None:
    job = imported(rest, GOOD)

    mistake = refusal(reprocess, rest, job["_id"], {"options": {"delimiter": "ab"}})
    assert (mistake.status, mistake.code) == (400, "INVALID_FIELDS")
    assert [detail["field"] for detail in mistake.details] == ["options.delimiter"]

    aws(stack, "s3").delete_object(Bucket=job["s3Bucket"], Key=job["s3Key"])
    gone = refusal(reprocess, rest, job["_id"])
    assert (gone.status, gone.code) == (409, "UPLOAD_GONE")

    waiting = rest.presigned_upload("never.csv", {})["jobId"]
    early = refusal(reprocess, rest, waiting)
    assert (early.status, early.code) == (409, "JOB_RUNNING")

    for call in (cancel, reprocess):
        unknown = refusal(call, rest, str(uuid.uuid4()))
        assert (unknown.status, unknown.code) == (404, "JOB_NOT_FOUND")


def test_an_upload_that_was_cancelled_before_it_came_is_not_imported_and_a_new_one_is(
    rest: Rest, stack: dict[str, Any]
) -> None:
    ticket = rest.presigned_upload("late.csv", {})
    job_id = ticket["jobId"]
    assert cancel(rest, job_id)["job"]["errorCode"] == "CANCELLED"

    put(ticket["uploadUrl"], GOOD)
    rest.process_file(ticket["s3Key"])
    time.sleep(QUIET_SECONDS)
    assert executions_of(stack, job_id) == []
    assert rest.job(job_id)["errorCode"] == "CANCELLED"

    put(ticket["uploadUrl"], GOOD)
    job = wait(rest, job_id, lambda job: job["status"] == "COMPLETED")
    assert job["attempt"] == 1


def test_jobs_are_listed_filtered_and_paged_the_newest_first(rest: Rest) -> None:
    done = imported(rest, GOOD)
    cancelled = rest.presigned_upload("b.csv", {})["jobId"]
    cancel(rest, cancelled)
    waiting = rest.presigned_upload("c.csv", {})["jobId"]
    mine = {"from": done["submittedAt"]}

    found = listed(rest, **mine)
    assert [job["_id"] for job in found["data"]] == [waiting, cancelled, done["_id"]]
    assert [job["status"] for job in found["data"]] == ["PENDING", "FAILED", "COMPLETED"]
    assert found["pagination"]["totalItems"] == 3

    one = listed(rest, **mine, status="FAILED,PROCESSING", type="import")
    assert [job["_id"] for job in one["data"]] == [cancelled]
    page = listed(rest, **mine, page="2", limit="2")
    assert [job["_id"] for job in page["data"]] == [done["_id"]]
    assert page["pagination"] == {
        "currentPage": 2,
        "totalPages": 2,
        "totalItems": 3,
        "itemsPerPage": 2,
        "hasNextPage": False,
        "hasPrevPage": True,
        "nextCursor": None,
    }
    cursor = listed(rest, **mine, limit="2")["pagination"]["nextCursor"]
    rest_of_list = listed(rest, **mine, limit="2", cursor=cursor)
    assert [job["_id"] for job in rest_of_list["data"]] == [done["_id"]]
    # not yesterday: jobs of other tests may be from before midnight
    before = datetime.fromisoformat(done["submittedAt"]) - timedelta(days=2)
    assert listed(rest, to=before.date().isoformat())["data"] == []

    mistake = refusal(listed, rest, status="DONE", limit="0", state="x")
    assert (mistake.status, mistake.code) == (400, "INVALID_QUERY")
    named = {detail["field"] for detail in mistake.details}
    assert named == {"status", "limit", "state"}


def test_a_file_comes_by_form(rest: Rest) -> None:
    body = {"fileName": "form.csv", "contentType": "text/csv", "fileSize": len(GOOD)}
    ticket = rest.call("POST", "/uploads/presigned-post", body)

    assert send_form(ticket, GOOD) == 204

    job = wait(rest, ticket["jobId"])
    assert (job["status"], job["originalFileName"]) == ("COMPLETED", "form.csv")


def test_storage_refuses_a_form_with_more_than_it_was_signed_for(stack: dict[str, Any]) -> None:
    """With a limit of ten bytes; the portal's own is gigabytes."""
    key = f"user-uploads/{uuid.uuid4()}/a.csv"
    direct = DirectUploads(aws(stack, "s3"))
    form = direct.form(stack["uploadsBucket"], key, 600, None, max_bytes=10)
    ticket = {"uploadUrl": form.url, "fields": form.fields}

    assert send_form(ticket, b"12345678901") == 400
    assert send_form(ticket, b"1234567890") == 204


def test_a_file_comes_in_parts(rest: Rest) -> None:
    body = {"fileName": "parts.csv", "fileSize": len(GOOD), "options": {"delimiter": "comma"}}
    ticket = rest.call("POST", "/uploads/multipart", body)
    named = {"s3Key": ticket["s3Key"], "uploadId": ticket["uploadId"]}
    again = rest.call("POST", "/uploads/multipart/parts", {**named, "partNumbers": [1]})
    (part,) = again["parts"]
    etag = put(part["url"], GOOD)["ETag"]
    completion = {**named, "parts": [{"partNumber": 1, "etag": etag}]}

    wrong = {**named, "parts": [{"partNumber": 2, "etag": etag}]}
    refused = refusal(rest.call, "POST", "/uploads/multipart/complete", wrong)
    assert (refused.status, refused.code) == (400, "INVALID_PARTS")

    for _ in range(2):  # the second call finds it done
        answer = rest.call("POST", "/uploads/multipart/complete", completion)
        assert answer["jobId"] == ticket["jobId"]

    job = wait(rest, ticket["jobId"])
    assert (job["status"], job["attempt"], job["counts"]["validRows"]) == ("COMPLETED", 1, 2)


def test_an_aborted_upload_ends_its_job(rest: Rest) -> None:
    ticket = rest.call("POST", "/uploads/multipart", {"fileName": "parts.csv", "fileSize": 9})
    named = {"s3Key": ticket["s3Key"], "uploadId": ticket["uploadId"]}

    rest.call("POST", "/uploads/multipart/abort", named)

    assert rest.job(ticket["jobId"])["errorCode"] == "CANCELLED"
    assert http.request("PUT", ticket["parts"][0]["url"], body=b"too late").status == 404


def test_files_over_the_limit_and_unknown_uploads_are_refused(rest: Rest) -> None:
    huge = {"fileName": "huge.csv", "fileSize": 6 * 1024**4}
    for path in ("presigned-post", "multipart"):
        error = refusal(rest.call, "POST", f"/uploads/{path}", huge)
        assert (error.status, error.code) == (413, "FILE_TOO_LARGE")
        error = refusal(rest.call, "POST", f"/uploads/{path}", {"fileName": "a.exe"})
        assert error.status == 400

    nobody = {"s3Key": f"user-uploads/{uuid.uuid4()}/a.csv", "uploadId": "u"}
    error = refusal(rest.call, "POST", "/uploads/multipart/abort", nobody)
    assert (error.status, error.code) == (404, "UPLOAD_NOT_FOUND")
    error = refusal(rest.call, "POST", "/uploads/elsewhere", {})
    assert (error.status, error.code) == (404, "ROUTE_NOT_FOUND")
    error = refusal(rest.call, "GET", f"/uploads/{quote('presigned-post')}")
    assert (error.status, error.code) == (405, "METHOD_NOT_ALLOWED")
