"""How an execution of product-commit takes its job, and what it freezes before it fans out."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.approvals.deletions.sentences import IDS_MISSING
from core.approvals.lines import is_among_rows
from core.approvals.model import CommitChunk, CommitRequest
from core.approvals.planning import plan_commit
from core.approvals.sentences import results_missing, suggestions_missing
from core.fan_out import ManifestLocation, Opened, OpenOutcome, choose_map
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.records import JobType
from core.jobs.repository import JobRepository
from core.outcomes import Refusal, RefusalCode
from core.products.fields import Catalogue
from core.settings import Settings
from core.storage import CommitKeys, ObjectMissing, ObjectStore
from core.storage.keys import acceptance_key, product_ids_key


def open_commit(
    store: ObjectStore,
    jobs: JobRepository,
    catalogue: Catalogue,
    settings: Settings,
    *,
    execution_arn: str,
    request: CommitRequest,
    now: datetime,
) -> Opened[CommitChunk]:
    """Claim the job for the execution and plan the approval.

    Repeated for the same execution it gives the same attempt and the same plan. An approval that
    was cancelled is not claimed. Raises NoSuchJob for a job that is not an approval.
    """
    opened = Opened[CommitChunk](job_id=request.job_id, execution_arn=execution_arn)
    seen = jobs.get(request.job_id)
    kind = JobType.COMMIT if seen is None or seen.deletion is None else JobType.DELETION
    claim = claim_unless_cancelled(jobs, request.job_id, kind, execution_arn, now)
    if claim is None:
        return opened
    job, attempt = claim
    opened = msgspec.structs.replace(opened, outcome=OpenOutcome.CLAIMED, attempt=attempt)
    keys = CommitKeys(job.id, attempt)
    try:
        plan, chunks = plan_commit(store, settings, keys, job, catalogue)
    except ObjectMissing as missing:
        if job.deletion is not None and missing.key == product_ids_key(job.id):
            gone = Refusal(code=RefusalCode.OBJECT_MISSING, message=IDS_MISSING)
            return opened.refused(gone)
        of_rows = is_among_rows(missing.key, job.commit or job.acceptance)
        if not of_rows and missing.key != acceptance_key(job.id):
            raise
        sentence = results_missing(job.original_file_name)
        if job.acceptance is not None:
            sentence = suggestions_missing()
        return opened.refused(Refusal(code=RefusalCode.OBJECT_MISSING, message=sentence))
    mode = choose_map(plan.chunk_count, settings.inline_map_max_chunks, turns=1)
    manifest = ManifestLocation(bucket=settings.results_bucket, key=keys.chunks)
    return opened.over(chunks, mode, plan.row_count, manifest)
