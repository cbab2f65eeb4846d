"""The column work as steps of a machine: each reads its input from S3 by job and attempt.

Between steps only keys and counts travel; what one step left in S3 is all that the next one needs.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.fan_out import FanOut, ManifestLocation, choose_map
from core.file_format import ReadingOptions, RecognisableProfile, SourceFile
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ChunkSummary, Plan
from core.imports.planning import plan_import
from core.imports.task_model import PASSES, PlannedImport, PlanOutcome
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.outcomes import Refusal, RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON


class PlanTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    source: SourceFile
    options: ReadingOptions


class ChunkTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    chunk: RevalidationChunk
    """Of either pass: one of the first knows of no repeats."""


def run_plan_task(store: ObjectStore, settings: Settings, task: PlanTask) -> PlannedImport:
    """Plan the import by the frozen definitions and choose how to fan out."""
    keys = ImportKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    manifest = ManifestLocation(bucket=bucket, key=keys.chunks)
    definitions = frozen_definitions(store, bucket, keys)
    profiles: tuple[RecognisableProfile, ...] = ()
    if task.options.are_defaults:
        data = store.get(bucket, keys.profiles)
        profiles = msgspec.json.decode(data, type=tuple[RecognisableProfile, ...])
    plan = plan_import(store, settings, keys, task.source, task.options, definitions, profiles)
    if isinstance(plan, Refusal):
        return PlannedImport(outcome=PlanOutcome.REFUSED, manifest=manifest, refusal=plan)
    mode = choose_map(plan.chunk_count, settings.inline_map_max_chunks, turns=PASSES)
    chunks: tuple[Chunk, ...] = ()
    if mode is FanOut.INLINE:
        chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[Chunk, ...])
    return PlannedImport(
        outcome=PlanOutcome.PLANNED,
        mode=mode,
        compares_values=plan.compares_chunks,
        chunks=chunks,
        chunk_count=plan.chunk_count,
        row_count=plan.row_count,
        manifest=manifest,
    )


def run_chunk_task(store: ObjectStore, settings: Settings, task: ChunkTask) -> ChunkSummary | None:
    """Validate one chunk by the plan and the frozen definitions. None if the file was deleted: then
    a refusal is left for the aggregate, since a retry cannot help."""
    keys = ImportKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    plan, definitions = _frozen(store, bucket, keys)
    try:
        summary = validate_chunk(store, settings, keys, plan, definitions, task.chunk)
    except ObjectMissing as missing:
        refusal = vanished(missing, plan.source)
        store.put(bucket, keys.refusal, msgspec.json.encode(refusal), JSON)
        return None
    if task.chunk.repeats or task.chunk.taken or task.chunk.in_doubt:
        store.put(bucket, keys.revalidated(task.chunk.index), b"", "text/plain")
    return summary


@lru_cache(maxsize=1)
def _frozen(
    store: ObjectStore, bucket: str, keys: ImportKeys
) -> tuple[Plan, tuple[AttributeDefinition, ...]]:
    """Plan and definitions of an attempt. They never change once its chunks are validated, so a
    worker that validates many chunks reads them once."""
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    return plan, frozen_definitions(store, bucket, keys)


def vanished(missing: ObjectMissing, source: SourceFile) -> Refusal:
    """The refusal if the uploaded file is the missing object; otherwise re-raise."""
    if (missing.bucket, missing.key) != (source.bucket, source.key):
        raise missing
    return Refusal(
        code=RefusalCode.OBJECT_MISSING,
        message=(
            f"The file “{source.file_name}” was deleted while it was being read. "
            "Please upload it again."
        ),
    )


def frozen_definitions(
    store: ObjectStore, bucket: str, keys: ImportKeys
) -> tuple[AttributeDefinition, ...]:
    data = store.get(bucket, keys.definitions)
    return msgspec.json.decode(data, type=tuple[AttributeDefinition, ...])
