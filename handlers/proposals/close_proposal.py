"""State CloseProposal: see `closing_handler`."""

from core.proposals.closing import close_proposal
from handlers.closing import closing_handler

handler = closing_handler(close_proposal, "Proposal")
