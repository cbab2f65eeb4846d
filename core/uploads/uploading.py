"""The calls around an upload in one piece. In any order, they lead to one job per key.

The event of the upload starts the import. `process_file` sends the same message to the same queue,
so it may be called before, during or after the handling of the event, or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from core.actors import Actor
from core.errors import NotFound, PayloadTooLarge
from core.file_format import Reading
from core.imports.jobs.requests import import_event
from core.jobs.records import JobRecord, JobStatus, job_id_of, version_of
from core.jobs.repository import JobRepository
from core.jobs.sentences import cancelled
from core.profiles.choosing import reading_of_request
from core.settings import Settings
from core.storage import ObjectInfo, ObjectMissing, ObjectStore, upload_key
from core.storage.direct_uploads import POST_MAX_BYTES, UploadForm
from core.uploads.requests import ProcessRequest, UploadRequest
from core.wording import file_too_large

KEY_MAX_BYTES = 1024
"""S3's own limit; it counts the bytes of UTF-8."""


class UploadSigner(Protocol):
    def presigned_put(self, bucket: str, key: str, seconds: int, content_type: str | None) -> str:
        """A URL to upload one file by PUT. With a content type, the client must send that
        header."""
        ...


class MessageQueue(Protocol):
    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message to the import queue."""
        ...


class FormSigner(Protocol):
    def form(
        self, bucket: str, key: str, seconds: int, content_type: str | None, max_bytes: int
    ) -> UploadForm:
        """A form to upload one file of at most `max_bytes` by POST."""
        ...


class UploadTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to upload, and the id of the job."""

    upload_url: str
    s3_key: str = msgspec.field(name="s3Key")
    job_id: str
    method: str = "PUT"
    headers: dict[str, str]
    """Headers that must be sent with the file, exactly."""
    expires_in_seconds: int


class ProcessingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The response to a request to process a file."""

    job: JobRecord
    message: str


class FormTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to upload with a form, and the id of the job."""

    upload_url: str
    fields: dict[str, str]
    """To be sent unchanged in the form, before the field `file`, without any other field."""
    s3_key: str = msgspec.field(name="s3Key")
    job_id: str
    method: str = "POST"
    max_bytes: int
    """S3 refuses a larger file."""
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
    """Register the job with the file's name and how it is read, and sign its upload. Raises as
    `reading_of_request`."""
    job_id, key = new_upload(request)
    seconds = settings.presigned_url_seconds
    url = signer.presigned_put(settings.uploads_bucket, key, seconds, request.content_type)
    announce(jobs, settings, request, job_id, key, actor, now)
    return UploadTicket(
        upload_url=url,
        s3_key=key,
        job_id=job_id,
        headers={"Content-Type": request.content_type} if request.content_type else {},
        expires_in_seconds=seconds,
    )


def prepare_form(
    signer: FormSigner,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: UploadRequest,
    actor: Actor,
    now: datetime,
) -> FormTicket:
    """As `prepare_upload`, for a form, whose size S3 limits. Raises PayloadTooLarge
    `FILE_TOO_LARGE` if the announced size is larger."""
    refuse_too_large(request, settings)
    max_bytes = min(settings.max_upload_bytes, POST_MAX_BYTES)
    if request.file_size is not None and request.file_size > max_bytes:
        raise PayloadTooLarge(
            "FILE_TOO_LARGE",
            f"“{request.file_name}” is too large for one form; upload it in parts "
            "(POST /uploads/multipart).",
            [{"field": "fileSize", "maximum": max_bytes}],
        )
    job_id, key = new_upload(request)
    seconds = settings.presigned_url_seconds
    form = signer.form(settings.uploads_bucket, key, seconds, request.content_type, max_bytes)
    announce(jobs, settings, request, job_id, key, actor, now)
    return FormTicket(
        upload_url=form.url,
        fields=form.fields,
        s3_key=key,
        job_id=job_id,
        max_bytes=max_bytes,
        expires_in_seconds=seconds,
    )


def new_upload(request: UploadRequest) -> tuple[str, str]:
    """Id and key of a new job."""
    job_id = str(uuid.uuid4())
    return job_id, upload_key(job_id, request.file_name)


def announce(
    jobs: JobRepository,
    settings: Settings,
    request: UploadRequest,
    job_id: str,
    key: str,
    actor: Actor,
    now: datetime,
) -> JobRecord:
    """Register the job of a future upload, with the file's name and how it is read. Raises as
    `reading_of_request`."""
    return jobs.register(
        job_id,
        bucket=settings.uploads_bucket,
        key=key,
        file_name=request.file_name,
        reading=reading_of_request(jobs.database, request.reading) or Reading(),
        actor=actor,
        now=now,
    )


def refuse_too_large(request: UploadRequest, settings: Settings) -> None:
    """Raises PayloadTooLarge `FILE_TOO_LARGE`."""
    limit = settings.max_upload_bytes
    if request.file_size is not None and request.file_size > limit:
        raise PayloadTooLarge(
            "FILE_TOO_LARGE",
            file_too_large(request.file_name, request.file_size, limit),
            [{"field": "fileSize", "maximum": limit}],
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
) -> ProcessingAnswer:
    """Request the import of the file under this key, if the file exists, and return its job.

    Profile and options apply only if this call creates the job. An existing job keeps its own,
    since its import may already run. Raises NotFound `UPLOAD_NOT_FOUND` if there is neither a file
    nor a job, and as `reading_of_request`.
    """
    bucket, key = settings.uploads_bucket, request.key
    reading = reading_of_request(jobs.database, request.reading)
    job_id = job_id_of(bucket, key)
    info = _head(store, bucket, key)
    known = jobs.get(job_id)
    if info is None:
        if known is None or known.s3_key != key:
            raise _not_found(key)
        return ProcessingAnswer(job=known, message=_without_file(known))
    job = known or jobs.register(
        job_id,
        bucket=bucket,
        key=key,
        file_name=key.rpartition("/")[2],
        reading=reading or Reading(),
        actor=actor,
        now=now,
    )
    if _is_done(job, info):
        return ProcessingAnswer(job=job, message=processing_message(job, reading))
    queue.send(import_message(info))
    if job.is_final:  # of an older version, or before its execution claimed it
        return ProcessingAnswer(job=job, message=_WILL_BE_PROCESSED)
    return ProcessingAnswer(job=job, message=processing_message(job, reading))


def import_message(info: ObjectInfo) -> dict[str, Any]:
    return import_event(info.bucket, info.key, info.version_id)


_WILL_BE_PROCESSED = "The file will be processed."


def processing_message(job: JobRecord, reading: Reading | None) -> str:
    """The message about a job whose file exists."""
    if job.is_cancelled:
        return cancelled(job.type)
    if job.status is JobStatus.FAILED:
        reason = job.error_details or "The job gives the reason and the remedy."
        return f"The file was not imported. {reason}"
    sentence = {
        JobStatus.PENDING: _WILL_BE_PROCESSED,
        JobStatus.PROCESSING: "The file is being processed.",
    }.get(job.status, "The file has already been processed.")
    if reading is not None and reading != job.reading:
        sentence += " How it is read does not change; to read it otherwise, reprocess the job."
    return sentence


def _without_file(job: JobRecord) -> str:
    if job.status is not JobStatus.PENDING:
        return processing_message(job, None)
    return (
        "There is no file yet, or it was deleted. A file is processed as soon as it is uploaded; "
        "upload a deleted file again."
    )


def _head(store: ObjectStore, bucket: str, key: str) -> ObjectInfo | None:
    if key.endswith("/") or len(key.encode()) > KEY_MAX_BYTES:
        return None  # a folder marker is not a file, and never becomes a job
    try:
        return store.head(bucket, key)
    except ObjectMissing:
        return None


def _is_done(job: JobRecord, info: ObjectInfo) -> bool:
    """Was this version of the file imported, or its import cancelled? A newer version still has to
    be imported."""
    if job.is_cancelled_for(version_of(info)):
        return True
    return job.is_final and info.version_id is not None and job.s3_version_id == info.version_id


def _not_found(key: str) -> NotFound:
    return NotFound("UPLOAD_NOT_FOUND", f"No file was uploaded as “{key}”; upload it first.")
