"""Lists of jobs, each read along an index that gives its order (`core/database.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor
from pymongo.database import Database

from core.database import JOBS, QUERY_MAX_MS, SUBMISSION, IndexKeys, collection_of, found_by
from core.jobs.records import JobRecord, JobStatus, JobType

NEWEST_FIRST = [(field, DESCENDING) for field, _ in SUBMISSION]


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs a list shows; what is empty or None restricts nothing."""

    statuses: tuple[JobStatus, ...] = ()
    types: tuple[JobType, ...] = ()
    codes: tuple[str, ...] = ()
    """Of failures."""
    submitted_from: datetime | None = None
    """Included."""
    submitted_before: datetime | None = None
    """Excluded."""

    def query(self) -> dict[str, Any]:
        submitted = {"$gte": self.submitted_from, "$lt": self.submitted_before}
        tests: dict[str, Any] = {
            "status": _any_of(self.statuses),
            "type": _any_of(self.types),
            "errorCode": _any_of(self.codes),
            "submittedAt": {name: time for name, time in submitted.items() if time is not None},
        }
        return {field: test for field, test in tests.items() if test}

    @property
    def index(self) -> IndexKeys:
        """Keys of the index to read: several values of one field would need a sort on any other."""
        if len(self.statuses) == 1:
            return [("status", ASCENDING), *SUBMISSION]
        return [("type", ASCENDING), *SUBMISSION] if len(self.types) == 1 else [*SUBMISSION]


class JobLists:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._jobs = collection_of(database, JOBS)

    def newest(self, wanted: JobFilter, *, skip: int, limit: int) -> list[JobRecord]:
        """A page of these jobs, the newest first."""
        cursor = self.cursor(wanted).skip(skip).limit(limit)
        return [msgspec.convert(found, JobRecord) for found in found_by(wanted.index, cursor)]

    def after(
        self, wanted: JobFilter, submitted_at: datetime, job_id: str, *, limit: int
    ) -> list[JobRecord]:
        """Of these jobs those behind this one in the list. Two ranges of the index: one query with
        `$or` would be equivalent, but not every engine uses an index for its order."""
        same_time = {"submittedAt": submitted_at, "_id": {"$lt": job_id}}
        older = msgspec.structs.replace(wanted, submitted_before=submitted_at)
        found: list[dict[str, Any]] = []
        for query in (wanted.query() | same_time, older.query()):
            if len(found) < limit:  # a limit of 0 would be none
                cursor = self._cursor(query).limit(limit - len(found))
                found += found_by(wanted.index, cursor)
        return [msgspec.convert(job, JobRecord) for job in found]

    def all(self, wanted: JobFilter) -> list[JobRecord]:
        """All of these jobs, the newest first; for kinds of which there are few."""
        cursor = self.cursor(wanted)
        return [msgspec.convert(found, JobRecord) for found in found_by(wanted.index, cursor)]

    def cursor(self, wanted: JobFilter) -> Cursor[dict[str, Any]]:
        return self._cursor(wanted.query())

    def _cursor(self, query: dict[str, Any]) -> Cursor[dict[str, Any]]:
        return self._jobs.find(query).sort(NEWEST_FIRST).max_time_ms(QUERY_MAX_MS)

    def count(self, wanted: JobFilter) -> int:
        query = wanted.query()
        if not query:
            # from the collection's own books, at once, where counting would read every entry
            return self._jobs.estimated_document_count(maxTimeMS=QUERY_MAX_MS)
        return self._jobs.count_documents(query, maxTimeMS=QUERY_MAX_MS)


def _any_of(values: Sequence[str]) -> Any:
    texts = [value.value if isinstance(value, StrEnum) else value for value in values]
    return texts[0] if len(texts) == 1 else {"$in": texts} if texts else None
