"""From a message in the queue to one execution of product-import per version of an object.

Everything here may be repeated and may come in any order: the record is only inserted, never
changed, and the execution's name is made of the job and the version.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.actors import PIPELINE
from core.file_format import ReadingOptions
from core.imports.jobs.requests import ImportMessage, ImportRequest, execution_name
from core.jobs.machine import Starter
from core.jobs.records import job_id_of, version_of
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import ObjectMissing, ObjectStore


class StartOutcome(StrEnum):
    STARTED = "STARTED"
    ALREADY_STARTED = "ALREADY_STARTED"
    """This version of the file is being imported, or was: a duplicate, and no failure."""
    NOT_A_FILE = "NOT_A_FILE"
    """A folder marker, which nothing can ever be read from."""
    OBJECT_GONE = "OBJECT_GONE"
    """No object under the key now. Either it was deleted, or it has yet to arrive and will bring
    its own event; a job that waits for it stays PENDING, and the sweep ends it in time."""
    CANCELLED = "CANCELLED"
    """Somebody cancelled the import of this version of the file."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message."""

    outcome: StartOutcome
    job_id: str
    name: str | None = None
    """The execution's name, where there is one."""


def start_import(
    store: ObjectStore,
    jobs: JobRepository,
    machine: Starter,
    settings: Settings,
    *,
    message: ImportMessage,
    now: datetime,
) -> Start:
    """Start the import of the object's current version, once.

    Raises ValueError for an object outside the uploads bucket: whoever sent that, it must not be
    read with our rights.
    """
    if message.bucket != settings.uploads_bucket:
        raise ValueError(f"{message.bucket!r} is not the bucket for uploads")
    job_id = job_id_of(message.bucket, message.key)
    if message.key.endswith("/"):
        return Start(outcome=StartOutcome.NOT_A_FILE, job_id=job_id)
    try:
        info = store.head(message.bucket, message.key)
    except ObjectMissing:
        return Start(outcome=StartOutcome.OBJECT_GONE, job_id=job_id)
    request = ImportRequest.of(info)
    # A presigned upload has its record; a file dropped into the bucket gets one here, before the
    # execution, so that whoever asks for the job finds it from the first moment.
    job = jobs.register(
        request.job_id,
        bucket=request.bucket,
        key=request.key,
        file_name=request.file_name,
        options=ReadingOptions(),
        actor=PIPELINE,
        now=now,
    )
    if job.is_cancelled_for(version_of(info)):
        jobs.cover_version(job.id, version_of(info))
        return Start(outcome=StartOutcome.CANCELLED, job_id=job.id)
    name = execution_name(request.job_id, info)
    started = machine.start(name, msgspec.to_builtins(request))
    outcome = StartOutcome.STARTED if started else StartOutcome.ALREADY_STARTED
    return Start(outcome=outcome, job_id=request.job_id, name=name)
