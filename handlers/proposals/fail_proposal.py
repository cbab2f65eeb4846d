"""State FailProposal: see `failing_handler`."""

from core.jobs.records import JobType
from handlers.failing import failing_handler_of

handler = failing_handler_of(JobType.PROPOSAL, "Proposal", schema="pipeline/proposal-execution")
