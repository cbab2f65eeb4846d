"""`POST /products/delete {productIds | filter, dryRun?}`: from a call to one execution of
product-commit.

A filter is resolved when the call is made: a product that fits it later is not deleted. A second
call for the same products, while the job runs, returns that job.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.approvals.deletions.sentences import EMPTY_FILTER, ordered, previewed
from core.errors import NotFound, PayloadTooLarge
from core.jobs.machine import Starter
from core.jobs.ordered import OrderedJobs
from core.jobs.orders import DeletionOrder
from core.jobs.records import JobType
from core.products.fields import Catalogue
from core.products.filter_strings import filter_string, filter_terms
from core.products.repository import ProductRepository
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.keys import product_ids_key
from core.wording import counted

_DELETIONS = uuid.UUID("0f6e3c52-8f0b-5a57-9a55-4f8ab9d0c3de")
"""Namespace of the ids of deletions. Never change it: running jobs depend on it."""

MAX_PRODUCTS = 200_000
"""Of one job: the call reads and stores their ids within its time."""


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    order: DeletionOrder
    ids: tuple[str, ...]
    existing: int
    dry_run: bool

    def preview(self) -> dict[str, Any]:
        """The answer of a dry run."""
        return {
            "message": previewed(self.existing),
            "dryRun": True,
            "products": self.existing,
            "notFound": len(self.ids) - self.existing,
        }


def read_deletion(
    body: Mapping[str, Any], catalogue: Catalogue, products: ProductRepository
) -> DeletionRequest:
    """Raises InvalidRequest `INVALID_FIELDS`, NotFound `PRODUCT_NOT_FOUND`, PayloadTooLarge
    `TOO_MANY_PRODUCTS`."""
    given = without_nulls(body)
    faults = field_faults("requests/delete-products", given)
    if ("productIds" in given) == ("filter" in given):
        faults.append(FieldFault("productIds", "Send either “productIds” or “filter”."))
    refuse(faults)
    query: str | None = None
    if "filter" in given:
        try:
            query = filter_string(given["filter"], EMPTY_FILTER)
            terms = filter_terms(query, catalogue, EMPTY_FILTER)
            if not terms:
                raise ValueError(EMPTY_FILTER)
        except ValueError as error:
            refuse([FieldFault("filter", str(error))])
        ids = tuple(products.ids(terms, limit=MAX_PRODUCTS + 1))
        existing = len(ids)
    else:
        ids = tuple(sorted(set(given["productIds"])))
        existing = products.present(ids)
    if not existing:
        raise NotFound("PRODUCT_NOT_FOUND", "None of the products exists, so none is deleted.")
    if len(ids) > MAX_PRODUCTS:
        raise PayloadTooLarge(
            "TOO_MANY_PRODUCTS",
            f"More than {counted(MAX_PRODUCTS, 'product')} are too many for one job; narrow the "
            "filter, and proceed in parts.",
        )
    fingerprint = hashlib.sha256(msgspec.json.encode(ids)).hexdigest()[:32]
    order = DeletionOrder(product_count=len(ids), filter=query, fingerprint=fingerprint)
    return DeletionRequest(order, ids, existing, dry_run=bool(given.get("dryRun", False)))


def start_deletion(
    request: DeletionRequest,
    store: ObjectStore,
    jobs: OrderedJobs[DeletionOrder],
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the job; the answer of the call. Raises ServiceUnavailable `JOB_NOT_STARTED` and
    TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`."""
    count = request.order.product_count
    job_id = jobs.start(
        request.order,
        msgspec.json.Encoder().encode_lines(request.ids),
        namespace=_DELETIONS,
        name=f"Deletion of {counted(count, 'product')}",
        key_of=product_ids_key,
        store=store,
        machine=machine,
        settings=settings,
        actor=actor,
        now=now,
    )
    return {"message": ordered(count), "jobId": job_id, "products": count}


def deletion_jobs(database: Database[dict[str, Any]]) -> OrderedJobs[DeletionOrder]:
    return OrderedJobs(database, JobType.DELETION, "deletion")
