"""`POST /processing-jobs/reprocess {filter | jobIds, profile?, options?, dryRun?}`: from a call to
one execution of product-reprocess, or to a list of what it would do.

A filter is resolved when the call is made, the oldest job first: what fails later is not part of
the batch. A second call for the same jobs, while a batch of them runs, gives that batch.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from core.actors import Actor
from core.audit import AuditAction, note
from core.concurrency import ordered_map
from core.errors import PayloadTooLarge, PortalError
from core.imports.reading_options import ReadingRequest, option_faults, requested_reading
from core.job_control.finding import JobFilter, JobLists
from core.job_control.listing import FILTERS, read_job_filter
from core.job_control.reprocessing_report import BatchOrder, Entry, ReportFile
from core.job_control.restarting import check_restart
from core.jobs.ceiling import refuse_one_more
from core.jobs.launching import start_job
from core.jobs.machine import Starter
from core.jobs.orders import ReprocessingOrder
from core.jobs.records import FINAL_STATUSES, JobStatus, JobType
from core.jobs.repository import JobRepository, job_not_found
from core.profiles.choosing import reading_of_request
from core.query_parameters import ParameterFault
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.reprocessing_keys import order_key
from core.wording import can_be_raised, counted

_BATCHES = uuid.UUID("5d0a7b5e-4a0a-5c39-8d5b-2b7d6f0f9e11")
"""Namespace of the ids of batches. Never change it: running batches depend on it."""

RESTARTABLE = tuple(kind for kind in JobType if kind is not JobType.REPROCESSING)


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `job_ids` and `wanted` is there."""

    job_ids: tuple[str, ...] | None
    wanted: JobFilter | None
    filter: str | None
    """As a query string, in one spelling."""
    reading: ReadingRequest
    dry_run: bool


def read_batch_request(body: Mapping[str, Any]) -> BatchRequest:
    """Raises InvalidRequest `INVALID_FIELDS` that names everything at fault."""
    given = without_nulls(body)
    faults = [*field_faults("requests/reprocess-jobs", given), *option_faults(given)]
    if ("jobIds" in given) == ("filter" in given):
        faults.append(FieldFault("jobIds", "Send either “jobIds” or “filter”."))
    refuse(faults)
    wanted, query = None, None
    if "filter" in given:
        parameters = _parameters(given["filter"])
        wanted, query = _filter(parameters), urlencode(parameters, doseq=True)
    return BatchRequest(
        job_ids=tuple(dict.fromkeys(given["jobIds"])) if "jobIds" in given else None,
        wanted=wanted,
        filter=query,
        reading=requested_reading(given),
        dry_run=bool(given.get("dryRun", False)),
    )


def select_jobs(request: BatchRequest, lists: JobLists, settings: Settings) -> tuple[str, ...]:
    """The ids of the jobs that are meant. Raises PayloadTooLarge `TOO_MANY_JOBS`, and
    InvalidRequest `INVALID_FIELDS` for a filter that finds none."""
    limit = settings.max_jobs_per_reprocessing
    if request.job_ids is not None:
        ids: Sequence[str] = request.job_ids
    else:
        wanted = request.wanted or JobFilter()
        ids = [job.id for job in reversed(lists.newest(wanted, skip=0, limit=limit + 1))]
        if not ids:
            refuse(
                [FieldFault("filter", "No finished job fits the filter, so nothing is started.")]
            )
    if len(ids) > limit:
        raise PayloadTooLarge(
            "TOO_MANY_JOBS",
            f"More than {limit:,} jobs are too many for one batch; narrow the filter, for example "
            f"by “from” and “to”. {can_be_raised('max_jobs_per_reprocessing')}",
            [{"field": "filter" if request.wanted else "jobIds", "maximum": limit}],
        )
    return tuple(ids)


def preview_batch(
    request: BatchRequest, ids: Sequence[str], store: ObjectStore, jobs: JobRepository
) -> dict[str, Any]:
    """The answer of a dry run: what would become of each job, and why not."""

    reading = reading_of_request(jobs.database, request.reading)

    def examined(job_id: str) -> Entry:
        job = jobs.get(job_id)
        entry = Entry(job_id=job_id)
        if job is None:
            return entry.refused(job_not_found(job_id))
        try:
            check_restart(store, job, reading if job.type is JobType.IMPORT else None)
        except PortalError as error:
            return entry.of(job).refused(error)
        return entry.of(job)

    entries = list(ordered_map(examined, ids))
    refused = sum(entry.code is not None for entry in entries)
    message = f"{counted(len(entries) - refused, 'job')} would be restarted"
    return {
        "message": message + (f", {refused:,} could not be." if refused else "."),
        "dryRun": True,
        "jobs": [_previewed(entry) for entry in entries],
    }


def _previewed(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(entry)
    shown.pop("step", None)
    return {**shown, "restarts": entry.code is None}


def start_batch(
    request: BatchRequest,
    ids: tuple[str, ...],
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the batch; the answer of the call. Raises ServiceUnavailable `JOB_NOT_STARTED`,
    TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`, and as `reading_of_request`."""
    order = BatchOrder.of(ids, reading_of_request(jobs.database, request.reading))
    fingerprint = hashlib.sha256(msgspec.json.encode(order)).hexdigest()[:32]
    job_id = _job_id(JobLists(jobs.database), fingerprint)
    refuse_one_more(jobs, job_id, actor, settings)
    # The order first: whatever breaks in between, a job that is there finds what it is to do.
    ReportFile(store, settings.results_bucket, job_id).write_order(order)
    batch = ReprocessingOrder(jobs=len(ids), fingerprint=fingerprint, filter=request.filter)
    jobs.create(
        job_id,
        kind=JobType.REPROCESSING,
        bucket=settings.results_bucket,
        key=order_key(job_id),
        name=f"Restart of {counted(len(ids), 'job')}",
        order={"reprocessing": msgspec.to_builtins(batch)},
        actor=actor,
        now=now,
    )
    start_job(machine, jobs, job_id, now)
    after = {"jobs": len(ids)}
    note(jobs.database, AuditAction.JOBS_RESTARTED, job_id, actor, now, after=after)
    at_once = min(settings.restarts_at_once, len(ids))
    return {
        "message": f"{counted(len(ids), 'job')} will be restarted, {at_once} at a time.",
        "jobId": job_id,
        "jobs": len(ids),
    }


def _job_id(lists: JobLists, fingerprint: str) -> str:
    """That of the batch of the same jobs that runs, or else of a new one."""
    batches = JobFilter(types=(JobType.REPROCESSING,))
    same = [
        job
        for job in lists.all(batches)
        if job.reprocessing is not None and job.reprocessing.fingerprint == fingerprint
    ]
    running = next((job.id for job in same if not job.is_final), None)
    return running or str(uuid.uuid5(_BATCHES, f"{fingerprint}/{len(same) + 1}"))


def _parameters(given: str | Mapping[str, Any]) -> dict[str, list[str]]:
    if isinstance(given, str):
        return parse_qs(given.removeprefix("?"), keep_blank_values=True)
    return {
        name: [str(value) for value in (values if isinstance(values, list) else [values])]
        for name, values in given.items()
    }


def _filter(parameters: Mapping[str, list[str]]) -> JobFilter:
    """Finished jobs that the parameters describe. Raises InvalidRequest `INVALID_FIELDS`."""
    faults = [
        ParameterFault(
            name, f"“{name[:60]}” is no filter of jobs; possible are {', '.join(FILTERS)}."
        )
        for name in parameters
        if name not in FILTERS
    ]
    wanted = read_job_filter(parameters, faults)
    if not faults and wanted == JobFilter():
        refuse([FieldFault("filter", "“filter” names no value; say which jobs: status=FAILED.")])
    statuses = wanted.statuses or ((JobStatus.FAILED,) if wanted.codes else tuple(FINAL_STATUSES))
    if unfinished := [status for status in statuses if status not in FINAL_STATUSES]:
        faults.append(
            ParameterFault("status", f"A job that is {unfinished[0]} cannot be restarted yet.")
        )
    refuse([FieldFault(f"filter.{fault.parameter}", fault.message) for fault in faults])
    return msgspec.structs.replace(
        wanted, statuses=tuple(sorted(statuses)), types=wanted.types or RESTARTABLE
    )
