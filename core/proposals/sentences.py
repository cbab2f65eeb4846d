"""What a person reads about proposals."""

from __future__ import annotations

from core.jobs.orders import ProposalCounts
from core.jobs.records import JobFailureCode
from core.jobs.sentences import PROPOSE_AGAIN
from core.wording import counted


def accepted(file_name: str) -> str:
    return f"Attributes will be proposed from every row of “{file_name}”."


def proposed(counts: ProposalCounts) -> str:
    found = f"{counted(counts.proposed, 'attribute')} proposed from {counted(counts.rows, 'row')}."
    if not counts.left_out:
        return found
    columns = counted(counts.left_out, "column")
    return f"{found} Nothing is proposed for {columns}; the reason is given for each."


def infrastructure_failed(code: JobFailureCode, job_id: str) -> str:
    if code is JobFailureCode.TIMED_OUT:
        return f"The proposals took longer than they may and were stopped. {PROPOSE_AGAIN}."
    return (
        f"The proposals stopped because of a problem on our side. {PROPOSE_AGAIN}. "
        f"If it happens again, tell support the job number {job_id}."
    )
