"""An approval by a job, and everything that others may do to its products meanwhile, at every
moment: what was reported as done remains, and what is replaced is reported.

On the domain's own steps, without the machine: a moment is before or after a call to the database.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core.jobs.orders import OnConflict
from core.products.changes import Outcome
from core.products.marks import MARKS_KEPT
from tests.integration.approval_desk import (
    MINE,
    ROWS,
    Approval,
    Counts,
    Desk,
    deletes,
    edits,
)
from tests.integration.interleaving import Moments, fails


def replaces(desk: Desk) -> None:
    deletes(desk)
    edits(desk)


def approves_again(desk: Desk) -> None:
    """The content that it has, in a call: only who and when is noted."""
    found = desk.product()
    assert found is not None
    same: dict[str, Any] = {name: found[name] for name in ("SKU", "Price", "Text") if name in found}
    assert desk.save({MINE: same}, touches_unchanged=True) == [Outcome.UNCHANGED]


def a_later_approval(desk: Desk) -> None:
    desk.approval({MINE: {**ROWS[MINE], "Price": 7}}).run("arn:other")


ACTS = [edits, deletes, replaces, approves_again, a_later_approval]


@pytest.fixture
def desk(database: Database[dict[str, Any]], tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


@pytest.fixture
def moments(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Moments:
    return Moments(monkeypatch)


def test_undisturbed_every_row_is_saved(desk: Desk) -> None:
    desk.reset()
    approval = desk.approval()

    assert approval.run() == (4, 2, 1, 0)
    assert {i: values(desk.product(i)) for i in ROWS} == ROWS


def values(product: dict[str, Any] | None) -> dict[str, Any] | None:
    return product and {name: product[name] for name in ("SKU", "Price", "Text")}


@pytest.mark.parametrize("act", ACTS)
def test_what_others_do_at_any_moment_stands(
    desk: Desk, moments: Moments, act: Callable[[Desk], None]
) -> None:
    for moment in range(1_000):
        desk.reset()
        approval = desk.approval()
        seen: list[Any] = []

        def happens(approval: Approval = approval, seen: list[Any] = seen) -> None:
            wrote = approval.wrote()
            act(desk)
            seen.extend((wrote, desk.product()))

        moments.start({moment: happens})
        reported = approval.run()
        moments.stop()
        if not seen:
            break  # the work is shorter
        assert_stands(desk, approval, seen, reported, f"moment {moment}")
    assert moment > 20


def assert_stands(
    desk: Desk, approval: Approval, seen: list[Any], reported: Counts, where: str
) -> None:
    wrote, stood = seen
    assert desk.product() == stood, where
    rejected = approval.rejected
    if wrote:
        assert rejected == {}, where
        assert reported == (4, 2, 1, 0), where
    else:
        assert rejected == {MINE: "CHANGED_SINCE" if stood else "DELETED_SINCE"}, where
        assert reported == (4, 1, 1, 1), where
    rest = set(ROWS) - {MINE}
    assert {i: values(desk.product(i)) for i in rest} == {i: ROWS[i] for i in rest}, where


@pytest.mark.parametrize("act", ACTS)
def test_a_task_that_breaks_at_any_moment_writes_and_counts_nothing_twice(
    desk: Desk, moments: Moments, act: Callable[[Desk], None]
) -> None:
    """Others act between the failure and the repetition."""
    for moment in range(1_000):
        desk.reset()
        approval = desk.approval()
        seen: list[Any] = []

        def breaks(approval: Approval = approval, seen: list[Any] = seen) -> None:
            wrote = approval.wrote()
            act(desk)
            seen.extend((wrote, desk.product()))
            fails()

        moments.start({moment: breaks})
        reported = approval.run()
        moments.stop()
        if not seen:
            break
        assert_stands(desk, approval, seen, reported, f"moment {moment}")
    assert moment > 20


def test_a_restart_finds_its_own_work_unchanged_and_leaves_later_edits_alone(desk: Desk) -> None:
    desk.reset()
    approval = desk.approval()
    approval.run()
    edits(desk)
    desk.delete("P1")
    before = {i: desk.product(i) for i in ROWS}

    assert approval.run("arn:restart") == (0, 0, 5, 2)

    assert approval.rejected == {MINE: "CHANGED_SINCE", "P1": "DELETED_SINCE"}
    assert {i: desk.product(i) for i in ROWS} == before


def test_the_caller_may_ask_for_everything_to_be_overwritten(desk: Desk) -> None:
    desk.reset()
    approval = desk.approval(on_conflict=OnConflict.OVERWRITE)
    edits(desk)
    desk.delete("P0")

    assert approval.run() == (5, 1, 1, 0)
    assert {i: values(desk.product(i)) for i in ROWS} == ROWS


def test_of_two_approvals_the_one_that_was_ordered_later_wins_whichever_writes_first(
    desk: Desk,
) -> None:
    later_rows = {i: {**row, "Price": 7} for i, row in ROWS.items()}
    for first_runs_first in (True, False):
        desk.reset()
        first = desk.approval()
        second = desk.approval(later_rows)
        for each in (first, second) if first_runs_first else (second, first):
            each.run(f"arn:{each.id}")

        assert {i: values(desk.product(i)) for i in ROWS} == later_rows
        assert len(first.rejected) == (0 if first_runs_first else len(ROWS))
        assert second.rejected == {}


def test_an_older_approval_does_not_overwrite_what_a_later_one_found_as_it_wanted_it(
    desk: Desk,
) -> None:
    """The later one writes nothing, and reports the product as unchanged."""
    desk.reset()
    older = desk.approval({"P4": {"SKU": "P4", "Price": 7}, "P0": {"SKU": "P0", "Price": 7}})
    later = desk.approval({"P4": ROWS["P4"]})
    before = desk.product("P4")
    assert later.run("arn:later") == (0, 0, 1, 0)
    assert values(desk.product("P4")) == values(before)

    assert older.run() == (0, 1, 0, 1)

    assert older.rejected == {"P4": "CHANGED_SINCE"}
    assert values(desk.product("P4")) == values(before)
    assert (desk.product("P4") or {})["updatedAt"] == (before or {})["updatedAt"]


def test_nor_what_somebody_confirmed_by_a_call(desk: Desk) -> None:
    desk.reset()
    older = desk.approval({"P4": {"SKU": "P4", "Price": 7}})
    assert desk.save({"P4": {"Price": 5}}) == [Outcome.UNCHANGED]

    assert older.run() == (0, 0, 0, 1)

    assert older.rejected == {"P4": "CHANGED_SINCE"}
    assert values(desk.product("P4")) == ROWS["P4"]


@pytest.mark.parametrize("act", [edits, deletes])
def test_what_stood_against_an_older_approval_stands_after_another_one_wrote_over_it(
    desk: Desk, act: Callable[[Desk], None]
) -> None:
    """One caller's `overwrite` does not overwrite on behalf of others."""
    desk.reset()
    overwriting = desk.approval({MINE: {"SKU": MINE, "Text": "mine"}}, on_conflict="overwrite")
    older = desk.approval()
    act(desk)
    assert sum(overwriting.run("arn:overwriting")) == 1
    before = desk.product()

    older.run()

    assert older.rejected == {MINE: "CHANGED_SINCE"}
    assert desk.product() == before


def test_no_time_of_a_product_moves_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reset()
    approval = desk.approval()
    ahead = (desk.product("P0") or {})["updatedAt"].replace(year=2100)
    desk.products.update_one({"_id": "P0"}, {"$set": {"updatedAt": ahead}})

    approval.run()

    found = desk.product("P0")
    assert found is not None and found["updatedAt"] == ahead
    written = desk.product(MINE)
    assert written is not None
    ordered = written["_written"]["ordered"]
    assert written["updatedAt"].replace(tzinfo=None) >= ordered.replace(tzinfo=None)


def test_a_bulk_update_never_rewrites_what_others_changed_after_it(
    desk: Desk, moments: Moments
) -> None:
    """One product of the batch is lost to another writer; another one is changed by somebody after
    the batch has written it."""
    wanted = {i: {"Price": 3} for i in ("P0", "P3", "P4")}
    for moment in range(1_000):
        desk.reset()
        seen: list[Any] = []

        def happens(seen: list[Any] = seen) -> None:
            found = desk.product()
            seen.append(found is not None and found["Price"] == 3)
            desk.save({"P4": {"Text": "another"}, MINE: {"Price": 999}})

        moments.start({moment: happens})
        outcomes = desk.save(wanted)
        moments.stop()
        if not seen:
            break
        assert outcomes == [Outcome.UPDATED] * 3
        found = desk.product()
        assert found is not None
        assert found["Price"] == (999 if seen[0] else 3), f"moment {moment}"
    assert moment > 2


def test_a_bulk_update_never_rewrites_what_others_changed_often_after_it(
    desk: Desk, moments: Moments
) -> None:
    """The same, and so often that the product no longer shows that the batch wrote it."""
    hidden = 0
    for moment in range(1_000):
        desk.reset()
        seen: list[bool] = []

        def happens(seen: list[bool] = seen) -> None:
            seen.append((desk.product() or {})["Price"] == 3)
            for price in range(100, 101 + MARKS_KEPT):
                desk.save({MINE: {"Price": price}})

        # P4 is lost to another writer
        moments.start({moment - 1: lambda: desk.save({"P4": {"Text": "another"}}), moment: happens})
        outcomes = desk.save({i: {"Price": 3} for i in ("P3", "P4")})
        moments.stop()
        if not seen:
            break
        wrote, found = seen[0], (desk.product() or {})["Price"]
        assert found == (100 + MARKS_KEPT if wrote or outcomes[0] is Outcome.CONFLICT else 3)
        assert outcomes[1] is Outcome.UPDATED
        hidden += wrote and outcomes[0] is Outcome.CONFLICT
    assert hidden, "in the moment after the write"
