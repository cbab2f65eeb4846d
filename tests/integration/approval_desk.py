"""One catalogue, the ways in which people change it, and approvals that run step by step."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

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
from core.jobs.records import JobRecord, JobType
from core.jobs.repository import JobRepository
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import Catalogue, FieldKind
from core.products.history.archive import HistoryArchive
from core.products.repository import ProductRepository
from core.products.writing import ProductWriter
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.valid_rows import leave_valid_rows

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
        first: dict[str, dict[str, Any]] = {
            "P0": {"Price": 1},
            "P3": {"Price": 1},
            "P4": ROWS["P4"],
        }
        self.save({i: {**values, "SKU": i} for i, values in first.items()})

    def save(self, values: dict[str, dict[str, Any]], **more: Any) -> list[Outcome]:
        changes = [ProductChange(product_id=i, values=each) for i, each in values.items()]
        return self.writer.write(changes, WritePolicy(actor=EDITOR.actor, creates=True, **more))

    def delete(self, product_id: str) -> None:
        archive = HistoryArchive(self.store, "results")
        ProductRepository(self.database).delete(product_id, EDITOR.actor, archive)

    def approval(self, rows: dict[str, dict[str, Any]] = ROWS, **more: Any) -> Approval:
        return Approval(self, rows, **more)

    def product(self, product_id: str = MINE) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.products.find_one({"_id": product_id})
        return found


def edits(desk: Desk) -> None:
    assert desk.save({MINE: {"Price": 999}}) in ([Outcome.UPDATED], [Outcome.CREATED])


def deletes(desk: Desk) -> None:
    desk.delete(MINE)


class Approval:
    """One approval, from its order to its result."""

    def __init__(self, desk: Desk, rows: dict[str, dict[str, Any]], **more: Any) -> None:
        desk.number += 1
        self.id, self._import, self._desk = f"job-{desk.number}", f"import-{desk.number}", desk
        self._row_count = len(rows)
        leave_valid_rows(desk.store, "results", ImportKeys(self._import, 1), [*rows.values()])
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
        reported = (counts.created, counts.updated, counts.unchanged, counts.rejected)
        assert sum(reported) + counts.repeated == counts.rows == self._row_count
        self.result_key = job.result_s3_key or ""
        return reported

    @property
    def rejected(self) -> dict[str, str]:
        result: Any = json.loads(self._desk.store.get("results", self.result_key))
        assert set(result) <= set(CommitResult.__struct_encode_fields__)
        return {each["_id"]: each["code"] for each in result["rejected"]}

    def wrote(self, product_id: str = MINE) -> bool:
        """It has written the product, whatever became of it since."""
        for name in ("products", "deletions"):
            found = self._desk.database[name].find_one({"_id": product_id})
            marks = (found or {}).get("_written", {}).get("marks", ())
            if any(mark["by"].startswith(self.id) for mark in marks):
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
