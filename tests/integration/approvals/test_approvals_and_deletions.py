"""An approval by a job, and the deletion of its products at any moment: nothing that was deleted
comes back, and no revision comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.products.changes import Outcome
from core.products.deletions import Deletions
from tests.integration.approval_desk import MINE, Approval, Desk, deletes, edits
from tests.integration.interleaving import Moments, fails


@pytest.fixture
def desk(database: Database[dict[str, Any]], tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


@pytest.fixture
def moments(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Moments:
    return Moments(monkeypatch)


def edits_again(desk: Desk) -> None:
    assert desk.save({MINE: {"Price": 1000}}) == [Outcome.UPDATED]


def test_a_deletion_leaves_a_note_of_the_product_that_it_deleted(
    desk: Desk, moments: Moments
) -> None:
    """Revisions go on from the last one that anyone could read, whatever happens at any moment."""
    for moment in range(1_000):
        desk.reset()
        seen: list[int] = []

        def happens(seen: list[int] = seen) -> None:
            edits(desk)
            seen.append((desk.product() or {})["revision"])

        moments.start({moment: happens})
        deletes(desk)
        moments.stop()
        if not seen:
            break
        if desk.product() is None:
            edits(desk)
            seen.append((desk.product() or {})["revision"])
            assert seen == sorted(set(seen)), f"moment {moment}"
    assert moment > 3


def test_a_product_that_was_created_and_deleted_meanwhile_is_not_brought_back(
    desk: Desk, moments: Moments
) -> None:
    """It did not exist when the approval was ordered, since it had been deleted before: what the
    approval inserts must not continue that older deletion."""
    for moment in range(1_000):
        desk.reset()
        desk.delete(MINE)
        approval = desk.approval()
        wrote: list[bool] = []

        def happens(approval: Approval = approval, wrote: list[bool] = wrote) -> None:
            wrote.append(approval.wrote())
            edits(desk)
            deletes(desk)

        moments.start({moment: happens})
        approval.run()
        moments.stop()
        if not wrote:
            break  # the work is shorter
        where = f"moment {moment}"
        assert desk.product() is None, where
        assert approval.rejected == ({} if wrote[0] else {MINE: "DELETED_SINCE"}), where
    assert moment > 20


@pytest.mark.parametrize("calls_later", [1, 2, 3])
@pytest.mark.parametrize("existed", [True, False])
def test_neither_is_it_by_a_task_that_breaks_after_the_insert(
    desk: Desk, moments: Moments, existed: bool, calls_later: int
) -> None:
    """The first try inserts the product and is killed before it reads the notes of deletions; the
    second one recognises it as its own."""
    brought_back_at_first = 0
    for moment in range(1_000):
        desk.reset()
        desk.delete(MINE)
        if not existed:
            desk.database["deletions"].delete_many({})
        approval = desk.approval()
        wrote: list[bool] = []

        def happens(approval: Approval = approval, wrote: list[bool] = wrote) -> None:
            wrote.append(approval.wrote())
            edits(desk)
            edits_again(desk)
            deletes(desk)

        def breaks() -> None:
            nonlocal brought_back_at_first
            brought_back_at_first += desk.product() is not None
            fails()

        moments.start({moment: happens, moment + calls_later: breaks})
        approval.run()
        moments.stop()
        if not wrote:
            break  # the work is shorter
        where = f"moment {moment}"
        assert desk.product() is None, where
        assert approval.rejected == ({} if wrote[0] else {MINE: "DELETED_SINCE"}), where
    assert moment > 20
    assert brought_back_at_first


def test_a_late_note_of_a_deletion_does_not_replace_a_newer_one(desk: Desk) -> None:
    """Two callers delete a product; between the note of the one and that of the other it was made
    anew, changed and deleted."""
    desk.reset()
    late = desk.product()
    assert late is not None
    edits(desk)
    newer = desk.product()
    assert newer is not None
    deletions = Deletions(desk.database)
    deletions.note(newer, (), clock.now())
    before = deletions.of([MINE])

    deletions.note(late, (), clock.now())

    assert deletions.of([MINE]) == before
