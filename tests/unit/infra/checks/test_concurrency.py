"""What runs at once, against an account's quota and what the database carries: faults planted."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from infra.aws.pace import PACES, Pace, api_calls, chunk_tasks, pace_for
from infra.checks import concurrency
from infra.checks.template import read_template

TEMPLATE = read_template()
NEW_ACCOUNT, LARGE = PACES[0], PACES[-1]


def test_every_row_fits_its_quota_and_its_database() -> None:
    result = concurrency.check(TEMPLATE)

    assert result.findings == ()
    assert "10, 50, 100, 500, 1000" in result.examined


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        (replace(NEW_ACCOUNT, distributed_max_concurrency=40), "the API is left"),
        (replace(NEW_ACCOUNT, chunk_reserved_concurrency=5), "a reservation leaves 5"),
        (replace(NEW_ACCOUNT, database_min_capacity=3), "no limit is known"),
        (replace(LARGE, database_min_capacity=2), "1158 connections, and 2 DCU carry 1000"),
        (replace(LARGE, imports_at_once=90), "open cursors"),
        (replace(LARGE, database_min_capacity=1), "active connections"),
    ],
)
def test_a_row_that_is_too_much_is_found(row: Pace, finding: str) -> None:
    assert any(finding in found for found in concurrency.of_row(row))


def test_a_template_without_a_row_for_a_new_account_or_with_a_reservation_is_found() -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Parameters"]["ChunkReservedConcurrency"]["Default"] = 50
    template["Parameters"]["CommitMaxConcurrency"]["MaxValue"] = 3
    del template["Parameters"]["ImportsAtOnce"]

    found = "\n".join(concurrency.of_template(template, PACES[1:]))

    assert "no row is for a new account" in found
    assert "a reservation by default is refused" in found
    assert "CommitMaxConcurrency is 4: not from 1 to 3" in found
    assert "no parameter ImportsAtOnce" in found


def test_a_function_of_a_map_that_is_not_counted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(concurrency.IN_A_MAP, "CommitChunkFunction")

    found = list(concurrency.of_template(TEMPLATE, PACES))

    assert found and all("CommitChunkFunction runs in a Map" in finding for finding in found)


@pytest.mark.parametrize(
    ("quota", "row"), [(3, 10), (10, 10), (99, 50), (1000, 1000), (9000, 1000)]
)
def test_an_account_gets_the_row_of_its_quota(quota: int, row: int) -> None:
    assert pace_for(quota).quota == row


def test_a_reservation_caps_the_chunks_of_all_imports_and_leaves_room_for_calls() -> None:
    assert chunk_tasks(LARGE) == 600
    assert chunk_tasks(replace(LARGE, chunk_reserved_concurrency=0)) == 2020
    assert api_calls(replace(LARGE, chunk_reserved_concurrency=0)) < 0 < api_calls(LARGE)
