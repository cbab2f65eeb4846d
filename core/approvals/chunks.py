"""One chunk of an approval: its products go into the catalogue, a few hundred at a time.

Idempotent from any point: the progress of the first run is stored batch by batch (`batches.py`),
and products of the batch in which it failed have its mark (`core/products/marks.py`), so they are
neither written nor counted again. The summary is written last, so its presence means that the chunk
is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.approvals.batches import BatchDone, ChunkProgress
from core.approvals.deletions.chunks import delete_chunk
from core.approvals.lines import Line, lines_of
from core.approvals.model import (
    CommitChunk,
    CommitChunkTask,
    CommitPlan,
    CommitSummary,
    DeletionSummary,
    Rejection,
    read_frozen,
    read_plan,
)
from core.approvals.reasons import Reasons, reasons_of_acceptance, reasons_of_import
from core.approvals.repository import CommitJobs
from core.approvals.suggestions.acceptance import stored_acceptance
from core.approvals.validation import LineValidator, ValidatedBatch
from core.concurrency import prefetch
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import KINDS
from core.products.history.archive import HistoryArchive
from core.products.marks import Order
from core.products.sizes import ProductLimits
from core.products.writing import ProductWriter
from core.settings import MIB, Settings
from core.storage import CommitKeys, ObjectStore, ObjectWriter
from core.storage.content_types import JSON, NDJSON

BATCH_MAX_BYTES = 16 * MIB
"""Of the lines behind one bulk write; a message to the database holds 48 MB."""


def commit_chunk(
    store: ObjectStore,
    database: Database[dict[str, Any]],
    settings: Settings,
    task: CommitChunkTask,
) -> CommitSummary | DeletionSummary | None:
    """Write one chunk's products, or only count what writing would do; None when the approval was
    cancelled or taken over meanwhile, and this execution must not write any more."""
    keys = CommitKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    plan = read_plan(store, bucket, keys)
    if plan.deletion is not None:
        return delete_chunk(store, database, settings, task, plan)
    jobs = CommitJobs(database)
    kinds = {name: KINDS[type_] for name, type_ in plan.attributes.items()}
    imported = plan.acceptance is None
    limits = ProductLimits.of(settings)
    archive = HistoryArchive(store, bucket)
    writer = ProductWriter(database, kinds, limits=limits, marks_first=imported, archive=archive)
    apply = _application(writer, plan)
    reasons = reasons_of_import(limits) if imported else reasons_of_acceptance(limits)
    chunk = task.chunk
    progress = ChunkProgress(store, bucket, keys, chunk.index, chunk.start, chunk.first_line)
    validator = _validate(store, settings, keys, plan)
    with store.writer(bucket, keys.rejected(chunk.index), NDJSON) as rejected:
        for done in progress.take_up():
            _report(done.rejections, rejected)
        lines = _lines(store, settings, keys, plan, chunk, progress)
        validated = ((batch, validator.validate(batch)) for batch in _batches(lines, settings))
        with prefetch(validated) as batches:
            for batch, results in batches:
                if not jobs.is_owned(task.job_id, task.execution_arn):
                    return None
                outcomes, rejections = _saved(results, apply, reasons)
                number, line = batch[-1]
                progress.keep(
                    BatchDone(
                        start=progress.position,
                        end=line.end,
                        next_line=number + 1,
                        outcomes=outcomes,
                        rejections=tuple(rejections),
                    )
                )
                _report(rejections, rejected)
    summary = CommitSummary(
        index=chunk.index,
        rows=chunk.rows,
        created=progress.outcomes[Outcome.CREATED],
        updated=progress.outcomes[Outcome.UPDATED],
        unchanged=progress.outcomes[Outcome.UNCHANGED],
        repeated=chunk.repeated,
        rejected=progress.rejected,
    )
    store.put(bucket, keys.summary(chunk.index), msgspec.json.encode(summary), JSON)
    return summary


class _Validator(Protocol):
    def validate(self, lines: Sequence[tuple[int, Line]]) -> ValidatedBatch: ...


def _validate(
    store: ObjectStore, settings: Settings, keys: CommitKeys, plan: CommitPlan
) -> _Validator:
    if plan.acceptance is None:
        return LineValidator(plan)
    # loads polars for the rules, which the approval of an import does not need
    from core.approvals.suggestions.acceptance_lines import AcceptanceValidator

    frozen = read_frozen(store, settings.results_bucket, keys)
    return AcceptanceValidator(
        stored_acceptance(store, settings, plan.job_id),
        frozen.definitions,
        settings,
    )


_Apply = Callable[[Sequence[ProductChange]], Sequence[Outcome]]


def _application(writer: ProductWriter, plan: CommitPlan) -> _Apply:
    policy = WritePolicy(
        actor=Actor(plan.actor),
        creates=plan.acceptance is None,
        order=Order(id=plan.job_id, at=plan.at, attempt=plan.attempt, overwrites=plan.overwrites),
        import_source=plan.import_source if plan.acceptance is None else None,
        identifier=plan.identifier,
    )
    if plan.dry_run:
        return lambda changes: writer.dry_run(changes, policy)
    return lambda changes: writer.write(changes, policy)


def _lines(
    store: ObjectStore,
    settings: Settings,
    keys: CommitKeys,
    plan: CommitPlan,
    chunk: CommitChunk,
    progress: ChunkProgress,
) -> Iterator[tuple[int, Line]]:
    """The lines that are still to be written, with their numbers in the file."""
    bucket = settings.results_bucket
    repeated: set[int] = set()
    if chunk.repeated:
        data = store.get(bucket, keys.repeats(chunk.index))
        repeated = msgspec.json.decode(data, type=set[int])
    lines = lines_of(store, settings, plan.order or plan.acceptance)
    left = lines.between(progress.position, chunk.end)
    for number, line in enumerate(left, progress.next_line):
        if number not in repeated:
            yield number, line


def _batches(
    lines: Iterator[tuple[int, Line]], settings: Settings
) -> Iterator[list[tuple[int, Line]]]:
    batch: list[tuple[int, Line]] = []
    size = 0
    for number, line in lines:
        batch.append((number, line))
        size += len(line.data)
        if len(batch) >= settings.commit_batch_rows or size >= BATCH_MAX_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _saved(
    batch: ValidatedBatch, apply: _Apply, reasons: Reasons
) -> tuple[dict[Outcome, int], list[Rejection]]:
    """Write one batch: how many rows had which outcome, and what could not be written, in the
    file's order."""
    rejections = [*batch.unfit]
    counted: Counter[Outcome] = Counter()
    outcomes = apply([*batch.changes.values()]) if batch.changes else []
    for (number, change), outcome in zip(batch.changes.items(), outcomes, strict=True):
        if outcome in reasons:
            code, message = reasons[outcome]
            rejections.append(
                Rejection(line=number, id=change.product_id, code=code, message=message)
            )
        else:
            counted[outcome] += 1
    return dict(counted), sorted(rejections, key=lambda rejection: rejection.line)


def _report(rejections: Iterable[Rejection], sink: ObjectWriter) -> None:
    for rejection in rejections:
        sink.write(msgspec.json.encode(rejection) + b"\n")
