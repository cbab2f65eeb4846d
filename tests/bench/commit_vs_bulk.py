"""Approving rows against the database's own bulk rate, side by side on one server.

The yardstick is `insert_many` of the very documents that the approval left, in batches of the same
size, into a second database on the same server with the same indexes. Both take turns, one chunk
each, so that whatever else the machine does meets both alike, and both collections grow alike. Only
the approval's time counts its reading, planning, comparing and counting.

`python -m tests.bench.commit_vs_bulk [ROWS]` prints the figures.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.actors import ANONYMOUS
from core.approvals.chunks import commit_chunk
from core.approvals.closing import close_commit
from core.approvals.model import CommitChunk, CommitChunkTask, CommitRequest
from core.approvals.opening import open_commit
from core.approvals.repository import CommitJobs
from core.attributes.repository import AttributeRepository
from core.clock import now
from core.database import PRODUCTS
from core.jobs.orders import CommitCounts, CommitOrder
from core.jobs.records import JobRecord, JobType
from core.jobs.repository import JobRepository
from core.products.existing import ExistingProducts
from core.products.fields import Catalogue
from core.settings import KIB, Settings
from core.storage import FolderStore, ImportKeys
from tests.bench.catalogue import CHANGED_EVERY, database_server, prepared, product
from tests.valid_rows import leave_valid_rows

RESULTS = "results"
TURN_BYTES = 512 * KIB
"""Of a chunk, which is one turn: some two bulk writes. A task of the product has eight times that,
so the bench charges the approval more for starting chunks than it costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFigures:
    """Rates in rows a second; an approval's time is that of opening, all chunks and closing."""

    rows: int
    commit_vs_bulk: float
    """The first approval's rate over the bulk rate; 1.0 would be an approval for free."""
    bulk_rate: float
    first_rate: float
    """Every product is new."""
    unchanged_rate: float
    """The same file again: every product exists already."""
    mixed_rate: float
    """One row of a hundred differs from the existing product."""


def measure_commit(rows: int = 100_000) -> CommitFigures:
    """Approve `rows` products on a SecantusDB of its own, again unchanged, and again with 1 % of
    them changed. Raises AssertionError when the counts are not exactly the right ones."""
    with tempfile.TemporaryDirectory() as name, database_server(Path(name)) as uri:
        bench = _Bench(Path(name), uri)
        bench.leave_import("first", rows, price=1)
        bench.leave_import("mixed", rows, price=2)
        first = bench.approve("first", beside=True)
        assert _reported(first.counts) == (rows, 0, 0), first.counts
        again = bench.approve("first")
        assert _reported(again.counts) == (0, 0, rows), again.counts
        mixed = bench.approve("mixed")
        changed = (rows + CHANGED_EVERY - 1) // CHANGED_EVERY
        assert _reported(mixed.counts) == (0, changed, rows - changed), mixed.counts
        bench.close()
    return CommitFigures(
        rows=rows,
        commit_vs_bulk=first.bulk_seconds / first.seconds,
        bulk_rate=rows / first.bulk_seconds,
        first_rate=rows / first.seconds,
        unchanged_rate=rows / again.seconds,
        mixed_rate=rows / mixed.seconds,
    )


@dataclass(slots=True)
class _Approval:
    counts: CommitCounts
    seconds: float
    bulk_seconds: float


class _Bench:
    def __init__(self, folder: Path, uri: str) -> None:
        self._settings = Settings(
            results_bucket=RESULTS,
            mongodb_uri=uri,
            commit_chunk_bytes=TURN_BYTES,
            inline_map_max_chunks=sys.maxsize,  # so that opening answers with all chunks
        )
        self._store = FolderStore(folder / "objects")
        self._ours = prepared(uri, "approved")
        self._bulk = prepared(uri, "bulk")
        self._catalogue = Catalogue(tuple(AttributeRepository(self._ours).all()))

    def close(self) -> None:
        self._ours.client.close()
        self._bulk.client.close()

    def leave_import(self, job_id: str, rows: int, price: int) -> None:
        products = [product(number, price) for number in range(rows)]
        leave_valid_rows(self._store, RESULTS, ImportKeys(job_id, 1), products)

    def approve(self, import_id: str, *, beside: bool = False) -> _Approval:
        """What the state machine does, in one process; with `beside` the same documents go in bulk
        into the other database, chunk by chunk."""
        job_id, arn = str(uuid.uuid4()), "arn:aws:states:::execution:bench"
        self._register(job_id, import_id)
        jobs = JobRepository(self._ours)
        bulk_seconds = 0.0
        started = time.perf_counter()
        opened = open_commit(
            self._store,
            jobs,
            self._catalogue,
            self._settings,
            execution_arn=arn,
            request=CommitRequest(job_id=job_id),
            now=now(),
        )
        seconds = time.perf_counter() - started
        assert opened.attempt is not None
        for chunk in opened.chunks:
            task = CommitChunkTask(
                job_id=job_id, attempt=opened.attempt, execution_arn=arn, chunk=chunk
            )
            started = time.perf_counter()
            commit_chunk(self._store, self._ours, self._settings, task)
            seconds += time.perf_counter() - started
            if beside:
                bulk_seconds += self._insert_beside(chunk)
        started = time.perf_counter()
        close_commit(
            self._store,
            jobs,
            self._settings,
            job_id=job_id,
            attempt=opened.attempt,
            execution_arn=arn,
            now=now(),
        )
        seconds += time.perf_counter() - started
        job = jobs.get(job_id)
        assert job is not None and job.commit_counts is not None
        return _Approval(job.commit_counts, seconds, bulk_seconds)

    def _register(self, job_id: str, import_id: str) -> None:
        at = now()
        source = JobRecord(
            id=import_id,
            type=JobType.IMPORT,
            s3_bucket="uploads",
            s3_key=f"user-uploads/{import_id}/products.csv",
            original_file_name="products.csv",
            submitted_at=at,
            updated_at=at,
            created_by=ANONYMOUS.id,
            updated_by=ANONYMOUS.id,
        )
        order = CommitOrder(import_job_id=import_id, import_attempt=1)
        CommitJobs(self._ours).register(job_id, source=source, order=order, actor=ANONYMOUS, now=at)

    def _insert_beside(self, chunk: CommitChunk) -> float:
        """Seconds that the bulk inserts of this chunk's documents take."""
        first = chunk.first_line - 1
        ids = [f"SKU-{number:08}" for number in range(first, first + chunk.rows)]
        found = ExistingProducts(self._ours[PRODUCTS]).documents(ids)
        documents = [found[product_id] for product_id in ids]
        size = self._settings.commit_batch_rows
        started = time.perf_counter()
        for at in range(0, len(documents), size):
            self._bulk[PRODUCTS].insert_many(documents[at : at + size], ordered=False)
        return time.perf_counter() - started


def _reported(counts: CommitCounts) -> tuple[int, int, int]:
    return counts.created, counts.updated, counts.unchanged


def main(arguments: list[str]) -> None:
    figures = measure_commit(*(int(argument) for argument in arguments[:1]))
    reported: Mapping[str, float] = msgspec.to_builtins(figures)
    for name, value in reported.items():
        digits = 2 if name == "commit_vs_bulk" else 0
        print(f"{name:<16}{value:>10,.{digits}f}")


if __name__ == "__main__":
    main(sys.argv[1:])
