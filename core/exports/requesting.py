"""`POST /processing-jobs/{jobId}/exports` and `POST /products/export`: from a call to one execution
of product-export.

A second call while a job of the same order runs returns that job, as for an enrichment. What is
exported of an import is the attempt that was current at the call; it never changes. Of the
catalogue it is what the filter finds when the job opens.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

import msgspec

from core.actors import Actor
from core.errors import Conflict
from core.exports import sentences
from core.exports.repository import ExportJobs, fingerprinted, import_order
from core.jobs.machine import Starter
from core.jobs.orders import ExportFormat, ExportOrder
from core.jobs.records import JobRecord, JobStatus, JobType
from core.jobs.repository import job_not_found
from core.products.fields import Catalogue
from core.products.filter_strings import filter_string, filter_terms
from core.query_parameters import shown
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.storage.export_keys import order_key

_EXPORTS = uuid.UUID("b8a6f1b2-0d57-5c1e-9a44-6a3f0e1d7c25")
"""Namespace of the ids of export jobs. Never change it: running jobs depend on it."""


def export_import(
    body: Mapping[str, Any],
    job_id: str,
    store: ObjectStore,
    jobs: ExportJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the export of an import's valid rows; the answer of the call. Raises InvalidRequest
    `INVALID_FIELDS`, NotFound `JOB_NOT_FOUND`, Conflict (`NOT_AN_IMPORT`, `JOB_NOT_FINISHED`,
    `IMPORT_FAILED`, `NO_VALID_ROWS`, `RESULTS_GONE`), TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`,
    ServiceUnavailable `JOB_NOT_STARTED`."""
    given = without_nulls(body)
    refuse([*field_faults("requests/export-job", given), *_guard_faults(given)])
    source = _exportable(jobs.records.get(job_id), job_id)
    try:
        store.head(settings.results_bucket, ImportKeys(source.id, source.attempt).valid_rows)
    except ObjectMissing:
        raise Conflict(
            "RESULTS_GONE", sentences.results_missing(source.original_file_name)
        ) from None
    guarded = bool(given.get("guarded", False))
    order = import_order(source, ExportFormat(given["format"]), guarded=guarded)
    rows = source.counts.valid_rows if source.counts else 0
    stem = PurePath(source.original_file_name).stem or "import"
    return _start(
        order, f"{stem}-products", rows, store, jobs, machine, settings, actor=actor, now=now
    )


def export_catalogue(
    body: Mapping[str, Any],
    catalogue: Catalogue,
    store: ObjectStore,
    jobs: ExportJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Start the export of products. Raises InvalidRequest `INVALID_FIELDS`, Conflict
    `NO_ATTRIBUTES`, TooManyRequests `CALLER_HAS_TOO_MANY_JOBS`, ServiceUnavailable
    `JOB_NOT_STARTED`."""
    given = without_nulls(body)
    refuse([*field_faults("requests/export-products", given), *_guard_faults(given)])
    query = ""
    faults = _column_faults(given.get("columns", ()), catalogue)
    if "filter" in given:
        try:
            query = filter_string(given["filter"])
            filter_terms(query, catalogue)
        except ValueError as error:
            faults.append(FieldFault("filter", str(error)))
    refuse(faults)
    if not catalogue.attributes:
        raise Conflict("NO_ATTRIBUTES", "No attributes are defined, so there is nothing to export.")
    order = fingerprinted(
        ExportOrder(
            format=ExportFormat(given["format"]),
            guarded=bool(given.get("guarded", False)),
            filter=query,
            columns=tuple(dict.fromkeys(given["columns"])) if "columns" in given else None,
        )
    )
    return _start(order, "products", None, store, jobs, machine, settings, actor=actor, now=now)


def _start(
    order: ExportOrder,
    stem: str,
    rows: int | None,
    store: ObjectStore,
    jobs: ExportJobs,
    machine: Starter,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    job_id = jobs.start(
        order,
        msgspec.json.encode(order),
        namespace=_EXPORTS,
        name=f"{stem}.{order.format}",
        key_of=order_key,
        store=store,
        machine=machine,
        settings=settings,
        actor=actor,
        now=now,
    )
    return {"message": sentences.accepted(rows, order.format), "jobId": job_id}


def _exportable(job: JobRecord | None, job_id: str) -> JobRecord:
    if job is None:
        raise job_not_found(job_id)
    if job.type is not JobType.IMPORT:
        raise Conflict("NOT_AN_IMPORT", "Only an import has rows that can be exported.")
    if not job.is_final:
        raise Conflict(
            "JOB_NOT_FINISHED",
            f"The import is not finished yet ({job.status}); export it when it is.",
        )
    if job.status is JobStatus.FAILED:
        raise Conflict(
            "IMPORT_FAILED",
            f"The import of “{job.original_file_name}” failed, so there is nothing to export.",
        )
    if job.counts is None or not job.counts.valid_rows:
        raise Conflict(
            "NO_VALID_ROWS",
            f"The import of “{job.original_file_name}” found no valid row, so there is nothing "
            "to export.",
        )
    return job


def _guard_faults(given: Mapping[str, Any]) -> list[FieldFault]:
    if not given.get("guarded") or given.get("format") == ExportFormat.CSV:
        return []
    message = "“guarded” is only for CSV: no other format can hold a formula by mistake."
    return [FieldFault("guarded", message)]


def _column_faults(names: object, catalogue: Catalogue) -> list[FieldFault]:
    known = frozenset(catalogue.names)
    faults = []
    for at, name in enumerate(names if isinstance(names, list) else ()):
        if name not in known:
            near = catalogue.nearest(name)
            hint = f"; did you mean “{near}”?" if near in known else "."
            message = f"There is no attribute “{shown(name)}”{hint}"
            faults.append(FieldFault(f"columns[{at}]", message))
    return faults
