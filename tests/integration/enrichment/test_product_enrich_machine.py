"""The enrichment's real state machine: every branch, over the real handlers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache

import pytest
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import wait_function

from core.enrichment.model import FailureCode as ModelFailure
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, ProviderFailed, Tokens
from core.jobs.records import JobFailureCode, JobStatus, JobType
from core.storage import EnrichmentKeys
from core.storage.enrichment_keys import order_key
from handlers import environment
from tests.integration.enrichment_machine import (
    ATTRIBUTES,
    BOOT,
    HAT,
    EnrichmentMachine,
    enrichment_machine,
)
from tests.integration.import_machine import ImportMachine

WANTED = {"attributes": ["Description", "Colour"]}
MANY = [{"SKU": f"S-{n:03}", "Name": f"Shoe {n}", "Brand": "Acme"} for n in range(9)]


@pytest.fixture
def enrichment(machine: ImportMachine) -> Iterator[EnrichmentMachine]:
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment:
        enrichment.save(BOOT, HAT, *MANY)
        yield enrichment


def test_a_job_leaves_a_preview_a_complete_file_and_counts(enrichment: EnrichmentMachine) -> None:
    job = enrichment.enrich(productIds=["B/1", "gone", "H-2"], **WANTED)

    assert job.type is JobType.ENRICHMENT
    assert job.status is JobStatus.COMPLETED_WITH_ISSUES, "one product does not exist"
    counts = job.enrichment_counts
    assert counts is not None
    assert (counts.products, counts.suggested, counts.not_found) == (3, 1, 1)
    result = enrichment.result(job)
    assert [p["_id"] for p in result["enrichedProductsPreview"]] == ["B/1", "H-2", "gone"]
    assert result["enrichedProductsPreview"][0]["aiSuggestions"]["Colour"] == "Red"
    assert result["truncated"] is False
    assert [line["_id"] for line in enrichment.lines(job)] == ["B/1", "H-2", "gone"]
    shown = enrichment.shown(job.id)
    assert shown["progress"] == {"stage": "finished", "percent": 100, "rows": 3}
    assert shown["order"]["terms"]["attributes"] == ["Description", "Colour"]
    assert set(shown["downloads"]) == {"result", "suggestions"}
    assert "Colour" not in enrichment.product("B/1"), "nothing is saved"


@pytest.mark.parametrize(
    ("inline_limit", "way"), [(40, "SuggestBatches"), (1, "SuggestBatchesAtScale")]
)
def test_many_products_are_asked_for_in_batches_in_either_map(
    enrichment: EnrichmentMachine, inline_limit: int, way: str
) -> None:
    enrichment.imports.configure(enrichment_batch_products=4, inline_map_max_chunks=inline_limit)

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert job.status is JobStatus.COMPLETED, job
    assert [line["_id"] for line in enrichment.lines(job)] == ["B/1", *(p["SKU"] for p in MANY)]
    assert len(enrichment.imports.named("suggest_values")) == 3
    (execution,) = enrichment.executions()
    assert way in enrichment.imports.visited(execution["executionArn"])


def test_a_second_call_while_the_job_runs_gives_that_job(enrichment: EnrichmentMachine) -> None:
    replies = []
    enrichment.imports.around(
        "open_enrichment",
        before=lambda: replies.append(enrichment.ask(filter="Brand=Acme", **WANTED)),
    )

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert [reply.json["jobId"] for reply in replies] == [job.id]
    assert len(enrichment.executions()) == 1
    assert enrichment.enrich(filter="Brand=Acme", **WANTED).id != job.id, "a new wish, a new job"


def test_a_new_execution_of_a_finished_job_is_its_next_attempt(
    enrichment: EnrichmentMachine,
) -> None:
    first = enrichment.enrich(filter="Brand=Acme", **WANTED)

    enrichment.restart(enrichment.executions()[0]["executionArn"])

    second = enrichment.job(first.id)
    assert (first.attempt, second.attempt) == (1, 2)
    assert second.enrichment_counts == first.enrichment_counts


def test_a_cancelled_job_asks_no_further_batch(enrichment: EnrichmentMachine) -> None:
    enrichment.imports.configure(enrichment_batch_products=4)
    job_ids: list[str] = []
    one_at_a_time = threading.Lock()

    def cancel_once() -> None:
        with one_at_a_time:  # no batch may slip by between the look and the mark
            if not job_ids:
                (job,) = enrichment.imports.database["jobs"].find({"type": "enrichment"})
                assert enrichment.cancel(job["_id"]).status == 200
                job_ids.append(job["_id"])

    enrichment.imports.around("suggest_values", before=cancel_once)

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert job.error_code == JobFailureCode.CANCELLED
    assert "suggestions" in (job.error_details or "")
    left = enrichment.imports.objects(EnrichmentKeys(job.id, 1).work)
    assert not [name for name in left if "/suggestions/" in name]


def test_an_order_that_is_gone_is_told_and_not_retried(enrichment: EnrichmentMachine) -> None:
    def lose_order() -> None:
        (job,) = enrichment.imports.database["jobs"].find({"type": "enrichment"})
        enrichment.imports.s3.delete_object(Bucket=job["s3Bucket"], Key=order_key(job["_id"]))

    enrichment.imports.around("open_enrichment", before=lose_order)

    job = enrichment.enrich(filter={}, **WANTED)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "ORDER_MISSING")
    assert len(enrichment.imports.named("open_enrichment")) == 1


def test_a_filter_whose_attribute_went_since_the_call_is_told(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.imports.around(
        "open_enrichment",
        before=lambda: enrichment.imports.database["attributes"].delete_one({"name": "Brand"}),
    )

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "FILTER_OUTDATED")
    assert "Brand" in (job.error_details or "")


@pytest.mark.parametrize("handler", ["open_enrichment", "suggest_values", "close_enrichment"])
def test_a_step_that_breaks_once_is_repeated(enrichment: EnrichmentMachine, handler: str) -> None:
    enrichment.imports.fail(handler, times=1)

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1)


@pytest.mark.parametrize("handler", ["open_enrichment", "suggest_values", "close_enrichment"])
def test_a_step_that_breaks_for_good_fails_the_job_with_a_reason(
    enrichment: EnrichmentMachine, handler: str
) -> None:
    enrichment.imports.fail(handler)

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert (job.status, job.error_code) == (JobStatus.FAILED, JobFailureCode.INTERNAL_ERROR)
    assert job.id in (job.error_details or "")
    (execution,) = enrichment.executions()
    assert execution["status"] == "FAILED"


@pytest.mark.parametrize("handler", ["open_enrichment", "suggest_values"])
def test_an_answer_that_no_branch_knows_fails_the_job(
    enrichment: EnrichmentMachine, handler: str
) -> None:
    enrichment.imports.answer(handler, outcome="SOMETHING")

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert job.status is JobStatus.FAILED


def test_a_batch_without_summary_is_no_completed_job(enrichment: EnrichmentMachine) -> None:
    enrichment.imports.wrapped["suggest_values"] = lambda real: (
        lambda event, context: {
            **event,
            "outcome": "DONE",
        }
    )

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    assert job.status is JobStatus.FAILED


def test_a_preview_too_large_for_a_browser_ends_early_and_says_so(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.imports.configure(result_max_bytes=2_000)

    job = enrichment.enrich(filter="Brand=Acme", **WANTED)

    result = enrichment.result(job)
    assert job.truncated
    assert result["truncated"] is True
    assert 0 < len(result["enrichedProductsPreview"]) < 10
    assert len(enrichment.lines(job)) == 10


class _Throttling:
    """A provider that wants to be left alone a few times, and then answers."""

    name, model, endpoint, is_free = "scripted", "m-1", "", False

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.wanted = 0

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        self.wanted += 1
        if self.wanted <= self.refusals:
            raise ProviderFailed(
                ModelFailure.PROVIDER_THROTTLED, "Too often.", retry_after_seconds=60
            )
        entry = {"drawnFrom": [], "value": "Red", "confidence": 0.9}
        content = {each.key: entry for each in question.requested}
        return Answer(content=content, tokens=Tokens(input=90, output=10))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seconds of the state Wait, which pass at once."""
    waited: list[int] = []
    monkeypatch.setattr(
        wait_function.WaitFunction,
        "_wait_interval",
        lambda self, env, wait_seconds: waited.append(wait_seconds),
    )
    return waited


def use(enrichment: EnrichmentMachine, provider: _Throttling) -> None:
    enrichment.imports.configure(enrichment_calls_in_flight=1)
    enrichment.imports.monkeypatch.setattr(environment, "provider", cache(lambda: provider))


def test_a_provider_that_throttles_is_waited_for_and_asked_for_the_rest(
    enrichment: EnrichmentMachine, no_waiting: list[int]
) -> None:
    provider = _Throttling(refusals=2)
    use(enrichment, provider)

    job = enrichment.enrich(filter="Brand=Acme", attributes=["Colour"])

    assert job.status is JobStatus.COMPLETED
    assert no_waiting == [60, 60], "as Retry-After asks"
    assert [event["turn"] for event in enrichment.imports.named("suggest_values")] == [0, 1, 2]
    assert provider.wanted == 2 + 10, "what was answered is not requested again"


def test_a_provider_that_never_stops_throttling_ends_the_batch_after_so_many_turns(
    enrichment: EnrichmentMachine, no_waiting: list[int]
) -> None:
    use(enrichment, _Throttling(refusals=10**6))
    enrichment.imports.configure(enrichment_max_waits=2)

    job = enrichment.enrich(filter="Brand=Acme", attributes=["Colour"])

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert len(no_waiting) == 2
    assert job.enrichment_counts is not None
    assert job.enrichment_counts.skipped == 10
    assert job.enrichment_counts.failures_by_code == {"PROVIDER_THROTTLED": 10}


def test_a_batch_that_is_out_of_time_in_all_its_turns_tells_no_caller_to_ask_for_less(
    enrichment: EnrichmentMachine, no_waiting: list[int]
) -> None:
    use(enrichment, _Throttling(refusals=0))
    enrichment.imports.configure(enrichment_max_waits=1)
    enrichment.imports.context.get_remaining_time_in_millis = lambda: 30_000  # all is reserved

    job = enrichment.enrich(filter="Brand=Acme", attributes=["Colour"])

    assert job.enrichment_counts is not None
    assert job.enrichment_counts.failures_by_code == {"OUT_OF_TIME": 10}
    assert len(no_waiting) == 1
    (reported,) = {line["failure"]["message"] for line in enrichment.lines(job)}
    assert reported == (
        "The model was too slow for the time limit of the job, in every turn; "
        "request suggestions for this product again."
    )


def test_the_budget_counts_over_all_batches_and_attempts(enrichment: EnrichmentMachine) -> None:
    provider = _Throttling(refusals=0)
    use(enrichment, provider)
    enrichment.imports.configure(enrichment_batch_products=1)

    job = enrichment.enrich(filter="Brand=Acme", attributes=["Colour"], budget={"tokens": 300})

    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert 3 <= provider.wanted <= 4, "two tasks at once: one of them may not know of the other"
    wanted = provider.wanted

    enrichment.restart(enrichment.executions()[0]["executionArn"])

    again = enrichment.job(job.id)
    assert again.attempt == 2
    assert provider.wanted == wanted, "nothing is left to spend"
    assert again.enrichment_counts is not None
    assert again.enrichment_counts.from_cache == wanted


def test_a_job_whose_provider_is_not_set_up_fails_and_says_so(
    enrichment: EnrichmentMachine,
) -> None:
    enrichment.imports.monkeypatch.setenv("ENRICHMENT_PROVIDER", "openai")
    environment.settings.cache_clear()
    environment.provider.cache_clear()
    try:
        job = enrichment.enrich(filter={}, **WANTED)
    finally:
        environment.provider.cache_clear()

    assert (job.status, job.error_code) == (JobStatus.FAILED, "PROVIDER_NOT_CONFIGURED")
    assert "not set up" in (job.error_details or "")
    shown = enrichment.shown(job.id)
    assert shown["counts"]["failed"] == len(MANY) + 2
    assert "resultDownloadUrl" not in shown
    reply = enrichment.update(jobId=job.id, accept="all")
    assert (reply.status, reply.json["code"]) == (409, "ENRICHMENT_FAILED")
