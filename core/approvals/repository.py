"""What only commit jobs need of the `jobs` collection. How a job is claimed and ended is the same
for every type: `core/jobs/repository.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.database import JOBS, collection_of, present
from core.jobs.orders import AcceptanceOrder, CommitOrder
from core.jobs.records import FINAL_STATUSES, JobFailureCode, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository

_OWNERSHIP = ("executionArn", "status", "errorCode")

AnyOrder = CommitOrder | AcceptanceOrder
_FIELD: Mapping[type[AnyOrder], str] = {CommitOrder: "commit", AcceptanceOrder: "acceptance"}


class CommitJobs:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._jobs = collection_of(database, JOBS)
        self.records = JobRepository(database)

    def unfinished(self, order: AnyOrder) -> JobRecord | None:
        """A commit job of this very order that has not ended."""
        final = [status.value for status in FINAL_STATUSES]
        found = self._jobs.find({**_like(order), "status": {"$nin": final}})
        records = (msgspec.convert(document, JobRecord) for document in found)
        return next((job for job in records if order in (job.commit, job.acceptance)), None)

    def count(self, order: AnyOrder) -> int:
        """How often the order, or one that only treats conflicts otherwise, was given; it never
        falls."""
        return self._jobs.count_documents(_like(order))

    def register(
        self, job_id: str, *, source: JobRecord, order: AnyOrder, actor: Actor, now: datetime
    ) -> None:
        """Make the job, PENDING, unless it exists. Safe to repeat."""
        self.records.create(
            job_id,
            kind=JobType.COMMIT,
            bucket=source.s3_bucket,
            key=source.s3_key,
            name=source.original_file_name,
            order={
                "s3VersionId": source.s3_version_id,
                _FIELD[type(order)]: msgspec.to_builtins(order),
            },
            actor=actor,
            now=now,
        )

    def is_owned(self, job_id: str, execution_arn: str) -> bool:
        """The execution may still write products for the job. One that the sweep took for dead
        may, too: a redrive goes on under the ARN of the first run."""
        job = self._jobs.find_one({"_id": job_id}, dict.fromkeys(_OWNERSHIP, 1)) or {}
        return job.get("executionArn") == execution_arn and (
            job["status"] == JobStatus.PROCESSING.value
            or job.get("errorCode") == JobFailureCode.STALLED.value
        )


def _like(order: AnyOrder) -> dict[str, Any]:
    # The id first, as the order has it, in the form that the index over it needs. Without
    # `onConflict`: older jobs do not have it, and the numbers of all of them must go on.
    (first, job_id), *others = msgspec.to_builtins(order).items()
    fields = {first: present(job_id), **dict(others)}
    fields.pop("onConflict", None)
    return {f"{_FIELD[type(order)]}.{name}": value for name, value in fields.items()}
