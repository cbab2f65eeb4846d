"""Throttling, time and budget end a batch, and what was done stays."""

from __future__ import annotations

import threading
from datetime import timedelta
from email.utils import format_datetime

import pytest

from core import clock
from core.enrichment.model import FailureCode
from core.enrichment.suggestions.asking import AskResult
from core.enrichment.suggestions.pricing import Budget
from core.enrichment.suggestions.suggesting import STOPPED_IN_A_JOB, suggest
from tests import model_server
from tests.model_server import ModelServer, reason, status, values
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    named,
    value_of,
)
from tests.unit.enrichment.openai_calls import enrich, failure_of, one, provider_for, settings_for

pytestmark = pytest.mark.slow  # waits for a slow server


@pytest.mark.parametrize("code", [429, 503])
def test_throttling_ends_the_batch_keeps_what_is_done_and_says_how_long(
    server: ModelServer, code: int
) -> None:
    server.script("Second", status(code, {"Retry-After": "37"}))
    settings = settings_for(server, enrichment_calls_in_flight=1)

    outcome = enrich(server, ["First", "Second", "Third"], settings=settings)

    assert [p.id for p in outcome.products] == ["id-First"]
    assert [p.id for p in outcome.left] == ["id-Second", "id-Third"]
    assert outcome.stopped is FailureCode.PROVIDER_THROTTLED
    assert outcome.wait_seconds == 37
    assert server.asked_about("Third") == []


def test_a_date_to_come_again_is_read(server: ModelServer) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    server.script("Boot", status(429, {"Retry-After": date}))

    outcome = enrich(server, ["Boot"])

    assert 80 <= outcome.wait_seconds <= 90


def test_without_a_word_a_usual_wait_is_told(server: ModelServer) -> None:
    server.script("Boot", status(429))

    assert enrich(server, ["Boot"]).wait_seconds == 20


def test_a_short_wait_is_waited_out(server: ModelServer) -> None:
    server.script("Boot", status(429, {"retry-after-ms": "150"}), values({"colour": "red"}))
    settings = settings_for(server, enrichment_max_wait_seconds=1)

    outcome = enrich(server, ["Boot"], settings=settings)

    assert value_of(one(outcome), COLOUR) == "red"


def test_a_provider_that_throttles_without_end_is_left_after_a_few_waits(
    server: ModelServer,
) -> None:
    server.script("Boot", status(429, {"retry-after-ms": "100"}))
    settings = settings_for(server, enrichment_max_wait_seconds=1)

    outcome = enrich(server, ["Boot"], settings=settings)

    assert outcome.stopped is FailureCode.PROVIDER_THROTTLED
    assert len(server.requests) == 4


def test_what_is_left_can_be_given_again(server: ModelServer) -> None:
    server.script("Second", status(429, {"Retry-After": "9"}), values({"colour": "red"}))
    settings = settings_for(server, enrichment_calls_in_flight=1)
    first = enrich(server, ["First", "Second", "Third"], settings=settings)

    second = suggest(first.left, CATALOGUE, named(COLOUR), provider_for(settings), settings)

    assert [p.id for p in second.products] == ["id-Second", "id-Third"]
    assert second.stopped is None


def test_out_of_time_nothing_more_is_begun(server: ModelServer) -> None:
    outcome = enrich(server, ["Boot", "Shoe"], time_seconds=1)

    assert outcome.stopped is FailureCode.OUT_OF_TIME
    assert len(outcome.left) == 2
    assert server.requests == []
    skipped = outcome.with_left_skipped()
    assert [(p.id, p.outcome) for p in skipped] == [("id-Boot", "skipped"), ("id-Shoe", "skipped")]
    (in_a_call,) = {p.failure.message for p in skipped if p.failure}
    (in_a_job,) = {
        p.failure.message for p in outcome.with_left_skipped(STOPPED_IN_A_JOB) if p.failure
    }
    assert "this call" in in_a_call and "call" not in in_a_job, "nobody called a batch of a job"


def test_a_call_that_the_end_of_time_cut_short_is_left_not_failed(server: ModelServer) -> None:
    server.script("Boot", model_server.late(30))

    outcome = enrich(server, ["Boot"], time_seconds=2.5)

    assert outcome.stopped is FailureCode.OUT_OF_TIME
    assert [p.id for p in outcome.left] == ["id-Boot"]


@pytest.mark.parametrize(
    "budget", [Budget(max_tokens=2000), Budget(max_cost_usd=0.0049)], ids=["tokens", "money"]
)
def test_a_budget_stops_cleanly_and_keeps_what_is_done(server: ModelServer, budget: Budget) -> None:
    settings = settings_for(server, enrichment_calls_in_flight=1)

    outcome = enrich(server, ["A1", "B1", "C1", "D1"], settings=settings, budget=budget)

    assert [p.id for p in outcome.products] == ["id-A1", "id-B1"]
    assert outcome.stopped is FailureCode.BUDGET_EXHAUSTED
    assert {p.failure.code for p in outcome.with_left_skipped()[2:] if p.failure} == {
        FailureCode.BUDGET_EXHAUSTED
    }


def test_several_calls_are_under_way_at_once_and_the_order_stays(server: ModelServer) -> None:
    together = threading.Barrier(3, timeout=20)

    def meet(request: model_server.Request) -> model_server.Reply:
        together.wait()  # passes only when three calls are here at the same time
        return model_server.sensible()(request)

    server.script("about", meet)
    settings = settings_for(server, enrichment_calls_in_flight=3)

    outcome = enrich(server, ["A1", "B1", "C1"], settings=settings)

    assert [p.id for p in outcome.products] == ["id-A1", "id-B1", "id-C1"]
    assert len(outcome.products[0].suggestions) == 1


def test_after_a_malformed_answer_a_second_call_that_cannot_be_made_leaves_the_product(
    server: ModelServer,
) -> None:
    server.script("Boot", reason("hm"), status(429, {"Retry-After": "37"}))

    outcome = enrich(server, ["Boot"])

    assert outcome.products == ()
    assert [p.id for p in outcome.left] == ["id-Boot"]
    assert outcome.stopped is FailureCode.PROVIDER_THROTTLED
    # the call in vain is paid for, and counts
    assert (outcome.usage.requests, outcome.usage.input_tokens) == (1, model_server.INPUT_TOKENS)


def test_a_budget_that_a_malformed_answer_used_up_leaves_the_product(server: ModelServer) -> None:
    server.script("Boot", reason("hm"))

    outcome = enrich(server, ["Boot"], budget=Budget(max_tokens=500))

    assert [p.id for p in outcome.left] == ["id-Boot"]
    assert outcome.stopped is FailureCode.BUDGET_EXHAUSTED


def test_a_server_that_drips_fails_its_product_alone_after_the_time_of_one_call(
    server: ModelServer,
) -> None:
    server.script("Boot", model_server.drips())
    settings = settings_for(server, enrichment_timeout_seconds=1)

    boot, shoe = enrich(server, ["Boot", "Shoe"], settings=settings).products

    assert failure_of(boot) is FailureCode.PROVIDER_TIMED_OUT
    assert boot.usage.input_tokens > 300
    assert failure_of(shoe) is None


def test_a_server_that_drips_costs_a_call_of_the_api_none_of_what_is_finished(
    server: ModelServer,
) -> None:
    server.script("Boot", model_server.drips())

    outcome = enrich(server, ["Boot", "Shoe", "Coat"], time_seconds=3)

    assert [p.id for p in outcome.products] == ["id-Shoe", "id-Coat"]
    assert [p.id for p in outcome.left] == ["id-Boot"]
    assert outcome.stopped is FailureCode.OUT_OF_TIME
    assert outcome.left_usage.input_tokens > 300


def test_storage_that_hangs_keeps_nothing_of_what_is_finished_back(server: ModelServer) -> None:
    ends = threading.Event()

    class Hanging:
        def find(self, key: str) -> None:
            return None

        def keep(self, key: str, result: AskResult, asked_by: str) -> None:
            if not result.suggestions:
                ends.wait(60)

    server.script("Boot", values({}))  # "I don't know": the answer whose keeping hangs
    chosen = settings_for(server, enrichment_calls_in_flight=2)
    try:
        outcome = enrich(
            server, ["Boot", "Shoe"], settings=chosen, cache=Hanging(), time_seconds=2.5
        )
    finally:
        ends.set()

    assert [p.id for p in outcome.products] == ["id-Shoe"]
    assert [p.id for p in outcome.left] == ["id-Boot"]
    assert outcome.stopped is FailureCode.OUT_OF_TIME
