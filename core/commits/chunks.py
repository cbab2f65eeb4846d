"""One chunk of an approval: its products go into the catalogue, a few hundred at a time.

Safe to repeat, from any point: what stands already is not written again, and a product that the
first try wrote is told by the time that it carries and counted as that try would have counted it.
The summary goes last, so its presence means that the chunk is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.attributes.definitions import AttributeType
from core.commits.lines import Line, fields_of, read_lines
from core.commits.model import (
    CommitChunk,
    CommitChunkTask,
    CommitPlan,
    CommitSummary,
    Rejection,
    RejectionCode,
)
from core.commits.plans import read_plan
from core.commits.repository import CommitJobs
from core.products.fields import KINDS
from core.products.identity import product_id
from core.products.writing import Outcome, ProductChange, ProductWriter, WritePolicy
from core.settings import MIB, Settings
from core.storage import CommitKeys, ImportKeys, ObjectStore

NDJSON = "application/x-ndjson"
JSON = "application/json"

PRODUCT_MAX_BYTES = 12 * MIB
"""Of a product's line: its document, with the beginnings of its texts and its system fields, must
stay under the 16 MiB that a document of DocumentDB may have."""
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
        "The product of this id has another value in the attribute that gives products their id.",
    ),
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
    apply = _application(ProductWriter(database, kinds), plan)
    tally = _Tally()
    with store.writer(bucket, keys.rejected(task.chunk.index), NDJSON) as rejected:
        for batch in _batches(_lines(store, settings, keys, plan, task.chunk), settings):
            if not jobs.is_owned(task.job_id, task.execution_arn):
                return None
            for rejection in tally.add(batch, plan, apply):
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


_Apply = Callable[[Sequence[ProductChange]], Sequence[Outcome]]


def _application(writer: ProductWriter, plan: CommitPlan) -> _Apply:
    policy = WritePolicy(
        actor=Actor(plan.actor),
        now=plan.at,
        creates=True,
        import_source=plan.import_source,
        identifier=plan.identifier,
    )
    if plan.order.dry_run:
        return lambda changes: writer.foretell(changes, policy)
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
    products = ImportKeys(plan.order.import_job_id, plan.order.import_attempt).all_products
    lines = read_lines(store, bucket, products, chunk.start, chunk.end, settings.read_block_bytes)
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
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rejected: int = 0

    def add(
        self, batch: Sequence[tuple[int, Line]], plan: CommitPlan, apply: _Apply
    ) -> list[Rejection]:
        """Write one batch, count it, and return what could not be written, in the file's order."""
        rejections: list[Rejection] = []
        changes: dict[int, ProductChange] = {}
        for number, line in batch:
            values = {n: v for n, v in fields_of(line).items() if n in plan.attributes}
            own_id = product_id(values, plan.identifier) if values else None
            reason = _unfit(values, line, plan.attributes)
            if reason is not None or own_id is None:
                code, message = reason or _empty()
                rejections.append(Rejection(line=number, id=own_id, code=code, message=message))
            else:
                changes[number] = ProductChange(product_id=own_id, values=values)
        outcomes = apply([*changes.values()])
        for (number, change), outcome in zip(changes.items(), outcomes, strict=True):
            if outcome in _REASONS:
                code, message = _REASONS[outcome]
                rejections.append(
                    Rejection(line=number, id=change.product_id, code=code, message=message)
                )
            else:
                self.outcomes[outcome] += 1
        self.rejected += len(rejections)
        return sorted(rejections, key=lambda rejection: rejection.line)


def _unfit(
    values: Mapping[str, Any], line: Line, attributes: Mapping[str, AttributeType]
) -> tuple[RejectionCode, str] | None:
    """Why these values cannot be stored, if they cannot."""
    if not values:
        return _empty()
    if len(line.data) > PRODUCT_MAX_BYTES:
        limit = PRODUCT_MAX_BYTES // MIB
        message = f"The product is larger than {limit} MiB, more than the database can store."
        return RejectionCode.PRODUCT_TOO_LARGE, message
    for name, value in values.items():
        if not has_shape(value, attributes[name]):
            return RejectionCode.TYPE_CHANGED, (
                f"Attribute “{name}” has become {attributes[name].value} since the file was "
                "imported, and the value is none; import the file again."
            )
    return None


def _empty() -> tuple[RejectionCode, str]:
    return RejectionCode.EMPTY_PRODUCT, (
        "The product is empty: none of its fields is an attribute any more."
    )


def has_shape(value: Any, type_: AttributeType) -> bool:
    """A value of this type is stored in such a form. What it says was judged by the import."""
    match type_:
        case AttributeType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case AttributeType.MULTIPLE_SELECT:
            return isinstance(value, list)
        case AttributeType.MEASURE:
            return isinstance(value, dict)
        case AttributeType.BOOLEAN:
            return isinstance(value, bool)
        case _:
            return isinstance(value, str)
