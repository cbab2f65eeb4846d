"""The list of products in the body of a call, and its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import PayloadTooLarge
from core.schemas import field_faults, refuse
from core.settings import Settings
from core.storage.keys import job_id_of_upload
from core.wording import can_be_raised


def read_products(schema: str, body: Mapping[str, Any], settings: Settings) -> list[Any]:
    """The `products` of a body that keeps `schemas/{schema}.json`. Raises InvalidRequest
    `INVALID_FIELDS`, and PayloadTooLarge `TOO_MANY_PRODUCTS`."""
    refuse(field_faults(schema, body))
    products: list[Any] = body["products"]
    limit = settings.max_products_per_call
    if len(products) > limit:
        raise PayloadTooLarge(
            "TOO_MANY_PRODUCTS",
            f"{len(products):,} products are too many for one call; send at most {limit:,}, "
            f"or {_otherwise(body)}. {can_be_raised('max_products_per_call')}",
            [{"field": "products", "maximum": limit}],
        )
    return products


def _otherwise(body: Mapping[str, Any]) -> str:
    """The advice for larger numbers of products, as part of a sentence."""
    job_id = job_id_of_upload(str(body.get("s3Key") or ""))
    if job_id is None:
        return "upload them as a file"
    return f"approve the whole import, by “jobId”: “{job_id}” in place of “products”"
