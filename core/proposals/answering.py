"""`GET /attributes/proposals/{jobId}`: the proposals of a job, as many as fit into one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.errors import Conflict
from core.jobs.records import JobRecord, JobStatus
from core.products.answer_sizes import ANSWER_BYTES, size_in_answer
from core.proposals.repository import ProposalJobs
from core.settings import Settings
from core.storage import ObjectMissing, ObjectStore, ProposalKeys

_LISTS = ("proposals", "leftOut")
"""The rest of the file is small."""


def show_proposals(
    job_id: str,
    store: ObjectStore,
    jobs: ProposalJobs,
    settings: Settings,
    *,
    limit: int = ANSWER_BYTES,
) -> dict[str, Any]:
    """The state of the job and, once it is completed, its proposals.

    `truncated` says that not all fit; the job links the file that has them all. Raises NotFound
    `JOB_NOT_FOUND`, Conflict (`NOT_A_PROPOSAL`, `RESULTS_GONE`)."""
    job, order = jobs.get(job_id)
    shown: dict[str, Any] = {
        "message": job.message or job.error_details or "The proposals are being prepared.",
        "jobId": job.id,
        "status": job.status.value,
        "fileName": order.source.file_name,
    }
    if order.import_job_id is not None:
        shown["importJobId"] = order.import_job_id
    if job.status is JobStatus.FAILED:
        return shown | {"errorCode": job.error_code}
    if job.is_final:
        shown |= _bounded(read_proposals(job, store, settings), limit)
    return shown


def read_proposals(job: JobRecord, store: ObjectStore, settings: Settings) -> dict[str, Any]:
    """The file of a completed job. Raises Conflict `RESULTS_GONE`."""
    key = ProposalKeys(job.id, job.attempt).proposals
    try:
        data = store.get(settings.results_bucket, key)
    except ObjectMissing:
        raise Conflict(
            "RESULTS_GONE",
            f"The proposals for “{job.original_file_name}” are not stored any more; ask for them "
            "again.",
        ) from None
    found: dict[str, Any] = json.loads(data)
    return found


def _bounded(found: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """The first proposals and columns that fit together."""
    shown: dict[str, Any] = {**found, "truncated": False}
    left = limit - size_in_answer({**found, **{name: [] for name in _LISTS}})
    for name in _LISTS:
        fitting = []
        for entry in found[name]:
            left -= size_in_answer(entry)
            if left < 0:
                shown["truncated"] = True
                break
            fitting.append(entry)
        shown[name] = fitting
    return shown
