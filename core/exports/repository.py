"""The `jobs` collection as export jobs need it."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from core.jobs.ordered import OrderedJobs
from core.jobs.orders import ExportOrder
from core.jobs.records import JobType


class ExportJobs(OrderedJobs[ExportOrder]):
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        super().__init__(database, JobType.EXPORT, "export")
