"""The summaries that the chunks of a job leave: a job may end only when all of them are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from core.concurrency import ordered_map
from core.storage.objects import ObjectStore
from core.storage.pieces import ObjectMissing


class ChunkUnaccounted(Exception):
    """A planned chunk left no summary, or a fragment that differs from its summary. The machine ran
    ahead of its chunks, or storage lost an object: an infrastructure error, worth a retry."""


class Planned(Protocol):
    @property
    def job_id(self) -> str: ...

    @property
    def chunk_count(self) -> int: ...

    @property
    def row_count(self) -> int: ...


class HasRows(Protocol):
    @property
    def rows(self) -> int: ...


Summary = TypeVar("Summary", bound=HasRows)


def read_summaries(
    store: ObjectStore,
    bucket: str,
    key_of: Callable[[int], str],
    kind: type[Summary],
    plan: Planned,
    *,
    rows_are_planned: bool = True,
) -> tuple[Summary, ...]:
    """One summary per planned chunk, in order. Raises ChunkUnaccounted, also if they do not add up
    to the planned rows, unless the plan only estimates them."""

    def summary_of(index: int) -> Summary:
        try:
            data = store.get(bucket, key_of(index))
        except ObjectMissing:
            raise ChunkUnaccounted(
                f"chunk {index} of {plan.chunk_count} of job {plan.job_id} left no summary"
            ) from None
        return msgspec.json.decode(data, type=kind)

    summaries = tuple(ordered_map(summary_of, range(plan.chunk_count)))
    rows = sum(summary.rows for summary in summaries)
    if rows_are_planned and rows != plan.row_count:
        raise ChunkUnaccounted(
            f"the chunks of job {plan.job_id} have {rows} rows, but {plan.row_count} were planned"
        )
    return summaries
