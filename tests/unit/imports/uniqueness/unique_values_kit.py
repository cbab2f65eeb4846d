"""Files with values that may occur once, and what an import makes of them."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.file_format import OnFault, ReadingOptions, SourceFile
from core.imports.model import ImportOutcome
from core.imports.output.results import aggregate_results
from core.imports.planning import plan_import
from core.imports.task_model import AttemptTask, PlannedImport
from core.imports.tasks import ChunkTask, run_chunk_task
from core.imports.uniqueness.catalogue import Owned
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.imports.uniqueness.tasks import run_catalogue_task, run_repeats_task
from core.settings import Settings
from core.storage import FolderStore
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS, NOW, files_of_import

FILES = (KEYS.result, KEYS.all_products, KEYS.all_faults, KEYS.all_rejected, KEYS.outcome)

DEFINITIONS = (
    attribute("Code", "short_text", is_identifier=True, max_length=4),
    attribute("Price", "number", is_unique=True, max=100),
    attribute("Day", "date", is_unique=True),
    attribute("Gtin", "barcode", is_unique=True),
    attribute("Note", "long_text", is_required=True),
)
NAMES = [definition.name for definition in DEFINITIONS]

UNIQUE_PRICE = (
    attribute("Code", "short_text", is_identifier=True),
    attribute("Price", "number", is_unique=True),
    attribute("Tag", "short_text", is_unique=True),
)
PRICED = ["Code", "Price", "Tag"]


def text_of(rows: Iterable[Sequence[str]], names: Sequence[str] = NAMES) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([names, *rows])
    return text.getvalue().encode()


def limits(**changes: Any) -> Settings:
    return Settings(uploads_bucket="uploads", results_bucket="results", **changes)


def stored(folder: str, data: bytes) -> tuple[FolderStore, SourceFile]:
    store = FolderStore(Path(folder))
    key = "user-uploads/x/f.csv"
    store.put("uploads", key, data, "text/csv")
    return store, SourceFile(bucket="uploads", key=key, size=len(data), file_name="f.csv")


def files_of(store: FolderStore) -> list[bytes]:
    return [store.get("results", key) for key in FILES]


def imported(
    data: bytes,
    definitions: Sequence[AttributeDefinition] = DEFINITIONS,
    *,
    on_fault: OnFault = OnFault.SKIP_ROW,
    **changes: Any,
) -> tuple[ImportOutcome, list[bytes]]:
    """In one process, without a catalogue."""
    options = ReadingOptions(delimiter=",", on_fault=on_fault)
    return files_of_import(data, definitions, FILES, options, **changes)


def lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines()]


class Shelf:
    """A catalogue in memory."""

    def __init__(self, products: dict[str, dict[str, Any]], size: int | None = None) -> None:
        self.products = products
        self.size = len(products) if size is None else size
        self.questions = 0

    def count(self) -> int:
        return self.size

    def having(self, attribute: str) -> Iterable[Owned]:
        return [
            (i, values[attribute]) for i, values in self.products.items() if attribute in values
        ]

    def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterable[Owned]:
        self.questions += 1
        return [(i, value) for i, value in self.having(attribute) if value in values]


def imported_beside(
    catalogue: Shelf, data: bytes, definitions: Sequence[AttributeDefinition], **changes: Any
) -> list[bytes]:
    """As the machine does it, state by state."""
    with tempfile.TemporaryDirectory() as folder:
        store, source = stored(folder, data)
        given = limits(**changes)
        store.put("results", KEYS.definitions, msgspec.json.encode(definitions), "")
        plan_import(store, given, KEYS, source, ReadingOptions(delimiter=","), definitions)
        chunks = msgspec.json.decode(
            store.get("results", KEYS.chunks), type=list[RevalidationChunk]
        )
        for chunk in chunks:
            run_chunk_task(store, given, ChunkTask(job_id="job", attempt=1, chunk=chunk))
        attempt = AttemptTask(job_id="job", attempt=1)
        run_repeats_task(store, given, attempt)
        planned = run_catalogue_task(store, given, attempt, catalogue)
        travelled = msgspec.json.decode(msgspec.json.encode(planned), type=PlannedImport)
        again = msgspec.json.decode(store.get("results", KEYS.again), type=list[RevalidationChunk])
        assert len(again) == travelled.chunk_count
        assert not list(store.list_keys("results", KEYS.all_revalidated))
        for chunk in again:
            run_chunk_task(store, given, ChunkTask(job_id="job", attempt=1, chunk=chunk))
        marks = list(store.list_keys("results", KEYS.all_revalidated))
        assert marks == [KEYS.revalidated(chunk.index) for chunk in again]
        aggregate_results(store, given, KEYS, now=NOW)
        return files_of(store)
