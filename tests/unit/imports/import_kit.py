"""A whole import of a few bytes, in one process and a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.attributes.definitions import AttributeDefinition
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys

KEYS = ImportKeys("job", 1)
NOW = datetime(2026, 11, 23, 20, 13, tzinfo=UTC)


@contextmanager
def import_of(
    data: bytes,
    definitions: Sequence[AttributeDefinition],
    options: ReadingOptions | None = None,
    **limits: Any,
) -> Iterator[tuple[ImportOutcome | Refusal, FolderStore]]:
    """The outcome, and the store that has the results under `KEYS`, until the block ends.

    `limits` are fields of `Settings`.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        key = "user-uploads/x/f.csv"
        store.put("uploads", key, data, "text/csv")
        outcome = run_import(
            store,
            Settings(uploads_bucket="uploads", results_bucket="results", **limits),
            job_id=KEYS.job_id,
            attempt=KEYS.attempt,
            source=SourceFile(bucket="uploads", key=key, size=len(data), file_name="f.csv"),
            options=options or ReadingOptions(),
            definitions=definitions,
            now=NOW,
        )
        yield outcome, store


def files_of_import(
    data: bytes,
    definitions: Sequence[AttributeDefinition],
    keys: Sequence[str],
    options: ReadingOptions | None = None,
    **limits: Any,
) -> tuple[ImportOutcome, list[bytes]]:
    """The outcome of an import that must complete, and the result files under these keys."""
    with import_of(data, definitions, options, **limits) as (outcome, store):
        assert isinstance(outcome, ImportOutcome), outcome
        return outcome, [store.get("results", key) for key in keys]
