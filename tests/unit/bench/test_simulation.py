"""The simulation of a run under quotas: what must hold whatever its numbers are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.aws.pace import PACES, pace_for
from tests.bench import simulation
from tests.bench.simulation import GB, Retries, Run, retries_of_the_machine, simulate

LARGE = pace_for(1_000)


def test_it_is_repeatable_and_more_work_takes_longer_and_costs_more() -> None:
    one, again, ten = (simulate(1, n, LARGE) for n in (1, 1, 20))

    assert one == again
    assert ten.all_seconds > one.all_seconds
    assert ten.dollars == pytest.approx(20 * one.dollars, rel=0.01)
    assert (one.failed, ten.failed) == (0, 0)


def test_imports_beyond_those_admitted_wait() -> None:
    pace = replace(LARGE, imports_at_once=1)

    outcome = simulate(0.1, 5, pace)

    assert outcome.all_seconds > 4 * outcome.first_seconds
    assert outcome.narrow == "imports at once"


def test_chunks_beyond_a_reservation_are_throttled_and_try_again() -> None:
    pace = replace(LARGE, chunk_reserved_concurrency=20)

    outcome = simulate(2, 1, pace)

    assert outcome.throttles > 0
    assert outcome.failed == 0


def test_a_file_that_the_planner_cannot_read_in_time_fails() -> None:
    outcome = simulate(400, 1, LARGE)

    assert (outcome.failed, outcome.narrow) == (1, "the planner's reading")


def test_without_retries_a_throttled_chunk_fails_its_import_once() -> None:
    pace = replace(LARGE, chunk_reserved_concurrency=1)
    never = Retries(interval=1, backoff=2, attempts=0, longest=1)
    outcome = Run(GB, 1, pace, (never, never)).run()

    assert outcome.failed == 1


def test_retries_are_those_of_the_machine_and_every_pace_runs() -> None:
    inline, distributed = retries_of_the_machine()
    assert inline == Retries(interval=2, backoff=2, attempts=8, longest=60)
    assert distributed == replace(inline, attempts=30)
    for pace in PACES:
        assert simulate(0.5, 2, pace).failed == 0
    assert "| 0.1 | 1 | " in simulation.table(LARGE, [0.1], [1])


@pytest.mark.slow
def test_imports_that_want_more_tasks_than_the_account_has_take_longer_and_do_not_fail() -> None:
    outcome = simulate(100, 10, LARGE)

    assert outcome.throttles > 1_000
    assert outcome.failed == 0
