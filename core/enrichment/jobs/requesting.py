"""From a call of `POST /products/enrich` to one execution of product-enrich.

A second call while a job of the same order runs returns that job: the id of a job is derived from
its order and from the number of earlier jobs of that order. So a double click does not pay twice.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any

import msgspec

from core.actors import Actor
from core.enrichment import sentences
from core.enrichment.job_model import EnrichmentSelection
from core.enrichment.jobs.repository import EnrichmentJobs
from core.enrichment.requests import EnrichmentRequest
from core.jobs.machine import Starter
from core.jobs.orders import EnrichmentOrder
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.enrichment_keys import order_key

_ENRICHMENTS = uuid.UUID("6b1f0d0e-3a3c-5d2b-8f5e-94b7a1f2c0d3")
"""Namespace of the ids of enrichment jobs. Never change it: running jobs depend on it."""


def start_enrichment(
    request: EnrichmentRequest,
    store: ObjectStore,
    jobs: EnrichmentJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the job, and return the response body. Raises ServiceUnavailable `JOB_NOT_STARTED`
    and TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`."""
    order = order_of(request)
    selection = EnrichmentSelection(order=order, product_ids=request.product_ids)
    job_id = jobs.start(
        order,
        msgspec.json.encode(selection),
        namespace=_ENRICHMENTS,
        name=f"Suggestions for {sentences.subject(order)}",
        key_of=order_key,
        store=store,
        machine=machine,
        settings=settings,
        actor=actor,
        now=now,
    )
    return {"message": sentences.accepted(order), "jobId": job_id}


def order_of(request: EnrichmentRequest) -> EnrichmentOrder:
    ids = request.product_ids
    order = EnrichmentOrder(
        terms=request.terms,
        product_count=None if ids is None else len(ids),
        filter=request.filter,
        budget=request.budget,
    )
    digest = hashlib.sha256(msgspec.json.encode((order, ids))).hexdigest()[:32]
    return msgspec.structs.replace(order, fingerprint=digest)
