"""`POST /attributes/proposals`: from a call to one execution of attribute-proposal.

A second call for the same file and options, while their job runs, returns that job. What is read is
the version of the file that is there at the call.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.actors import Actor
from core.errors import Conflict, NotFound
from core.file_format import ReadingOptions, SourceFile
from core.imports.jobs.reprocessing import file_to_reprocess
from core.imports.reading_options import option_faults, options_of
from core.jobs.machine import Starter
from core.jobs.orders import ProposalOrder
from core.jobs.records import JobRecord, JobType, job_id_of
from core.jobs.repository import JobRepository, job_not_found
from core.proposals import sentences
from core.proposals.repository import ProposalJobs
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore
from core.storage.proposal_keys import order_key

_PROPOSALS = uuid.UUID("6f1d3a0e-52c8-5d0b-9c1f-2b7a4e8d9f30")
"""Namespace of the ids of proposal jobs. Never change it: running jobs depend on it."""


def start_proposal(
    body: Mapping[str, Any],
    store: ObjectStore,
    jobs: ProposalJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the job; the answer of the call. Raises InvalidRequest `INVALID_FIELDS`, NotFound
    (`JOB_NOT_FOUND`, `UPLOAD_NOT_FOUND`), Conflict (`NOT_AN_IMPORT`, `UPLOAD_GONE`,
    `NEWER_UPLOAD`), TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`, ServiceUnavailable
    `JOB_NOT_STARTED`."""
    given = without_nulls(body)
    faults = [*field_faults("requests/propose-attributes", given), *option_faults(given)]
    if ("jobId" in given) == ("s3Key" in given):
        sentence = "Give either “jobId”, an import, or “s3Key”, an uploaded file."
        faults.append(FieldFault("jobId", sentence))
    refuse(faults)
    order = _order(given, store, jobs.records, settings)
    job_id = jobs.start(
        order,
        msgspec.json.encode(order),
        namespace=_PROPOSALS,
        name=order.source.file_name,
        key_of=order_key,
        store=store,
        machine=machine,
        settings=settings,
        actor=actor,
        now=now,
    )
    return {"message": sentences.accepted(order.source.file_name), "jobId": job_id}


def _order(
    given: Mapping[str, Any], store: ObjectStore, jobs: JobRepository, settings: Settings
) -> ProposalOrder:
    if "jobId" in given:
        job = jobs.get(given["jobId"])
        if job is None:
            raise job_not_found(given["jobId"])
        info = file_of_import(store, job)
    else:
        info = _uploaded(store, settings.uploads_bucket, given["s3Key"])
        job = jobs.get(job_id_of(info.bucket, info.key))
    options = options_of(given) or (job.options if job else ReadingOptions())
    order = ProposalOrder(
        source=source_of(info, job),
        options=options,
        import_job_id=None if job is None else job.id,
    )
    digest = hashlib.sha256(msgspec.json.encode(order)).hexdigest()[:32]
    return msgspec.structs.replace(order, fingerprint=digest)


def file_of_import(store: ObjectStore, job: JobRecord) -> ObjectInfo:
    """The file that an import reads. Raises Conflict (`NOT_AN_IMPORT`, `UPLOAD_GONE`,
    `NEWER_UPLOAD`)."""
    if job.type is not JobType.IMPORT:
        raise Conflict("NOT_AN_IMPORT", "Only an import has a file with columns.")
    return file_to_reprocess(store, job)


def source_of(info: ObjectInfo, job: JobRecord | None) -> SourceFile:
    return SourceFile(
        bucket=info.bucket,
        key=info.key,
        size=info.size,
        file_name=job.original_file_name if job else info.key.rpartition("/")[2],
        version_id=info.version_id,
    )


def _uploaded(store: ObjectStore, bucket: str, key: str) -> ObjectInfo:
    try:
        return store.head(bucket, key)
    except ObjectMissing:
        raise NotFound(
            "UPLOAD_NOT_FOUND", f"No file was uploaded as “{key}”; upload it first."
        ) from None
