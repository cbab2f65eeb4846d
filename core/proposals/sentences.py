"""What a person reads about proposals."""

from __future__ import annotations

from core.jobs.orders import ProposalCounts
from core.wording import counted


def accepted(file_name: str) -> str:
    return f"Attributes will be proposed from every row of “{file_name}”."


def proposed(counts: ProposalCounts) -> str:
    found = f"{counted(counts.proposed, 'attribute')} proposed from {counted(counts.rows, 'row')}."
    if not counts.left_out:
        return found
    columns = counted(counts.left_out, "column")
    return f"{found} Nothing is proposed for {columns}; the reason is given for each."
