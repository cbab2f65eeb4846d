"""Given a text as bytes, what the planner and the reader make of it, over a folder as the store."""

import atexit
import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import ReadingOptions, SourceFile
from core.imports.model import Chunk, Plan
from core.imports.planning import plan_import
from core.imports.reading import RowBatch, read_chunk
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys

KEYS = ImportKeys("00000000-0000-4000-8000-000000000001", 1)
UPLOADS, RESULTS = "uploads", "results"


def attributes(*names: str) -> list[AttributeDefinition]:
    return [AttributeDefinition(name=name, type=AttributeType.LONG_TEXT) for name in names]


@dataclass(frozen=True)
class Imported:
    plan: Plan
    chunks: list[Chunk]
    batches: list[RowBatch]

    @property
    def rows(self) -> list[list[str]]:
        """All rows, cells of the file's columns, empty cells as ""."""
        return [
            [cell or "" for cell in row] for batch in self.batches for row in batch.frame.rows()
        ]

    @property
    def extra_cells(self) -> dict[int, tuple[str, ...]]:
        """By row number."""
        return {
            batch.first_row + row: cells
            for batch in self.batches
            for row, cells in batch.extra_cells.items()
        }

    @property
    def short_rows(self) -> list[int]:
        return [batch.first_row + row for batch in self.batches for row in batch.short_rows]

    @property
    def notices(self) -> dict[str, str]:
        return {notice.code.value: notice.message for notice in self.plan.notices}


def stored(data: bytes, name: str = "products.csv") -> tuple[FolderStore, SourceFile]:
    store = FolderStore(_folder())
    key = f"user-uploads/{KEYS.job_id}/{name}"
    store.put(UPLOADS, key, data, "text/csv")
    return store, SourceFile(bucket=UPLOADS, key=key, size=len(data), file_name=name)


@cache
def _folder() -> Path:
    """One for all examples: making and removing folders costs more than an import."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


def settings(**changes: Any) -> Settings:
    return Settings(uploads_bucket=UPLOADS, results_bucket=RESULTS, **changes)


def import_text(
    data: bytes,
    names: Sequence[str] = ("a",),
    *,
    name: str = "products.csv",
    options: ReadingOptions | None = None,
    **changes: Any,
) -> Imported | Refusal:
    """Plan and read the file; attributes are free text under the given names."""
    limits = settings(**changes)
    store, source = stored(data, name)
    plan = plan_import(store, limits, KEYS, source, options or ReadingOptions(), attributes(*names))
    if isinstance(plan, Refusal):
        return plan
    assert msgspec.json.decode(store.get(RESULTS, KEYS.plan), type=Plan) == plan
    chunks = msgspec.json.decode(store.get(RESULTS, KEYS.chunks), type=list[Chunk])
    batches = [read_chunk(store, RESULTS, KEYS, plan, chunk) for chunk in chunks]
    return Imported(plan, chunks, batches)


def imported(data: bytes, names: Sequence[str] = ("a",), **more: Any) -> Imported:
    result = import_text(data, names, **more)
    assert isinstance(result, Imported), result
    return result


def refused(data: bytes, names: Sequence[str] = ("a",), **more: Any) -> Refusal:
    result = import_text(data, names, **more)
    assert isinstance(result, Refusal), result
    return result


def csv_rows(text: str, delimiter: str = ",", **dialect: Any) -> list[list[str]]:
    """The yardstick: every record as the csv module reads it."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **dialect))
    finally:
        csv.field_size_limit(before)


def fitted(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Rows filled up or cut off to `width` cells."""
    return [([*row] + [""] * width)[:width] for row in rows]
