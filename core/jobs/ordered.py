"""Jobs that a call orders and that are recognised by the fingerprint of the order, so that the same
call joins the job while it runs. Claiming and ending a job are the same for every type:
`core/jobs/repository.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.database import JOBS, collection_of, present
from core.jobs.ceiling import refuse_one_more
from core.jobs.launching import can_end, start_job
from core.jobs.machine import Starter
from core.jobs.orders import DeletionOrder, EnrichmentOrder, ExportOrder, ProposalOrder
from core.jobs.records import FINAL_STATUSES, JobRecord, JobType
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.content_types import JSON

Order = TypeVar("Order", DeletionOrder, EnrichmentOrder, ExportOrder, ProposalOrder)


class OrderedJobs(Generic[Order]):
    """Jobs of the type `kind`, whose order is in the field `field` of the record."""

    def __init__(self, database: Database[dict[str, Any]], kind: JobType, field: str) -> None:
        self._jobs = collection_of(database, JOBS)
        self._kind = kind
        self._field = field
        self.records = JobRepository(database)

    def start(
        self,
        order: Order,
        content: bytes,
        *,
        namespace: uuid.UUID,
        name: str,
        key_of: Callable[[str], str],
        store: ObjectStore,
        machine: Starter,
        settings: Settings,
        actor: Actor,
        now: datetime,
    ) -> str:
        """Start a job of the order, or join the one that runs; its id. The execution reads
        `content` at `key_of(job_id)`. Raises ServiceUnavailable `JOB_NOT_STARTED` and
        TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`."""
        number = self.count(order) + 1  # counted before the search, so that no job is missed
        running = self.unfinished(order)
        if running is not None and not can_end(machine, self.records, running, now):
            running = None
        new = uuid.uuid5(namespace, f"{order.fingerprint}/{number}")
        job_id = running.id if running else str(new)
        refuse_one_more(self.records, job_id, actor, settings)
        # The content is written first, so that every registered job finds its order.
        bucket, key = settings.results_bucket, key_of(job_id)
        store.put_if_absent(bucket, key, content, JSON)
        self.register(job_id, bucket=bucket, key=key, name=name, order=order, actor=actor, now=now)
        start_job(machine, self.records, job_id, now)
        return job_id

    def unfinished(self, order: Order) -> JobRecord | None:
        """A job of the same order that has not ended."""
        final = [status.value for status in FINAL_STATUSES]
        found = self._jobs.find_one({**self._of(order), "status": {"$nin": final}})
        return None if found is None else msgspec.convert(found, JobRecord)

    def count(self, order: Order) -> int:
        """How many jobs of this order exist; the number never decreases."""
        return self._jobs.count_documents(self._of(order))

    def register(
        self,
        job_id: str,
        *,
        bucket: str,
        key: str,
        name: str,
        order: Order,
        actor: Actor,
        now: datetime,
    ) -> None:
        """Create the job, PENDING, unless it exists. Safe to repeat."""
        self.records.create(
            job_id,
            kind=self._kind,
            bucket=bucket,
            key=key,
            name=name,
            order={self._field: msgspec.to_builtins(order)},
            actor=actor,
            now=now,
        )

    def _of(self, order: Order) -> dict[str, Any]:
        return {f"{self._field}.fingerprint": present(order.fingerprint)}
