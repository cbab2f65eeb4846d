"""What a batch may spend before it looks again, and how soon it learns that its job is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.enrichment.jobs.budget_guard import CHECK_SECONDS, BudgetGuard
from core.enrichment.jobs.ledger import note_done, note_spent, read_ledger
from core.jobs.orders import EnrichmentBudget, EnrichmentCounts, Usage
from core.storage import EnrichmentKeys

CHECK_CALLS = 10
"""As docs/enrichment.md promises."""

KEYS = EnrichmentKeys("job", 2)
CALL = Usage(requests=1, input_tokens=90, output_tokens=10, cost_usd=0.000_000_3)
NOTHING = Usage()


class _Keys:
    """As far as a ledger needs a store: keys in order."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.listings = 0

    def put(self, _bucket: str, key: str, *_: Any) -> None:
        self.kept.add(key)

    def list_keys(self, _bucket: str, prefix: str) -> Iterator[str]:
        self.listings += 1
        return iter(sorted(key for key in self.kept if key.startswith(prefix)))


@pytest.fixture
def store() -> Any:
    return _Keys()


def watch(store: Any, clock: Any = lambda: 0.0, at_once: int = 1, **budget: Any) -> BudgetGuard:
    limits = EnrichmentBudget(**budget)
    return BudgetGuard(
        store, "b", KEYS, batch=0, turn=0, budget=limits, at_once=at_once, clock=clock
    )


def calls(watched: BudgetGuard, most: int, used: Usage = NOTHING) -> int:
    """How many are allowed, up to `most`."""
    for number in range(most):
        if not watched.allows(used):
            return number
        used += CALL
    return most


def test_a_batch_of_a_job_that_was_stopped_asks_no_more_than_a_few_calls(store: Any) -> None:
    watched = watch(store)
    assert calls(watched, 3) == 3

    store.put("b", KEYS.stop)

    assert calls(watched, 1000, used=CALL + CALL + CALL) == CHECK_CALLS - 3
    assert watched.is_stopped


def test_a_batch_of_slow_calls_learns_it_by_the_clock(store: Any) -> None:
    times = iter([0.0, 1.0, CHECK_SECONDS, CHECK_SECONDS])
    watched = watch(store, clock=lambda: next(times))
    store.put("b", KEYS.stop)

    assert calls(watched, 1000) == 1


def test_the_mark_of_another_attempt_stops_nothing(store: Any) -> None:
    store.put("b", EnrichmentKeys("job", 1).stop)

    assert calls(watch(store), 50) == 50


def test_looking_costs_one_listing_for_many_calls(store: Any) -> None:
    watched = watch(store, tokens=10**9)

    assert calls(watched, 100) == 100
    assert store.listings == 100 // CHECK_CALLS


def test_what_was_spent_is_in_the_ledger_after_a_few_calls_and_exact_at_the_end(
    store: Any,
) -> None:
    watched = watch(store)
    assert calls(watched, CHECK_CALLS + 1) == CHECK_CALLS + 1
    noted = read_ledger(store, "b", KEYS).spent
    assert noted.requests == CHECK_CALLS

    total = sum([CALL] * 12, NOTHING)
    watched.note(total)
    watched.note(total)

    assert read_ledger(store, "b", KEYS).spent == total


def test_a_run_that_is_repeated_leaves_entries_of_its_own(store: Any) -> None:
    for _ in range(2):
        watch(store).note(CALL)

    assert read_ledger(store, "b", EnrichmentKeys("job", 7)).spent == CALL + CALL


@pytest.mark.parametrize("budget", [{"tokens": 4000}, {"cost_usd": 0.000_012}])
def test_one_batch_alone_spends_the_budget_and_no_call_more(
    store: Any, budget: dict[str, Any]
) -> None:
    assert calls(watch(store, **budget), 1000) == 40


def test_batches_that_begin_together_may_each_spend_their_share_alone(store: Any) -> None:
    wave = [watch(store, at_once=4, tokens=4000) for _ in range(4)]
    used = [NOTHING] * 4

    going = True
    while going:  # in step, as they would
        going = False
        for n, watched in enumerate(wave):
            if watched.allows(used[n]):
                used[n] += CALL
                going = True

    made = sum(each.requests for each in used)
    assert 40 <= made <= 40 + 3 * CHECK_CALLS, "without shares it would be 160"


def test_however_unevenly_batches_run_the_budget_is_exceeded_by_few_calls(store: Any) -> None:
    slow = [watch(store, at_once=4, tokens=4000) for _ in range(3)]
    fast = watch(store, at_once=4, tokens=4000)

    made = calls(fast, 1000)
    assert made <= 40
    made += sum(calls(each, 1000) for each in slow)

    assert 40 <= made <= 40 + 3 * CHECK_CALLS, "each of the others by the calls before it looks"


def test_what_another_attempt_spent_counts(store: Any) -> None:
    former = EnrichmentKeys("job", 1)
    note_spent(store, "b", former, batch=3, turn=0, run="x", usage=CALL + CALL)

    assert calls(watch(store, tokens=500), 1000) == 3


def test_the_last_turn_of_each_batch_of_this_attempt_tells_what_was_done(store: Any) -> None:
    first = EnrichmentCounts(products=2, suggested=1, failed=1, suggestions=3)
    then = EnrichmentCounts(products=4, suggested=3, failed=1, suggestions=7, from_cache=2)
    note_done(store, "b", KEYS, batch=0, turn=0, counts=first)
    note_done(store, "b", KEYS, batch=0, turn=1, counts=then)
    note_done(store, "b", KEYS, batch=1, turn=0, counts=first)
    note_done(store, "b", EnrichmentKeys("job", 1), batch=2, turn=0, counts=first)

    assert read_ledger(store, "b", KEYS).done == then + first


def test_sums_of_money_show_no_noise() -> None:
    tenth = Usage(cost_usd=0.1)

    assert (tenth + tenth + tenth).cost_usd == 0.3
    assert (tenth + tenth + tenth - tenth).cost_usd == 0.2
