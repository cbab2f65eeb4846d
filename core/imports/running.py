"""A whole import in one process, over any store: the pipeline without its machine.

The yardstick for tests, and the way a command line imports a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ImportOutcome, ReadingOptions, Refusal, SourceFile
from core.imports.planning import plan_import
from core.imports.results import aggregate_results
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore


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
) -> ImportOutcome | Refusal:
    """Plan, judge every chunk, aggregate. Leaves the same objects under `ImportKeys` as the
    pipeline does. `now` is the time that the result file states."""
    keys = ImportKeys(job_id, attempt)
    bucket = settings.results_bucket
    store.put(bucket, keys.definitions, msgspec.json.encode(definitions), "application/json")
    plan = plan_import(store, settings, keys, source, options, definitions)
    if isinstance(plan, Refusal):
        return plan
    for chunk in msgspec.json.decode(store.get(bucket, keys.chunks), type=list[Chunk]):
        validate_chunk(store, settings, keys, plan, definitions, chunk)
    return aggregate_results(store, settings, keys, now=now)
