"""A batch of restarts that two executions process at once: one of them gives way, for good."""

from datetime import datetime

import msgspec

from core.job_control.reprocessing_report import BatchOrder, ReportFile
from core.job_control.reprocessing_turns import TurnOutcome, take_turn
from core.jobs.orders import ReprocessingOrder
from core.jobs.records import JobEnding, JobStatus, JobType
from core.jobs.repository import JobRepository
from tests.unit.jobs.calling_off import ANNA, Machine, job_of, uploaded
from tests.unit.jobs.job_setting import JOB, RESULTS, SETTINGS, VersionedFolder, after, claimed

BATCH = "batch"
DONE = JobEnding(status=JobStatus.COMPLETED, message="All of it.")


def test_an_execution_that_was_replaced_does_not_take_the_batch_back(
    store: VersionedFolder, jobs: JobRepository
) -> None:
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
    machine = Machine()

    def clock() -> datetime:
        return after(minutes=10)

    def turn(arn: str) -> TurnOutcome:
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

    assert turn("arn:first") is TurnOutcome.WAIT
    assert turn("arn:second") is TurnOutcome.WAIT

    assert turn("arn:first") is TurnOutcome.SUPERSEDED

    assert turn("arn:second") is TurnOutcome.WAIT
    batch = jobs.get(BATCH)
    assert batch is not None and (batch.execution_arn, batch.attempt) == ("arn:second", 2)
    assert job_of(jobs).restarts == 1
