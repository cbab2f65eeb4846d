"""How an enrichment job ends: with counts and two result files, or with a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.enrichment import sentences
from core.enrichment.job_model import (
    BatchContent,
    BatchSummary,
    EnrichmentPlan,
)
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.jobs.ledger import read_ledger
from core.enrichment.model import EnrichedProduct
from core.enrichment.previewing import preview
from core.jobs.lifecycle import Closing, end_job, superseded
from core.jobs.orders import EnrichmentCounts, Usage, order_to_json
from core.jobs.records import JobEnding, JobStatus
from core.jobs.repository import JobRepository
from core.products.fields import ID, REVISION
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON, NDJSON


class BatchUnaccounted(Exception):
    """A planned batch left no summary, or its summary lacks products. An infrastructure error,
    worth a retry."""


def close_enrichment(
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    execution_arn: str,
    now: datetime,
) -> Closing:
    """End the job with the suggestions of its batches. Raises BatchUnaccounted, and ObjectMissing
    if there is no plan."""
    if lost := superseded(jobs.get(job_id), job_id, execution_arn):
        return lost
    files = EnrichmentFiles(store, settings.results_bucket, EnrichmentKeys(job_id, attempt))
    plan = files.plan()
    summaries = list(_summaries(files, plan))
    counts = sum((s.counts for s in summaries), EnrichmentCounts())
    # of all attempts: the calls of an earlier attempt were paid for this job too
    usage = read_ledger(store, files.bucket, files.keys).spent
    blocked = sentences.blocked(counts)
    if blocked is not None:
        code, sentence = blocked
        ending = JobEnding(
            status=JobStatus.FAILED,
            error_code=code,
            error_details=sentence,
            enrichment_counts=counts,
            usage=usage,
        )
        return end_job(jobs, job_id, execution_arn, ending, now)
    message = sentences.outcome(counts)
    truncated = _gather(files, plan, counts, usage, message, settings.result_max_bytes)
    ending = JobEnding(
        status=JobStatus.COMPLETED if counts.is_clean else JobStatus.COMPLETED_WITH_ISSUES,
        message=message,
        enrichment_counts=counts,
        usage=usage,
        truncated=truncated,
        result_s3_key=files.keys.result,
    )
    return end_job(jobs, job_id, execution_arn, ending, now)


def _summaries(files: EnrichmentFiles, plan: EnrichmentPlan) -> Iterator[BatchSummary]:
    """One per planned batch, in order."""
    products = 0
    for index in range(plan.chunk_count):
        try:
            summary = files.summary(index)
        except ObjectMissing:
            raise BatchUnaccounted(
                f"batch {index} of {plan.chunk_count} of job {plan.job_id} left no summary"
            ) from None
        products += summary.counts.products
        yield summary
    if products != plan.row_count:
        raise BatchUnaccounted(
            f"the summaries of job {plan.job_id} hold {products} of {plan.row_count} products"
        )


def _gather(
    files: EnrichmentFiles,
    plan: EnrichmentPlan,
    counts: EnrichmentCounts,
    usage: Usage,
    message: str,
    max_bytes: int,
) -> bool:
    """Write both result files, batch by batch: `suggestions.ndjson`, complete, and `result.json`,
    whose previews are limited to `max_bytes`. True if previews were left out."""
    keys = files.keys
    head = {
        "jobId": plan.job_id,
        "message": message,
        "order": order_to_json(plan.order),
        "counts": msgspec.to_builtins(counts),
        "usage": msgspec.to_builtins(usage),
    }
    truncated, size, separator = False, 0, b""
    with (
        files.store.writer(files.bucket, keys.all_suggestions, NDJSON) as lines,
        files.store.writer(files.bucket, keys.result, JSON) as result,
    ):
        result.write(msgspec.json.encode(head)[:-1] + b',"enrichedProductsPreview":[')
        for index in range(plan.chunk_count):
            enriched = files.lines(keys.suggestions(index))
            lines.write(msgspec.json.Encoder().encode_lines(enriched))
            if truncated:
                continue
            for item in _previews(files.content(index, plan.opening), enriched):
                size += len(item)
                if size > max_bytes:
                    truncated = True
                    break
                result.write(separator + item)
                separator = b","
        result.write(b'],"truncated":' + (b"true" if truncated else b"false") + b"}")
    return truncated


def _previews(content: BatchContent, enriched: Sequence[EnrichedProduct]) -> Iterator[bytes]:
    read = {product.id: product for product in content.products}
    for product in enriched:
        shown: dict[str, Any] = {ID: product.id}
        if (frozen := read.get(product.id)) is not None:
            shown |= {**frozen.values, REVISION: frozen.revision}
        yield msgspec.json.encode(preview(product, shown))
