"""The ceiling of jobs that one caller has under way, at every call that starts a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import Actor
from core.errors import TooManyRequests
from core.jobs.ceiling import refuse_one_more
from core.jobs.repository import JobRepository
from core.settings import Settings
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.approvals_kit import rows
from tests.integration.commit_machine import CommitMachine
from tests.integration.enrichment_machine import EnrichmentMachine, enrichment_machine
from tests.integration.reprocessing_machine import ReprocessingMachine, reprocessing_machine

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORIGIN = {"Origin": "https://page.example.test"}


@pytest.fixture
def enrichments(commits: CommitMachine) -> Iterator[EnrichmentMachine]:
    with enrichment_machine(commits.imports) as enrichments:
        yield enrichments


@pytest.fixture
def batches(commits: CommitMachine) -> Iterator[ReprocessingMachine]:
    with reprocessing_machine(commits.imports) as batches:
        yield batches


def under_way(
    database: Database[Any], by: str, status: str = "PROCESSING", kind: str = "commit"
) -> None:
    number = database["jobs"].count_documents({})
    fields = {"type": kind, "status": status, "createdBy": by, "updatedBy": by, "attempt": 1}
    times = {"submittedAt": NOW, "updatedAt": NOW}
    where = {"s3Bucket": "b", "s3Key": "k", "originalFileName": "f"}
    database["jobs"].insert_one({"_id": f"{by}-{number}", **fields, **times, **where})


def test_every_call_that_starts_a_job_is_refused_at_the_ceiling_and_tells_when_to_retry(
    commits: CommitMachine, enrichments: EnrichmentMachine, batches: ReprocessingMachine
) -> None:
    imports = commits.imports
    done = imports.import_file(rows(2))
    enrichments.save({"SKU": "A", "Name": "Lamp"})
    imports.configure(jobs_at_once_per_caller=1)
    under_way(imports.database, "anonymous")
    jobs_before = imports.database["jobs"].count_documents({})

    def post(path: str, body: Any) -> Reply:
        return call(jobs_api.handler, "POST", path, body, ORIGIN)

    starts: dict[str, Callable[[], Reply]] = {
        "approve": lambda: commits.ask(done.id),
        "enrich": lambda: enrichments.ask(productIds=["A"], **{"async": True}),
        "restart": lambda: post(f"/processing-jobs/{done.id}/reprocess", {}),
        "restart many": lambda: batches.ask(jobIds=[done.id]),
    }
    replies = {name: start() for name, start in starts.items()}

    assert {name: (r.status, r.json["code"]) for name, r in replies.items()} == dict.fromkeys(
        starts, (429, "CALLER_HAS_TOO_MANY_JOBS")
    )
    assert replies["restart"].headers["retry-after"] == "30"
    assert replies["restart"].headers["access-control-allow-origin"] == "*"
    assert replies["approve"].json["error"].startswith("You have 1 job under way, and 1 can")
    assert imports.database["jobs"].count_documents({}) == jobs_before


def test_only_the_callers_own_jobs_count_and_uploads_that_wait_do_not(
    database: Database[Any], jobs: JobRepository
) -> None:
    me, settings = Actor("user:me"), Settings(jobs_at_once_per_caller=2)
    under_way(database, "user:other")
    under_way(database, "user:other")
    under_way(database, me.id, status="PENDING", kind="import")
    under_way(database, me.id, status="COMPLETED")
    under_way(database, me.id, status="PENDING", kind="enrichment")

    refuse_one_more(jobs, "new", me, settings)  # one is under way
    under_way(database, me.id, kind="import")

    with pytest.raises(TooManyRequests):
        refuse_one_more(jobs, "new", me, settings)
    running = database["jobs"].find_one({"createdBy": me.id, "type": "enrichment"})
    assert running is not None
    refuse_one_more(jobs, running["_id"], me, settings)  # joined, not started


def test_starting_and_cancelling_enrichments_in_a_loop_ends_at_the_ceiling(
    database: Database[Any],
) -> None:
    """Each holds a part of the day's budget for its last calls; others keep the rest."""
    jobs, settings = JobRepository(database), Settings(jobs_at_once_per_caller=2)
    seconds = settings.enrichment_timeout_seconds + 60

    def cancelled(ago: float, *, attempt: int = 1) -> None:
        at = clock.now() - timedelta(seconds=ago)
        under_way(database, "user:loop", "FAILED", "enrichment")
        end = {"errorCode": "CANCELLED", "finishedAt": at, "attempt": attempt}
        database["jobs"].update_one({"finishedAt": None}, {"$set": end})

    cancelled(1)
    cancelled(seconds + 5)  # its last calls have ended
    cancelled(1, attempt=0)  # it never began
    refuse_one_more(jobs, "new", Actor("user:loop"), settings)

    cancelled(2)
    with pytest.raises(TooManyRequests) as refused:
        refuse_one_more(jobs, "new", Actor("user:loop"), settings)
    assert "a cancelled enrichment counts until its last calls" in str(refused.value)
    refuse_one_more(jobs, "new", Actor("user:other"), settings)
