"""An approval by a job, and everything that others may do to its products meanwhile, at every
moment: what they were told is done stands, and what gives way to it is told.

On the domain's own steps, without the machine: a moment is before or after a call to the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pymongo.database import Database

from core import clock
from core.actors import ANONYMOUS, Actor
from core.approvals.chunks import commit_chunk
from core.approvals.closing import CommitResult, close_commit
from core.approvals.model import CommitChunkTask, CommitRequest
from core.approvals.opening import open_commit
from core.approvals.repository import CommitJobs
from core.attributes.definitions import Attribute, AttributeType
from core.jobs.orders import CommitOrder
from core.jobs.records import JobRecord, JobType, OnConflict
from core.jobs.repository import JobRepository
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import Catalogue, FieldKind
from core.products.repository import ProductRepository
from core.products.writing import ProductWriter
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.integration.interleaving import Moments, fails

T = TypeVar("T")
SETTINGS = Settings(results_bucket="results", commit_batch_rows=3)
ROWS = {f"P{n}": {"SKU": f"P{n}", "Price": 5, "Text": f"of {n}"} for n in range(7)}
"""Three batches. P0, P3 and P4 stand before the approval, P4 as its row has it."""
MINE = "P3"
EDITOR = WritePolicy(actor=Actor("editor"), creates=True)
Counts = tuple[int, int, int, int]


class Desk:
    """One catalogue, and the ways in which people change it."""

    def __init__(self, database: Database[dict[str, Any]], folder: Path) -> None:
        self.database = database
        self.products = database["products"]
        self.store = FolderStore(folder)
        self.writer = ProductWriter(database, {"Text": FieldKind.LONG_TEXT})
        self.number = 0

    def reset(self) -> None:
        for name in ("products", "deletions", "jobs"):
            self.database[name].delete_many({})
        self.number += 1
        first = {"P0": {"Price": 1}, "P3": {"Price": 1}, "P4": ROWS["P4"]}
        self.save({i: {**values, "SKU": i} for i, values in first.items()})

    def save(self, values: dict[str, dict[str, Any]], **more: Any) -> list[Outcome]:
        changes = [ProductChange(product_id=i, values=each) for i, each in values.items()]
        return self.writer.write(changes, WritePolicy(actor=EDITOR.actor, creates=True, **more))

    def approval(self, rows: dict[str, dict[str, Any]] = ROWS, **more: Any) -> Approval:
        return Approval(self, rows, **more)

    def product(self, product_id: str = MINE) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.products.find_one({"_id": product_id})
        return found


class Approval:
    """One approval, from its order to its result."""

    def __init__(self, desk: Desk, rows: dict[str, dict[str, Any]], **more: Any) -> None:
        desk.number += 1
        self.id, self._import, self._desk = f"job-{desk.number}", f"import-{desk.number}", desk
        key = ImportKeys(self._import, 1).all_products
        self._row_count = len(rows)
        lines = "".join(json.dumps(row) + "\n" for row in rows.values())
        desk.store.put("results", key, lines.encode(), "application/x-ndjson")
        at = a_moment_later()
        source = JobRecord(
            id=self._import,
            type=JobType.IMPORT,
            s3_bucket="uploads",
            s3_key="user-uploads/a/products.csv",
            original_file_name="products.csv",
            submitted_at=at,
            updated_at=at,
            created_by="a",
            updated_by="a",
        )
        order = CommitOrder(import_job_id=self._import, import_attempt=1, **more)
        CommitJobs(desk.database).register(
            self.id, source=source, order=order, actor=ANONYMOUS, now=at
        )

    def run(self, arn: str = "arn:one") -> Counts:
        """All its steps; a step that fails is repeated, as the machine does it."""
        jobs = JobRepository(self._desk.database)
        store, database = self._desk.store, self._desk.database
        who: dict[str, Any] = {"execution_arn": arn, "now": clock.now()}
        request = CommitRequest(job_id=self.id)
        opened = again(open_commit, store, jobs, CATALOGUE, SETTINGS, request=request, **who)
        assert opened.attempt is not None
        for chunk in opened.chunks:
            task = CommitChunkTask(
                job_id=self.id, attempt=opened.attempt, execution_arn=arn, chunk=chunk
            )
            again(commit_chunk, store, database, SETTINGS, task)
        again(close_commit, store, jobs, SETTINGS, job_id=self.id, attempt=opened.attempt, **who)
        job = again(jobs.get, self.id)
        assert job is not None and job.commit_counts is not None
        counts = job.commit_counts
        told = (counts.created, counts.updated, counts.unchanged, counts.rejected)
        assert sum(told) + counts.repeated == counts.rows == self._row_count
        self.result_key = job.result_s3_key or ""
        return told

    @property
    def rejected(self) -> dict[str, str]:
        result: Any = json.loads(self._desk.store.get("results", self.result_key))
        assert set(result) <= set(CommitResult.__struct_encode_fields__)
        return {each["_id"]: each["code"] for each in result["rejected"]}

    def wrote(self, product_id: str = MINE) -> bool:
        """It has written the product, whatever became of it since."""
        for name in ("products", "deletions"):
            found = self._desk.database[name].find_one({"_id": product_id})
            fingerprints = (found or {}).get("_written", {}).get("marks", ())
            if any(mark["by"].startswith(self.id) for mark in fingerprints):
                return True
        return False


def again(step: Callable[..., T], *given: Any, **named: Any) -> T:
    try:
        return step(*given, **named)
    except ConnectionError:
        return step(*given, **named)


def a_moment_later() -> datetime:
    """Who does one thing after the other takes more than a millisecond; here nobody waits."""
    before = clock.now()
    while (now := clock.now()) == before:
        pass
    return now


def attribute(name: str, type_: AttributeType) -> Attribute:
    at = clock.now()
    return Attribute(
        id=name.lower(),
        name=name,
        type=type_,
        created_at=at,
        updated_at=at,
        created_by="a",
        updated_by="a",
    )


CATALOGUE = Catalogue(
    (
        attribute("SKU", AttributeType.SHORT_TEXT),
        attribute("Price", AttributeType.NUMBER),
        attribute("Text", AttributeType.LONG_TEXT),
    )
)


def edits(desk: Desk) -> None:
    assert desk.save({MINE: {"Price": 999}}) in ([Outcome.UPDATED], [Outcome.CREATED])


def deletes(desk: Desk) -> None:
    ProductRepository(desk.database).delete(MINE)


def replaces(desk: Desk) -> None:
    deletes(desk)
    edits(desk)


def approves_again(desk: Desk) -> None:
    """The content that it has, in a call: only who and when is noted."""
    found = desk.product()
    assert found is not None
    same = {name: found[name] for name in ("SKU", "Price", "Text") if name in found}
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
        told = approval.run()
        moments.stop()
        if not seen:
            break  # the work is shorter
        assert_stands(desk, approval, seen, told, f"moment {moment}")
    assert moment > 20


def assert_stands(
    desk: Desk, approval: Approval, seen: list[Any], told: Counts, where: str
) -> None:
    wrote, stood = seen
    assert desk.product() == stood, where
    rejected = approval.rejected
    if wrote:
        assert rejected == {}, where
        assert told == (4, 2, 1, 0), where
    else:
        assert rejected == {MINE: "CHANGED_SINCE" if stood else "DELETED_SINCE"}, where
        assert told == (4, 1, 1, 1), where
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
        told = approval.run()
        moments.stop()
        if not seen:
            break
        assert_stands(desk, approval, seen, told, f"moment {moment}")
    assert moment > 20


def test_a_restart_finds_its_own_work_unchanged_and_leaves_later_edits_alone(desk: Desk) -> None:
    desk.reset()
    approval = desk.approval()
    approval.run()
    edits(desk)
    deletes_other = ProductRepository(desk.database)
    deletes_other.delete("P1")
    before = {i: desk.product(i) for i in ROWS}

    assert approval.run("arn:restart") == (0, 0, 5, 2)

    assert approval.rejected == {MINE: "CHANGED_SINCE", "P1": "DELETED_SINCE"}
    assert {i: desk.product(i) for i in ROWS} == before


def test_the_caller_may_ask_for_everything_to_be_overwritten(desk: Desk) -> None:
    desk.reset()
    approval = desk.approval(on_conflict=OnConflict.OVERWRITE)
    edits(desk)
    ProductRepository(desk.database).delete("P0")

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


def test_no_time_of_a_product_moves_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reset()
    approval = desk.approval()
    ahead = desk.products.find_one({"_id": "P0"})["updatedAt"].replace(year=2100)
    desk.products.update_one({"_id": "P0"}, {"$set": {"updatedAt": ahead}})

    approval.run()

    found = desk.product("P0")
    assert found is not None and found["updatedAt"] == ahead
    written = desk.product(MINE)
    assert written is not None
    assert written["updatedAt"] >= written["_written"]["ordered"].replace(tzinfo=None)


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
