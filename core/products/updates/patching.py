"""`PATCH /products/{productId}`: one product of `bulk-update`, answered by a status of its own.

A caller who sends `If-Match` with the ETag of what was read changes that revision or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from core.products.changes import Outcome, WritePolicy
from core.products.fields import ID, REVISION, Catalogue
from core.products.updates.bulk_updating import ItemOutcome, update_products
from core.products.writing import ProductWriter
from core.settings import Settings


def patch_product(
    product_id: str,
    body: Mapping[str, Any],
    revision: int | None,
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
) -> dict[str, Any]:
    """What the answer says beside the product. `revision` is that of `If-Match`; the body may have
    one instead. Raises InvalidRequest `INVALID_FIELDS`, NotFound `PRODUCT_NOT_FOUND`, Conflict
    `NOT_UNIQUE` and `PRODUCT_CHANGED`, PreconditionFailed `PRODUCT_CHANGED`."""
    item = {**body, ID: product_id}
    if revision is not None:
        item[REVISION] = revision
    answer = update_products({"products": [item]}, catalogue, writer, policy, settings)
    (reported,) = answer["outcomes"]
    faults: list[dict[str, Any]] = reported.get("faults", [])
    details = [{"field": f["column"] or ID, "message": f["message"]} | f for f in faults]
    sentence = " ".join(fault["message"] for fault in faults[:3])
    match ItemOutcome(reported["outcome"]):
        case ItemOutcome.NOT_FOUND:
            raise NotFound(
                "PRODUCT_NOT_FOUND", f"There is no product with the id “{product_id[:200]}”."
            )
        case ItemOutcome.CONFLICT:
            if revision is None:
                raise Conflict("PRODUCT_CHANGED", sentence, details)
            raise PreconditionFailed("PRODUCT_CHANGED", sentence, details)
        case ItemOutcome.INVALID:
            if [fault["code"] for fault in faults] == [Outcome.NOT_UNIQUE.name]:
                raise Conflict(Outcome.NOT_UNIQUE.name, sentence, details)
            raise InvalidRequest("INVALID_FIELDS", sentence, details)
    message = f"Product “{product_id}” was {reported['outcome']}."
    return {"message": message, "ignoredFields": answer["ignoredFields"]}
