"""What a job adds to the pace of a call: its share of the provider's limit, and patience with a
provider that is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.enrichment.job_model import (
    Batch,
    BatchAnswer,
    BatchContent,
    BatchTask,
    BatchTurn,
    EnrichmentAttributes,
    EnrichmentPlan,
)
from core.enrichment.jobs.batches import OUTAGE_TURNS, suggest_batch
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.model import EnrichmentOutcome, FailureCode
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Answer, ProviderFailed
from core.enrichment.sentences import blocked
from core.enrichment.suggestions.caching import StoredAnswers
from core.enrichment.suggestions.call_limiter import CallLimiter
from core.enrichment.suggestions.pricing import NO_BUDGET
from core.jobs.orders import EnrichmentCounts, EnrichmentOrder
from core.settings import Settings
from core.storage import EnrichmentKeys, FolderStore
from tests.unit.enrichment.enrichment_kit import CATALOGUE, COLOUR, named, product

RESULTS = "results"
PRODUCTS = 8


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace_of(clock: Clock, between: float, time_seconds: float | None = None) -> CallLimiter:
    return CallLimiter(
        Settings(), NO_BUDGET, time_seconds, clock, clock.sleep, seconds_between_calls=between
    )


def test_calls_are_spaced_from_the_first_on() -> None:
    clock = Clock()
    pace = pace_of(clock, between=6)

    begun = []
    for took in (1, 10, 0):
        assert pace.begin_call() is not None
        begun.append(clock.now)
        clock.now += took

    assert begun == [106, 112, 122], "a call that took longer is not caught up with"


def test_without_a_limit_nothing_waits() -> None:
    clock = Clock()
    pace = pace_of(clock, between=0)

    assert [pace.begin_call() is not None for _ in range(3)] == [True] * 3
    assert clock.now == 100


def test_a_pause_beyond_the_end_is_not_slept() -> None:
    clock = Clock()
    pace = pace_of(clock, between=60, time_seconds=30)

    assert pace.begin_call() is None
    assert (clock.now, pace.stopped) == (100, FailureCode.OUT_OF_TIME)


class Away:
    """Answers to some products, and is away for all others."""

    name, model, endpoint, is_free = "openai", "m", "http://127.0.0.1", False

    def __init__(self, *there: str, code: FailureCode = FailureCode.PROVIDER_TIMED_OUT) -> None:
        self.there = set(there)
        self.code = code
        self.calls = 0

    def answer(self, question: Question, timeout_seconds: float) -> Answer:
        self.calls += 1
        if str(question.known.get("Name")) in self.there:
            return Answer({})
        raise ProviderFailed(self.code, "It is away.")


NAMES = [f"Boot {n}" for n in range(PRODUCTS)]
KEYS = EnrichmentKeys("job", 1)
TASK = BatchTask(job_id="job", attempt=1, chunk=Batch(index=0, products=PRODUCTS))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path)
    files = EnrichmentFiles(store, RESULTS, KEYS)
    products = tuple(product({"Name": name}, product_id=name) for name in NAMES)
    order = EnrichmentOrder(terms=named(COLOUR))
    files.write(
        KEYS.plan,
        EnrichmentPlan(job_id="job", attempt=1, order=order, chunk_count=1, row_count=PRODUCTS),
    )
    files.write(KEYS.definitions, EnrichmentAttributes(definitions=tuple(CATALOGUE)))
    files.write(KEYS.products(0), BatchContent(products=products))
    return store


def run(store: FolderStore, provider: Away, task: BatchTask = TASK) -> BatchAnswer:
    settings = Settings(results_bucket=RESULTS, enrichment_calls_in_flight=1)
    cache = StoredAnswers(store, RESULTS)
    return suggest_batch(store, provider, cache, settings, task=task, time_seconds=800)


def following(answer: BatchAnswer) -> BatchTask:
    return BatchTask(
        job_id="job", attempt=1, chunk=answer.chunk, turn=answer.turn, outages=answer.outages
    )


def test_an_outage_stops_the_batch_which_comes_back_for_all_that_got_no_answer(
    store: FolderStore,
) -> None:
    away = Away(*NAMES[:2])

    first = run(store, away)

    assert (first.outcome, first.turn, first.outages) == (BatchTurn.WAIT, 1, 1)
    assert 10 <= first.wait_seconds <= 20
    answered = EnrichmentFiles(store, RESULTS, KEYS).lines(KEYS.answered(0))
    assert [each.id for each in answered] == NAMES[:2]

    assert run(store, Away(*NAMES), following(first)).outcome is BatchTurn.DONE
    reported = EnrichmentFiles(store, RESULTS, KEYS).lines(KEYS.suggestions(0))
    assert [each.id for each in reported] == NAMES
    assert {each.outcome for each in reported} == {EnrichmentOutcome.NOTHING_SUGGESTED}


def test_one_product_that_times_out_is_its_own_failure(store: FolderStore) -> None:
    done = run(store, Away(*NAMES[:3], *NAMES[5:]))

    assert done.outcome is BatchTurn.DONE
    reported = EnrichmentFiles(store, RESULTS, KEYS).lines(KEYS.suggestions(0))
    failed = [each.id for each in reported if each.outcome is EnrichmentOutcome.FAILED]
    assert failed == NAMES[3:5], "two in a row are no outage"


def test_an_outage_without_end_ends_the_batch_with_a_few_calls_and_says_so(
    store: FolderStore,
) -> None:
    away, task, waits = Away(), TASK, []
    while (answer := run(store, away, task)).outcome is BatchTurn.WAIT:
        waits.append(answer.wait_seconds)
        task = following(answer)

    assert len(waits) == OUTAGE_TURNS
    assert sum(waits) > 15 * 60
    assert away.calls == 3 * (OUTAGE_TURNS + 1)
    reported = EnrichmentFiles(store, RESULTS, KEYS).lines(KEYS.suggestions(0))
    assert [each.id for each in reported] == NAMES
    assert {each.outcome for each in reported} == {EnrichmentOutcome.SKIPPED}
    assert {each.failure.code for each in reported if each.failure} == {
        FailureCode.PROVIDER_UNAVAILABLE
    }


def test_a_job_that_could_ask_for_nothing_says_why() -> None:
    refused = EnrichmentCounts(
        products=5, failed=4, not_found=1, failures_by_code={"PROVIDER_REFUSED_KEY": 4}
    )

    code, sentence = blocked(refused) or ("", "")

    assert code == FailureCode.PROVIDER_REFUSED_KEY
    assert "key" in sentence
    assert blocked(refused + EnrichmentCounts(products=1, suggested=1)) is None, "partly done"
    away = EnrichmentCounts(products=1, failed=1, failures_by_code={"PROVIDER_TIMED_OUT": 1})
    assert blocked(away) is None
