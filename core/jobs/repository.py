"""Every write to the `jobs` collection, each one a single atomic, conditional update. None moves
`updatedAt` back: functions read the clock when they begin, and write in another order.

Ownership: `claim` makes an execution the owner of a job; every later write that ends the job has
the owner in its filter, so an execution that lost the job can no longer write to it. Only operators
that Amazon DocumentDB 5.0 has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.actors import PIPELINE, Actor
from core.database import JOBS, collection_of
from core.errors import NotFound
from core.file_format import Reading
from core.jobs.records import JobEnding, JobFailureCode, JobRecord, JobStatus, JobType

_ENDING_FIELDS = tuple(
    field.encode_name
    for field in msgspec.structs.fields(JobEnding)
    if field.encode_name != "status"
)
_CLEARED: Mapping[str, str] = dict.fromkeys((*_ENDING_FIELDS, "finishedAt"), "")

_AS_WRITTEN = Reading()


def job_not_found(job_id: str) -> NotFound:
    return NotFound("JOB_NOT_FOUND", f"There is no job with the id “{job_id[:100]}”.")


class JobRepository:
    """Jobs in the database. All times given must be aware; all times returned are in UTC."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.database = database
        self._jobs = collection_of(database, JOBS)

    def get(self, job_id: str) -> JobRecord | None:
        return _record(self._jobs.find_one({"_id": job_id}))

    def count_running(self, actor: Actor, limit: int, stopped_since: datetime) -> int:
        """Jobs of the actor that run, or wait for an execution; at most `limit`. Imports count only
        while they run: before, they wait for a file or for a slot. Enrichments that were cancelled
        at work since `stopped_since` count, since their last calls may still be under way."""
        waiting = {"status": JobStatus.PENDING.value, "type": {"$ne": JobType.IMPORT.value}}
        stopped = {
            "status": JobStatus.FAILED.value,
            "type": JobType.ENRICHMENT.value,
            "errorCode": JobFailureCode.CANCELLED.value,
            "attempt": {"$gte": 1},
            "finishedAt": {"$gt": stopped_since},
        }
        states = [{"status": JobStatus.PROCESSING.value}, waiting, stopped]
        return self._jobs.count_documents({"createdBy": actor.id, "$or": states}, limit=limit)

    def has_unfinished_commit(self, before: datetime) -> bool:
        """An approval by a job that was ordered before this moment has not ended."""
        states = [JobStatus.PENDING.value, JobStatus.PROCESSING.value]
        wanted = {"type": JobType.COMMIT.value, "status": {"$in": states}}
        return self._jobs.find_one({**wanted, "submittedAt": {"$lt": before}}, {}) is not None

    def register(
        self,
        job_id: str,
        *,
        bucket: str,
        key: str,
        file_name: str,
        reading: Reading = _AS_WRITTEN,
        actor: Actor,
        now: datetime,
    ) -> JobRecord:
        """Create the job as PENDING unless it exists; return the stored job. Idempotent."""
        fresh = _pending(JobType.IMPORT, bucket, key, file_name, actor, now)
        fresh |= msgspec.to_builtins(reading)
        try:
            found = self._jobs.find_one_and_update(
                {"_id": job_id},
                {"$setOnInsert": fresh},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            found = None
        if found is None:
            # Another caller inserted it between our match and our insert. MongoDB reports it by the
            # error above, the embedded SecantusDB 0.7 by an empty result.
            found = self._jobs.find_one({"_id": job_id})
        record = _record(found)
        if record is None:
            raise RuntimeError(f"job {job_id} was deleted while it was registered")
        return record

    def create(
        self,
        job_id: str,
        *,
        kind: JobType,
        bucket: str,
        key: str,
        name: str,
        order: Mapping[str, Any],
        actor: Actor,
        now: datetime,
    ) -> None:
        """Create a job that a call starts, as PENDING, unless it exists. `order` has the fields of
        its type. Idempotent."""
        fresh = _pending(kind, bucket, key, name, actor, now) | dict(order)
        try:
            self._jobs.update_one({"_id": job_id}, {"$setOnInsert": fresh}, upsert=True)
        except DuplicateKeyError:
            return  # another caller inserted it between our match and our insert

    def claim(
        self,
        seen: JobRecord,
        *,
        execution_arn: str,
        bucket: str,
        key: str,
        version_id: str | None,
        reading: Reading | None = None,
        now: datetime,
    ) -> int | None:
        """Make an execution the owner of the job as it was `seen`; return the attempt's number.
        `reading` replaces how the job reads its file; None keeps it.

        One compare-and-set: it counts the attempt, clears the results of earlier attempts, and
        fails (None) if the job was claimed by another execution, cancelled or reprocessed since
        `seen` was read. The caller then reads the job again. Repeated for an owner, it returns the
        same attempt and changes nothing, except that a job ended as STALLED is resumed (a redrive
        has the ARN of the first run).
        """
        if seen.execution_arn == execution_arn:
            self._jobs.update_one(
                {
                    "_id": seen.id,
                    "executionArn": execution_arn,
                    "status": JobStatus.FAILED.value,
                    "errorCode": JobFailureCode.STALLED.value,
                },
                {
                    "$set": {"status": JobStatus.PROCESSING.value},
                    "$max": {"updatedAt": now},
                    "$unset": _CLEARED,
                },
            )
            return seen.attempt
        claimed = self._jobs.find_one_and_update(
            _as_seen(seen),
            {
                "$set": {
                    "status": JobStatus.PROCESSING.value,
                    "executionArn": execution_arn,
                    "s3Bucket": bucket,
                    "s3Key": key,
                    "s3VersionId": version_id,
                    "processingStartedAt": now,
                    "updatedBy": PIPELINE.id,
                    **({} if reading is None else msgspec.to_builtins(reading)),
                },
                "$max": {"updatedAt": now},
                "$inc": {"attempt": 1},
                "$unset": _CLEARED,
            },
            return_document=ReturnDocument.AFTER,
        )
        return None if claimed is None else int(claimed["attempt"])

    def finish(
        self,
        job_id: str,
        execution_arn: str,
        ending: JobEnding,
        now: datetime,
        reading: Reading | None = None,
    ) -> bool:
        """Write the end of the owner's attempt; False when the job belongs to another execution,
        or was cancelled. `reading` replaces how the job reads its file; None keeps it.

        Safe to repeat. It replaces a failure that was written for the same owner meanwhile (the
        sweep gave up on a run that a redrive then completed), because the later result is right.
        """
        update = _ending_update(ending, now, PIPELINE)
        if reading is not None:
            update["$set"] |= msgspec.to_builtins(reading)
        result = self._jobs.update_one(
            {
                "_id": job_id,
                "executionArn": execution_arn,
                "errorCode": {"$ne": JobFailureCode.CANCELLED.value},
            },
            update,
        )
        return result.matched_count == 1

    def fail_unfinished(
        self,
        job_id: str,
        *,
        execution_arn: str,
        execution_started_at: datetime,
        version_id: str | None = None,
        restart: int = 0,
        ending: JobEnding,
        now: datetime,
    ) -> bool:
        """Fail the job for an execution that failed; False if this execution may not fail it.

        It may if it owns the unfinished job; if the job has no owner and does not wait for another
        execution of the same version; or if the owner claimed the job for another version before
        this execution started. In the last case this execution failed before its claim, and its
        newer upload must not appear to be imported. The result of the same version is kept: a
        second, failing execution does not change it. A cancellation takes precedence over every
        execution that had started by then.
        """
        # without versions a newer upload cannot be recognised, and must not appear to be imported
        # either
        another_version = {} if version_id is None else {"s3VersionId": {"$ne": version_id}}
        update = _ending_update(ending, now, PIPELINE)
        update["$set"]["executionArn"] = execution_arn
        result = self._jobs.update_one(
            {
                "_id": job_id,
                "$and": [
                    {
                        "$or": [
                            {"executionArn": execution_arn, "status": JobStatus.PROCESSING.value},
                            {"executionArn": None, "restarts": restart or None},
                            {"executionArn": None, "s3VersionId": {"$ne": version_id}},
                            {
                                "executionArn": {"$ne": execution_arn},
                                "processingStartedAt": {"$lt": execution_started_at},
                                **another_version,
                            },
                        ]
                    },
                    {
                        "$or": [
                            {"errorCode": {"$ne": JobFailureCode.CANCELLED.value}},
                            {"finishedAt": {"$lt": execution_started_at}},
                        ]
                    },
                ],
            },
            update,
        )
        return result.matched_count == 1

    def unfinished(self, status: JobStatus, before: datetime, limit: int) -> list[JobRecord]:
        """Jobs in `status` without a write since `before`, the oldest write first."""
        cursor = (
            self._jobs.find({"status": status.value, "updatedAt": {"$lt": before}})
            # all fields of the index `by_status`: sorted by the second alone, it is not used
            .sort([("status", ASCENDING), ("updatedAt", ASCENDING)])
            .limit(limit)
        )
        return [msgspec.convert(found, JobRecord) for found in cursor]

    def fail_as_seen(self, seen: JobRecord, ending: JobEnding, now: datetime) -> bool:
        """Fail a job if it is unchanged since it was `seen`; otherwise return False."""
        return self._end_as_seen(seen, ending, PIPELINE, now)

    def cancel_as_seen(
        self, seen: JobRecord, ending: JobEnding, actor: Actor, now: datetime
    ) -> bool:
        """End a job for `actor` if it is unchanged since it was `seen`; otherwise return False. If
        a cancellation and a normal end compete, the first write wins."""
        return self._end_as_seen(seen, ending, actor, now)

    def _end_as_seen(self, seen: JobRecord, ending: JobEnding, actor: Actor, now: datetime) -> bool:
        result = self._jobs.update_one(_as_seen(seen), _ending_update(ending, now, actor))
        return result.matched_count == 1

    def cover_version(self, job_id: str, version: str) -> None:
        """Record the first file that arrives after a cancellation as the cancelled version."""
        self._jobs.update_one(
            {
                "_id": job_id,
                "status": JobStatus.FAILED.value,
                "errorCode": JobFailureCode.CANCELLED.value,
                "cancelledVersion": None,
            },
            {"$set": {"cancelledVersion": version}},
        )

    def restart_as_seen(
        self,
        seen: JobRecord,
        *,
        version_id: str | None,
        reading: Reading,
        actor: Actor,
        now: datetime,
    ) -> bool:
        """Return a finished job to PENDING for another execution; False if it changed since it was
        `seen`. Its owner is cleared, so the former owner can no longer end it.
        """
        result = self._jobs.update_one(
            _as_seen(seen),
            {
                "$set": {
                    "status": JobStatus.PENDING.value,
                    "s3VersionId": version_id,
                    **msgspec.to_builtins(reading),
                    "updatedBy": actor.id,
                },
                "$max": {"updatedAt": now},
                "$inc": {"restarts": 1},
                "$unset": {**_CLEARED, "executionArn": "", "processingStartedAt": ""},
            },
        )
        return result.matched_count == 1

    def touch_as_seen(self, seen: JobRecord, now: datetime) -> None:
        """Note that the job is well, so that the next sweep looks at others first."""
        self._jobs.update_one(_as_seen(seen), {"$max": {"updatedAt": now}})


def _as_seen(seen: JobRecord) -> dict[str, Any]:
    return {
        "_id": seen.id,
        "status": seen.status.value,
        "attempt": seen.attempt,
        "executionArn": seen.execution_arn,
        "restarts": seen.restarts,
    }


def _ending_update(ending: JobEnding, now: datetime, actor: Actor) -> dict[str, Any]:
    values = msgspec.to_builtins(ending)
    cleared = {name: "" for name in _ENDING_FIELDS if name not in values}
    return {
        "$set": {**values, "finishedAt": now, "updatedBy": actor.id},
        "$max": {"updatedAt": now},
        "$unset": cleared,
    }


def _record(found: dict[str, Any] | None) -> JobRecord | None:
    return None if found is None else msgspec.convert(found, JobRecord)


def _pending(
    kind: JobType, bucket: str, key: str, name: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    return {
        "type": kind.value,
        "status": JobStatus.PENDING.value,
        "s3Bucket": bucket,
        "s3Key": key,
        "originalFileName": name,
        "submittedAt": now,
        "updatedAt": now,
        "createdBy": actor.id,
        "updatedBy": actor.id,
        "attempt": 0,
    }
