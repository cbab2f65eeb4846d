"""Why a row of an approval was not saved, as its caller reads it."""

from __future__ import annotations

from collections.abc import Mapping

from core.approvals.model import RejectionCode
from core.approvals.suggestions.acceptance import ENTERED_SINCE
from core.products.changes import OTHER_IDENTIFIER, Outcome
from core.products.sizes import ProductLimits

Reasons = Mapping[Outcome, tuple[RejectionCode, str]]


def reasons_of_import(limits: ProductLimits) -> Reasons:
    return {
        Outcome.CONFLICT: (
            RejectionCode.CONFLICT,
            "Others kept changing this product; approve the import again.",
        ),
        Outcome.CHANGED_SINCE: (
            RejectionCode.CHANGED_SINCE,
            "The product was changed after this approval was ordered, and was left as it is. "
            "Compare the two; to save the row all the same, approve the import again.",
        ),
        Outcome.DELETED_SINCE: (
            RejectionCode.DELETED_SINCE,
            "The product was deleted after this approval was ordered. "
            "To create it again, approve the import again.",
        ),
        Outcome.NOT_UNIQUE: (
            RejectionCode.NOT_UNIQUE,
            "Another product has a value that may occur only once.",
        ),
        Outcome.IDENTIFIER_CHANGED: (RejectionCode.IDENTIFIER_CHANGED, OTHER_IDENTIFIER),
        Outcome.PRODUCT_TOO_LARGE: (
            RejectionCode.PRODUCT_TOO_LARGE,
            limits.sentences["PRODUCT_TOO_LARGE"],
        ),
        Outcome.TOO_MANY_ATTRIBUTES: (
            RejectionCode.TOO_MANY_ATTRIBUTES,
            limits.sentences["TOO_MANY_ATTRIBUTES"],
        ),
    }


def reasons_of_acceptance(limits: ProductLimits) -> Reasons:
    return {
        **reasons_of_import(limits),
        Outcome.CONFLICT: (RejectionCode.CONFLICT, ENTERED_SINCE),
        Outcome.CHANGED_SINCE: (
            RejectionCode.CHANGED_SINCE,
            "The product was changed after its suggestions were accepted, and was left as it is. "
            "Look at it, and accept them again.",
        ),
        Outcome.NOT_FOUND: (RejectionCode.PRODUCT_NOT_FOUND, "There is no such product any more."),
    }
