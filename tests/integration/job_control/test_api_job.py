"""`/processing-jobs/{jobId}`, row by row of the contract: the handler on a real database, S3 by
moto."""

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import clock
from core.database import JOBS
from core.file_format import DetectedFormat, FileKind
from core.jobs.records import IgnoredColumn, JobCounts, JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.outcomes import Notice, NoticeCode, RefusalCode
from core.storage import ImportKeys, S3Store
from handlers import environment
from tests.integration.uploads_api import ARN, RESULTS, UPLOADS, claimed, prepared, show

pytestmark = pytest.mark.usefixtures("uploads_api")


def ending(status: JobStatus, keys: ImportKeys) -> JobEnding:
    return JobEnding(
        status=status,
        message="70 rows were read.",
        format=DetectedFormat(kind=FileKind.TEXT, encoding="utf-8", delimiter=","),
        counts=JobCounts(
            rows=70, blank_rows=0, valid_rows=69, invalid_rows=1, faults=1, faults_by_code={"X": 1}
        ),
        headers=("Brand",),
        product_files=True,
        ignored_headers=("Colr", "Else"),
        ignored_columns=(
            IgnoredColumn(header="Colr", column=2, did_you_mean="Color"),
            IgnoredColumn(header="Else", column=3),
        ),
        notices=(Notice(code=NoticeCode.SHORT_ROWS, message="One row is short."),),
        result_s3_key=keys.result,
    )


def test_an_unknown_job_is_a_404() -> None:
    for job_id in ("00000000-0000-4000-8000-000000000000", "%24where", "a%2Fb"):
        reply = show(job_id)
        assert (reply.status, reply.json["code"]) == (404, "JOB_NOT_FOUND")


def test_a_pending_job_has_the_contracts_fields_and_no_null() -> None:
    ticket = prepared()
    job = show(ticket["jobId"]).json
    assert job["_id"] == ticket["jobId"]
    assert (job["s3Bucket"], job["s3Key"]) == (UPLOADS, ticket["s3Key"])
    for field in ("submittedAt", "updatedAt"):
        assert datetime.fromisoformat(job[field]).utcoffset() == timedelta(0)
    absent = {"processingStartedAt", "finishedAt", "resultS3Key", "resultDownloadUrl", "errorCode"}
    absent |= {"errorDetails", "counts", "format", "downloads", "ignoredHeaders", "executionArn"}
    assert not absent & job.keys()
    assert "null" not in show(ticket["jobId"]).text


def test_progress_follows_plan_and_summaries_and_never_goes_back(
    jobs: JobRepository, store: S3Store
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    seen = [show(ticket["jobId"]).json["progress"]]
    store.put(
        RESULTS, keys.plan, b'{"chunkCount":3,"rowCount":70,"columns":[]}', "application/json"
    )
    seen.append(show(ticket["jobId"]).json["progress"])
    for chunk in (2, 0, 1):
        store.put(RESULTS, keys.summary(chunk), b"{}", "application/json")
        seen.append(show(ticket["jobId"]).json["progress"])
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())
    seen.append(show(ticket["jobId"]).json["progress"])

    assert [step["stage"] for step in seen] == [
        *("planning", "validating", "validating", "validating", "aggregating", "finished")
    ]
    percents = [step["percent"] for step in seen]
    assert percents == sorted(set(percents))
    assert percents[-1] == 100
    assert seen[2] == {
        "stage": "validating",
        "percent": percents[2],
        "chunksDone": 1,
        "chunksPlanned": 3,
        "rows": 70,
    }


@pytest.mark.parametrize("again", [[], [0, 2]])
def test_progress_tells_that_values_are_compared_and_chunks_judged_again(
    jobs: JobRepository, store: S3Store, again: list[int]
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    plan = b'{"chunkCount":3,"rowCount":70,"columns":[],"uniqueColumns":[1]}'
    store.put(RESULTS, keys.plan, plan, "application/json")
    seen = [show(ticket["jobId"]).json["progress"]]
    for chunk in (2, 0, 1):
        store.put(RESULTS, keys.summary(chunk), b"{}", "application/json")
        seen.append(show(ticket["jobId"]).json["progress"])
    chunks = json.dumps([{"index": index} for index in again]).encode()
    store.put(RESULTS, keys.again, chunks, "application/json")
    for chunk in again:
        seen.append(show(ticket["jobId"]).json["progress"])
        store.put(RESULTS, keys.revalidated(chunk), b"", "text/plain")
    seen.append(show(ticket["jobId"]).json["progress"])

    stages = [step["stage"] for step in seen]
    assert stages == ["validating"] * (len(seen) - 1) + ["aggregating"]
    percents = [step["percent"] for step in seen]
    assert percents == sorted(percents) and percents[-1] == 90
    assert [step["chunksDone"] for step in seen[:4]] == [0, 1, 2, 3]
    assert all((step["chunksDone"], step["chunksPlanned"]) == (3, 3) for step in seen[4:])
    reported = [(s.get("chunksAgainDone"), s.get("chunksAgainPlanned")) for s in seen]
    counts = [(done, len(again)) for done in range(len(again) + 1)] if again else [(None, None)]
    assert reported == [(None, None)] * 4 + counts


def test_a_file_without_rows_is_aggregated_as_soon_as_it_is_planned(
    jobs: JobRepository, store: S3Store
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    store.put(RESULTS, keys.plan, b'{"chunkCount":0,"rowCount":0}', "application/json")
    assert show(ticket["jobId"]).json["progress"]["stage"] == "aggregating"


def stored(keys: ImportKeys) -> None:
    environment.store().put(RESULTS, keys.result, b"{}", "application/json")


def test_a_completed_job_whose_result_files_are_gone_says_so_and_links_nothing(
    jobs: JobRepository,
) -> None:
    ticket = prepared()
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())

    job = show(ticket["jobId"]).json

    assert job["status"] == "COMPLETED"
    assert not {"resultDownloadUrl", "downloads"} & job.keys()
    assert "no longer stored; reprocess the job" in job["message"]


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES])
def test_a_job_that_came_to_its_end_tells_all_and_links_its_files(
    status: JobStatus, jobs: JobRepository
) -> None:
    ticket = prepared("Été 2026.csv")
    job_id = ticket["jobId"]
    keys = ImportKeys(job_id, claimed(jobs, job_id, ticket["s3Key"], "v1"))
    stored(keys)
    jobs.finish(job_id, ARN, ending(status, keys), clock.now())
    job = show(job_id).json

    assert job["status"] == status
    assert job["resultS3Key"] == f"results/{job_id}/1/result.json"
    assert job["attempt"] == 1
    assert job["executionArn"] == ARN
    assert job["message"] == "70 rows were read."
    assert job["counts"]["faultsByCode"] == {"X": 1}
    assert job["format"]["delimiter"] == ","
    assert "sheet" not in job["format"]
    assert job["ignoredColumns"] == [
        {"header": "Colr", "column": 2, "didYouMean": "Color"},
        {"header": "Else", "column": 3},
    ]
    assert job["notices"] == [{"code": "SHORT_ROWS", "message": "One row is short."}]
    assert job["progress"] == {"stage": "finished", "percent": 100, "rows": 70}
    for field in ("submittedAt", "processingStartedAt", "finishedAt", "updatedAt"):
        assert datetime.fromisoformat(job[field]).utcoffset() == timedelta(0)
    assert job["resultDownloadUrl"] == job["downloads"]["result"]
    assert set(job["downloads"]) == {
        *("result", "faults", "rejected"),
        *("products", "productsCsvGuarded", "productsCsv", "productsParquet"),
    }


def test_a_download_is_saved_under_a_name_that_tells_whose_it_is(jobs: JobRepository) -> None:
    ticket = prepared("C:\\Daten\\Été; 2026.csv")
    keys = ImportKeys(ticket["jobId"], claimed(jobs, ticket["jobId"], ticket["s3Key"]))
    stored(keys)
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())
    url = urlsplit(show(ticket["jobId"]).json["downloads"]["rejected"])
    assert url.path == f"/{keys.all_rejected}"
    (disposition,) = parse_qs(url.query)["response-content-disposition"]
    assert disposition == (
        'attachment; filename="_t__ 2026-rejected.csv"; '
        "filename*=UTF-8''%C3%89t%C3%A9%3B%202026-rejected.csv"
    )


def test_a_download_of_a_later_attempt_names_it(jobs: JobRepository) -> None:
    ticket = prepared("shelf.csv")
    claimed(jobs, ticket["jobId"], ticket["s3Key"])
    environment.database()[JOBS].update_one({"_id": ticket["jobId"]}, {"$set": {"attempt": 2}})
    keys = ImportKeys(ticket["jobId"], 2)
    stored(keys)
    jobs.finish(ticket["jobId"], ARN, ending(JobStatus.COMPLETED, keys), clock.now())
    job = show(ticket["jobId"]).json
    assert job["attempt"] == 2

    for kind, name in {"faults": "faults.ndjson", "productsCsv": "products.csv"}.items():
        query = parse_qs(urlsplit(job["downloads"][kind]).query)
        (disposition,) = query["response-content-disposition"]
        assert disposition == f'attachment; filename="shelf-attempt-2-{name}"'


def test_a_failed_job_says_why_and_links_nothing(jobs: JobRepository) -> None:
    ticket = prepared()
    claimed(jobs, ticket["jobId"], ticket["s3Key"])
    failure = JobEnding(
        status=JobStatus.FAILED,
        error_code=RefusalCode.BINARY_FILE,
        error_details="This is no table.",
    )
    jobs.finish(ticket["jobId"], ARN, failure, clock.now())
    job = show(ticket["jobId"]).json
    assert (job["status"], job["errorCode"]) == ("FAILED", "BINARY_FILE")
    assert job["errorDetails"] == job["message"] == "This is no table."
    assert not {"resultDownloadUrl", "downloads", "resultS3Key"} & job.keys()
    assert job["progress"] == {"stage": "finished", "percent": 100}
