"""Accepting more products than a call saves: from the call to one execution of product-commit.

The attempt whose suggestions are meant is frozen here; they lie in S3 for good and never change.
What is accepted may be a list of any length, so it lies in S3 as well. A second call for the same
while the job runs gives that job, as in `core/approvals/requesting.py`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from core.actors import Actor
from core.approvals.repository import CommitJobs
from core.approvals.requesting import commit_job_id
from core.approvals.suggestions.saving import AcceptRequest
from core.enrichment.sentences import products
from core.jobs.ceiling import refuse_one_more
from core.jobs.launching import start_job
from core.jobs.machine import Starter
from core.jobs.orders import AcceptanceOrder
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.content_types import JSON
from core.storage.keys import acceptance_key


def start_acceptance(
    request: AcceptRequest,
    store: ObjectStore,
    commits: CommitJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the job; the answer of the call. Raises ServiceUnavailable `JOB_NOT_STARTED`
    and TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`."""
    accept = msgspec.json.encode(request.accept, order="sorted")
    order = AcceptanceOrder(
        enrichment_job_id=request.job.id,
        enrichment_attempt=request.job.attempt,
        dry_run=request.dry_run,
        fingerprint=hashlib.sha256(accept).hexdigest()[:32],
    )
    job_id = commit_job_id(commits, order, machine, now)
    refuse_one_more(commits.records, job_id, actor, settings)
    # Before the job: whatever breaks in between, a job that is there finds what it is to save.
    store.put_if_absent(settings.results_bucket, acceptance_key(job_id), accept, JSON)
    commits.register(job_id, source=request.job, order=order, actor=actor, now=now)
    start_job(machine, commits.records, job_id, now)
    return {
        "message": _accepted(request.product_count, dry_run=order.dry_run),
        "jobId": job_id,
        "enrichmentJobId": order.enrichment_job_id,
        "enrichmentAttempt": order.enrichment_attempt,
        "dryRun": order.dry_run,
        "rows": request.product_count,
    }


def _accepted(count: int, *, dry_run: bool) -> str:
    if dry_run:
        return f"Counting what accepting the suggestions for {products(count)} would change."
    return f"The accepted suggestions for {products(count)} will be saved."
