"""The `jobs` collection as export jobs need it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from pymongo import DESCENDING
from pymongo.database import Database

from core.jobs.ordered import OrderedJobs
from core.jobs.orders import ExportFormat, ExportOrder
from core.jobs.records import JobRecord, JobStatus, JobType
from core.settings import Settings
from core.storage import ExportKeys, ObjectMissing, ObjectStore


class ExportJobs(OrderedJobs[ExportOrder]):
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        super().__init__(database, JobType.EXPORT, "export")

    def finished(self, orders: Sequence[ExportOrder]) -> list[JobRecord]:
        """The jobs of these orders that ended with a file, the newest first."""
        known = {"$in": [order.fingerprint for order in orders]}
        completed = {"export.fingerprint": known, "status": JobStatus.COMPLETED.value}
        found = self._jobs.find(completed).sort([("submittedAt", DESCENDING)])
        return [msgspec.convert(job, JobRecord) for job in found]


def import_order(
    job: JobRecord, file_format: ExportFormat, *, guarded: bool = False
) -> ExportOrder:
    """The order of the valid rows of the current attempt of an import."""
    return fingerprinted(
        ExportOrder(
            format=file_format,
            guarded=guarded,
            import_job_id=job.id,
            import_attempt=job.attempt,
        )
    )


def fingerprinted(order: ExportOrder) -> ExportOrder:
    """Of an order without a fingerprint."""
    digest = hashlib.sha256(msgspec.json.encode(order)).hexdigest()[:32]
    return msgspec.structs.replace(order, fingerprint=digest)


def stored_exports(
    jobs: ExportJobs, job: JobRecord, store: ObjectStore, settings: Settings
) -> list[JobRecord]:
    """Exports of the current attempt of an import whose files are stored, the newest first."""
    if job.type is not JobType.IMPORT or job.result_s3_key is None:
        return []
    orders = [import_order(job, file_format) for file_format in ExportFormat]
    orders.append(import_order(job, ExportFormat.CSV, guarded=True))

    def is_stored(export: JobRecord) -> bool:
        order = export.export
        if order is None:
            return False
        key = ExportKeys(export.id, export.attempt).file(order.format)
        try:
            store.head(settings.results_bucket, key)
        except ObjectMissing:
            return False
        return True

    return list(filter(is_stored, jobs.finished(orders)))
