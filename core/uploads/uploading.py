"""The two calls around an upload. Both lead to one job per key, whoever comes first.

The upload itself starts the import, by its event; `process_file` sends the same message into the
same queue, so it can be called before, while or after the event is handled, or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from core.actors import Actor
from core.errors import NotFound
from core.imports.model import ReadingOptions
from core.jobs.records import JobRecord, JobStatus, job_id_of
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore, upload_key
from core.uploads.requests import ProcessRequest, UploadRequest

KEY_MAX_BYTES = 1024
"""S3's own limit; it counts the bytes of UTF-8."""


class UploadSigner(Protocol):
    def presigned_put(self, bucket: str, key: str, seconds: int, content_type: str | None) -> str:
        """A URL that takes one file by PUT; with a content type, only with that header."""
        ...


class MessageQueue(Protocol):
    def send(self, message: Mapping[str, Any]) -> None:
        """Put a message into the import queue."""
        ...


class UploadTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to upload, and which job it will be."""

    upload_url: str
    s3_key: str = msgspec.field(name="s3Key")
    job_id: str
    method: str = "PUT"
    headers: dict[str, str]
    """What must be sent with the file, exactly."""
    expires_in_seconds: int


def prepare_upload(
    signer: UploadSigner,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: UploadRequest,
    actor: Actor,
    now: datetime,
) -> UploadTicket:
    """Register the job, with the file's own name and how to read it, and sign its upload."""
    job_id = str(uuid.uuid4())
    key = upload_key(job_id, request.file_name)
    seconds = settings.presigned_url_seconds
    url = signer.presigned_put(settings.uploads_bucket, key, seconds, request.content_type)
    jobs.register(
        job_id,
        bucket=settings.uploads_bucket,
        key=key,
        file_name=request.file_name,
        options=request.options,
        actor=actor,
        now=now,
    )
    return UploadTicket(
        upload_url=url,
        s3_key=key,
        job_id=job_id,
        headers={"Content-Type": request.content_type} if request.content_type else {},
        expires_in_seconds=seconds,
    )


def process_file(
    store: ObjectStore,
    jobs: JobRepository,
    queue: MessageQueue,
    settings: Settings,
    *,
    request: ProcessRequest,
    actor: Actor,
    now: datetime,
) -> JobRecord:
    """The job of this key, and the certainty that its import is asked for if the file is there.

    Options count for a job that this call makes; one that exists keeps its own, since its import
    may run already. Raises NotFound `UPLOAD_NOT_FOUND` when there is neither file nor job.
    """
    bucket, key = settings.uploads_bucket, request.key
    job_id = job_id_of(bucket, key)
    info = _head(store, bucket, key)
    known = jobs.get(job_id)
    if info is None:
        if known is None or known.s3_key != key:
            raise _not_found(key)
        return known
    job = known or jobs.register(
        job_id,
        bucket=bucket,
        key=key,
        file_name=key.rpartition("/")[2],
        options=request.options or ReadingOptions(),
        actor=actor,
        now=now,
    )
    if not _is_done(job, info):
        queue.send(import_message(info))
    return job


def import_message(info: ObjectInfo) -> dict[str, Any]:
    """What EventBridge delivers when S3 made this object, as far as it is read
    (`schemas/pipeline/import-event.json`)."""
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": info.bucket},
            "object": {"key": info.key, "version-id": info.version_id},
        },
    }


def told(job: JobRecord, options: ReadingOptions | None) -> str:
    """The message that `process_file` answers with."""
    sentence = {
        JobStatus.PENDING: "The file will be processed.",
        JobStatus.PROCESSING: "The file is being processed.",
    }.get(job.status, "The file was processed already.")
    if options is not None and options != job.options:
        sentence += (
            " It keeps the reading options that it came with; to use others, upload it again."
        )
    return sentence


def _head(store: ObjectStore, bucket: str, key: str) -> ObjectInfo | None:
    if key.endswith("/") or len(key.encode()) > KEY_MAX_BYTES:
        return None  # a folder marker is no file, and never becomes a job
    try:
        return store.head(bucket, key)
    except ObjectMissing:
        return None


def _is_done(job: JobRecord, info: ObjectInfo) -> bool:
    """This very version of the file was imported; a newer one has still to be."""
    return job.is_final and info.version_id is not None and job.s3_version_id == info.version_id


def _not_found(key: str) -> NotFound:
    return NotFound("UPLOAD_NOT_FOUND", f"No file was uploaded as “{key}”; upload it first.")
