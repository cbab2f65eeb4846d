"""The cost of an enrichment is reported and bounded, however the job ends: on the real machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, Tokens
from core.jobs.orders import Usage
from core.jobs.records import JobFailureCode, JobStatus
from handlers import environment
from tests.integration.enrichment_machine import ATTRIBUTES, EnrichmentMachine, enrichment_machine
from tests.integration.import_machine import FINAL, ImportMachine

CAPS = [{"SKU": f"C-{n:03}", "Name": f"Cap {n}", "Brand": "Acme"} for n in range(40)]
WANTED = {"filter": "Brand=Acme", "attributes": ["Colour"]}


class _Scripted:
    """Each answer takes 100 tokens; `during` is called within each call, with its number."""

    name, model, endpoint, is_free = "scripted", "m-1", "", False

    def __init__(self, during: Callable[[int], None] = lambda _: None) -> None:
        self.during = during
        self.wanted = 0
        self._lock = threading.Lock()

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        with self._lock:
            self.wanted += 1
            number = self.wanted
        self.during(number)
        entry = {"drawnFrom": [], "value": "Red", "confidence": 0.9}
        content = {each.key: entry for each in question.requested}
        return Answer(content=content, tokens=Tokens(input=90, output=10))


@pytest.fixture
def enrichment(machine: ImportMachine) -> Iterator[EnrichmentMachine]:
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment:
        enrichment.imports.configure(
            enrichment_calls_in_flight=1, enrichment_input_usd_per_million_tokens=10.0
        )
        enrichment.save(*CAPS)
        yield enrichment


def use(enrichment: EnrichmentMachine, provider: _Scripted) -> _Scripted:
    enrichment.imports.monkeypatch.setattr(environment, "provider", cache(lambda: provider))
    return provider


def only_job(enrichment: EnrichmentMachine) -> str:
    (job,) = enrichment.imports.database["jobs"].find({"type": "enrichment"})
    return str(job["_id"])


def used(calls: int) -> Usage:
    return Usage(
        requests=calls,
        input_tokens=90 * calls,
        output_tokens=10 * calls,
        cost_usd=round(calls * 0.0009, 9),
    )


def test_a_job_that_is_cancelled_within_a_batch_stops_after_a_few_calls_and_tells_the_money(
    enrichment: EnrichmentMachine,
) -> None:
    def cancel_at_the_seventh(number: int) -> None:
        if number == 7:
            assert enrichment.cancel(only_job(enrichment)).status == 200

    provider = use(enrichment, _Scripted(cancel_at_the_seventh))
    ended = threading.Event()
    enrichment.imports.around("suggest_values", after=ended.set)

    job = enrichment.enrich(**WANTED)
    assert ended.wait(30)

    assert (job.status, job.error_code) == (JobStatus.FAILED, JobFailureCode.CANCELLED)
    assert 7 <= provider.wanted <= 10, "one batch holds all 40 products"
    shown = enrichment.shown(job.id)
    assert shown["usage"]["requests"] == provider.wanted
    assert shown["usage"]["costUsd"] == used(provider.wanted).cost_usd
    assert shown["counts"]["suggested"] == shown["counts"]["products"] == provider.wanted

    again = enrichment.enrich(**WANTED)

    assert again.status is JobStatus.COMPLETED
    assert provider.wanted == 40, "what the cancelled job paid for comes from the cache"
    assert again.enrichment_counts is not None
    assert again.enrichment_counts.from_cache == shown["counts"]["suggested"]


def test_a_job_that_is_started_anew_tells_what_all_attempts_used(
    enrichment: EnrichmentMachine,
) -> None:
    provider = use(enrichment, _Scripted())
    first = enrichment.enrich(**WANTED)
    assert first.usage == used(40)

    enrichment.restart(enrichment.executions()[0]["executionArn"])

    second = enrichment.job(first.id)
    assert (second.attempt, second.status) == (2, JobStatus.COMPLETED)
    assert provider.wanted == 40
    assert second.usage == used(40), "paid by the first attempt, for this job"
    assert enrichment.result(second)["usage"] == enrichment.shown(first.id)["usage"]


def test_a_new_execution_of_a_running_job_ends_the_old_ones_calls_and_counts_them(
    enrichment: EnrichmentMachine,
) -> None:
    old_went_on = threading.Event()
    asked_by_new = threading.Event()

    def restart_at_the_third(number: int) -> None:
        if number == 3:
            arn = enrichment.executions()[0]["executionArn"]
            given = enrichment.imports.stepfunctions.describe_execution(executionArn=arn)["input"]
            enrichment.imports.stepfunctions.start_execution(
                stateMachineArn=enrichment.arn, name="anew", input=given
            )
            assert asked_by_new.wait(30)
        elif number == 4:  # the first of the new attempt waits for the old one to notice
            asked_by_new.set()
            assert old_went_on.wait(30)

    provider = use(enrichment, _Scripted(restart_at_the_third))
    enrichment.imports.around("suggest_values", after=old_went_on.set)

    job = enrichment.enrich(**WANTED)

    job = enrichment.job(job.id)
    assert (job.attempt, job.status) == (2, JobStatus.COMPLETED)
    assert job.usage == used(provider.wanted), "of both attempts"
    assert provider.wanted <= 40 + 1, "the call that both had under way"
    (superseded, _) = [
        enrichment.imports.visited(each["executionArn"])[-1] for each in enrichment.executions()
    ]
    assert superseded == "Superseded"


def test_batches_that_run_at_once_share_the_budget(enrichment: EnrichmentMachine) -> None:
    step = threading.Barrier(2)

    def in_step(_: int) -> None:
        # both batches go on call by call, so that neither knows of the other's end
        with contextlib.suppress(threading.BrokenBarrierError):
            step.wait(timeout=0.5)

    provider = use(enrichment, _Scripted(in_step))
    enrichment.imports.configure(enrichment_batch_products=20, enrich_max_concurrency=2)

    job = enrichment.enrich(**WANTED, budget={"tokens": 800})

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert 8 <= provider.wanted <= 8 + 4, "each would spend all of it: 16; half of it is its share"
    assert job.usage == used(provider.wanted)
    assert job.enrichment_counts is not None
    assert job.enrichment_counts.skipped == 40 - provider.wanted


def test_an_execution_of_a_job_that_is_not_there_fails_at_once(
    enrichment: EnrichmentMachine,
) -> None:
    started = enrichment.imports.stepfunctions.start_execution(
        stateMachineArn=enrichment.arn, name="stray", input='{"jobId": "nobody"}'
    )
    enrichment.wait()

    (execution,) = enrichment.executions()
    assert execution["executionArn"] == started["executionArn"]
    assert execution["status"] in FINAL
    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidInput")
    assert len(enrichment.imports.named("open_enrichment")) == 1, "nothing is retried"
