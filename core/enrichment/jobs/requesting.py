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
from core.jobs.ceiling import refuse_one_more
from core.jobs.launching import can_end, start_job
from core.jobs.machine import Starter
from core.jobs.orders import EnrichmentOrder
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.content_types import JSON
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
    number = jobs.count(order) + 1  # counted before the search, so that no job is missed
    running = jobs.unfinished(order)
    if running is not None and not can_end(machine, jobs.records, running, now):
        running = None
    job_id = running.id if running else _job_id(order, number)
    refuse_one_more(jobs.records, job_id, actor, settings)
    # The order is written first, so that every registered job finds its order.
    selection = EnrichmentSelection(order=order, product_ids=request.product_ids)
    key = order_key(job_id)
    store.put_if_absent(settings.results_bucket, key, msgspec.json.encode(selection), JSON)
    jobs.register(
        job_id,
        bucket=settings.results_bucket,
        key=key,
        name=f"Suggestions for {sentences.subject(order)}",
        order=order,
        actor=actor,
        now=now,
    )
    start_job(machine, jobs.records, job_id, now)
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


def _job_id(order: EnrichmentOrder, number: int) -> str:
    return str(uuid.uuid5(_ENRICHMENTS, f"{order.fingerprint}/{number}"))
