"""What starts an import: the message in the queue, and the input of an execution.

Their schemas are in `schemas/pipeline/`; valid input is decoded into these values.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from core.jobs.records import job_id_of, version_of
from core.storage import ObjectInfo

VERSION_DIGITS = 16
"""Hex digits of the version in an execution's name: 64 bits distinguish the versions of one key,
and the name stays within the 80 characters that Step Functions allows."""


class ImportMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Names an object to import. From the `Object Created` event of S3 as EventBridge delivers it
    (its key is not URL-encoded), or from `process-file`, which sends the same shape."""

    bucket: str
    key: str

    @classmethod
    def from_event(cls, event: Any) -> ImportMessage:
        """Read a message that passed `schemas/pipeline/import-event.json`.

        A version that it names is not kept: the object's current version is what gets imported,
        and events come late, twice and out of order.
        """
        detail = event["detail"]
        return cls(bucket=detail["bucket"]["name"], key=detail["object"]["key"])


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Input of an execution of product-import (`schemas/pipeline/import-execution.json`)."""

    job_id: str
    bucket: str
    key: str
    version_id: str | None = None
    """None where the bucket keeps no versions."""
    file_name: str
    restart: int = 0
    """The number of this reprocessing; 0 for the import that the upload started."""

    @classmethod
    def of(cls, info: ObjectInfo, restart: int = 0) -> ImportRequest:
        return cls(
            job_id=job_id_of(info.bucket, info.key),
            bucket=info.bucket,
            key=info.key,
            version_id=info.version_id,
            file_name=info.key.rpartition("/")[2],
            restart=restart,
        )


def import_event(bucket: str, key: str, version_id: str | None = None) -> dict[str, Any]:
    """What EventBridge delivers when S3 made this object, as far as it is read
    (`schemas/pipeline/import-event.json`)."""
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": bucket}, "object": {"key": key, "version-id": version_id}},
    }


def execution_name(job_id: str, info: ObjectInfo, restart: int = 0) -> str:
    """One name per version of an object, so that Step Functions refuses a duplicate start, and one
    per requested reprocessing."""
    version = hashlib.sha256(version_of(info).encode()).hexdigest()
    name = f"{job_id}-{version[:VERSION_DIGITS]}"
    return f"{name}-r{restart}" if restart else name
