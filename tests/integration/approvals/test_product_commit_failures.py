"""Approvals that break off, fail, are cancelled or go on."""

from __future__ import annotations

import json

import pytest

from core.actors import ANONYMOUS
from core.approvals.repository import CommitJobs
from core.clock import now
from core.jobs.records import JobEnding, JobFailureCode, JobStatus
from core.jobs.repository import JobRepository
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.approvals_kit import HEADER, counts, row, rows
from tests.integration.commit_machine import CommitMachine
from tests.integration.import_machine import table

# infrastructure that does not hold


def test_a_chunk_that_breaks_off_in_its_middle_is_counted_exactly(commits: CommitMachine) -> None:
    # given a product that exists already, and one that will change
    commits.approve(commits.imports.import_file(table(HEADER, row(1), row(2, 5))).id)
    commits.imports.configure(commit_batch_rows=5)
    imported = commits.imports.import_file(rows(20))
    # when the first try dies between two of its batches
    broken = BreakOff(commits, after_batches=2)

    job = commits.approve(imported.id)

    # then the retry counts what the first try wrote as that did
    assert broken.happened
    assert len(commits.imports.named("commit_chunk")) == 1 + 2
    assert counts(job) == (18, 1, 1, 0, 0)
    assert len(commits.catalogue()) == 20
    assert {p["revision"] for p in commits.catalogue().values()} == {1, 2}


class BreakOff:
    """Lets the database go away for the first chunk task after some batches were written."""

    def __init__(self, commits: CommitMachine, after_batches: int) -> None:
        self.happened = False
        self._left = after_batches
        real = CommitJobs.is_owned

        def is_owned(jobs: CommitJobs, job_id: str, execution_arn: str) -> bool:
            if not self.happened:
                self._left -= 1
                if self._left < 0:
                    self.happened = True
                    raise ConnectionError("broken by the test")
            return real(jobs, job_id, execution_arn)

        commits.imports.monkeypatch.setattr(CommitJobs, "is_owned", is_owned)


@pytest.mark.parametrize("handler", ["open_commit", "commit_chunk", "close_commit"])
def test_a_failure_that_passes_changes_nothing(commits: CommitMachine, handler: str) -> None:
    imported = commits.imports.import_file(rows(5))
    commits.imports.fail(handler, times=2)

    job = commits.approve(imported.id)

    assert (job.status, counts(job)) == (JobStatus.COMPLETED, (5, 0, 0, 0, 0))


@pytest.mark.parametrize("handler", ["open_commit", "commit_chunk", "close_commit"])
def test_a_failure_that_stays_fails_the_job_and_the_next_approval_goes_on(
    commits: CommitMachine, handler: str
) -> None:
    imported = commits.imports.import_file(rows(5))
    commits.imports.fail(handler)

    job = commits.approve(imported.id)

    (execution,) = commits.executions()
    assert execution["status"] == "FAILED"
    assert (job.status, job.error_code) == (JobStatus.FAILED, JobFailureCode.INTERNAL_ERROR)
    assert "approve again" in (job.error_details or "")
    commits.imports.wrapped.clear()
    again = commits.approve(imported.id)
    assert again.id != job.id
    assert again.status is JobStatus.COMPLETED
    assert len(commits.catalogue()) == 5


def test_one_chunk_that_fails_for_good_fails_the_whole_approval(commits: CommitMachine) -> None:
    commits.imports.configure(commit_chunk_bytes=1000, inline_map_max_chunks=1)
    imported = commits.imports.import_file(rows(60))
    commits.imports.fail_if("commit_chunk", lambda event: event["chunk"]["index"] == 2)

    job = commits.approve(imported.id)

    assert (job.status, job.error_code) == (JobStatus.FAILED, JobFailureCode.INTERNAL_ERROR)
    commits.imports.wrapped.clear()
    finished = commits.approve(imported.id)
    assert finished.status is JobStatus.COMPLETED
    assert len(commits.catalogue()) == 60


def test_an_execution_without_a_job_ends_as_a_failure(commits: CommitMachine) -> None:
    client = commits.imports.stepfunctions
    client.start_execution(stateMachineArn=commits.arn, name="one", input='{"jobId": "x"}')
    unknown = json.dumps({"jobId": "00000000-0000-4000-8000-000000000000"})
    client.start_execution(stateMachineArn=commits.arn, name="two", input=unknown)
    commits.wait()

    assert [execution["status"] for execution in commits.executions()] == ["FAILED", "FAILED"]


# who owns the job


def test_a_restart_is_the_next_attempt_of_the_same_job(commits: CommitMachine) -> None:
    job = commits.approve(commits.imports.import_file(rows(5)).id)
    (execution,) = commits.executions()

    commits.restart(execution["executionArn"])

    again = commits.job(job.id)
    assert (again.attempt, again.status) == (2, JobStatus.COMPLETED)
    assert counts(again) == (0, 0, 5, 0, 0)


def test_a_cancelled_approval_stops_writing_within_a_batch(commits: CommitMachine) -> None:
    commits.imports.configure(commit_chunk_bytes=1000, commit_batch_rows=2)
    imported = commits.imports.import_file(rows(60))
    done: list[int] = []

    def cancel() -> None:
        if not done:
            done.append(commits.products.count_documents({}))
            (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
            cancelled(commits, approval["_id"])

    commits.imports.around("commit_chunk", after=cancel)

    reply = commits.ask(imported.id)
    commits.wait()

    (execution,) = commits.executions()
    assert execution["status"] == "SUCCEEDED"
    assert "Superseded" in commits.imports.visited(execution["executionArn"])
    job = commits.job(reply.json["jobId"])
    assert (job.status, job.error_code) == (JobStatus.FAILED, JobFailureCode.CANCELLED)
    assert len(commits.catalogue()) < 60


def test_a_person_cancels_an_approval_and_approves_anew(commits: CommitMachine) -> None:
    commits.imports.configure(commit_chunk_bytes=1000, commit_batch_rows=2)
    imported = commits.imports.import_file(rows(60))
    replies: list[Reply] = []

    def cancel() -> None:
        if not replies:
            (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
            path = f"/processing-jobs/{approval['_id']}/cancel"
            replies.append(call(jobs_api.handler, "POST", path))

    commits.imports.around("commit_chunk", after=cancel)

    job_id = commits.ask(imported.id).json["jobId"]
    commits.wait()

    assert {reply.status for reply in replies} == {200}
    shown = commits.shown(job_id)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "CANCELLED")
    # approving anew goes on with what is missing
    commits.imports.wrapped.clear()
    finished = commits.approve(imported.id)
    created, _, unchanged, _, _ = counts(finished)
    assert (created + unchanged, len(commits.catalogue())) == (60, 60)


def test_a_run_that_the_sweep_took_for_dead_may_go_on(commits: CommitMachine) -> None:
    imported = commits.imports.import_file(rows(5))

    def stall() -> None:
        (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
        jobs = JobRepository(commits.imports.database)
        job = jobs.get(approval["_id"])
        assert job is not None
        ending = JobEnding(status=JobStatus.FAILED, error_code=JobFailureCode.STALLED)
        assert jobs.fail_as_seen(job, ending, now())

    commits.imports.around("commit_chunk", before=stall)

    job = commits.approve(imported.id)

    assert (job.status, counts(job)) == (JobStatus.COMPLETED, (5, 0, 0, 0, 0))
    assert job.error_code is None


def test_an_approval_that_was_cancelled_before_it_opened_writes_nothing(
    commits: CommitMachine,
) -> None:
    imported = commits.imports.import_file(rows(5))

    def cancel() -> None:
        (approval,) = commits.imports.database["jobs"].find({"type": "commit"})
        cancelled(commits, approval["_id"])

    commits.imports.around("open_commit", before=cancel)

    reply = commits.ask(imported.id)
    commits.wait()

    assert commits.job(reply.json["jobId"]).error_code == JobFailureCode.CANCELLED
    assert commits.catalogue() == {}


def cancelled(commits: CommitMachine, job_id: str) -> None:
    """What cancelling writes; the execution goes on, as when the stop comes late."""
    ending = JobEnding(
        status=JobStatus.FAILED, error_code=JobFailureCode.CANCELLED, error_details="Cancelled."
    )
    jobs = JobRepository(commits.imports.database)
    job = jobs.get(job_id)
    assert job is not None
    assert jobs.cancel_as_seen(job, ending, ANONYMOUS, now())
