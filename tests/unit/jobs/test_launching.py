"""Enrichments share the launching of approvals; here by their own call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo.database import Database

from core.actors import ANONYMOUS
from core.enrichment.jobs.repository import EnrichmentJobs
from core.enrichment.jobs.requesting import start_enrichment
from core.enrichment.requests import EnrichmentRequest
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.launching import MAX_TRIES, Launch, launch_job
from core.jobs.orders import EnrichmentBudget, EnrichmentTerms
from core.jobs.records import JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.storage import FolderStore
from tests.unit.jobs.job_setting import SETTINGS, START, RestartedMeanwhile

REQUEST = EnrichmentRequest(
    product_ids=("one",),
    filter=None,
    terms=EnrichmentTerms(),
    budget=EnrichmentBudget(),
    as_job=True,
    dry_run=False,
)


class Machine:
    def __init__(self) -> None:
        self.started: list[str] = []
        self.status = "RUNNING"

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        if name in self.started:
            return False
        self.started.append(name)
        return True

    def status_of(self, name: str) -> str | None:
        return self.status


def test_an_enrichment_whose_execution_ended_before_its_claim_is_started_again(
    tmp_path: Path, database: Database[dict[str, Any]]
) -> None:
    machine = Machine()

    def enrich() -> str:
        answer = start_enrichment(
            REQUEST,
            FolderStore(tmp_path),
            EnrichmentJobs(database),
            machine,
            SETTINGS,
            actor=ANONYMOUS,
            now=START,
        )
        job_id: str = answer["jobId"]
        return job_id

    job_id = enrich()
    assert enrich() == job_id
    assert machine.started == [job_id], "it runs"
    machine.status = "ABORTED"

    assert enrich() == job_id
    assert machine.started == [job_id, f"{job_id}-t2"]


def test_a_call_does_not_join_a_job_whose_execution_ended_without_it(
    tmp_path: Path, database: Database[dict[str, Any]]
) -> None:
    machine, jobs = Machine(), EnrichmentJobs(database)

    def enrich() -> str:
        answer = start_enrichment(
            REQUEST,
            FolderStore(tmp_path),
            jobs,
            machine,
            SETTINGS,
            actor=ANONYMOUS,
            now=START,
        )
        return str(answer["jobId"])

    first = enrich()
    claim_unless_cancelled(
        jobs.records, first, JobType.ENRICHMENT, f"arn:aws:states:::execution:enrich:{first}", START
    )
    assert enrich() == first, "its execution runs"
    machine.status = "FAILED"

    second = enrich()

    assert second != first
    dead = jobs.records.get(first)
    assert dead is not None and dead.error_code == "STALLED" and dead.error_details
    machine.status = "RUNNING"
    assert enrich() == second


def test_a_job_that_another_execution_claimed_at_this_moment_is_left_to_it(
    tmp_path: Path, database: Database[dict[str, Any]]
) -> None:
    class Overtaken(JobRepository):
        overtaken = False

        def get(self, job_id: str) -> JobRecord | None:
            seen = super().get(job_id)
            if not self.overtaken:
                self.overtaken = True
                others = JobRepository(database)
                assert claim_unless_cancelled(
                    others, job_id, JobType.ENRICHMENT, "arn:restart", START
                )
            return seen

    job_id = start_enrichment(
        REQUEST,
        FolderStore(tmp_path),
        EnrichmentJobs(database),
        Machine(),
        SETTINGS,
        actor=ANONYMOUS,
        now=START,
    )["jobId"]

    late = claim_unless_cancelled(
        Overtaken(database), job_id, JobType.ENRICHMENT, "arn:stopped", START
    )

    assert late is None
    job = JobRepository(database).get(job_id)
    assert job is not None and (job.execution_arn, job.attempt) == ("arn:restart", 1)


def test_a_job_that_is_restarted_when_the_last_try_was_in_vain_does_not_fail(
    tmp_path: Path, database: Database[dict[str, Any]]
) -> None:
    machine, jobs = Machine(), EnrichmentJobs(database)
    job_id = start_enrichment(
        REQUEST, FolderStore(tmp_path), jobs, machine, SETTINGS, actor=ANONYMOUS, now=START
    )["jobId"]
    machine.status = "FAILED"
    for _ in range(MAX_TRIES - 1):
        assert launch_job(machine, jobs.records, job_id, START) is Launch.STARTED
    meanwhile = RestartedMeanwhile(database, reads=1 + MAX_TRIES)

    assert launch_job(machine, meanwhile, job_id, START) is Launch.GIVEN_UP

    job = jobs.records.get(job_id)
    assert job is not None
    assert (job.status, job.restarts) == (JobStatus.PENDING, 1)
    assert launch_job(machine, jobs.records, job_id, START) is Launch.STARTED
