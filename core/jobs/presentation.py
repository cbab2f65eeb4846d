"""A job as REST shows it: the contract's fields, and what goes beyond them.

A field that has no value is absent, never null. What only the end of a job can know (ignored
columns, notices) is absent before it, so that an empty list means "none".
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePath
from typing import Any, Protocol

import msgspec

from core import clock
from core.jobs.progress import Progress
from core.jobs.records import JobRecord, JobStatus
from core.settings import Settings
from core.storage import ImportKeys

_WITH_RESULTS = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES})
_KNOWN_AT_THE_END = ("ignoredHeaders", "ignoredColumns", "notices", "truncated")


class DownloadSigner(Protocol):
    def presigned_get(self, bucket: str, key: str, seconds: int, file_name: str) -> str:
        """A URL from which a browser saves the object under `file_name`."""
        ...


def job_to_json(
    job: JobRecord, progress: Progress, signer: DownloadSigner, settings: Settings
) -> dict[str, Any]:
    """The job of `GET /processing-jobs/{jobId}`."""
    shown: dict[str, Any] = msgspec.to_builtins(job, builtin_types=(datetime,))
    if job.status not in _WITH_RESULTS:
        for field in _KNOWN_AT_THE_END:
            del shown[field]
    shown["message"] = _message(job)
    shown["progress"] = msgspec.to_builtins(progress)
    if job.status in _WITH_RESULTS:
        shown["downloads"] = _downloads(job, signer, settings)
        shown["resultDownloadUrl"] = shown["downloads"]["result"]
    tidy: dict[str, Any] = _without_nulls(shown)
    return tidy


def _message(job: JobRecord) -> str:
    """One sentence on where the job stands; the pipeline's own words as soon as there are any."""
    waiting = f"“{job.original_file_name}” waits to be processed."
    working = f"“{job.original_file_name}” is being processed."
    if job.is_final:
        return job.message or job.error_details or "The job is finished."
    return waiting if job.status is JobStatus.PENDING else working


def _downloads(job: JobRecord, signer: DownloadSigner, settings: Settings) -> dict[str, str]:
    """Where the result files of the attempt that finished can be fetched, and saved from."""
    keys = ImportKeys(job.id, job.attempt)
    # Some browsers once sent the whole path of the file, with the separators of their system.
    own_name = re.split(r"[\\/]", job.original_file_name)[-1]
    stem = PurePath(own_name).stem or "import"
    files = {
        "result": (job.result_s3_key or keys.result, f"{stem}-result.json"),
        "products": (keys.all_products, f"{stem}-products.ndjson"),
        "faults": (keys.all_faults, f"{stem}-faults.ndjson"),
        "rejected": (keys.all_rejected, f"{stem}-rejected.csv"),
    }
    return {
        kind: signer.presigned_get(
            settings.results_bucket, key, settings.presigned_url_seconds, file_name
        )
        for kind, (key, file_name) in files.items()
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return clock.iso(value) if isinstance(value, datetime) else value
