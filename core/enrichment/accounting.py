"""What an enrichment has come to that left no result: it runs, was cancelled, or failed.

Its batches tell in the ledger what they did; nobody gathers it for a job that does not end well.
"""

from __future__ import annotations

import msgspec

from core.enrichment.ledger import read_ledger
from core.jobs.records import JobRecord, JobStatus, JobType
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectStore

_TOLD = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES})


def with_account(job: JobRecord, store: ObjectStore, settings: Settings) -> JobRecord:
    """The job with usage and counts as far as its batches have told them, by one listing of S3. Any
    other job, and one that did end well, as it is."""
    if job.type is not JobType.ENRICHMENT or not job.attempt or job.status in _TOLD:
        return job
    if job.usage is not None and not job.is_cancelled:
        return job  # it ended as FAILED with all of its batches done
    keys = EnrichmentKeys(job.id, job.attempt)
    ledger = read_ledger(store, settings.results_bucket, keys)
    kept = job.usage
    if kept is not None and kept.requests > ledger.spent.requests:
        return job  # the ledger expires before the record does
    return msgspec.structs.replace(job, usage=ledger.spent, enrichment_counts=ledger.done)
