"""State CloseCommit: see `closing_handler`."""

from core.approvals.closing import close_commit
from handlers.closing import closing_handler

handler = closing_handler(close_commit, "Approval")
