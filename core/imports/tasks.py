"""The column work as steps of a machine: each reads its input from S3 by job and attempt.

Between steps only keys and counts travel; what one step left in S3 is all that the next one needs.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.fan_out import FanOut, ManifestLocation
from core.file_format import ReadingOptions, SourceFile
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ChunkSummary, Plan
from core.imports.planning import plan_import
from core.imports.uniqueness.catalogue import ProductsOfCatalogue, plan_revalidation
from core.imports.uniqueness.repeats import find_repeats
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.outcomes import Refusal, RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON


class AttemptTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The input of a step that needs no more than to know of which attempt it is."""

    job_id: str
    attempt: int

    @property
    def keys(self) -> ImportKeys:
        return ImportKeys(self.job_id, self.attempt)


class PlanOutcome(StrEnum):
    PLANNED = "PLANNED"
    REFUSED = "REFUSED"


class PlannedImport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the machine branches on. The manifest names every chunk; `chunks` repeats it only for
    an inline Map, so that a state stays far below the 256 KiB that it may hold. The second pass,
    over the chunks that are judged again, is planned in the same terms."""

    outcome: PlanOutcome
    mode: FanOut | None = None
    compares_values: bool = False
    """Behind the chunks come the states that look for values which may occur only once."""
    chunks: tuple[Chunk, ...] = ()
    chunk_count: int = 0
    row_count: int = 0
    manifest: ManifestLocation
    refusal: Refusal | None = None


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
    definitions = _definitions(store, bucket, keys)
    plan = plan_import(store, settings, keys, task.source, task.options, definitions)
    if isinstance(plan, Refusal):
        return PlannedImport(outcome=PlanOutcome.REFUSED, manifest=manifest, refusal=plan)
    inline = plan.chunk_count <= settings.inline_map_max_chunks
    chunks: tuple[Chunk, ...] = ()
    if inline:
        chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[Chunk, ...])
    return PlannedImport(
        outcome=PlanOutcome.PLANNED,
        mode=FanOut.INLINE if inline else FanOut.DISTRIBUTED,
        compares_values=plan.compares_chunks,
        chunks=chunks,
        chunk_count=plan.chunk_count,
        row_count=plan.row_count,
        manifest=manifest,
    )


def run_chunk_task(store: ObjectStore, settings: Settings, task: ChunkTask) -> ChunkSummary | None:
    """Judge one chunk by the plan and the frozen definitions. None when the file is gone: then a
    refusal is left for the aggregate, since no repetition could bring the file back."""
    keys = ImportKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    plan, definitions = _frozen(store, bucket, keys)
    try:
        summary = validate_chunk(store, settings, keys, plan, definitions, task.chunk)
    except ObjectMissing as missing:
        refusal = _vanished(missing, plan.source)
        store.put(bucket, keys.refusal, msgspec.json.encode(refusal), JSON)
        return None
    if task.chunk.repeats or task.chunk.taken or task.chunk.in_doubt:
        store.put(bucket, keys.judged_again(task.chunk.index), b"", "text/plain")
    return summary


@lru_cache(maxsize=1)
def _frozen(
    store: ObjectStore, bucket: str, keys: ImportKeys
) -> tuple[Plan, tuple[AttributeDefinition, ...]]:
    """Plan and definitions of an attempt. They never change once its chunks are being judged, so
    the worker that judges many of them reads them once."""
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    return plan, _definitions(store, bucket, keys)


def _vanished(missing: ObjectMissing, source: SourceFile) -> Refusal:
    """What to tell when the uploaded file is what is missing; else the error goes on its way."""
    if (missing.bucket, missing.key) != (source.bucket, source.key):
        raise missing
    return Refusal(
        code=RefusalCode.OBJECT_MISSING,
        message=(
            f"The file “{source.file_name}” was deleted while it was being read. "
            "Please upload it again."
        ),
    )


def _definitions(
    store: ObjectStore, bucket: str, keys: ImportKeys
) -> tuple[AttributeDefinition, ...]:
    data = store.get(bucket, keys.definitions)
    return msgspec.json.decode(data, type=tuple[AttributeDefinition, ...])


def run_repeats_task(store: ObjectStore, settings: Settings, task: AttemptTask) -> int:
    """Find the values that come again in the file; in how many chunks. 0 when the file went away
    under its chunks, which the aggregate tells."""
    keys = task.keys
    if _is_refused(store, settings, keys):
        return 0
    plan = msgspec.json.decode(store.get(settings.results_bucket, keys.plan), type=Plan)
    return len(find_repeats(store, settings, keys, plan))


def run_catalogue_task(
    store: ObjectStore, settings: Settings, task: AttemptTask, catalogue: ProductsOfCatalogue
) -> PlannedImport:
    """Find the values that other products of the catalogue have, and plan the second pass."""
    keys = task.keys
    bucket = settings.results_bucket
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    chunks: tuple[RevalidationChunk, ...] = ()
    if not _is_refused(store, settings, keys):
        data = store.get(bucket, keys.definitions)
        definitions = msgspec.json.decode(data, type=tuple[AttributeDefinition, ...])
        chunks = plan_revalidation(store, settings, keys, plan, definitions, catalogue)
    inline = len(chunks) <= settings.inline_map_max_chunks
    mode = FanOut.INLINE if inline else FanOut.DISTRIBUTED
    return PlannedImport(
        outcome=PlanOutcome.PLANNED,
        mode=mode if chunks else FanOut.NONE,
        chunks=chunks if inline else (),
        chunk_count=len(chunks),
        row_count=sum(chunk.rows for chunk in chunks),
        manifest=ManifestLocation(bucket=bucket, key=keys.again),
    )


def _is_refused(store: ObjectStore, settings: Settings, keys: ImportKeys) -> bool:
    """Did a chunk find that the file is gone? Then others may have left nothing."""
    return any(store.list_keys(settings.results_bucket, keys.refusal))
