"""`POST /processing-jobs/{jobId}/cancel` and `…/reprocess` on the real machine and handlers."""

from typing import Any

import pytest

from core.jobs.records import JobStatus
from handlers.api.jobs import handler
from tests.api_calls import Reply, call
from tests.integration.import_machine import UPLOADS, ImportMachine, table

GOOD = table(("Name", "Price"), ("Chair", "10"))
SEMICOLONS = b"Name;Price\nChair;10\n"


def cancel(job_id: str) -> Reply:
    return call(handler, "POST", f"/processing-jobs/{job_id}/cancel")


def reprocess(job_id: str, body: Any = None) -> Reply:
    return call(handler, "POST", f"/processing-jobs/{job_id}/reprocess", body)


def show(job_id: str) -> dict[str, Any]:
    reply = call(handler, "GET", f"/processing-jobs/{job_id}")
    assert reply.status == 200
    return reply.json


def test_a_job_is_cancelled_while_its_file_is_planned_and_its_execution_stops(
    machine: ImportMachine,
) -> None:
    replies: list[Reply] = []
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("plan_chunks", before=lambda: replies.append(cancel(job_id)))

    machine.deliver(key)
    machine.wait()

    (reply,) = replies
    assert (reply.status, reply.json["jobId"]) == (200, job_id)
    assert (reply.json["job"]["status"], reply.json["job"]["errorCode"]) == ("FAILED", "CANCELLED")
    assert "products.csv" in reply.json["message"]
    (execution,) = machine.executions()
    assert execution["status"] == "ABORTED"
    job = show(job_id)
    assert (job["status"], job["errorCode"]) == ("FAILED", "CANCELLED")
    assert job["errorDetails"] == job["message"]
    assert not {"downloads", "resultDownloadUrl", "cancelledVersion", "restarts"} & job.keys()


def test_a_cancellation_just_before_the_close_stands_even_if_the_execution_goes_on(
    machine: ImportMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop comes too late: what CloseJob does then must not undo the cancellation."""
    from handlers.clients import StateMachine

    monkeypatch.setattr(StateMachine, "stop", lambda *given: None)
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("close_job", before=lambda: cancel(job_id))

    machine.deliver(key)
    machine.wait()

    (execution,) = machine.executions()
    assert machine.visited(execution["executionArn"])[-1] == "Superseded"
    assert show(job_id)["errorCode"] == "CANCELLED"


def test_a_cancellation_just_after_the_close_is_a_409_and_the_result_stands(
    machine: ImportMachine,
) -> None:
    replies: list[Reply] = []
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("close_job", after=lambda: replies.append(cancel(job_id)))

    machine.deliver(key)
    machine.wait()

    (reply,) = replies
    assert (reply.status, reply.json["code"]) == (409, "JOB_FINISHED")
    assert show(job_id)["status"] == "COMPLETED"


def test_cancelling_is_idempotent_and_404_for_a_job_that_is_not_there(
    machine: ImportMachine,
) -> None:
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("open_job", after=lambda: cancel(job_id))
    machine.deliver(key)
    machine.wait()

    first, second = cancel(job_id), cancel(job_id)
    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json
    for unknown in ("00000000-0000-4000-8000-000000000000", "%24where"):
        reply = cancel(unknown)
        assert (reply.status, reply.json["code"]) == (404, "JOB_NOT_FOUND")


def test_an_execution_that_opens_after_the_cancellation_does_not_work(
    machine: ImportMachine,
) -> None:
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("open_job", before=lambda: cancel(job_id))

    machine.deliver(key)
    machine.wait()

    (execution,) = machine.executions()
    assert machine.visited(execution["executionArn"]) == ["OpenJob", "Opened?", "Superseded"]
    assert machine.named("plan_chunks") == []
    assert show(job_id)["errorCode"] == "CANCELLED"


def test_after_a_cancellation_its_late_event_does_nothing_and_a_new_upload_is_imported(
    machine: ImportMachine,
) -> None:
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("open_job", before=lambda: cancel(job_id))
    machine.deliver(key)
    machine.wait()
    machine.wrapped.clear()

    assert machine.deliver(key) == {"batchItemFailures": []}
    machine.wait()
    assert len(machine.executions()) == 1

    job = machine.import_file(GOOD, key)
    assert (job.status, job.attempt, job.error_code) == (JobStatus.COMPLETED, 1, None)


def test_a_finished_job_is_processed_again_with_corrected_options(
    machine: ImportMachine,
) -> None:
    # given a file that was read with a delimiter that is not its own
    key = machine.upload(SEMICOLONS)
    job_id = key.split("/")[1]
    machine.deliver(key)
    machine.wait()
    assert reprocess(job_id, {"options": {"delimiter": ","}}).status == 202
    machine.wait()
    read_wrongly = show(job_id)  # its header is one cell with two names, which is refused
    assert (read_wrongly["status"], read_wrongly["errorCode"]) == ("FAILED", "HEADER_DAMAGED")

    # when it is processed again with the right one
    reply = reprocess(job_id, {"options": {"delimiter": ";"}})
    machine.wait()

    # then the next attempt of the same job reads it well
    assert reply.status == 202
    assert (reply.json["jobId"], reply.json["attempt"]) == (job_id, 3)
    assert reply.json["message"]
    job = show(job_id)
    assert (job["status"], job["attempt"]) == ("COMPLETED", 3)
    assert job["options"] == {"delimiter": ";"}
    assert job["resultS3Key"] == f"results/{job_id}/3/result.json"
    assert machine.objects(f"results/{job_id}/1/"), "the former results are kept"
    names = [execution["name"] for execution in machine.executions()]
    assert names[1:] == [f"{names[0]}-r1", f"{names[0]}-r2"]


def test_while_the_restart_waits_the_job_is_pending_and_not_final(
    machine: ImportMachine,
) -> None:
    seen: list[dict[str, Any]] = []
    job_id = machine.import_file(GOOD).id
    machine.around("open_job", before=lambda: seen.append(show(job_id)))

    assert reprocess(job_id).status == 202
    machine.wait()

    assert (seen[0]["status"], seen[0]["attempt"]) == ("PENDING", 1)
    assert "resultDownloadUrl" not in seen[0]
    assert show(job_id)["status"] == "COMPLETED"


def test_a_cancelled_job_is_processed_on_demand(machine: ImportMachine) -> None:
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("plan_chunks", before=lambda: cancel(job_id))
    machine.deliver(key)
    machine.wait()
    machine.wrapped.clear()

    assert reprocess(job_id).json["attempt"] == 2
    machine.wait()

    job = show(job_id)
    assert (job["status"], job["attempt"]) == ("COMPLETED", 2)
    assert not {"errorCode", "errorDetails"} & job.keys()


def test_a_job_that_runs_cannot_be_reprocessed(machine: ImportMachine) -> None:
    replies: list[Reply] = []
    key = machine.upload(GOOD)
    job_id = key.split("/")[1]
    machine.around("plan_chunks", before=lambda: replies.append(reprocess(job_id)))

    machine.deliver(key)
    machine.wait()

    (reply,) = replies
    assert (reply.status, reply.json["code"]) == (409, "JOB_RUNNING")
    assert "PROCESSING" in reply.json["error"]
    assert show(job_id)["attempt"] == 1


def test_reprocessing_needs_the_job_its_file_and_a_body_without_mistakes(
    machine: ImportMachine,
) -> None:
    job = machine.import_file(GOOD)

    unknown = reprocess("00000000-0000-4000-8000-000000000000")
    assert (unknown.status, unknown.json["code"]) == (404, "JOB_NOT_FOUND")

    for body, field in (
        ({"delimiter": ";"}, "delimiter"),
        ({"options": {"delimiter": "ab"}}, "options.delimiter"),
        ({"options": 5}, "options"),
    ):
        refused = reprocess(job.id, body)
        assert (refused.status, refused.json["code"]) == (400, "INVALID_FIELDS")
        assert [detail["field"] for detail in refused.json["details"]] == [field]
    assert reprocess(job.id, "{").json["code"] == "MALFORMED_JSON"
    assert reprocess(job.id, "[]").json["code"] == "BODY_NOT_AN_OBJECT"

    machine.s3.delete_object(Bucket=UPLOADS, Key=job.s3_key)
    gone = reprocess(job.id)
    assert (gone.status, gone.json["code"]) == (409, "UPLOAD_GONE")
    assert "products.csv" in gone.json["error"]
    assert show(job.id)["status"] == "COMPLETED", "nothing was changed by any of it"


def test_a_job_whose_file_was_uploaded_again_is_imported_by_that_upload(
    machine: ImportMachine,
) -> None:
    job = machine.import_file(GOOD)
    machine.upload(SEMICOLONS, job.s3_key)

    reply = reprocess(job.id)

    assert (reply.status, reply.json["code"]) == (409, "NEWER_UPLOAD")


@pytest.mark.parametrize("action", ["cancel", "reprocess"])
def test_preflight_and_method_of_each_action(machine: ImportMachine, action: str) -> None:
    path = f"/processing-jobs/x/{action}"
    reply = call(handler, "OPTIONS", path, headers={"Origin": "https://portal.example.test"})
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == "OPTIONS, POST"
    assert call(handler, "GET", path).status == 405
    assert call(handler, "POST", "/processing-jobs/x/pause").json["code"] == "ROUTE_NOT_FOUND"
