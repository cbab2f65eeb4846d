"""Opening and ending a job, step by step; the whole machine is in tests/integration."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import Column, ColumnRole
from core.file_format import DetectedFormat, FileKind, ReadingOptions, SourceFile
from core.imports.jobs.closing import close_job, fail_job
from core.imports.jobs.opening import OpenedJob, open_job
from core.imports.jobs.requests import ImportRequest
from core.imports.model import ImportOutcome, Plan
from core.jobs.lifecycle import reject_job
from core.jobs.records import IgnoredColumn, JobStatus
from core.jobs.repository import JobRepository
from core.outcomes import Notice, NoticeCode, Refusal, RefusalCode
from core.storage import ImportKeys, ObjectInfo, ObjectMissing
from tests.unit.jobs.calling_off import NoProfiles
from tests.unit.jobs.job_setting import (
    JOB,
    KEY,
    RESULTS,
    SETTINGS,
    START,
    UPLOADS,
    VersionedFolder,
    after,
    claimed,
    registered,
    request,
)

NAME = AttributeDefinition(name="Name", type=AttributeType.SHORT_TEXT)
COLOR = AttributeDefinition(name="Color", type=AttributeType.SINGLE_SELECT, options=("red",))


class Definitions:
    def __init__(self, *held: AttributeDefinition) -> None:
        self.held = held

    def definitions(self) -> Sequence[AttributeDefinition]:
        return self.held


def opened(
    store: VersionedFolder,
    jobs: JobRepository,
    requested: ImportRequest,
    arn: str = "arn:one",
    definitions: Definitions | None = None,
    **settings: Any,
) -> OpenedJob:
    return open_job(
        store,
        jobs,
        definitions or Definitions(NAME, COLOR),
        NoProfiles(),
        replace(SETTINGS, **settings),
        execution_arn=arn,
        request=requested,
        now=after(minutes=1),
    )


def test_opening_claims_the_job_and_hands_on_the_file_and_its_options(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\nChair\n")
    registered(jobs, options=ReadingOptions(delimiter=";"))

    state = opened(store, jobs, request())

    assert msgspec.to_builtins(state) == {
        "outcome": "CLAIMED",
        "jobId": JOB,
        "attempt": 1,
        "source": {
            "bucket": UPLOADS,
            "key": KEY,
            "size": 11,
            "fileName": "Products of March.csv",
            "versionId": "v1",
        },
        "options": {
            "delimiter": ";",
            "encoding": None,
            "sheet": None,
            "headerRow": None,
            "quoteChar": None,
            "escapeChar": None,
            "skipInitialSpace": None,
            "onFault": None,
            "maxFaultyRowsPercent": None,
            "headers": None,
            "mapping": None,
            "locale": None,
            "valueSteps": None,
        },
        "refusal": None,
    }
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.s3_version_id) == (JobStatus.PROCESSING, "v1")


def test_the_definitions_are_frozen_sorted_by_name(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")

    opened(store, jobs, request())

    frozen = store.get(RESULTS, ImportKeys(JOB, 1).definitions)
    assert msgspec.json.decode(frozen, type=list[AttributeDefinition]) == [COLOR, NAME]


def test_opening_again_keeps_attempt_and_definitions(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    first = opened(store, jobs, request())

    again = opened(store, jobs, request(), definitions=Definitions())

    assert again == first
    frozen = store.get(RESULTS, ImportKeys(JOB, 1).definitions)
    assert len(msgspec.json.decode(frozen)) == 2


def test_a_job_without_a_record_gets_one(store: VersionedFolder, jobs: JobRepository) -> None:
    store.put(UPLOADS, KEY, b"Name\n")

    state = opened(store, jobs, request())

    assert state.attempt == 1
    job = jobs.get(JOB)
    assert job is not None
    assert (job.original_file_name, job.created_by) == ("products.csv", "pipeline")


def test_a_newer_version_supersedes_without_a_claim(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")
    store.put(UPLOADS, KEY, b"Name\nnewer\n")
    before = registered(jobs)

    state = opened(store, jobs, request("v1"))

    assert (state.outcome, state.attempt) == ("SUPERSEDED", None)
    assert jobs.get(JOB) == before


def test_without_versions_the_object_as_it_is_gets_imported(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")

    assert opened(store, jobs, request(None)).outcome == "CLAIMED"


def test_a_newer_execution_that_claims_meanwhile_keeps_the_job(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    """The old execution has seen its version as the current one, and is slow to claim."""
    store.put(UPLOADS, KEY, b"Name\n")
    registered(jobs)

    class Overtaken(VersionedFolder):
        def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
            info = super().head(bucket, key, version_id)
            if self.versions[bucket, key] == 1:
                self.put(UPLOADS, KEY, b"Name\nnewer\n")
                assert opened(self, jobs, request("v2"), arn="arn:new").outcome == "CLAIMED"
            return info

    overtaken = Overtaken(store._root)
    overtaken.versions = store.versions

    state = opened(overtaken, jobs, request("v1"), arn="arn:old")

    assert state.outcome == "SUPERSEDED"
    job = jobs.get(JOB)
    assert job is not None
    assert (job.execution_arn, job.attempt) == ("arn:new", 1)


def test_a_missing_object_is_refused_by_the_owner(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    state = opened(store, jobs, request())

    assert (state.outcome, state.attempt, state.source) == ("REFUSED", 1, None)
    assert state.refusal is not None
    assert state.refusal.code == "OBJECT_MISSING"
    assert "products.csv" in state.refusal.message


@pytest.mark.parametrize(
    ("limit", "reported"),
    [(10, "12 bytes): at most 10 bytes"), (11, "12 bytes): at most 11 bytes")],
)
def test_a_file_over_the_limit_is_refused_and_told_both_sizes(
    store: VersionedFolder, jobs: JobRepository, limit: int, reported: str
) -> None:
    store.put(UPLOADS, KEY, b"Name\nChair\n1")

    state = opened(store, jobs, request(), max_upload_bytes=limit)

    assert state.refusal is not None
    assert state.refusal.code == "FILE_TOO_LARGE"
    assert reported in state.refusal.message


def test_a_file_of_just_the_limit_is_taken(store: VersionedFolder, jobs: JobRepository) -> None:
    store.put(UPLOADS, KEY, b"Name\nChair\n")

    assert opened(store, jobs, request(), max_upload_bytes=11).outcome == "CLAIMED"


def test_without_attributes_nothing_can_be_judged(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    store.put(UPLOADS, KEY, b"Name\n")

    state = opened(store, jobs, request(), definitions=Definitions())

    assert state.refusal is not None
    assert state.refusal.code == "NO_ATTRIBUTES"
    assert opened(store, jobs, request()).refusal == state.refusal, "a repetition says the same"


def outcome(**changes: Any) -> ImportOutcome:
    clean = ImportOutcome(
        row_count=3,
        blank_rows=1,
        valid_rows=2,
        invalid_rows=0,
        faults=0,
        faults_by_code={},
        ignored_headers=(),
        message="2 products are ready.",
        notices=(),
        clean=True,
        truncated=False,
    )
    return msgspec.structs.replace(clean, **changes)


PLAN = Plan(
    job_id=JOB,
    attempt=1,
    source=SourceFile(bucket=UPLOADS, key=KEY, size=1, file_name="products.csv"),
    format=DetectedFormat(kind=FileKind.TEXT, encoding="utf-8", delimiter=","),
    data=None,
    original_headers=("Name", "Colour", ""),
    columns=(
        Column(index=0, header="Name", role=ColumnRole.VALUE, attribute="Name"),
        Column(index=1, header="Colour", role=ColumnRole.IGNORED, did_you_mean="Color"),
        Column(index=2, header="", role=ColumnRole.BLANK),
    ),
    missing_required=(),
    chunk_count=1,
    row_count=3,
)


@pytest.fixture
def close(store: VersionedFolder, jobs: JobRepository) -> Callable[..., Any]:
    def close(found: ImportOutcome, arn: str = "arn:one") -> Any:
        keys = ImportKeys(JOB, 1)
        store.put(RESULTS, keys.plan, msgspec.json.encode(PLAN))
        store.put(RESULTS, keys.outcome, msgspec.json.encode(found))
        return close_job(
            store,
            jobs,
            SETTINGS,
            job_id=JOB,
            attempt=1,
            execution_arn=arn,
            now=after(minutes=2),
        )

    return close


def test_a_clean_outcome_completes_the_job(close: Callable[..., Any], jobs: JobRepository) -> None:
    claimed(jobs)

    closing = close(outcome())

    assert msgspec.to_builtins(closing) == {
        "outcome": "CLOSED",
        "jobId": JOB,
        "status": "COMPLETED",
    }
    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.message) == (JobStatus.COMPLETED, "2 products are ready.")
    assert job.counts is not None
    assert (job.counts.rows, job.counts.blank_rows, job.counts.valid_rows) == (3, 1, 2)
    assert job.headers == ("Name",)
    assert job.format == PLAN.format
    assert job.result_s3_key == f"results/{JOB}/1/result.json"
    assert job.finished_at == after(minutes=2)


def test_an_outcome_with_issues_tells_them(close: Callable[..., Any], jobs: JobRepository) -> None:
    claimed(jobs)
    notice = Notice(code=NoticeCode.SHORT_ROWS, message="1 row is short.")

    close(outcome(clean=False, ignored_headers=("Colour",), notices=(notice,), truncated=True))

    job = jobs.get(JOB)
    assert job is not None
    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.ignored_headers == ("Colour",)
    assert job.ignored_columns == (IgnoredColumn(header="Colour", column=2, did_you_mean="Color"),)
    assert job.notices == (notice,)
    assert job.truncated


def test_closing_a_job_that_another_execution_took_is_told_as_data(
    close: Callable[..., Any], jobs: JobRepository
) -> None:
    claimed(jobs, "arn:one")
    newer = claimed(jobs, "arn:two")

    assert close(outcome(), "arn:one").outcome == "SUPERSEDED"
    assert jobs.get(JOB) == newer


def test_a_job_is_not_closed_without_its_outcome(
    store: VersionedFolder, jobs: JobRepository
) -> None:
    claimed(jobs)

    with pytest.raises(ObjectMissing):
        close_job(store, jobs, SETTINGS, job_id=JOB, attempt=1, execution_arn="arn:one", now=START)


def test_a_rejection_tells_code_and_sentence(jobs: JobRepository) -> None:
    claimed(jobs)
    refusal = Refusal(code=RefusalCode.WORKBOOK_ENCRYPTED, message="It has a password.")

    reject_job(jobs, job_id=JOB, execution_arn="arn:one", refusal=refusal, now=after(minutes=1))

    job = jobs.get(JOB)
    assert job is not None
    assert job.status is JobStatus.FAILED
    assert (job.error_code, job.error_details) == ("WORKBOOK_ENCRYPTED", "It has a password.")


@pytest.mark.parametrize(
    ("error", "code", "reported"),
    [
        ("States.Timeout", "TIMED_OUT", "split the file"),
        ("Sandbox.Timedout", "TIMED_OUT", "split the file"),
        ("States.TaskFailed", "INTERNAL_ERROR", f"the job number {JOB}"),
        (None, "INTERNAL_ERROR", f"the job number {JOB}"),
    ],
)
def test_a_failure_is_told_by_kind_and_with_what_to_do(
    jobs: JobRepository, error: str | None, code: str, reported: str
) -> None:
    claimed(jobs)

    fail_job(
        jobs,
        execution_arn="arn:one",
        execution_started_at=START,
        request=request(),
        error={"Error": error, "Cause": "File /var/task/core.py line 3"},
        now=after(minutes=1),
    )

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code) == (JobStatus.FAILED, code)
    assert reported in (job.error_details or "")
    assert "/var/task" not in (job.error_details or "")
