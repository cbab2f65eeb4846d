"""The comparison of unique values as two tasks of the state machine; see `core.imports.tasks`."""

from __future__ import annotations

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.fan_out import FanOut, ManifestLocation, choose_map
from core.imports.model import Plan
from core.imports.task_model import (
    PASSES,
    AttemptTask,
    PlannedImport,
    PlanOutcome,
)
from core.imports.uniqueness.catalogue import ProductsOfCatalogue, plan_revalidation
from core.imports.uniqueness.repeats import find_repeats
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore


def run_repeats_task(store: ObjectStore, settings: Settings, task: AttemptTask) -> int:
    """Find the values that repeat in the file; returns the number of affected chunks. 0 if a chunk
    refused the file, which the aggregate reports."""
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
    mode = choose_map(len(chunks), settings.inline_map_max_chunks, turns=PASSES)
    return PlannedImport(
        outcome=PlanOutcome.PLANNED,
        mode=mode if chunks else FanOut.NONE,
        chunks=chunks if mode is FanOut.INLINE else (),
        chunk_count=len(chunks),
        row_count=sum(chunk.rows for chunk in chunks),
        manifest=ManifestLocation(bucket=bucket, key=keys.again),
    )


def _is_refused(store: ObjectStore, settings: Settings, keys: ImportKeys) -> bool:
    """Did a chunk refuse the file? Then others may have written nothing."""
    return any(store.list_keys(settings.results_bucket, keys.refusal))
