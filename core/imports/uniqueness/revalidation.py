"""The chunks that are validated again, and the repeats that they need for it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.imports.model import Chunk, ChunkSummary, Plan
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON


class RevalidationChunk(Chunk, frozen=True, kw_only=True, rename="camel"):
    """A chunk, with the number of its cells that are known to repeat a unique value. Both are 0 in
    the first pass."""

    repeats: int = 0
    """The number of repeats in `ImportKeys.repeats(index)`."""
    taken: int = 0
    """The number of values in `ImportKeys.taken(index)`."""
    in_doubt: tuple[int, ...] = ()
    """Columns in which numbers that read in two ways are faults."""


def put_chunks(
    store: ObjectStore, bucket: str, key: str, chunks: Sequence[RevalidationChunk]
) -> tuple[RevalidationChunk, ...]:
    store.put(bucket, key, msgspec.json.encode(chunks), JSON)
    return tuple(chunks)


def get_chunks(store: ObjectStore, bucket: str, key: str) -> tuple[RevalidationChunk, ...]:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, key), type=tuple[RevalidationChunk, ...])


def missing_revalidation(
    store: ObjectStore,
    bucket: str,
    keys: ImportKeys,
    plan: Plan,
    summaries: Sequence[ChunkSummary],
) -> str | None:
    """What is missing before these summaries may be counted; None if nothing is. Only the recorded
    knowledge of its chunk distinguishes a summary of the first pass from one of the second."""
    if not plan.compares_chunks:
        return None
    try:
        chunks = get_chunks(store, bucket, keys.again)
    except ObjectMissing:
        return f"the unique values of job {plan.job_id} were not compared"
    known = {chunk.index: (chunk.repeats, chunk.taken, chunk.in_doubt) for chunk in chunks}
    for summary in summaries:
        knew = (summary.repeats, summary.taken, summary.in_doubt)
        if knew != known.get(summary.index, (0, 0, ())):
            return f"chunk {summary.index} of job {plan.job_id} was not validated again"
    return None
