"""Uploads in parts, for files that are too large for one request.

S3 limits the size of a part, not of the whole file. So the sizes of the parts are added up before
the parts are assembled, and the portal's limit holds whatever size was announced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.actors import Actor
from core.errors import InvalidRequest, NotFound, PayloadTooLarge
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus
from core.jobs.repository import JobRepository
from core.jobs.sentences import cancelled
from core.outcomes import RefusalCode
from core.settings import MIB, Settings
from core.storage import ObjectMissing, ObjectStore
from core.storage.direct_uploads import PART_MAX_BYTES, PartsRefused, UploadedPart, UploadUnknown
from core.storage.keys import job_id_of_upload
from core.uploads.requests import (
    CompletionRequest,
    MorePartsRequest,
    MultipartUpload,
    UploadRequest,
)
from core.uploads.uploading import announce, new_upload, refuse_too_large
from core.wording import file_too_large

PART_BYTES = 64 * MIB
"""Large enough to need few requests, small enough to send again after a broken connection."""
TARGET_PARTS = 1_000
"""For larger files the parts grow: 10,000 signed URLs would not fit into a response of Lambda
(6 MB)."""


class PartStore(Protocol):
    """The multipart uploads of S3; `DirectUploads` documents each call."""

    def begin(self, bucket: str, key: str, content_type: str | None) -> str: ...
    def part_url(self, bucket: str, key: str, upload_id: str, number: int, seconds: int) -> str: ...
    def parts(self, bucket: str, key: str, upload_id: str) -> Iterator[UploadedPart]: ...
    def complete(
        self, bucket: str, key: str, upload_id: str, parts: Sequence[UploadedPart]
    ) -> None: ...
    def abort(self, bucket: str, key: str, upload_id: str) -> None: ...


class PartTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    part_number: int
    url: str
    """Accepts the part by PUT. The ETag of the response is needed to complete the upload."""


class MultipartTicket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to upload in parts, and the id of the job."""

    upload_id: str
    s3_key: str = msgspec.field(name="s3Key")
    job_id: str
    part_size: int
    """Bytes of every part except the last, which holds the rest."""
    parts: tuple[PartTicket, ...]
    method: str = "PUT"
    expires_in_seconds: int


def part_size_for(file_size: int) -> int:
    """Bytes of a part, in whole MiB. Within the limits of S3 for every file up to its 5 TiB."""
    needed = -(-file_size // TARGET_PARTS)
    return min(max(PART_BYTES, -(-needed // MIB) * MIB), PART_MAX_BYTES)


def begin_multipart(
    store: PartStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: UploadRequest,
    actor: Actor,
    now: datetime,
) -> MultipartTicket:
    """Register the job, begin its upload and sign all parts. Raises PayloadTooLarge
    `FILE_TOO_LARGE`."""
    if request.file_size is None:
        raise ValueError("an upload in parts needs the size of its file")
    refuse_too_large(request, settings)
    bucket = settings.uploads_bucket
    job_id, key = new_upload(request)
    announce(jobs, settings, request, job_id, key, actor, now)
    upload_id = store.begin(bucket, key, request.content_type)
    part_size = part_size_for(request.file_size)
    numbers = range(1, -(-request.file_size // part_size) + 1)
    upload = MultipartUpload(key=key, upload_id=upload_id)
    return MultipartTicket(
        upload_id=upload_id,
        s3_key=key,
        job_id=job_id,
        part_size=part_size,
        parts=_signed(store, settings, upload, numbers),
        expires_in_seconds=settings.presigned_url_seconds,
    )


def sign_more_parts(
    store: PartStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: MorePartsRequest,
    now: datetime,
) -> tuple[PartTicket, ...]:
    """New URLs for parts. Restarts the time-out of the waiting job. Raises NotFound
    `UPLOAD_NOT_FOUND`."""
    job = _job_of(jobs, request.key)
    if not job.is_final:
        jobs.touch_as_seen(job, now)
    return _signed(store, settings, request, request.part_numbers)


def complete_multipart(
    parts: PartStore,
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: CompletionRequest,
    now: datetime,
) -> JobRecord:
    """Assemble the file, which starts its import, and return the job. Safe to repeat.

    Raises NotFound `UPLOAD_NOT_FOUND` or `MULTIPART_UPLOAD_NOT_FOUND`, InvalidRequest
    `INVALID_PARTS`, and PayloadTooLarge `FILE_TOO_LARGE`, which ends upload and job.
    """
    job, bucket = _job_of(jobs, request.key), settings.uploads_bucket
    try:
        stored = {part.number: part for part in parts.parts(bucket, request.key, request.upload_id)}
        _refuse_other_parts(stored, request)
        size = sum(stored[part.number].size for part in request.parts)
        if size > settings.max_upload_bytes:
            parts.abort(bucket, request.key, request.upload_id)
            raise _too_large(jobs, job, size, settings, now)
        parts.complete(bucket, request.key, request.upload_id, request.parts)
    except UploadUnknown:
        if not _is_complete(store, bucket, request):
            raise _upload_not_found(job) from None
    except PartsRefused as refused:
        sentence = (
            "The parts cannot be assembled: every part except the last must have at least 5 MiB."
        )
        details = [{"field": "parts", "message": sentence}]
        raise InvalidRequest("INVALID_PARTS", sentence, details) from refused
    return jobs.get(job.id) or job


def abort_multipart(
    parts: PartStore,
    store: ObjectStore,
    jobs: JobRepository,
    settings: Settings,
    *,
    request: MultipartUpload,
    actor: Actor,
    now: datetime,
) -> JobRecord:
    """Cancel the job that waits for the upload, abort the upload, and return the job. Safe to
    repeat after an interruption at any point: the upload is aborted last, since afterwards it
    cannot be distinguished from one that never existed.

    Raises NotFound `UPLOAD_NOT_FOUND` or `MULTIPART_UPLOAD_NOT_FOUND`.
    """
    job, bucket = _job_of(jobs, request.key), settings.uploads_bucket
    if not job.is_cancelled:
        try:
            next(parts.parts(bucket, request.key, request.upload_id), None)
        except UploadUnknown:
            raise _upload_not_found(job) from None
    if job.status is JobStatus.PENDING and not _exists(store, bucket, request.key):
        ending = JobEnding(
            status=JobStatus.FAILED,
            error_code=JobFailureCode.CANCELLED,
            error_details=cancelled(job.type),
        )
        jobs.cancel_as_seen(job, ending, actor, now)
    job = jobs.get(job.id) or job
    try:
        parts.abort(bucket, request.key, request.upload_id)
    except UploadUnknown:  # aborted before, or completed just now
        if not job.is_cancelled:
            raise _upload_not_found(job) from None
    return job


def _signed(
    store: PartStore, settings: Settings, upload: MultipartUpload, numbers: Sequence[int]
) -> tuple[PartTicket, ...]:
    bucket, seconds = settings.uploads_bucket, settings.presigned_url_seconds
    return tuple(
        PartTicket(
            part_number=number,
            url=store.part_url(bucket, upload.key, upload.upload_id, number, seconds),
        )
        for number in numbers
    )


def _job_of(jobs: JobRepository, key: str) -> JobRecord:
    job_id = job_id_of_upload(key)
    job = jobs.get(job_id) if job_id else None
    if job is None or job.s3_key != key:
        raise NotFound("UPLOAD_NOT_FOUND", f"No upload was begun as “{key[:200]}”.")
    return job


def _upload_not_found(job: JobRecord) -> NotFound:
    return NotFound(
        "MULTIPART_UPLOAD_NOT_FOUND",
        f"There is no upload of “{job.original_file_name}” under this uploadId: it was never "
        "begun, was completed, was aborted, or has expired.",
    )


def _refuse_other_parts(stored: dict[int, UploadedPart], request: CompletionRequest) -> None:
    details = []
    for part in request.parts:
        found = stored.get(part.number)
        if found is None:
            sentence = f"Part {part.number} was not uploaded."
        elif found.etag != part.etag:
            sentence = f"The etag of part {part.number} is not the one that its upload returned."
        else:
            continue
        details.append({"field": "parts", "partNumber": part.number, "message": sentence})
    if details:
        more = f" (and {len(details) - 1} more like it)" if len(details) > 1 else ""
        raise InvalidRequest("INVALID_PARTS", f"{details[0]['message']}{more}", details[:100])


def _too_large(
    jobs: JobRepository, job: JobRecord, size: int, settings: Settings, now: datetime
) -> PayloadTooLarge:
    limit = settings.max_upload_bytes
    sentence = file_too_large(job.original_file_name, size, limit)
    ending = JobEnding(
        status=JobStatus.FAILED, error_code=RefusalCode.FILE_TOO_LARGE, error_details=sentence
    )
    if job.status is JobStatus.PENDING:
        jobs.fail_as_seen(job, ending, now)
    return PayloadTooLarge("FILE_TOO_LARGE", sentence, [{"field": "parts", "maximum": limit}])


def _is_complete(store: ObjectStore, bucket: str, request: CompletionRequest) -> bool:
    """Were these parts assembled before? The ETag of such an object is the MD5 of their ETags, and
    the number of parts."""
    try:
        etag = store.head(bucket, request.key).etag
        digests = b"".join(bytes.fromhex(part.etag) for part in request.parts)
    except (ObjectMissing, ValueError):
        return False
    digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    return etag == f"{digest}-{len(request.parts)}"


def _exists(store: ObjectStore, bucket: str, key: str) -> bool:
    try:
        store.head(bucket, key)
    except ObjectMissing:
        return False
    return True
