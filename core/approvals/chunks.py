"""One chunk of an approval: its products go into the catalogue, a few hundred at a time.

Safe to repeat, from any point: what stands already is not written again, and a product that the
first try wrote is told by the time that it carries and counted as that try would have counted it.
The summary goes last, so its presence means that the chunk is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.approvals.lines import Line, read_lines
from core.approvals.model import (
    CommitChunk,
    CommitChunkTask,
    CommitPlan,
    CommitSummary,
    Rejection,
    RejectionCode,
    read_plan,
)
from core.approvals.repository import CommitJobs
from core.approvals.suggestions.acceptance import ENTERED_SINCE, stored_acceptance
from core.approvals.validation import LineValidator, ValidatedBatch
from core.attributes.definitions import AttributeDefinition
from core.concurrency import prefetch
from core.products.changes import OTHER_IDENTIFIER, Outcome, ProductChange, WritePolicy
from core.products.fields import KINDS
from core.products.writing import ProductWriter
from core.settings import MIB, Settings
from core.storage import CommitKeys, ObjectStore
from core.storage.content_types import JSON, NDJSON

BATCH_MAX_BYTES = 16 * MIB
"""Of the lines behind one bulk write; a message to the database holds 48 MB."""

_REASONS: Mapping[Outcome, tuple[RejectionCode, str]] = {
    Outcome.CONFLICT: (
        RejectionCode.CONFLICT,
        "Others kept changing this product; approve the import again.",
    ),
    Outcome.NOT_UNIQUE: (
        RejectionCode.NOT_UNIQUE,
        "Another product has a value that may occur only once.",
    ),
    Outcome.IDENTIFIER_CHANGED: (
        RejectionCode.IDENTIFIER_CHANGED,
        OTHER_IDENTIFIER,
    ),
}

_REASONS_OF_ACCEPTANCE: Mapping[Outcome, tuple[RejectionCode, str]] = {
    **_REASONS,
    Outcome.CONFLICT: (RejectionCode.CONFLICT, ENTERED_SINCE),
    Outcome.NOT_FOUND: (RejectionCode.PRODUCT_NOT_FOUND, "There is no such product any more."),
}


def commit_chunk(
    store: ObjectStore,
    database: Database[dict[str, Any]],
    settings: Settings,
    task: CommitChunkTask,
) -> CommitSummary | None:
    """Write one chunk's products, or only count what writing would do; None when the approval was
    cancelled or taken over meanwhile, and this execution must not write any more."""
    keys = CommitKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    plan = read_plan(store, bucket, keys)
    jobs = CommitJobs(database)
    kinds = {name: KINDS[type_] for name, type_ in plan.attributes.items()}
    imported = plan.acceptance is None
    apply = _application(ProductWriter(database, kinds, marks_first=imported), plan)
    tally = _Tally(_REASONS if imported else _REASONS_OF_ACCEPTANCE)
    lines = _lines(store, settings, keys, plan, task.chunk)
    judge = _validate(store, settings, keys, plan)
    judged = (judge.judge(batch) for batch in _batches(lines, settings))
    rejections = store.writer(bucket, keys.rejected(task.chunk.index), NDJSON)
    with rejections as rejected, prefetch(judged) as batches:
        for batch in batches:
            if not jobs.is_owned(task.job_id, task.execution_arn):
                return None
            for rejection in tally.add(batch, apply):
                rejected.write(msgspec.json.encode(rejection) + b"\n")
    summary = CommitSummary(
        index=task.chunk.index,
        rows=task.chunk.rows,
        created=tally.outcomes[Outcome.CREATED],
        updated=tally.outcomes[Outcome.UPDATED],
        unchanged=tally.outcomes[Outcome.UNCHANGED],
        repeated=task.chunk.repeated,
        rejected=tally.rejected,
    )
    store.put(bucket, keys.summary(task.chunk.index), msgspec.json.encode(summary), JSON)
    return summary


class _Validator(Protocol):
    def judge(self, lines: Sequence[tuple[int, Line]]) -> ValidatedBatch: ...


def _validate(
    store: ObjectStore, settings: Settings, keys: CommitKeys, plan: CommitPlan
) -> _Validator:
    if plan.acceptance is None:
        return LineValidator(plan)
    # loads polars for the rules, which the approval of an import does not need
    from core.approvals.suggestions.acceptance_lines import AcceptanceValidator

    definitions = store.get(settings.results_bucket, keys.definitions)
    return AcceptanceValidator(
        stored_acceptance(store, settings, plan.job_id),
        msgspec.json.decode(definitions, type=tuple[AttributeDefinition, ...]),
        settings,
    )


_Apply = Callable[[Sequence[ProductChange]], Sequence[Outcome]]


def _application(writer: ProductWriter, plan: CommitPlan) -> _Apply:
    policy = WritePolicy(
        actor=Actor(plan.actor),
        now=plan.at,
        creates=plan.acceptance is None,
        import_source=plan.import_source if plan.acceptance is None else None,
        identifier=plan.identifier,
    )
    if plan.dry_run:
        return lambda changes: writer.dry_run(changes, policy)
    return lambda changes: writer.write(changes, policy)


def _lines(
    store: ObjectStore, settings: Settings, keys: CommitKeys, plan: CommitPlan, chunk: CommitChunk
) -> Iterator[tuple[int, Line]]:
    """The lines to write, with their numbers in the file."""
    bucket = settings.results_bucket
    repeated: set[int] = set()
    if chunk.repeated:
        data = store.get(bucket, keys.repeats(chunk.index))
        repeated = msgspec.json.decode(data, type=set[int])
    lines = read_lines(
        store, bucket, plan.rows_key, chunk.start, chunk.end, settings.read_block_bytes
    )
    for number, line in enumerate(lines, chunk.first_line):
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


@dataclass(slots=True)
class _Tally:
    reasons: Mapping[Outcome, tuple[RejectionCode, str]]
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rejected: int = 0

    def add(self, batch: ValidatedBatch, apply: _Apply) -> list[Rejection]:
        """Write one batch, count it, and return what could not be written, in the file's order."""
        rejections = [*batch.unfit]
        outcomes = apply([*batch.changes.values()]) if batch.changes else []
        for (number, change), outcome in zip(batch.changes.items(), outcomes, strict=True):
            if outcome in self.reasons:
                code, message = self.reasons[outcome]
                rejections.append(
                    Rejection(line=number, id=change.product_id, code=code, message=message)
                )
            else:
                self.outcomes[outcome] += 1
        self.rejected += len(rejections)
        return sorted(rejections, key=lambda rejection: rejection.line)
