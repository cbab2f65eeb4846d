"""What a batch of restarts knows of each of its jobs: one object in S3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum

import msgspec

from core.errors import PortalError
from core.file_format import Reading, ReadingOptions, UsedProfile
from core.jobs.orders import ReprocessingCounts
from core.jobs.records import JobRecord, JobStatus, JobType
from core.storage import ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.storage.reprocessing_keys import order_key, report_key


class Step(StrEnum):
    WAITING = "WAITING"
    STARTING = "STARTING"
    """Noted before the restart, so that a repeated task recognises its own."""
    RUNNING = "RUNNING"
    REFUSED = "REFUSED"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ISSUES = "COMPLETED_WITH_ISSUES"
    FAILED = "FAILED"


ON_THE_WAY = frozenset({Step.STARTING, Step.RUNNING})
_STEPS = {
    JobStatus.COMPLETED: Step.COMPLETED,
    JobStatus.COMPLETED_WITH_ISSUES: Step.COMPLETED_WITH_ISSUES,
    JobStatus.FAILED: Step.FAILED,
}


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One job of the batch."""

    job_id: str
    step: Step = Step.WAITING
    type: JobType | None = None
    original_file_name: str | None = None
    restart: int | None = None
    """The number that this restart gives the job."""
    code: str | None = None
    message: str | None = None

    def of(self, job: JobRecord) -> Entry:
        return msgspec.structs.replace(
            self, type=job.type, original_file_name=job.original_file_name
        )

    def refused(self, error: PortalError) -> Entry:
        return msgspec.structs.replace(self, step=Step.REFUSED, code=error.code, message=str(error))

    def ended(self, job: JobRecord) -> Entry:
        return msgspec.structs.replace(
            self,
            step=_STEPS[job.status],
            code=job.error_code,
            message=job.message or job.error_details,
        )


class BatchOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_ids: tuple[str, ...]
    options: ReadingOptions | None = None
    """None keeps those of each job, and its profile."""
    profile: UsedProfile | None = None

    @classmethod
    def of(cls, job_ids: tuple[str, ...], reading: Reading | None) -> BatchOrder:
        if reading is None:
            return cls(job_ids=job_ids)
        return cls(job_ids=job_ids, options=reading.options, profile=reading.profile)

    @property
    def reading(self) -> Reading | None:
        return None if self.options is None else Reading(options=self.options, profile=self.profile)


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    turns: int = 0
    entries: tuple[Entry, ...] = ()
    owners: tuple[str, ...] = ()
    """The executions that have taken turns, the latest at the end."""

    @property
    def counts(self) -> ReprocessingCounts:
        return counts_of(entry.step for entry in self.entries)

    @property
    def left(self) -> int:
        """Jobs of which it is not known yet what became of them."""
        return self.counts.running + self.counts.waiting


def counts_of(steps: Iterable[Step]) -> ReprocessingCounts:
    tally = Counter(steps)
    return ReprocessingCounts(
        jobs=tally.total(),
        completed=tally[Step.COMPLETED],
        completed_with_issues=tally[Step.COMPLETED_WITH_ISSUES],
        failed=tally[Step.FAILED],
        refused=tally[Step.REFUSED],
        running=tally[Step.RUNNING] + tally[Step.STARTING],
        waiting=tally[Step.WAITING],
    )


class ReportFile:
    """Order and report of one batch. Each attempt writes a report of its own, and begins with that
    of the one before it: an execution that was replaced overwrites nothing."""

    def __init__(self, store: ObjectStore, bucket: str, job_id: str, attempt: int = 0) -> None:
        self._store = store
        self._bucket = bucket
        self._job_id = job_id
        self._attempt = attempt

    def write_order(self, order: BatchOrder) -> None:
        data = msgspec.json.encode(order)
        self._store.put(self._bucket, order_key(self._job_id), data, JSON)

    def order(self) -> BatchOrder:
        data = self._store.get(self._bucket, order_key(self._job_id))
        return msgspec.json.decode(data, type=BatchOrder)

    def read(self) -> Report | None:
        """That of the latest attempt that wrote one; None before the first turn."""
        for attempt in range(self._attempt, 0, -1):
            with suppress(ObjectMissing):
                data = self._store.get(self._bucket, report_key(self._job_id, attempt))
                return msgspec.json.decode(data, type=Report)
        return None

    def write(self, report: Report) -> None:
        data = msgspec.json.encode(report)
        self._store.put(self._bucket, report_key(self._job_id, self._attempt), data, JSON)
