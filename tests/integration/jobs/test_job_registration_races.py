"""The upload event and `process-file` register one job at the same moment: both must get it."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from core.actors import PIPELINE
from core.jobs.records import JobRecord
from core.jobs.repository import JobRepository

CALLERS = 4
JOBS = 15


def test_everybody_who_registers_a_job_at_once_gets_the_same_one(
    database: Database[dict[str, Any]],
) -> None:
    jobs = JobRepository(database)
    got: list[JobRecord] = []
    start = threading.Barrier(CALLERS)

    def register(ids: list[str]) -> None:
        for job_id in ids:
            start.wait()
            got.append(
                jobs.register(
                    job_id,
                    bucket="uploads",
                    key=f"user-uploads/{job_id}/a.csv",
                    file_name="a.csv",
                    actor=PIPELINE,
                    now=datetime.now(UTC),
                )
            )

    ids = [str(uuid.uuid4()) for _ in range(JOBS)]
    callers = [threading.Thread(target=register, args=(ids,)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(got) == CALLERS * JOBS
    assert len({(job.id, job.submitted_at) for job in got}) == JOBS
    assert database["jobs"].count_documents({}) == JOBS
