"""Enrichments share the launching of approvals; here by their own call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo.database import Database

from core.actors import ANONYMOUS
from core.enrichment.jobs.repository import EnrichmentJobs
from core.enrichment.jobs.requesting import start_enrichment
from core.enrichment.requests import EnrichmentRequest
from core.jobs.orders import EnrichmentBudget, EnrichmentTerms
from core.storage import FolderStore
from tests.unit.jobs.job_setting import SETTINGS, START


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
            EnrichmentRequest(
                product_ids=("one",),
                filter=None,
                terms=EnrichmentTerms(),
                budget=EnrichmentBudget(),
                as_job=True,
                dry_run=False,
            ),
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
