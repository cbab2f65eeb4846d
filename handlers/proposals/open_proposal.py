"""State OpenProposal: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from core.attributes.repository import AttributeRepository
from core.clock import now
from core.jobs.repository import JobRepository
from core.proposals.opening import OpenedProposal, ProposalRequest, open_proposal
from handlers import environment
from handlers.opening import opening_handler


def _open(execution_arn: str, request: ProposalRequest) -> OpenedProposal:
    database = environment.database()
    return open_proposal(
        environment.store(),
        JobRepository(database),
        AttributeRepository(database).definitions(),
        environment.settings(),
        execution_arn=execution_arn,
        request=request,
        now=now(),
    )


handler = opening_handler(
    _open, "Proposal", schema="pipeline/proposal-execution", request=ProposalRequest
)
