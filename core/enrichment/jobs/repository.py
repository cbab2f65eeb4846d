"""Access to the `jobs` collection that only enrichment jobs need. Claiming and ending a job are the
same for every type: `core/jobs/repository.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.database import JOBS, collection_of, present
from core.jobs.orders import EnrichmentOrder
from core.jobs.records import FINAL_STATUSES, JobRecord, JobType
from core.jobs.repository import JobRepository


class EnrichmentJobs:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._jobs = collection_of(database, JOBS)
        self.records = JobRepository(database)

    def unfinished(self, order: EnrichmentOrder) -> JobRecord | None:
        """A job of the same order that has not ended."""
        final = [status.value for status in FINAL_STATUSES]
        found = self._jobs.find_one({**_of(order), "status": {"$nin": final}})
        return None if found is None else msgspec.convert(found, JobRecord)

    def count(self, order: EnrichmentOrder) -> int:
        """How many jobs of this order exist; the number never decreases."""
        return self._jobs.count_documents(_of(order))

    def register(
        self,
        job_id: str,
        *,
        bucket: str,
        key: str,
        name: str,
        order: EnrichmentOrder,
        actor: Actor,
        now: datetime,
    ) -> None:
        """Create the job, PENDING, unless it exists. Safe to repeat."""
        self.records.create(
            job_id,
            kind=JobType.ENRICHMENT,
            bucket=bucket,
            key=key,
            name=name,
            order={"enrichment": msgspec.to_builtins(order)},
            actor=actor,
            now=now,
        )


def _of(order: EnrichmentOrder) -> dict[str, Any]:
    return {"enrichment.fingerprint": present(order.fingerprint)}
