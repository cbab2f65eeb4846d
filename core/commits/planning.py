"""Planning an approval: one pass over the products finds chunks, ids that repeat, dead fields.

The pass decodes every line once. It is what makes the outcome of parallel chunks the same in every
run: no two of them write one product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.commits.lines import fields_of, read_lines
from core.commits.model import CommitChunk, CommitPlan
from core.commits.plans import read_plan
from core.commits.repeats import RepeatFinder
from core.jobs.records import CommitOrder, JobRecord
from core.products.fields import Catalogue
from core.products.identity import product_id
from core.settings import Settings
from core.storage import CommitKeys, ImportKeys, ObjectMissing, ObjectStore

JSON = "application/json"


def plan_commit(
    store: ObjectStore,
    settings: Settings,
    keys: CommitKeys,
    job: JobRecord,
    order: CommitOrder,
    catalogue: Catalogue,
    now: datetime,
) -> tuple[CommitPlan, tuple[CommitChunk, ...]]:
    """Cut the products into chunks and freeze what the chunk tasks must know; or, when an earlier
    try did so, return what it froze. Raises ObjectMissing when the products are not there."""
    bucket = settings.results_bucket
    known = _planned(store, bucket, keys)
    if known is not None:
        return known
    attributes = {attribute.name: attribute.type for attribute in catalogue.attributes}
    products = ImportKeys(order.import_job_id, order.import_attempt).all_products
    survey = _survey(store, settings, products, attributes, catalogue.identifier)
    chunks = survey.write_repeats(store, bucket, keys)
    plan = CommitPlan(
        job_id=keys.job_id,
        attempt=keys.attempt,
        order=order,
        import_source=job.s3_key,
        file_name=job.original_file_name,
        actor=job.created_by,
        at=now,
        attributes=attributes,
        identifier=catalogue.identifier,
        chunk_count=len(chunks),
        row_count=sum(chunk.rows for chunk in chunks),
        ignored_fields=tuple(survey.ignored),
    )
    store.put(bucket, keys.chunks, msgspec.json.encode(chunks), JSON)
    if store.put_if_absent(bucket, keys.plan, msgspec.json.encode(plan), JSON):
        return plan, chunks
    return _planned(store, bucket, keys) or (plan, chunks)


def _planned(
    store: ObjectStore, bucket: str, keys: CommitKeys
) -> tuple[CommitPlan, tuple[CommitChunk, ...]] | None:
    try:
        plan = read_plan(store, bucket, keys)
    except ObjectMissing:
        return None
    chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[CommitChunk, ...])
    return plan, chunks


@dataclass(slots=True)
class _Survey:
    chunks: list[CommitChunk] = field(default_factory=list)
    ignored: dict[str, None] = field(default_factory=dict)
    repeats: RepeatFinder = field(default_factory=RepeatFinder)

    def write_repeats(
        self, store: ObjectStore, bucket: str, keys: CommitKeys
    ) -> tuple[CommitChunk, ...]:
        """Leave each chunk the lines that it must not write; the chunks with their counts."""
        rows = self.repeats.repeated()
        counted = []
        for chunk in self.chunks:
            first = chunk.first_line - 1
            lower, upper = rows.searchsorted((first, first + chunk.rows))
            lines = [int(row) + 1 for row in rows[lower:upper]]
            if lines:
                key = keys.repeats(chunk.index)
                store.put(bucket, key, msgspec.json.encode(lines), JSON)
            counted.append(msgspec.structs.replace(chunk, repeated=len(lines)))
        return tuple(counted)


def _survey(
    store: ObjectStore,
    settings: Settings,
    key: str,
    attributes: Mapping[str, Any],
    identifier: str | None,
) -> _Survey:
    survey = _Survey()
    bucket = settings.results_bucket
    size = store.head(bucket, key).size
    start = rows = lines = 0
    for line in read_lines(store, bucket, key, 0, size, settings.read_block_bytes):
        fields = fields_of(line)
        values = {name: value for name, value in fields.items() if name in attributes}
        if len(values) < len(fields):
            survey.ignored.update(dict.fromkeys(n for n in fields if n not in attributes))
        if values:
            survey.repeats.add(product_id(values, identifier))
        else:
            survey.repeats.add_unnamed()
        rows, lines = rows + 1, lines + 1
        if line.end - start >= settings.commit_chunk_bytes or line.end == size:
            survey.chunks.append(
                CommitChunk(
                    index=len(survey.chunks),
                    start=start,
                    end=line.end,
                    first_line=lines - rows + 1,
                    rows=rows,
                    repeated=0,
                )
            )
            start, rows = line.end, 0
    return survey
