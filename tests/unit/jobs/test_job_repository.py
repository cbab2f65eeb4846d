"""Who may write what to a job, and when: each rule a conditional update on a real server."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.file_format import DetectedFormat, FileKind, ReadingOptions
from core.jobs.records import IgnoredColumn, JobCounts, JobEnding, JobRecord, JobStatus
from core.jobs.repository import JobRepository
from tests.unit.jobs.job_setting import JOB, KEY, START, UPLOADS, after, claimed, registered

COUNTS = JobCounts(
    rows=3, blank_rows=0, valid_rows=2, invalid_rows=1, faults=1, faults_by_code={"NOT_A_NUMBER": 1}
)
DONE = JobEnding(
    status=JobStatus.COMPLETED_WITH_ISSUES,
    message="2 of 3 rows are valid.",
    format=DetectedFormat(kind=FileKind.TEXT, encoding="utf-8", delimiter=";"),
    counts=COUNTS,
    headers=("Name",),
    ignored_headers=("Colour",),
    ignored_columns=(IgnoredColumn(header="Colour", column=2, did_you_mean="Color"),),
    result_s3_key="results/x/1/result.json",
)
FAILED = JobEnding(status=JobStatus.FAILED, error_code="STALLED", error_details="Stopped.")


def failed_by(
    jobs: JobRepository, arn: str, started_at: Any, version_id: str | None = None
) -> bool:
    return jobs.fail_unfinished(
        JOB,
        execution_arn=arn,
        execution_started_at=started_at,
        version_id=version_id,
        ending=FAILED,
        now=after(minutes=9),
    )


def test_a_registered_job_is_pending_and_reads_back_as_written(jobs: JobRepository) -> None:
    job = registered(jobs, options=ReadingOptions(delimiter=";", header_row=3))

    assert jobs.get(JOB) == job
    assert (job.status, job.attempt, job.execution_arn) == (JobStatus.PENDING, 0, None)
    assert job.options == ReadingOptions(delimiter=";", header_row=3)
    assert job.submitted_at == START
    assert job.created_by == ANONYMOUS.id


def test_registering_again_changes_nothing(jobs: JobRepository) -> None:
    job = claimed(jobs)

    assert registered(jobs, options=ReadingOptions(delimiter="|")) == job


def test_many_callers_register_one_job(jobs: JobRepository, database: Database[Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(lambda _: registered(jobs), range(24)))

    assert len({record.id for record in records}) == 1
    assert database["jobs"].count_documents({}) == 1


def test_of_many_executions_that_saw_the_same_job_one_claims_it(jobs: JobRepository) -> None:
    seen = registered(jobs)

    def claim(number: int) -> int | None:
        return jobs.claim(
            seen,
            execution_arn=f"arn:{number}",
            bucket=UPLOADS,
            key=KEY,
            version_id="v1",
            now=START,
        )

    with ThreadPoolExecutor(8) as pool:
        attempts = list(pool.map(claim, range(16)))

    assert sorted(attempts, key=str) == [1, *[None] * 15]


def test_a_claim_counts_the_attempt_and_clears_what_the_last_one_left(
    jobs: JobRepository, database: Database[Any]
) -> None:
    claimed(jobs, "arn:one")
    assert jobs.finish(JOB, "arn:one", DONE, after(minutes=1))

    job = claimed(jobs, "arn:two", after(minutes=2))

    assert (job.status, job.attempt) == (JobStatus.PROCESSING, 2)
    assert job.execution_arn == "arn:two"
    assert job.processing_started_at == after(minutes=2)
    assert job.finished_at is None
    document = database["jobs"].find_one({"_id": JOB})
    assert document is not None
    left = set(document) & {
        *("message", "format", "counts", "headers", "ignoredHeaders", "ignoredColumns"),
        *("notices", "truncated", "errorCode", "errorDetails", "resultS3Key", "finishedAt"),
    }
    assert left == set()
    assert job.submitted_at == START, "the job is as old as its first upload"


def test_the_owner_claims_again_without_counting_another_attempt(jobs: JobRepository) -> None:
    job = claimed(jobs)

    again = jobs.claim(
        job,
        execution_arn="arn:one",
        bucket=UPLOADS,
        key=KEY,
        version_id="v1",
        now=after(minutes=5),
    )

    assert again == 1
    assert jobs.get(JOB) == job


def test_a_late_claim_of_the_owner_never_reopens_a_finished_job(jobs: JobRepository) -> None:
    claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=1))

    job = claimed(jobs, "arn:one")

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.counts == COUNTS


def test_a_redrive_takes_up_a_job_that_was_given_up_as_stalled(jobs: JobRepository) -> None:
    job = claimed(jobs)
    assert jobs.fail_as_seen(job, FAILED, after(hours=1))

    job = claimed(jobs, "arn:one", after(hours=2))

    assert (job.status, job.attempt, job.error_code) == (JobStatus.PROCESSING, 1, None)


def test_the_owner_ends_the_job_and_may_repeat_itself(jobs: JobRepository) -> None:
    claimed(jobs)

    assert jobs.finish(JOB, "arn:one", DONE, after(minutes=1))
    assert jobs.finish(JOB, "arn:one", DONE, after(minutes=1))

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.counts, job.format) == (DONE.status, COUNTS, DONE.format)
    assert job.ignored_columns == DONE.ignored_columns
    assert job.finished_at == after(minutes=1)


def test_who_lost_the_job_can_neither_end_nor_fail_it(jobs: JobRepository) -> None:
    claimed(jobs, "arn:one", after(minutes=1))
    newer = claimed(jobs, "arn:two", after(minutes=2))

    assert not jobs.finish(JOB, "arn:one", DONE, after(minutes=3))
    assert not failed_by(jobs, "arn:one", started_at=START)
    assert jobs.get(JOB) == newer


def test_a_result_stands_against_a_failure_of_the_same_owner(jobs: JobRepository) -> None:
    claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=1))

    assert not failed_by(jobs, "arn:one", started_at=START)
    assert status(jobs) is JobStatus.COMPLETED_WITH_ISSUES


def test_a_result_of_the_owner_replaces_the_sweeps_verdict(jobs: JobRepository) -> None:
    jobs.fail_as_seen(claimed(jobs), FAILED, after(minutes=30))

    assert jobs.finish(JOB, "arn:one", DONE, after(minutes=31))

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.error_code, job.error_details) == (DONE.status, None, None)


def test_an_execution_that_broke_before_its_claim_fails_a_job_nobody_owns(
    jobs: JobRepository,
) -> None:
    registered(jobs)

    assert failed_by(jobs, "arn:one", started_at=after(minutes=1))

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.execution_arn, job.error_code) == ("FAILED", "arn:one", "STALLED")


def test_an_execution_that_broke_before_its_claim_fails_a_job_of_an_older_one(
    jobs: JobRepository,
) -> None:
    claimed(jobs, "arn:old", START)
    jobs.finish(JOB, "arn:old", DONE, after(minutes=1))

    assert failed_by(jobs, "arn:new", started_at=after(minutes=2))

    job = jobs.get(JOB)
    assert job is not None
    assert (job.status, job.result_s3_key, job.counts) == (JobStatus.FAILED, None, None)
    assert not jobs.finish(JOB, "arn:old", DONE, after(minutes=3)), "the zombie is locked out"


def test_unfinished_jobs_come_the_longest_untouched_first_and_never_too_many(
    jobs: JobRepository, database: Database[Any]
) -> None:
    for number in range(5):
        registered(jobs, key=f"dropped/{number}.csv")
        database["jobs"].update_one(
            {"s3Key": f"dropped/{number}.csv"}, {"$set": {"updatedAt": after(minutes=number)}}
        )

    found = jobs.unfinished(JobStatus.PENDING, before=after(minutes=4), limit=3)

    assert [job.s3_key for job in found] == [f"dropped/{number}.csv" for number in range(3)]
    assert jobs.unfinished(JobStatus.PROCESSING, before=after(days=1), limit=3) == []


def test_a_job_that_moved_since_it_was_seen_is_not_failed(jobs: JobRepository) -> None:
    seen = claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=1))

    assert not jobs.fail_as_seen(seen, FAILED, after(minutes=2))
    assert status(jobs) is JobStatus.COMPLETED_WITH_ISSUES


def test_the_sweeps_query_uses_its_index(jobs: JobRepository, database: Database[Any]) -> None:
    registered(jobs)
    plan = (
        database["jobs"]
        .find({"status": "PENDING", "updatedAt": {"$lt": after(days=1)}})
        .sort([("status", 1), ("updatedAt", 1)])
        .explain()
    )

    assert "by_status" in str(plan["queryPlanner"]["winningPlan"])


def status(jobs: JobRepository) -> JobStatus:
    job: JobRecord | None = jobs.get(JOB)
    assert job is not None
    return job.status


@pytest.mark.parametrize("is_finished", [True, False])
def test_a_second_execution_of_a_version_that_breaks_takes_nothing_from_the_first(
    jobs: JobRepository, is_finished: bool
) -> None:
    # given a job that its execution claimed for version v1, and perhaps completed
    claimed(jobs)
    if is_finished:
        assert jobs.finish(JOB, "arn:one", DONE, after(minutes=1))
    before = jobs.get(JOB)

    # when another execution of v1 breaks before it claims the job
    assert not failed_by(jobs, "arn:two", after(minutes=2), version_id="v1")

    # then the job is as it was; for a version that it did not import it is not
    assert jobs.get(JOB) == before
    assert failed_by(jobs, "arn:three", after(minutes=2), version_id="v2")


def test_no_write_moves_the_time_of_a_job_back(jobs: JobRepository) -> None:
    """Functions read the clock when they begin, and write in another order."""
    latest = after(minutes=30)

    def at_latest() -> JobRecord:
        job = jobs.get(JOB)
        assert job is not None
        jobs.touch_as_seen(job, latest)
        return job

    def stays(write: str) -> None:
        job = jobs.get(JOB)
        assert job is not None
        assert job.updated_at == latest, write

    claimed(jobs)
    job = at_latest()
    jobs.touch_as_seen(job, START)
    stays("touch")
    assert jobs.finish(JOB, "arn:one", FAILED, after(minutes=1))
    stays("finish")
    assert claimed(jobs, "arn:one").status is JobStatus.PROCESSING
    stays("taking up again")
    assert failed_by(jobs, "arn:one", START)
    stays("fail")
    seen = at_latest()
    assert jobs.restart_as_seen(
        seen, version_id="v1", reading=seen.reading, actor=ANONYMOUS, now=after(minutes=2)
    )
    stays("restart")
    claimed(jobs, "arn:two")
    stays("claim")
