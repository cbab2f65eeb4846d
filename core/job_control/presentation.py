"""A job as REST shows it: the contract's fields, and what goes beyond them.

A field that has no value is absent, never null. What only the end of a job can know (ignored
columns, notices) is absent before it, so that an empty list means "none".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, Protocol

import msgspec

from core import clock
from core.job_control.progress import Progress
from core.jobs.orders import EnrichmentOrder, ExportFormat, order_to_json
from core.jobs.records import JobRecord, JobStatus, JobType
from core.outcomes import RefusalCode
from core.settings import Settings
from core.storage import (
    CommitKeys,
    EnrichmentKeys,
    ExportKeys,
    ImportKeys,
    ObjectMissing,
    ObjectStore,
    ProposalKeys,
)
from core.storage.reprocessing_keys import result_key

_GONE = {
    JobType.IMPORT: (
        "Its result files are no longer stored; reprocess the job, or, if its file is gone as "
        "well, upload it again."
    ),
    JobType.COMMIT: "Its result files are not stored any more; what was saved stays.",
    JobType.DELETION: "Its result files are not stored any more; what was deleted stays deleted.",
    JobType.ENRICHMENT: "Its result files are not stored any more; ask for the suggestions again.",
    JobType.REPROCESSING: "Its report is not stored any more; the jobs say what became of them.",
    JobType.EXPORT: "Its file is not stored any more; ask for the export again.",
    JobType.PROPOSAL: "They are not stored any more; ask for the proposals again.",
}
_WITH_RESULTS = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES})
_OF_VALIDATED = ("faults", "rejected", "changes")
"""What can be fetched of a job that failed because too many rows are faulty: no products."""
_INTERNAL = ("cancelledVersion", "changesFile", "productFiles", "restarts")
_PRODUCT_FILES = {
    (ExportFormat.CSV, True): ("productsCsvGuarded", "products-guarded.csv"),
    (ExportFormat.CSV, False): ("productsCsv", "products.csv"),
    (ExportFormat.NDJSON, False): ("products", "products.ndjson"),
    (ExportFormat.PARQUET, False): ("productsParquet", "products.parquet"),
    (ExportFormat.XLSX, False): ("productsXlsx", "products.xlsx"),
}
"""Format and guard → kind of download, and end of the name, of an import's valid rows."""
_ONLY_ALONE = frozenset({"headers", "ignoredHeaders", "ignoredColumns"})
"""A table of thousands of columns would weigh down a page of a hundred jobs."""
_KNOWN_AT_THE_END = ("ignoredHeaders", "ignoredColumns", "notices", "truncated")
_OF_FILES = ("options", "headers", "ignoredHeaders", "ignoredColumns", "notices")
"""What says something of a file that was read."""
_WITH_NOTICES = frozenset({JobType.EXPORT, JobType.PROPOSAL})
"""Of the other kinds that read no file for the catalogue."""


class DownloadSigner(Protocol):
    def presigned_get(self, bucket: str, key: str, seconds: int, file_name: str) -> str:
        """A URL from which a browser saves the object under `file_name`."""
        ...


def job_to_json(
    job: JobRecord,
    progress: Progress,
    signer: DownloadSigner,
    settings: Settings,
    *,
    results_gone: bool = False,
    exports: Sequence[JobRecord] = (),
) -> dict[str, Any]:
    """The job of `GET /processing-jobs/{jobId}`. `results_gone`: see `are_results_gone`. `exports`
    are finished ones of the valid rows of an import, whose files are stored."""
    shown = _record_to_json(job)
    shown["progress"] = _without_nulls(msgspec.to_builtins(progress))
    if results_gone:
        shown["message"] = f"{shown['message']} {_GONE[job.type]}"
    elif job.status in _WITH_RESULTS:
        shown["downloads"] = _downloads(job, signer, settings, exports)
        shown["resultDownloadUrl"] = shown["downloads"]["result"]
    elif _is_validated(job):
        links = _downloads(job, signer, settings)
        shown["downloads"] = {kind: links[kind] for kind in _OF_VALIDATED if kind in links}
    return shown


def are_results_gone(job: JobRecord, store: ObjectStore, settings: Settings) -> bool:
    """The job ended with result files, and they were deleted since: links to them would lead
    nowhere."""
    if job.status in _WITH_RESULTS:
        key, _ = _FILES[job.type](job, "")["result"]
    elif _is_validated(job):
        key = ImportKeys(job.id, job.attempt).all_faults
    else:
        return False
    try:
        store.head(settings.results_bucket, key)
    except ObjectMissing:
        return True
    return False


def listed_job_to_json(job: JobRecord) -> dict[str, Any]:
    """The job as a list shows it: without its progress, which needs a call of S3 for each job,
    without its links, which are signed and long, and without its columns."""
    shown = _record_to_json(job)
    for field in _ONLY_ALONE & shown.keys():
        del shown[field]
    if job.export is not None:
        shown["order"].pop("columns", None)
    return shown


def _record_to_json(job: JobRecord) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(job, builtin_types=(datetime,))
    for field in _INTERNAL:
        del shown[field]
    counts, order = shown.pop("commitCounts"), shown.pop("commit")
    suggested, acceptance = shown.pop("enrichmentCounts"), shown.pop("acceptance") or {}
    acceptance.pop("fingerprint", None)
    restarted, batch = shown.pop("reprocessingCounts"), shown.pop("reprocessing") or {}
    deleted, deletion = shown.pop("deletionCounts"), shown.pop("deletion") or {}
    exported, export = shown.pop("exportCounts"), shown.pop("export") or {}
    proposed, proposal = shown.pop("proposalCounts"), shown.pop("proposal") or {}
    del shown["enrichment"]
    if job.type is JobType.COMMIT:
        del shown["options"]
        shown |= {**(order or {}), **acceptance, "counts": counts}
    elif job.type is not JobType.IMPORT:
        for field in _OF_FILES:
            if field != "notices" or job.type not in _WITH_NOTICES:
                del shown[field]
        ordered = {
            JobType.ENRICHMENT: (order_to_json(job.enrichment or EnrichmentOrder()), suggested),
            JobType.REPROCESSING: (batch, restarted),
            JobType.DELETION: (deletion, deleted),
            JobType.EXPORT: (export, exported),
            JobType.PROPOSAL: (proposal, proposed),
        }
        order, counts = ordered[job.type]
        order.pop("fingerprint", None)
        if (source := order.pop("source", None)) is not None:
            order["s3Key"] = source["key"]
        shown |= {"order": order, "counts": counts}
    if job.status not in _WITH_RESULTS and not _is_validated(job):
        for field in _KNOWN_AT_THE_END:
            shown.pop(field, None)
    shown["message"] = _message(job)
    tidy: dict[str, Any] = _without_nulls(shown)
    return tidy


def _is_validated(job: JobRecord) -> bool:
    """The job failed, but only because of faults in its rows, which were all validated."""
    return job.status is JobStatus.FAILED and job.error_code == RefusalCode.TOO_MANY_FAULTY_ROWS


def _message(job: JobRecord) -> str:
    """One sentence on the state of the job; that of the pipeline as soon as there is one."""
    subject = f"“{job.original_file_name}”"
    if job.type is JobType.COMMIT:
        subject = f"The approval of {subject}"
    elif job.type is JobType.ENRICHMENT:
        return _message_of_enrichment(job)
    elif job.type is JobType.EXPORT:
        subject = f"The export {subject}"
    elif job.type is JobType.PROPOSAL:
        subject = f"The proposal of attributes for {subject}"
    elif job.type in (JobType.REPROCESSING, JobType.DELETION):
        subject = job.original_file_name
    waiting = f"{subject} waits to be processed."
    working = f"{subject} is being processed."
    if job.is_final:
        return job.message or job.error_details or "The job is finished."
    return waiting if job.status is JobStatus.PENDING else working


def _message_of_enrichment(job: JobRecord) -> str:
    if job.is_final:
        return job.message or job.error_details or "The job is finished."
    verb = "wait to be" if job.status is JobStatus.PENDING else "are being"
    return f"{job.original_file_name} {verb} prepared."


def _downloads(
    job: JobRecord,
    signer: DownloadSigner,
    settings: Settings,
    exports: Sequence[JobRecord] = (),
) -> dict[str, str]:
    """Where the result files of the attempt that finished can be fetched, and saved from."""
    # Some browsers once sent the whole path of the file, with the separators of their system.
    own_name = re.split(r"[\\/]", job.original_file_name)[-1]
    stem = PurePath(own_name).stem or "import"
    if job.type is JobType.ENRICHMENT:
        stem = "suggestions"
    if job.attempt > 1:  # else files of two attempts would be mistaken for each other
        stem = f"{stem}-attempt-{job.attempt}"
    files = files_of(job, stem)
    for export in exports:
        if export.export is not None:
            kind, end = _PRODUCT_FILES[export.export.format, export.export.guarded]
            key = ExportKeys(export.id, export.attempt).file(export.export.format)
            files.setdefault(kind, (key, f"{stem}-{end}"))
    return {
        kind: signer.presigned_get(
            settings.results_bucket, key, settings.presigned_url_seconds, file_name
        )
        for kind, (key, file_name) in files.items()
    }


def files_of(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    """Key, and name for people, of every file of a finished job, by its kind
    (`core/api_description/downloads.py`)."""
    return _FILES[job.type](job, stem)


def _import_files(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    """Key and name of each file."""
    keys = ImportKeys(job.id, job.attempt)
    files = {
        "result": (job.result_s3_key or keys.result, f"{stem}-result.json"),
        "faults": (keys.all_faults, f"{stem}-faults.ndjson"),
        "rejected": (keys.all_rejected, f"{stem}-rejected.csv"),
    }
    if job.changes_file:
        files["changes"] = (keys.all_changes, f"{stem}-changes.ndjson")
    if job.product_files:
        at_once = {
            "productsCsvGuarded": keys.all_guarded_rows,
            "productsCsv": keys.all_product_rows,
            "products": keys.all_products,
            "productsParquet": keys.all_product_table,
        }
        ends = dict(_PRODUCT_FILES.values())
        files |= {kind: (key, f"{stem}-{ends[kind]}") for kind, key in at_once.items()}
    return files


def _commit_files(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    keys = CommitKeys(job.id, job.attempt)
    return {
        "result": (keys.result, f"{stem}-approval.json"),
        "rejected": (keys.all_rejected, f"{stem}-not-saved.ndjson"),
    }


def _deletion_files(job: JobRecord, _stem: str) -> dict[str, tuple[str, str]]:
    keys = CommitKeys(job.id, job.attempt)
    return {
        "result": (keys.result, "deletion.json"),
        "rejected": (keys.all_rejected, "not-deleted.ndjson"),
    }


def _enrichment_files(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    keys = EnrichmentKeys(job.id, job.attempt)
    return {
        "result": (keys.result, f"{stem}.json"),
        "suggestions": (keys.all_suggestions, f"{stem}.ndjson"),
    }


def _reprocessing_files(job: JobRecord, _stem: str) -> dict[str, tuple[str, str]]:
    return {"result": (result_key(job.id, job.attempt), "restarts.json")}


def _export_files(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    keys = ExportKeys(job.id, job.attempt)
    files = {"result": (keys.result, f"{stem}-export.json")}
    if job.export is not None:
        suffix = job.export.format.value
        files["export"] = (keys.file(suffix), f"{stem}.{suffix}")
    return files


def _proposal_files(job: JobRecord, stem: str) -> dict[str, tuple[str, str]]:
    return {"result": (ProposalKeys(job.id, job.attempt).proposals, f"{stem}-proposals.json")}


_FILES: Mapping[JobType, Callable[[JobRecord, str], dict[str, tuple[str, str]]]] = {
    JobType.IMPORT: _import_files,
    JobType.COMMIT: _commit_files,
    JobType.DELETION: _deletion_files,
    JobType.ENRICHMENT: _enrichment_files,
    JobType.REPROCESSING: _reprocessing_files,
    JobType.EXPORT: _export_files,
    JobType.PROPOSAL: _proposal_files,
}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return clock.iso(value) if isinstance(value, datetime) else value
