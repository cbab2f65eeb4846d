"""The `jobs` collection as proposals need it."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from core.errors import Conflict
from core.jobs.ordered import OrderedJobs
from core.jobs.orders import ProposalOrder
from core.jobs.records import JobRecord, JobType
from core.jobs.repository import job_not_found


class ProposalJobs(OrderedJobs[ProposalOrder]):
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        super().__init__(database, JobType.PROPOSAL, "proposal")

    def get(self, job_id: str) -> tuple[JobRecord, ProposalOrder]:
        """Raises NotFound `JOB_NOT_FOUND`, and Conflict `NOT_A_PROPOSAL`."""
        job = self.records.get(job_id)
        if job is None:
            raise job_not_found(job_id)
        if job.proposal is None:
            raise Conflict(
                "NOT_A_PROPOSAL",
                "This job proposes no attributes. Start one that does with "
                "POST /attributes/proposals.",
            )
        return job, job.proposal
