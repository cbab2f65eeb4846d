"""How an execution of attribute-proposal ends its job."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.jobs.lifecycle import Closing, end_job, superseded
from core.jobs.orders import ProposalCounts
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.outcomes import Notice
from core.proposals import sentences
from core.settings import Settings
from core.storage import ObjectStore, ProposalKeys


class _Outline(msgspec.Struct, frozen=True, rename="camel"):
    """The part of the proposals that the job shows."""

    rows: int
    proposals: tuple[msgspec.Raw, ...]
    left_out: tuple[msgspec.Raw, ...]
    notices: tuple[Notice, ...]


def close_proposal(
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    execution_arn: str,
    now: datetime,
) -> Closing:
    """End the job with its counts. Raises ObjectMissing if there are no proposals."""
    if (closing := superseded(jobs.get(job_id), job_id, execution_arn)) is not None:
        return closing
    key = ProposalKeys(job_id, attempt).proposals
    found = msgspec.json.decode(store.get(settings.results_bucket, key), type=_Outline)
    counts = ProposalCounts(
        rows=found.rows, proposed=len(found.proposals), left_out=len(found.left_out)
    )
    ending = JobEnding(
        status=JobStatus.COMPLETED,
        message=sentences.proposed(counts),
        proposal_counts=counts,
        notices=found.notices,
        result_s3_key=key,
    )
    return end_job(jobs, job_id, execution_arn, ending, now)
