"""State FailProposal: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from core.proposals.closing import fail_proposal
from core.proposals.opening import ProposalRequest
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: ProposalRequest) -> Closing:
    return fail_proposal(
        jobs,
        execution_arn=event["executionArn"],
        request=request,
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail, "Proposal", schema="pipeline/proposal-execution", request=ProposalRequest
)
