"""The sentences that users read about a deletion of many products."""

from __future__ import annotations

from core.approvals.model import RejectionCode
from core.jobs.orders import DeletionCounts
from core.products.changes import Outcome
from core.wording import counted

EMPTY_FILTER = (
    "“filter” names no value, and would delete every product. If that is meant, write "
    "_id[exists]=true."
)
IDS_MISSING = "The list of the products to delete is no longer stored. Please order it again."

REASONS = {
    Outcome.NOT_FOUND: (RejectionCode.PRODUCT_NOT_FOUND, "There is no product with this id."),
    Outcome.CHANGED_SINCE: (
        RejectionCode.CHANGED_SINCE,
        "The product was changed after its deletion was ordered, and was left as it is. "
        "Look at it, and delete it again.",
    ),
}


def outcome_of_deletion(counts: DeletionCounts) -> str:
    verb = "was" if counts.deleted == 1 else "were"
    sentence = f"{counted(counts.deleted, 'product')} {verb} deleted."
    if counts.rejected:
        verb = "was" if counts.rejected == 1 else "were"
        sentence += f" {counted(counts.rejected, 'product')} {verb} not; the result says why."
    return sentence


def ordered(count: int) -> str:
    return f"{counted(count, 'product')} will be deleted."


def previewed(count: int) -> str:
    return f"Nothing was deleted; {counted(count, 'product')} would be."
