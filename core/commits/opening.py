"""How an execution of product-commit takes its job, and what it freezes before it fans out."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.commits.model import (
    CommitRequest,
    FanOut,
    ManifestLocation,
    OpenedCommit,
    OpenOutcome,
)
from core.commits.planning import plan_commit
from core.commits.sentences import results_missing
from core.imports.model import Refusal, RefusalCode
from core.jobs.records import CommitOrder, JobRecord
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from core.settings import Settings
from core.storage import CommitKeys, ImportKeys, ObjectMissing, ObjectStore

CLAIM_TRIES = 5


def open_commit(
    store: ObjectStore,
    jobs: JobRepository,
    catalogue: Catalogue,
    settings: Settings,
    *,
    execution_arn: str,
    request: CommitRequest,
    now: datetime,
) -> OpenedCommit:
    """Claim the job for the execution and plan the approval.

    Repeated for the same execution it gives the same attempt and the same plan. An approval that
    was cancelled is not claimed. Raises ValueError for a job that is no approval.
    """
    superseded = OpenedCommit(
        outcome=OpenOutcome.SUPERSEDED, job_id=request.job_id, execution_arn=execution_arn
    )
    claim = _claim(jobs, request.job_id, execution_arn, now)
    if claim is None:
        return superseded
    job, order, attempt = claim
    opened = msgspec.structs.replace(superseded, outcome=OpenOutcome.CLAIMED, attempt=attempt)
    keys = CommitKeys(job.id, attempt)
    try:
        plan, chunks = plan_commit(store, settings, keys, job, order, catalogue, now)
    except ObjectMissing as missing:
        products = ImportKeys(order.import_job_id, order.import_attempt).all_products
        if missing.key != products:
            raise
        sentence = results_missing(job.original_file_name)
        return msgspec.structs.replace(
            opened,
            outcome=OpenOutcome.REFUSED,
            refusal=Refusal(code=RefusalCode.OBJECT_MISSING, message=sentence),
        )
    inline = plan.chunk_count <= settings.inline_map_max_chunks
    return msgspec.structs.replace(
        opened,
        mode=FanOut.INLINE if inline else FanOut.DISTRIBUTED,
        chunks=chunks if inline else (),
        chunk_count=plan.chunk_count,
        row_count=plan.row_count,
        manifest=ManifestLocation(bucket=settings.results_bucket, key=keys.chunks),
    )


def _claim(
    jobs: JobRepository, job_id: str, execution_arn: str, now: datetime
) -> tuple[JobRecord, CommitOrder, int] | None:
    """The job, its order and the number of this attempt; None when it was cancelled."""
    for _ in range(CLAIM_TRIES):
        seen = jobs.get(job_id)
        if seen is None or seen.commit is None:
            raise ValueError(f"there is no approval with the job id {job_id}")
        if seen.is_cancelled:
            return None
        attempt = jobs.claim(
            seen,
            execution_arn=execution_arn,
            bucket=seen.s3_bucket,
            key=seen.s3_key,
            version_id=seen.s3_version_id,
            now=now,
        )
        if attempt is not None:
            return seen, seen.commit, attempt
    raise RuntimeError(f"job {job_id} was claimed by others {CLAIM_TRIES} times in a row")
