"""Accepting more products than a call saves: a job of the product-commit machine, which validates
and writes as a call does, whatever the chunks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.jobs.orders import CommitCounts
from core.jobs.records import JobRecord, JobStatus, JobType
from core.products.writing import ProductWriter
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.commit_machine import CommitMachine, commit_machine
from tests.integration.enrichment_machine import ATTRIBUTES, EnrichmentMachine, enrichment_machine
from tests.integration.import_machine import RESULTS, ImportMachine

COUNT = 12


@dataclass
class Both:
    enrichment: EnrichmentMachine
    commits: CommitMachine
    job_id: str

    @property
    def database(self) -> Any:
        return self.commits.imports.database

    def ask(self, accept: Any, **more: Any) -> Reply:
        return self.enrichment.update(jobId=self.job_id, accept=accept, **more)

    def save(self, accept: Any, **more: Any) -> JobRecord:
        reply = self.ask(accept, **more)
        assert reply.status == 202, reply.text
        self.commits.wait()
        return self.commits.job(reply.json["jobId"])

    def rejected(self, job: JobRecord) -> dict[str, str]:
        files = self.commits.imports.objects(f"results/{job.id}/{job.attempt}/")
        lines = [json.loads(line) for line in files["rejected.ndjson"].splitlines()]
        return {line["_id"]: line["code"] for line in lines}


@pytest.fixture
def both(machine: ImportMachine) -> Iterator[Both]:
    """Twelve shoes, a description, a colour and perhaps a weight suggested for each; three can be
    accepted in a call, and a chunk holds about two."""
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment, commit_machine(machine) as commits:
        enrichment.save(
            *(
                {"SKU": f"S-{n:02}", "Name": f"Shoe {n}", "Notes": f"A blue shoe of {n} kg"}
                for n in range(1, COUNT + 1)
            )
        )
        wanted = ["Description", "Colour", "Weight"]
        job = enrichment.enrich(filter={}, attributes=wanted)
        machine.configure(
            accepted_products_per_call=3, commit_chunk_bytes=1500, inline_map_max_chunks=2
        )
        yield Both(enrichment, commits, job.id)


def counts(**reported: int) -> CommitCounts:
    none = dict.fromkeys(("rows", "created", "updated", "unchanged", "repeated", "rejected"), 0)
    return CommitCounts(**{**none, **reported})


def test_a_job_of_any_size_is_accepted_as_a_whole(both: Both) -> None:
    reply = both.ask("all")

    assert reply.status == 202, reply.text
    assert (reply.json["enrichmentJobId"], reply.json["rows"]) == (both.job_id, COUNT)
    both.commits.wait()
    job = both.commits.job(reply.json["jobId"])
    assert (job.type, job.status) == (JobType.COMMIT, JobStatus.COMPLETED)
    assert job.commit_counts == counts(rows=COUNT, updated=COUNT)
    assert job.message == "12 products were updated; 0 had the values already."
    product = both.enrichment.product("S-07")
    assert (product["Colour"], product["Weight"]) == ("Blue", {"value": 7, "unit": "kg"})
    assert "importSource" not in product
    shown = both.commits.shown(job.id)
    assert (shown["enrichmentJobId"], shown["enrichmentAttempt"]) == (both.job_id, 1)
    assert "fingerprint" not in shown
    result = both.commits.result(job)
    assert result["enrichmentJobId"] == both.job_id
    assert "importJobId" not in result
    plans = both.commits.imports.objects(f"work/{job.id}/1/")
    assert len(json.loads(plans["chunks.json"])) > 2, "several chunks, by the Distributed Map"

    again = both.save("all")
    assert again.commit_counts == counts(rows=COUNT, unchanged=COUNT)


def test_rules_and_names_choose_as_in_a_call(both: Both) -> None:
    named = [{"_id": f"S-{n:02}", "attributes": ["Colour"]} for n in range(5, 10)]

    job = both.save(named)

    assert job.commit_counts == counts(rows=5, updated=5)
    assert "Weight" not in both.enrichment.product("S-05")
    assert "Colour" not in both.enrichment.product("S-04")
    unknown = both.ask([*named, {"_id": "nope"}])
    assert (unknown.status, unknown.json["code"]) == (400, "INVALID_FIELDS")
    rules = both.save({"attributes": ["Weight"], "minConfidence": 0.1})
    assert rules.commit_counts == counts(rows=COUNT, updated=COUNT)


def test_a_few_are_saved_in_the_call(both: Both) -> None:
    reply = both.ask({"productIds": ["S-01", "S-02", "S-12"]})

    assert (reply.status, reply.json["productsUpdated"]) == (200, 3), reply.text


def test_what_cannot_be_saved_is_told_line_by_line_and_holds_up_no_other(both: Both) -> None:
    both.enrichment.update(products=[{"_id": "S-02", "Colour": "Red"}])
    both.database["products"].delete_one({"_id": "S-03"})
    both.database["attributes"].update_one({"name": "Weight"}, {"$set": {"max": 11}})

    job = both.save("all")

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.commit_counts == counts(rows=COUNT, updated=COUNT - 3, rejected=3)
    assert both.rejected(job) == {
        "S-02": "CONFLICT",
        "S-03": "PRODUCT_NOT_FOUND",
        "S-12": "INVALID_VALUE",
    }
    assert both.enrichment.product("S-02")["Colour"] == "Red"
    assert "Weight" not in both.enrichment.product("S-02"), "as a whole or not at all"


def test_a_dry_run_counts_and_writes_nothing(both: Both) -> None:
    before = both.commits.catalogue()

    job = both.save("all", dryRun=True)

    assert job.commit_counts == counts(rows=COUNT, updated=COUNT)
    assert "Nothing was written" in (job.message or "")
    assert both.commits.catalogue() == before


def test_a_task_that_broke_after_its_writes_counts_them_once(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ProductWriter.write
    broken: list[bool] = []

    def breaks_once(self: Any, changes: Any, policy: Any) -> Any:
        outcomes = real(self, changes, policy)
        if not broken:
            broken.append(True)
            raise ConnectionError("broken by the test")
        return outcomes

    monkeypatch.setattr(ProductWriter, "write", breaks_once)

    job = both.save("all")

    assert broken
    assert job.commit_counts == counts(rows=COUNT, updated=COUNT)
    revisions = {p["revision"] for p in both.commits.catalogue().values()}
    assert revisions == {2}, "each was written once"


def test_a_second_call_while_the_job_runs_gets_that_job_and_a_cancelled_one_writes_nothing(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.clients.StateMachine.start", lambda *_: True)  # none runs
    first, second = both.ask("all"), both.ask("all")
    other = both.ask("all", dryRun=True)
    assert first.json["jobId"] == second.json["jobId"] != other.json["jobId"]

    monkeypatch.undo()
    reply = call(jobs_api.handler, "POST", f"/processing-jobs/{first.json['jobId']}/cancel")
    assert reply.status == 200, reply.text
    both.commits.imports.stepfunctions.start_execution(
        stateMachineArn=both.commits.arn,
        name="late",
        input=json.dumps({"jobId": first.json["jobId"]}),
    )
    both.commits.wait()
    assert "Colour" not in both.enrichment.product("S-01")


def test_suggestions_that_are_gone_by_then_end_the_job_with_a_sentence(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_machine:
        without_machine.setattr("handlers.clients.StateMachine.start", lambda *_: True)
        job_id = both.ask("all").json["jobId"]
    key = f"results/{both.job_id}/1/suggestions.ndjson"
    both.commits.imports.s3.delete_object(Bucket=RESULTS, Key=key)

    both.commits.imports.stepfunctions.start_execution(
        stateMachineArn=both.commits.arn, name="late", input=json.dumps({"jobId": job_id})
    )
    both.commits.wait()

    job = both.commits.job(job_id)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "OBJECT_MISSING")
    assert "no longer stored" in (job.error_details or "")
