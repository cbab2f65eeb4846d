"""A whole import in one process, over any store: the pipeline without its machine.

The yardstick for tests, and the way a command line imports a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.concurrency import ordered_map
from core.file_format import ReadingOptions, SourceFile
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ChunkSummary, ImportOutcome, Plan
from core.imports.output.results import aggregate_results
from core.imports.planning import plan_import
from core.imports.uniqueness.catalogue import plan_revalidation
from core.imports.uniqueness.repeats import find_repeats
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore
from core.storage.content_types import JSON

Item = TypeVar("Item")
Answer = TypeVar("Answer")

CHUNKS_AT_ONCE = 3 if pl.thread_pool_size() > 1 else 1
"""Two leave gaps; a third fills more of them than the memory of a fourth would be worth
(docs/decisions/chunks-at-once.md). One where polars has one thread."""


def side_by_side(
    work: Callable[[Item], Answer], items: Iterable[Item], at_once: int = CHUNKS_AT_ONCE
) -> Iterator[Answer]:
    """`work` of each item, in order, for `at_once` items at the same time. Its exceptions are
    raised here in order, and no further item is started after one."""
    if at_once == 1:
        return map(work, items)
    return ordered_map(work, items, at_once, queued=1)


class Stage(StrEnum):
    PLANNING = "planning"
    VALIDATING = "checking"
    COMPARING = "comparing"
    """The comparison of unique values; chunks with repeats are validated again."""
    GATHERING = "writing"


Report = Callable[[Stage, int, int], None]
"""Receives the current step, and how many of the rows are validated."""

ValidateChunks = Callable[[ImportKeys, Plan, Sequence[Chunk]], Iterable[ChunkSummary]]
"""Runs `validate_chunk` for every chunk, in this process or in others; yields as they are done."""


def _report_nothing(_stage: Stage, _done: int, _total: int) -> None: ...


def run_import(
    store: ObjectStore,
    settings: Settings,
    *,
    job_id: str,
    attempt: int,
    source: SourceFile,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    now: datetime,
    report: Report = _report_nothing,
    validate_chunks: ValidateChunks | None = None,
) -> ImportOutcome | Refusal:
    """Plan, validate every chunk, aggregate. Writes the same objects under `ImportKeys` as the
    pipeline, apart from unique values of a catalogue, which does not exist here. `now` is the time
    in the result file. By default this process validates the chunks, some at a time."""
    keys = ImportKeys(job_id, attempt)
    bucket = settings.results_bucket

    def in_threads(keys: ImportKeys, plan: Plan, chunks: Sequence[Chunk]) -> Iterable[ChunkSummary]:
        return side_by_side(
            lambda chunk: validate_chunk(store, settings, keys, plan, definitions, chunk), chunks
        )

    report(Stage.PLANNING, 0, 0)
    store.put(bucket, keys.definitions, msgspec.json.encode(definitions), JSON)
    plan = plan_import(store, settings, keys, source, options, definitions)
    if isinstance(plan, Refusal):
        return plan
    validate_all = validate_chunks or in_threads
    chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=list[Chunk])
    done = 0
    report(Stage.VALIDATING, done, plan.row_count)
    for summary in validate_all(keys, plan, chunks):
        done += summary.rows
        report(Stage.VALIDATING, done, plan.row_count)
    if plan.compares_chunks:  # there is no catalogue here: values are compared within the file
        report(Stage.COMPARING, done, plan.row_count)
        find_repeats(store, settings, keys, plan)
        again = plan_revalidation(store, settings, keys, plan, definitions, catalogue=None)
        for _ in validate_all(keys, plan, again):
            report(Stage.COMPARING, done, plan.row_count)
    report(Stage.GATHERING, done, plan.row_count)
    return aggregate_results(store, settings, keys, now=now)
