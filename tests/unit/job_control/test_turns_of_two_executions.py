"""A batch of restarts that two executions process at once: one of them gives way, for good."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from core.job_control.reprocessing_report import BatchOrder, ReportFile, Step
from core.job_control.reprocessing_turns import TurnOutcome, take_turn
from core.jobs.orders import ReprocessingOrder
from core.jobs.records import JobEnding, JobStatus, JobType
from core.jobs.repository import JobRepository
from tests.unit.jobs.calling_off import ANNA, Machine, job_of, uploaded
from tests.unit.jobs.job_setting import JOB, RESULTS, SETTINGS, VersionedFolder, after, claimed

BATCH = "batch"
DONE = JobEnding(status=JobStatus.COMPLETED, message="All of it.")


@pytest.fixture
def machine(store: VersionedFolder, jobs: JobRepository) -> Machine:
    """That of the imports. A batch of one import waits to be taken."""
    uploaded(store)
    claimed(jobs)
    jobs.finish(JOB, "arn:one", DONE, after(minutes=5))
    ReportFile(store, RESULTS, BATCH).write_order(BatchOrder(job_ids=(JOB,)))
    jobs.create(
        BATCH,
        kind=JobType.REPROCESSING,
        bucket=RESULTS,
        key="order",
        name="One",
        order={"reprocessing": msgspec.to_builtins(ReprocessingOrder(jobs=1, fingerprint="same"))},
        actor=ANNA,
        now=after(),
    )
    return Machine()


def taken(store: VersionedFolder, jobs: JobRepository, machine: Machine, arn: str) -> TurnOutcome:
    def clock() -> datetime:
        return after(minutes=10)

    return take_turn(
        store,
        jobs,
        {JobType.IMPORT: machine},
        SETTINGS,
        job_id=BATCH,
        execution_arn=arn,
        clock=clock,
        pause=lambda _: None,
    ).outcome


class Interrupted(VersionedFolder):
    """Another execution takes a turn before the first write of a report of this one."""

    interrupt: Callable[[], object] | None = None

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "text/csv") -> None:
        if self.interrupt is not None and key.endswith("report.json"):
            interrupt, self.interrupt = self.interrupt, None
            interrupt()
        super().put(bucket, key, data, content_type)


def test_two_executions_in_the_same_turn_restart_no_job_twice_and_overwrite_no_report(
    store: VersionedFolder, jobs: JobRepository, machine: Machine, tmp_path: Path
) -> None:
    # given an execution that has claimed the batch, and is about to note what it starts
    slow = Interrupted(tmp_path)
    slow.interrupt = lambda: taken(store, jobs, machine, "arn:second")

    # when another one claims the batch and starts its job
    outcome = taken(slow, jobs, machine, "arn:first")

    # then the first one starts nothing, and what the second one noted stands
    assert outcome is TurnOutcome.SUPERSEDED
    assert job_of(jobs).restarts == 1
    assert len(machine.started) == 1
    report = ReportFile(store, RESULTS, BATCH, attempt=2).read()
    assert report is not None
    assert report.owners == ("arn:second",)
    assert [entry.step for entry in report.entries] == [Step.RUNNING]


def test_an_execution_that_was_replaced_does_not_take_the_batch_back(
    store: VersionedFolder, jobs: JobRepository, machine: Machine
) -> None:
    def turn(arn: str) -> TurnOutcome:
        return taken(store, jobs, machine, arn)

    assert turn("arn:first") is TurnOutcome.WAIT
    assert turn("arn:second") is TurnOutcome.WAIT

    assert turn("arn:first") is TurnOutcome.SUPERSEDED

    assert turn("arn:second") is TurnOutcome.WAIT
    batch = jobs.get(BATCH)
    assert batch is not None and (batch.execution_arn, batch.attempt) == ("arn:second", 2)
    assert job_of(jobs).restarts == 1
