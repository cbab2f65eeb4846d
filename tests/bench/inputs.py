"""Benchmark files on disk, and the import of one in this process, without AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.clock import now
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.imports.sizing import TARGET_CHUNKS_ON_ONE_MACHINE
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.bench.generate import attributes_path

UPLOADS, RESULTS = "uploads", "results"
ON_AWS = Settings(uploads_bucket=UPLOADS, results_bucket=RESULTS)
"""As the template has them."""
SETTINGS = replace(ON_AWS, target_chunk_count=TARGET_CHUNKS_ON_ONE_MACHINE)
"""As the command line and the local stack have them."""
KEYS = ImportKeys("00000000-0000-4000-8000-000000000001", 1)


@dataclass(frozen=True, slots=True)
class InFolder:
    outcome: ImportOutcome | Refusal
    store: FolderStore


def source_in(folder: Path, file: Path) -> SourceFile:
    """The file as an object of the folder's store: a link, so that nothing is copied."""
    key = f"user-uploads/{KEYS.job_id}/{file.name}"
    linked = folder / UPLOADS / key
    linked.parent.mkdir(parents=True, exist_ok=True)
    linked.unlink(missing_ok=True)
    linked.hardlink_to(file)
    return SourceFile(bucket=UPLOADS, key=key, size=file.stat().st_size, file_name=file.name)


def definitions_of(file: Path) -> list[AttributeDefinition]:
    bodies = json.loads(attributes_path(file).read_text(encoding="utf-8"))
    return [msgspec.convert(body, AttributeDefinition) for body in bodies]


def import_in_folder(file: Path, folder: Path, settings: Settings = SETTINGS) -> InFolder:
    """Import a generated file with the same core as the pipeline, over a folder as its store."""
    store = FolderStore(folder)
    outcome = run_import(
        store,
        settings,
        job_id=KEYS.job_id,
        attempt=KEYS.attempt,
        source=source_in(folder, file),
        options=ReadingOptions(),
        definitions=definitions_of(file),
        now=now(),
    )
    return InFolder(outcome, store)
