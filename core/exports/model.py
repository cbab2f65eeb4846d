"""The values that travel between the steps of an export: keys and counts, never products."""

from __future__ import annotations

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.jobs.orders import ExportOrder
from core.storage import ExportKeys, ObjectStore

SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
CELL_CHARACTERS = 32_767
"""The limits of a sheet. Source: Excel specifications and limits."""


class ExportChunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some products, in one task. Of the catalogue, `ExportKeys.source` says which."""

    index: int
    first_row: int
    """0 is the first product."""
    rows: int
    start: int = 0
    """Of an import: the first of the parts of its valid rows."""
    end: int = 0
    """Excluded."""


class ExportPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every task needs; written once per attempt, last."""

    job_id: str
    attempt: int
    order: ExportOrder
    names: tuple[str, ...]
    """The columns, in order."""
    definitions: tuple[AttributeDefinition, ...] = ()
    """Of the columns, for an export of the catalogue. An import's rows have types of their own."""
    opening: str
    """Of several openings of one attempt, whose sources count."""
    chunks: tuple[ExportChunk, ...]
    chunk_count: int
    row_count: int


class ExportSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of one chunk; written last, so its presence means that the chunk is done."""

    index: int
    key: str
    """Of its part."""
    rows: int
    bytes: int
    footer_bytes: int = 0
    """Of a Parquet part."""
    raw_bytes: int = 0
    checksum: int = 0
    """Both of a part of a workbook, before compression."""
    omitted_values: int = 0
    omitted_from: tuple[str, ...] = ()
    """Attributes of which some value was left out."""
    too_long: str | None = None
    """An attribute with a text that is too long for a cell; then there is no part."""


class ExportTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    chunk: ExportChunk


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Input of an execution of product-export (`schemas/pipeline/export-execution.json`)."""

    job_id: str


def read_plan(store: ObjectStore, bucket: str, keys: ExportKeys) -> ExportPlan:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, keys.plan), type=ExportPlan)
