"""A small world for tests of jobs: storage in a folder that keeps version ids, fixed times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.file_format import Reading, ReadingOptions
from core.imports.jobs.requests import ImportRequest
from core.jobs.records import JobEnding, JobRecord, JobStatus, job_id_of
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.storage import FolderStore, ObjectInfo

UPLOADS = "uploads"
RESULTS = "results"
SETTINGS = Settings(uploads_bucket=UPLOADS, results_bucket=RESULTS)
JOB = "0b5f3c1e-27a5-4d0e-9a53-0d7c2f0f8f11"
KEY = f"user-uploads/{JOB}/products.csv"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def after(**time: float) -> datetime:
    return START + timedelta(**time)


class VersionedFolder(FolderStore):
    """Tells a version with every object; a test moves it on by putting the object again."""

    def __init__(self, root: Any) -> None:
        super().__init__(root)
        self.versions: dict[tuple[str, str], int] = {}

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "text/csv") -> None:
        self.versions[bucket, key] = self.versions.get((bucket, key), 0) + 1
        super().put(bucket, key, data, content_type)

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
        info = super().head(bucket, key, version_id)
        return replace(info, version_id=f"v{self.versions.get((bucket, key), 0)}")


class RestartedMeanwhile(JobRepository):
    """Somebody has the job done again right after it was read so many times."""

    def __init__(self, database: Database[dict[str, Any]], *, reads: int) -> None:
        super().__init__(database)
        self._reads = reads

    def get(self, job_id: str) -> JobRecord | None:
        seen = super().get(job_id)
        self._reads -= 1
        if self._reads == 0 and seen is not None:
            ending = JobEnding(status=JobStatus.FAILED)
            assert self.fail_as_seen(seen, ending, START)
            ended = super().get(job_id)
            assert ended is not None
            assert self.restart_as_seen(
                ended, version_id="v1", reading=Reading(), actor=ANONYMOUS, now=START
            )
        return seen


def registered(
    jobs: JobRepository, key: str = KEY, options: ReadingOptions | None = None
) -> JobRecord:
    return jobs.register(
        job_id_of(UPLOADS, key),
        bucket=UPLOADS,
        key=key,
        file_name="Products of March.csv",
        reading=Reading(options=options or ReadingOptions()),
        actor=ANONYMOUS,
        now=START,
    )


def claimed(
    jobs: JobRepository, arn: str = "arn:one", at: datetime = START, job_id: str = JOB
) -> JobRecord:
    seen = jobs.get(job_id) or registered(jobs)
    assert jobs.claim(
        seen, execution_arn=arn, bucket=UPLOADS, key=seen.s3_key, version_id="v1", now=at
    )
    job = jobs.get(job_id)
    assert job is not None
    return job


def request(version_id: str | None = "v1", **changes: Any) -> ImportRequest:
    requested = ImportRequest(
        job_id=JOB, bucket=UPLOADS, key=KEY, version_id=version_id, file_name="products.csv"
    )
    return msgspec.structs.replace(requested, **changes)
