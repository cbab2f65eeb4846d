"""`GET /processing-jobs`: filters, order, pages, and the index behind each of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.database import ensure_indexes
from core.job_control.finding import NEWEST_FIRST, JobFilter, JobLists
from core.jobs.records import JobCounts, JobEnding, JobStatus, JobType, job_id_of
from core.jobs.repository import JobRepository
from core.settings import Settings
from handlers import environment
from handlers.api.jobs import handler
from tests.api_calls import Context, Reply, event, reply_of

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS = Settings(auth_mode="none", cursor_secret="of the tests")
DONE = JobEnding(
    status=JobStatus.COMPLETED,
    message="3 products are ready.",
    counts=JobCounts(
        rows=3, blank_rows=0, valid_rows=3, invalid_rows=0, faults=0, faults_by_code={}
    ),
    headers=("Name",),
    result_s3_key="results/x/1/result.json",
)


@pytest.fixture(autouse=True)
def wired(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The list needs the database and nothing else."""
    monkeypatch.setattr(environment, "database", lambda: database)
    monkeypatch.setattr(environment, "settings", lambda: SETTINGS)
    yield


def submitted(jobs: JobRepository, name: str, at: datetime = START) -> str:
    key = f"dropped/{name}.csv"
    job_id = job_id_of("uploads", key)
    jobs.register(
        job_id,
        bucket="uploads",
        key=key,
        file_name=f"{name}.csv",
        actor=ANONYMOUS,
        now=at,
    )
    return job_id


def claimed(jobs: JobRepository, job_id: str) -> str:
    seen = jobs.get(job_id)
    assert seen is not None
    assert jobs.claim(
        seen, execution_arn="arn:one", bucket="b", key=seen.s3_key, version_id="v", now=START
    )
    return job_id


def ended(jobs: JobRepository, job_id: str, ending: JobEnding = DONE) -> str:
    assert jobs.finish(claimed(jobs, job_id), "arn:one", ending, START)
    return job_id


def ask(**query: str | list[str]) -> Reply:
    several = {n: [v] if isinstance(v, str) else v for n, v in query.items()}
    call = event("GET", "/processing-jobs") | {
        "multiValueQueryStringParameters": several or None,
        "queryStringParameters": {n: v[-1] for n, v in several.items()} or None,
    }
    return reply_of(handler(call, Context()))


def names(**query: str | list[str]) -> list[str]:
    reply = ask(**query)
    assert reply.status == 200, reply.text
    return [job["originalFileName"].removesuffix(".csv") for job in reply.json["data"]]


@pytest.fixture
def four(jobs: JobRepository) -> None:
    """One job each, a day after the other: ended, failed, running, waiting."""
    ended(jobs, submitted(jobs, "ended", START))
    failed = JobEnding(status=JobStatus.FAILED, error_code="STALLED", error_details="Stopped.")
    ended(jobs, submitted(jobs, "failed", START + timedelta(days=1)), failed)
    claimed(jobs, submitted(jobs, "running", START + timedelta(days=2)))
    submitted(jobs, "waiting", START + timedelta(days=3))


ALL = ["waiting", "running", "failed", "ended"]


@pytest.mark.usefixtures("four")
def test_all_jobs_come_the_newest_first_with_the_contracts_pagination() -> None:
    reply = ask()

    assert names() == ALL
    assert reply.json["message"] == "4 jobs."
    assert reply.json["pagination"] == {
        "currentPage": 1,
        "totalPages": 1,
        "totalItems": 4,
        "itemsPerPage": 10,
        "hasNextPage": False,
        "hasPrevPage": False,
        "nextCursor": None,
    }


def test_without_any_job_the_list_is_empty() -> None:
    reply = ask()
    assert (reply.status, reply.json["data"], reply.json["message"]) == (200, [], "0 jobs.")
    assert reply.json["pagination"]["totalPages"] == 0


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "PENDING"}, ["waiting"]),
        ({"status": "completed"}, ["ended"]),
        ({"status": "FAILED,COMPLETED"}, ["failed", "ended"]),
        ({"status": ["FAILED", " PROCESSING "]}, ["running", "failed"]),
        ({"status": "COMPLETED_WITH_ISSUES"}, []),
        ({"status": ""}, ALL),
        ({"type": "import"}, ALL),
        ({"type": "import", "status": "FAILED"}, ["failed"]),
        ({"from": "2026-03-02"}, ["waiting", "running", "failed"]),
        ({"to": "2026-03-02"}, ["failed", "ended"]),
        ({"from": "2026-03-02", "to": "2026-03-02"}, ["failed"]),
        ({"from": "2026-03-02T12:00:00Z", "to": "2026-03-03T12:00:00Z"}, ["running", "failed"]),
        ({"from": "2026-03-02T12:00:00.001Z"}, ["waiting", "running"]),
        ({"from": "2026-03-02T13:00:00+01:00"}, ["waiting", "running", "failed"]),
        ({"from": "2026-03-02T13:00:00 01:00"}, ["waiting", "running", "failed"]),
        ({"from": "2026-03-03", "status": "FAILED"}, []),
        ({"from": "", "to": ""}, ALL),
    ],
)
def test_filters(query: dict[str, str | list[str]], found: list[str]) -> None:
    assert names(**query) == found


def test_pages_follow_each_other_without_gap_or_repetition(jobs: JobRepository) -> None:
    for number in range(7):
        submitted(jobs, str(number), START + timedelta(hours=number // 3))  # some at one time

    pages = [ask(page=str(page), limit="3").json for page in (1, 2, 3, 4)]

    listed = [job["_id"] for page in pages for job in page["data"]]
    assert len(listed) == len(set(listed)) == 7
    assert [len(page["data"]) for page in pages] == [3, 3, 1, 0]
    assert [page["pagination"]["hasNextPage"] for page in pages] == [True, True, False, False]
    assert [page["pagination"]["hasPrevPage"] for page in pages] == [False, True, True, True]
    assert {page["pagination"]["totalPages"] for page in pages} == {3}


def pages_by_cursor(**query: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = ask(cursor=cursor, **query).json
        yield page
        cursor = page["pagination"]["nextCursor"]


@pytest.mark.parametrize("limit", ["1", "2", "3", "7", "100"])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "PENDING"},
        {"type": "import"},
        {"from": "2026-03-01T13:00:00Z"},
        {"to": "2026-03-01T13:00:00Z"},
        {"from": "2026-03-01T13:00:00Z", "to": "2026-03-01T13:00:00Z"},
    ],
)
def test_cursors_lead_through_the_same_list_as_pages(
    query: dict[str, str], limit: str, jobs: JobRepository
) -> None:
    for number in range(7):
        submitted(jobs, str(number), START + timedelta(hours=number // 3))  # some at one time

    pages = list(pages_by_cursor(limit=limit, **query))

    assert [job["_id"] for page in pages for job in page["data"]] == [
        job["_id"] for job in ask(limit="100", **query).json["data"]
    ]
    assert all(page["data"] for page in pages)
    numbers = [page["pagination"]["currentPage"] for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    has_next = [page["pagination"]["hasNextPage"] for page in pages]
    assert has_next == [True] * (len(pages) - 1) + [False]


def test_a_job_that_comes_meanwhile_repeats_none_on_the_next_page(jobs: JobRepository) -> None:
    for number in range(4):
        submitted(jobs, str(number), START + timedelta(hours=number))
    first = ask(limit="2").json
    submitted(jobs, "new", START + timedelta(days=1))

    assert names(limit="2", cursor=first["pagination"]["nextCursor"]) == ["1", "0"]
    assert names(limit="2", page="2") == ["2", "1"]  # a page by number moves


@pytest.mark.usefixtures("four")
def test_a_cursor_of_other_filters_or_none_of_ours_is_refused() -> None:
    cursor = ask(limit="1").json["pagination"]["nextCursor"]

    for query in ({"cursor": cursor, "status": "PENDING"}, {"cursor": cursor[:-2]}):
        reply = ask(**query)
        assert (reply.status, reply.json["code"]) == (400, "INVALID_CURSOR")


@pytest.mark.usefixtures("four")
def test_more_than_100_is_read_as_100() -> None:
    assert ask(limit="1000").json["pagination"]["itemsPerPage"] == 100


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"status": "DONE"}, ["status"]),
        ({"status": "FAILED,DONE,GONE"}, ["status", "status"]),
        ({"type": "exports"}, ["type"]),
        ({"from": "yesterday"}, ["from"]),
        ({"to": "2026-02-30"}, ["to"]),
        ({"from": "2026-03-02", "to": "2026-03-01"}, ["from"]),
        ({"page": "0"}, ["page"]),
        ({"page": "1.5"}, ["page"]),
        ({"limit": "-1"}, ["limit"]),
        ({"limit": "ten"}, ["limit"]),
        ({"state": "FAILED"}, ["state"]),
        ({"status[$ne]": "FAILED"}, ["status[$ne]"]),
        ({"$where": "1"}, ["$where"]),
        ({"page": "x", "status": "y"}, ["status", "page"]),
    ],
)
def test_a_parameter_with_a_mistake_is_a_400_that_names_it(
    query: dict[str, str], fields: list[str]
) -> None:
    reply = ask(**query)
    assert (reply.status, reply.json["code"]) == (400, "INVALID_QUERY")
    assert [detail["field"] for detail in reply.json["details"]] == fields
    assert all(field in reply.json["error"] for field in fields)


def test_a_slip_in_a_name_is_told_with_the_name_that_was_meant() -> None:
    assert "did you mean “status”?" in ask(statuss="FAILED").json["error"]


@pytest.mark.usefixtures("four")
def test_an_entry_is_the_job_without_what_must_be_fetched_for_it() -> None:
    waiting, _running, failed, done = ask().json["data"]

    assert waiting["status"] == "PENDING"
    assert waiting["message"] == "“waiting.csv” waits to be processed."
    assert (failed["errorCode"], failed["errorDetails"]) == ("STALLED", "Stopped.")
    assert done["counts"]["validRows"] == 3
    assert done["submittedAt"] == "2026-03-01T12:00:00.000+00:00"
    for job in (waiting, failed, done):
        assert {"_id", "s3Bucket", "s3Key", "originalFileName", "updatedAt"} <= job.keys()
        hidden = {"progress", "downloads", "resultDownloadUrl", "headers", "ignoredColumns"}
        assert not (hidden | {"restarts", "cancelledVersion"}) & job.keys()


def test_only_get_is_possible() -> None:
    reply = reply_of(handler(event("POST", "/processing-jobs", {}), Context()))
    assert (reply.status, reply.headers["allow"]) == (405, "GET, OPTIONS")


@pytest.mark.parametrize(
    "wanted",
    [
        JobFilter(),
        JobFilter(submitted_from=START, submitted_before=START + timedelta(days=1)),
        JobFilter(statuses=(JobStatus.FAILED,)),
        JobFilter(statuses=(JobStatus.FAILED,), submitted_from=START),
        JobFilter(types=(JobType.IMPORT,)),
        JobFilter(types=(JobType.IMPORT,), submitted_before=START),
        JobFilter(statuses=(JobStatus.FAILED,), types=(JobType.IMPORT,)),
        JobFilter(statuses=(JobStatus.FAILED, JobStatus.COMPLETED)),
    ],
)
@pytest.mark.usefixtures("four")
def test_every_list_runs_on_an_index_that_gives_its_order(
    wanted: JobFilter, database: Database[dict[str, Any]]
) -> None:
    """The engine of the tests reports a SORT for an order of two keys even where the index gives
    it. So the index is taken from the plan, and its order checked by MongoDB's own rule: what the
    filter fixes drops out of the index, and what is left must be the order, or its reverse."""
    plan = JobLists(database).cursor(wanted).hint(wanted.index).limit(10).explain()
    winning = str(plan["queryPlanner"]["winningPlan"])

    indexes = database["jobs"].index_information()
    (name,) = (name for name, index in indexes.items() if index["key"] == wanted.index)
    assert f"'indexName': '{name}'" in winning
    assert "COLLSCAN" not in winning
    fixed = {field for field, test in wanted.query().items() if isinstance(test, str)}
    assert [key for key in wanted.index if key[0] not in fixed] == [("submittedAt", 1), ("_id", 1)]
    assert NEWEST_FIRST == [("submittedAt", -1), ("_id", -1)]


@pytest.mark.usefixtures("four")
def test_a_deployment_whose_indexes_are_not_built_yet_answers_all_the_same(
    database: Database[dict[str, Any]],
) -> None:
    database["jobs"].drop_indexes()
    assert names(status="FAILED") == ["failed"]
    ensure_indexes(database)
