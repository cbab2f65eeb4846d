"""What only export jobs need of the `jobs` collection. How a job is claimed and ended is the same
for every type: `core/jobs/repository.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.actors import Actor
from core.database import JOBS, collection_of, present
from core.jobs.orders import ExportOrder
from core.jobs.records import FINAL_STATUSES, JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository


class ExportJobs:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._jobs = collection_of(database, JOBS)
        self.records = JobRepository(database)

    def unfinished(self, order: ExportOrder) -> JobRecord | None:
        """A job of the same order that has not ended."""
        final = [status.value for status in FINAL_STATUSES]
        found = self._jobs.find_one({**_of(order), "status": {"$nin": final}})
        return None if found is None else msgspec.convert(found, JobRecord)

    def count(self, order: ExportOrder) -> int:
        """How many jobs of this order exist; the number never decreases."""
        return self._jobs.count_documents(_of(order))

    def register(
        self,
        job_id: str,
        *,
        bucket: str,
        key: str,
        name: str,
        order: ExportOrder,
        actor: Actor,
        now: datetime,
    ) -> None:
        """Create the job, PENDING, unless it exists. Safe to repeat."""
        fresh = {
            "type": JobType.EXPORT.value,
            "status": JobStatus.PENDING.value,
            "s3Bucket": bucket,
            "s3Key": key,
            "originalFileName": name,
            "submittedAt": now,
            "updatedAt": now,
            "createdBy": actor.id,
            "updatedBy": actor.id,
            "attempt": 0,
            "export": msgspec.to_builtins(order),
        }
        try:
            self._jobs.update_one({"_id": job_id}, {"$setOnInsert": fresh}, upsert=True)
        except DuplicateKeyError:
            return  # another caller inserted it between the match and the insert


def _of(order: ExportOrder) -> dict[str, Any]:
    return {"export.fingerprint": present(order.fingerprint)}
