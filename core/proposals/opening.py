"""How an execution of attribute-proposal claims its job, and what it freezes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.fan_out import OpenOutcome
from core.file_format import ReadingOptions, SourceFile
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.records import JobType
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectStore, ProposalKeys
from core.storage.content_types import JSON


class ProposalRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of an execution of attribute-proposal (`schemas/pipeline/proposal-execution.json`)."""

    job_id: str


class OpenedProposal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state that all later states of the machine read."""

    outcome: OpenOutcome = OpenOutcome.SUPERSEDED
    job_id: str
    attempt: int | None = None
    """Like `source` None when superseded."""
    source: SourceFile | None = None
    options: ReadingOptions = ReadingOptions()


def open_proposal(
    store: ObjectStore,
    jobs: JobRepository,
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
    *,
    execution_arn: str,
    request: ProposalRequest,
    now: datetime,
) -> OpenedProposal:
    """Claim the job for the execution, and freeze the definitions: columns that feed one of them
    need no new attribute.

    Repeated for the same execution it gives the same attempt and the same frozen definitions. A
    cancelled job is not claimed. Raises NoSuchJob if the job is no proposal.
    """
    claim = claim_unless_cancelled(jobs, request.job_id, JobType.PROPOSAL, execution_arn, now)
    if claim is None:
        return OpenedProposal(job_id=request.job_id)
    job, attempt = claim
    if job.proposal is None:
        raise ValueError(f"job {job.id} is a proposal without an order")
    present = sorted(definitions, key=lambda definition: definition.name)
    key = ProposalKeys(job.id, attempt).definitions
    store.put_if_absent(settings.results_bucket, key, msgspec.json.encode(present), JSON)
    return OpenedProposal(
        outcome=OpenOutcome.CLAIMED,
        job_id=job.id,
        attempt=attempt,
        source=job.proposal.source,
        options=job.proposal.options,
    )
