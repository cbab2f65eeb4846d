"""The work of product-reprocess: in each turn, the next jobs replace those that ended.

At most `restarts_at_once` of them run at a time. A turn records each job with the number of the
restart before it starts it, so that a repeated turn starts none twice and does not mistake other
people's restarts for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from core.actors import PIPELINE
from core.errors import PortalError
from core.file_format import Reading
from core.job_control.reprocessing_report import ON_THE_WAY, Entry, Report, ReportFile, Step
from core.job_control.restarting import restart_job
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.lifecycle import ClosingOutcome, end_job
from core.jobs.machine import Starter
from core.jobs.orders import ReprocessingCounts
from core.jobs.records import JobEnding, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository, job_not_found
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.content_types import JSON
from core.storage.reprocessing_keys import result_key
from core.wording import counted

MAX_TURNS = 400
"""With all repetitions a turn adds 60 events to the history of the execution, which holds 25,000
(AWS). Together their waits are about ten hours."""
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 120
TURNS_TO_LONGEST_WAIT = 200
TURN_SECONDS = 30
"""How long a turn continues while jobs end, so that many short jobs need few turns."""
PAUSE_SECONDS = 0.5
"""Between two checks of one turn."""


class TurnOutcome(StrEnum):
    WAIT = "WAIT"
    DONE = "DONE"
    SUPERSEDED = "SUPERSEDED"
    """The batch was cancelled, or another execution owns it."""


class Turn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    outcome: TurnOutcome
    job_id: str
    wait_seconds: int = 0
    counts: ReprocessingCounts = ReprocessingCounts()


def take_turn(
    store: ObjectStore,
    jobs: JobRepository,
    machines: Mapping[JobType, Starter],
    settings: Settings,
    *,
    job_id: str,
    execution_arn: str,
    clock: Callable[[], datetime],
    pause: Callable[[float], None],
) -> Turn:
    """Check the restarted jobs, start others up to the limit, and end the batch after the last one.
    Raises NoSuchJob if the job is not a batch of restarts."""
    started = clock()
    superseded = Turn(outcome=TurnOutcome.SUPERSEDED, job_id=job_id)
    seen = jobs.get(job_id)
    if seen is not None and _was_replaced(
        ReportFile(store, settings.results_bucket, job_id, seen.attempt), execution_arn
    ):
        return superseded
    claim = claim_unless_cancelled(jobs, job_id, JobType.REPROCESSING, execution_arn, started)
    if claim is None:
        return superseded
    _, attempt = claim
    batch = _Batch(store, jobs, machines, settings, job_id, attempt, execution_arn, clock)
    report = batch.look(begins_turn=True)
    moves = True
    while report and report.left and moves and (clock() - started).total_seconds() < TURN_SECONDS:
        pause(PAUSE_SECONDS)
        left, report = report.left, batch.look()
        moves = report is not None and report.left < left
    if report is None:
        return superseded
    turn = Turn(
        outcome=TurnOutcome.WAIT,
        job_id=job_id,
        wait_seconds=wait_seconds(report.turns),
        counts=report.counts,
    )
    if report.left and report.turns < MAX_TURNS:
        return turn
    ending = _end(store, settings, report, job_id, attempt)
    closing = end_job(jobs, job_id, execution_arn, ending, clock())
    ours = closing.outcome is ClosingOutcome.CLOSED
    return msgspec.structs.replace(
        turn, outcome=TurnOutcome.DONE if ours else TurnOutcome.SUPERSEDED, wait_seconds=0
    )


def _was_replaced(file: ReportFile, execution_arn: str) -> bool:
    """Another execution has taken turns since this one did. Else two of them would take the batch
    from each other turn by turn, and each would overwrite what the other noted."""
    report = file.read()
    return report is not None and execution_arn in report.owners[:-1]


def wait_seconds(turns: int) -> int:
    """Short at first, when jobs may end soon; longer for a batch that takes long."""
    span = LONGEST_WAIT_SECONDS - SHORTEST_WAIT_SECONDS
    return SHORTEST_WAIT_SECONDS + span * min(turns, TURNS_TO_LONGEST_WAIT) // TURNS_TO_LONGEST_WAIT


class _Batch:
    def __init__(
        self,
        store: ObjectStore,
        jobs: JobRepository,
        machines: Mapping[JobType, Starter],
        settings: Settings,
        job_id: str,
        attempt: int,
        execution_arn: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._machines = machines
        self._settings = settings
        self._job_id = job_id
        self._execution_arn = execution_arn
        self._clock = clock
        self._file = ReportFile(store, settings.results_bucket, job_id, attempt)
        self._order = self._file.order()

    def look(self, *, begins_turn: bool = False) -> Report | None:
        """Look at each job that was restarted, and start others as far as there is room. None if
        the batch was cancelled or claimed by another execution.

        An execution reads the report of the one before it after it has claimed the batch. So what
        this one notes while it owns the batch is known to the next, and what it notes later it
        does not start."""
        report = self._file.read() or Report(
            entries=tuple(Entry(job_id=job_id) for job_id in self._order.job_ids),
        )
        entries = [self._examined(entry) for entry in report.entries]
        free = self._settings.restarts_at_once
        free -= sum(entry.step in ON_THE_WAY for entry in entries)
        for index, entry in enumerate(entries):
            if free > 0 and entry.step is Step.WAITING:
                entries[index] = self._noted(entry)
                free -= entries[index].step is Step.STARTING
        report = msgspec.structs.replace(report, entries=tuple(entries))
        if begins_turn:
            own, owners = self._execution_arn, report.owners
            owners = owners if own in owners else (*owners, own)
            report = msgspec.structs.replace(report, turns=report.turns + 1, owners=owners)
        self._file.write(report)
        if not self._is_ours():
            return None
        entries = [
            self._started(entry) if entry.step is Step.STARTING else entry for entry in entries
        ]
        report = msgspec.structs.replace(report, entries=tuple(entries))
        self._file.write(report)
        return report

    def _is_ours(self) -> bool:
        job = self._jobs.get(self._job_id)
        return job is not None and not job.is_final and job.execution_arn == self._execution_arn

    def _examined(self, entry: Entry) -> Entry:
        if entry.step is not Step.RUNNING:
            return entry
        job = self._jobs.get(entry.job_id)
        if job is None:
            return entry.refused(job_not_found(entry.job_id))
        return entry.ended(job) if job.is_final else entry

    def _noted(self, entry: Entry) -> Entry:
        job = self._jobs.get(entry.job_id)
        if job is None:
            return entry.refused(job_not_found(entry.job_id))
        restart = (job.restarts or 0) + 1
        return msgspec.structs.replace(entry.of(job), step=Step.STARTING, restart=restart)

    def _started(self, entry: Entry) -> Entry:
        """Other errors than refusals propagate: the task is repeated, and finds the recorded
        entry."""
        job = self._jobs.get(entry.job_id)
        running = msgspec.structs.replace(entry, step=Step.RUNNING)
        if _runs_as(entry, job):
            return running  # by the first try of this task
        try:
            restart_job(
                self._store,
                self._jobs,
                self._machines,
                self._settings,
                job_id=entry.job_id,
                reading=self._reading_for(job),
                actor=PIPELINE,
                now=self._clock(),
            )
        except PortalError as error:
            if _runs_as(entry, self._jobs.get(entry.job_id)):
                return running  # by the execution that was replaced, at this moment
            return entry.refused(error)
        return running

    def _reading_for(self, job: JobRecord | None) -> Reading | None:
        """Only an import reads a file; an approval in the same batch keeps its order."""
        is_import = job is not None and job.type is JobType.IMPORT
        return self._order.reading if is_import else None


def _runs_as(entry: Entry, job: JobRecord | None) -> bool:
    return job is not None and job.restarts == entry.restart and not job.awaits_restart


def _end(
    store: ObjectStore, settings: Settings, report: Report, job_id: str, attempt: int
) -> JobEnding:
    counts = report.counts
    message = outcome_sentence(counts)
    key = result_key(job_id, attempt)
    result = {
        "jobId": job_id,
        "message": message,
        "counts": msgspec.to_builtins(counts),
        "jobs": msgspec.to_builtins(report.entries),
    }
    store.put(settings.results_bucket, key, msgspec.json.encode(result), JSON)
    clean = counts.completed == counts.jobs
    return JobEnding(
        status=JobStatus.COMPLETED if clean else JobStatus.COMPLETED_WITH_ISSUES,
        message=message,
        reprocessing_counts=counts,
        result_s3_key=key,
    )


def outcome_sentence(counts: ReprocessingCounts) -> str:
    kinds = [
        (counts.completed, "completed"),
        (counts.completed_with_issues, "completed with issues"),
        (counts.failed, "failed again"),
        (counts.refused, "could not be restarted"),
        (counts.running, "still run"),
        (counts.waiting, "were not restarted, for the batch took too long"),
    ]
    parts = ", ".join(f"{number:,} {what}" for number, what in kinds if number)
    return f"Of {counted(counts.jobs, 'job')}: {parts}."
