"""One chunk of a deletion: each product goes as by a single `DELETE`, with its note and history.

Idempotent from any point, as a chunk of an approval: finished batches are kept, and a product that
an earlier try deleted is known by the last entry of its history.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.approvals.batches import BatchDone, ChunkProgress
from core.approvals.deletions.sentences import REASONS
from core.approvals.lines import StoredLines
from core.approvals.model import CommitChunkTask, CommitPlan, DeletionSummary, Rejection
from core.approvals.repository import CommitJobs
from core.products.changes import Outcome
from core.products.history.archive import HistoryArchive
from core.products.marks import Order
from core.products.repository import ProductRepository
from core.settings import Settings
from core.storage import CommitKeys, ObjectStore
from core.storage.content_types import JSON, NDJSON
from core.storage.keys import product_ids_key


def delete_chunk(
    store: ObjectStore,
    database: Database[dict[str, Any]],
    settings: Settings,
    task: CommitChunkTask,
    plan: CommitPlan,
) -> DeletionSummary | None:
    """None when the job was cancelled or taken over meanwhile."""
    keys, bucket, chunk = CommitKeys(task.job_id, task.attempt), settings.results_bucket, task.chunk
    jobs, products = CommitJobs(database), ProductRepository(database)
    order = Order(id=plan.job_id, at=plan.at, attempt=plan.attempt)
    actor, archive = Actor(plan.actor), HistoryArchive(store, bucket)
    progress = ChunkProgress(store, bucket, keys, chunk.index, chunk.start, chunk.first_line)
    with store.writer(bucket, keys.rejected(chunk.index), NDJSON) as rejected:
        for done in progress.take_up():
            rejected.write(_lines(done.rejections))
        lines = StoredLines(store, settings, product_ids_key(task.job_id))
        left = enumerate(lines.between(progress.position, chunk.end), progress.next_line)
        while batch := list(islice(left, settings.commit_batch_rows)):
            if not jobs.is_owned(task.job_id, task.execution_arn):
                return None
            outcomes: Counter[Outcome] = Counter()
            rejections: list[Rejection] = []
            for number, line in batch:
                product_id = msgspec.json.decode(line.data, type=str)
                outcome = products.delete_by_job(product_id, actor, archive, order)
                if outcome in REASONS:
                    code, message = REASONS[outcome]
                    rejections.append(
                        Rejection(line=number, id=product_id, code=code, message=message)
                    )
                else:
                    outcomes[outcome] += 1
            number, line = batch[-1]
            progress.keep(
                BatchDone(
                    start=progress.position,
                    end=line.end,
                    next_line=number + 1,
                    outcomes=dict(outcomes),
                    rejections=tuple(rejections),
                )
            )
            rejected.write(_lines(rejections))
    summary = DeletionSummary(
        index=chunk.index,
        rows=chunk.rows,
        deleted=progress.outcomes[Outcome.DELETED],
        rejected=progress.rejected,
    )
    store.put(bucket, keys.summary(chunk.index), msgspec.json.encode(summary), JSON)
    return summary


def _lines(rejections: list[Rejection] | tuple[Rejection, ...]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rejections)
