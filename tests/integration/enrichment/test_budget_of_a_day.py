"""The budget of a day, which no request for suggestions can exceed: reserved, settled, refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core.enrichment.jobs.daily_budget import DailyBudget
from core.enrichment.jobs.ledger import note_spent
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, Tokens
from core.errors import TooManyRequests
from core.jobs.orders import EnrichmentBudget, Usage
from core.jobs.records import JobStatus
from core.settings import Settings
from core.storage import EnrichmentKeys, FolderStore
from handlers import environment
from tests.integration.enrichment_machine import ATTRIBUTES, EnrichmentMachine, enrichment_machine
from tests.integration.import_machine import ImportMachine

NOW = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
NO_BUDGET = EnrichmentBudget()
CAPS = [{"SKU": f"C-{n:03}", "Name": f"Cap {n}", "Brand": "Acme"} for n in range(20)]


def limited(tokens: int, **more: Any) -> Settings:
    return Settings(
        results_bucket="results",
        enrichment_provider="openai",
        enrichment_tokens_per_day=tokens,
        **more,
    )


def used(tokens: int) -> Usage:
    return Usage(requests=1, input_tokens=tokens)


def test_calls_at_one_moment_never_get_more_than_the_day_has(
    database: Database[Any], tmp_path: Path
) -> None:
    daily = DailyBudget(database, FolderStore(tmp_path), limited(1_000))
    wanted = EnrichmentBudget(tokens=300)
    refused: list[str] = []

    def reserve(number: int) -> int:
        try:
            return daily.reserve_call(str(number), wanted, 1, NOW).tokens or 0
        except TooManyRequests as error:
            refused.append(error.code)
            return 0

    with ThreadPoolExecutor(6) as pool:
        granted = list(pool.map(reserve, range(6)))

    assert sorted(granted) == [0, 0, 100, 300, 300, 300]
    assert refused == ["DAILY_BUDGET_SPENT"] * 2


def test_a_call_gives_back_what_it_did_not_use_and_the_next_day_begins_anew(
    database: Database[Any], tmp_path: Path
) -> None:
    daily = DailyBudget(database, FolderStore(tmp_path), limited(1_000))

    assert daily.reserve_call("one", NO_BUDGET, 100, NOW) == EnrichmentBudget(tokens=1_000)
    with pytest.raises(TooManyRequests) as refused:
        daily.refuse_when_spent(NOW)
    daily.settle_call("one", used(400), NOW)
    daily.settle_call("one", used(400), NOW)

    assert refused.value.retry_after_seconds == 3_601
    assert refused.value.details[0]["tokensTaken"] == 1_000
    assert daily.reserve_call("two", NO_BUDGET, 100, NOW).tokens == 600
    assert daily.reserve_call("three", NO_BUDGET, 100, NOW + timedelta(hours=1)).tokens == 1_000


def test_money_is_limited_as_tokens_are_and_a_free_provider_by_nothing(
    database: Database[Any], tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)
    daily = DailyBudget(database, store, limited(0, enrichment_usd_per_day=0.5))
    free = Settings(enrichment_tokens_per_day=1)

    assert daily.reserve_call("one", NO_BUDGET, 1, NOW) == EnrichmentBudget(cost_usd=0.5)
    daily.settle_call("one", Usage(requests=1, cost_usd=0.125), NOW)

    assert daily.reserve_call("two", NO_BUDGET, 1, NOW).cost_usd == 0.375
    for name in ("three", "four"):
        offline = DailyBudget(database, store, free)
        assert offline.reserve_call(name, NO_BUDGET, 9, NOW) == NO_BUDGET


def test_a_job_is_settled_by_its_ledger_once_it_has_ended_and_an_attempt_keeps_its_share(
    database: Database[Any], tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)
    daily = DailyBudget(database, store, limited(1_000))
    job = {"_id": "j", "type": "enrichment", "status": "PROCESSING", "attempt": 1}
    times = dict.fromkeys(("submittedAt", "updatedAt"), NOW)
    rest = {"s3Bucket": "b", "s3Key": "k", "originalFileName": "f", "createdBy": "me"}
    database["jobs"].insert_one({**job, **times, **rest, "updatedBy": "me"})

    first = daily.reserve_job("j", 1, NO_BUDGET, 50, NOW)
    assert first == daily.reserve_job("j", 1, NO_BUDGET, 50, NOW) == EnrichmentBudget(tokens=1_000)
    keys = EnrichmentKeys("j", 1)
    note_spent(store, "results", keys, batch=0, turn=0, run="a", usage=used(250))
    database["jobs"].update_one({"_id": "j"}, {"$set": {"attempt": 2}})
    second = daily.reserve_job("j", 2, EnrichmentBudget(tokens=600), 50, NOW)
    assert second.tokens == 600, "over all attempts: 250 are spent, 350 reserved"
    note_spent(store, "results", keys, batch=0, turn=0, run="b", usage=used(100))
    known = {"requests": 2, "inputTokens": 350, "outputTokens": 0, "costUsd": 0.0}
    ended = {"status": "FAILED", "errorCode": "CANCELLED", "finishedAt": NOW}
    cancelled = {**ended, "usage": known}
    database["jobs"].update_one({"_id": "j"}, {"$set": cancelled})

    assert daily.reserve_call("soon", NO_BUDGET, 50, NOW).tokens == 400, "its calls may go on"
    daily.settle_call("soon", used(0), NOW)
    later = NOW + timedelta(minutes=17)
    assert daily.reserve_call("later", NO_BUDGET, 50, later).tokens == 650


def test_a_cancelled_job_holds_what_its_last_calls_can_cost_and_only_as_long_as_they_take(
    database: Database[Any], tmp_path: Path
) -> None:
    # given a job that reserved the whole day, and was cancelled after it had spent 250 tokens
    store = FolderStore(tmp_path)
    settings = limited(20_000_000)
    daily = DailyBudget(database, store, settings)
    ended = {"status": "FAILED", "errorCode": "CANCELLED", "finishedAt": NOW, "attempt": 1}
    times = dict.fromkeys(("submittedAt", "updatedAt"), NOW)
    rest = {"s3Bucket": "b", "s3Key": "k", "originalFileName": "f", "createdBy": "me"}
    job = {"_id": "j", "type": "enrichment", **ended, **times, **rest, "updatedBy": "me"}
    assert daily.reserve_job("j", 1, NO_BUDGET, 100_000, NOW).tokens == 20_000_000
    keys = EnrichmentKeys("j", 1)
    note_spent(store, "results", keys, batch=0, turn=0, run="a", usage=used(250))
    database["jobs"].insert_one(job)
    store.put("results", keys.stop, b"", "application/octet-stream")

    # when
    soon = daily.reserve_call("soon", NO_BUDGET, 100_000, NOW + timedelta(seconds=5)).tokens
    daily.settle_call("soon", used(0), NOW)
    later = daily.reserve_call("later", NO_BUDGET, 100_000, NOW + timedelta(minutes=2)).tokens

    # then
    last_calls = 4 * (10 + 4) * 28_000  # batches at once × unnoted calls × tokens of a call
    assert soon == 20_000_000 - 250 - last_calls
    assert later == 20_000_000 - 250


class _Scripted:
    """Each answer takes 100 tokens."""

    name, model, endpoint, is_free = "scripted", "m-1", "", False

    def __init__(self) -> None:
        self.request_made = 0
        self._lock = threading.Lock()

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        with self._lock:
            self.request_made += 1
        entry = {"drawnFrom": [], "value": "Red", "confidence": 0.9}
        content = {each.key: entry for each in question.requested}
        return Answer(content=content, tokens=Tokens(input=90, output=10))


@pytest.fixture
def enrichment(machine: ImportMachine) -> Iterator[EnrichmentMachine]:
    machine.define(*ATTRIBUTES)
    with enrichment_machine(machine) as enrichment:
        enrichment.imports.configure(enrichment_calls_in_flight=1, enrich_max_concurrency=1)
        enrichment.save(*CAPS)
        yield enrichment


def test_jobs_and_calls_share_the_day_and_what_is_beyond_it_is_refused_with_a_time_to_wait(
    enrichment: EnrichmentMachine,
) -> None:
    provider = _Scripted()
    enrichment.imports.monkeypatch.setattr(environment, "provider", cache(lambda: provider))
    enrichment.imports.configure(enrichment_provider="openai", enrichment_tokens_per_day=1_000)
    wanted = {"attributes": ["Colour"]}

    call = enrichment.ask(productIds=[cap["SKU"] for cap in CAPS[:4]], **wanted)
    job = enrichment.enrich(filter="Brand=Acme", budget={"tokens": 50_000}, **wanted)
    refused = [
        enrichment.ask(productIds=["C-019"], attributes=["Description"]),
        enrichment.ask(filter="Brand=Acme", attributes=["Description"]),
    ]

    assert call.json["usage"]["inputTokens"] + call.json["usage"]["outputTokens"] == 400
    assert job.status is JobStatus.COMPLETED_WITH_ISSUES
    assert job.enrichment_counts is not None
    assert job.enrichment_counts.failures_by_code == {"BUDGET_EXHAUSTED": 10}
    assert provider.request_made == 10, "1,000 tokens"
    assert {(r.status, r.json["code"]) for r in refused} == {(429, "DAILY_BUDGET_SPENT")}
    assert 0 < int(refused[0].headers["retry-after"]) <= 86_401
