"""One task of an export: reads the products of its chunk, and writes them as a part of the file.

Repeated, it writes another part; the summary, which is written last, names the one that counts.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec
import polars as pl

from core.exports.documents import LeftOut, table_of
from core.exports.exact import with_exact_numbers
from core.exports.model import ExportPlan, ExportSummary, ExportTask, read_plan
from core.exports.sheets import TextTooLong, sheet_rows
from core.exports.tables import Table, csv_lines, json_lines
from core.imports.output.parquet_files import MAGIC, TAIL_BYTES, footer_size
from core.imports.output.tables import parquet_file
from core.jobs.orders import ExportFormat
from core.products.documents import Document
from core.products.fields import ID
from core.products.queries.conditions import Term, any_of
from core.products.queries.sorting import Order
from core.settings import Settings
from core.storage import ExportKeys, ImportKeys, ObjectStore, Span, read_span
from core.storage.content_types import JSON

IDS_IN_A_QUERY = 500


class Products(Protocol):
    """The catalogue, as far as an export reads it."""

    def find(self, terms: Sequence[Term], order: Order, *, limit: int) -> list[Document]: ...


def export_part(
    store: ObjectStore, products: Products, settings: Settings, task: ExportTask
) -> ExportSummary:
    """Raises ObjectMissing and ObjectShorter when something is gone that the chunk reads."""
    bucket = settings.results_bucket
    keys = ExportKeys(task.job_id, task.attempt)
    plan = read_plan(store, bucket, keys)
    source = store.get(bucket, keys.source(plan.opening, task.chunk.index))
    left_out = LeftOut()
    if plan.order.import_job_id is not None:
        table = _import_rows(store, bucket, plan, task, source)
    else:
        ids = msgspec.json.decode(source, type=list[str])
        table, left_out = table_of(list(_documents(products, ids)), plan.definitions)
    key = keys.part(task.chunk.index, uuid.uuid4().hex[:12])
    summary = ExportSummary(
        index=task.chunk.index,
        key=key,
        rows=table.values.height,
        bytes=0,
        omitted_values=left_out.values,
        omitted_from=tuple(left_out.names),
    )
    summary, part = _written(summary, table, plan, task.chunk.first_row)
    store.put(bucket, key, part, "application/octet-stream")
    store.put(bucket, keys.summary(task.chunk.index), msgspec.json.encode(summary), JSON)
    return summary


def _written(
    summary: ExportSummary, table: Table, plan: ExportPlan, first_row: int
) -> tuple[ExportSummary, bytes]:
    file_format = plan.order.format
    more: dict[str, Any] = {}
    if not table.values.height:
        part = b""
    elif file_format is ExportFormat.CSV:
        part = csv_lines(table, is_guarded=plan.order.guarded)
    elif file_format is ExportFormat.NDJSON:
        part = json_lines(table)
    elif file_format is ExportFormat.PARQUET:
        part = parquet_file(table.values)
        more = {"footer_bytes": footer_size(part[-TAIL_BYTES:])}
    else:
        try:
            rows = sheet_rows(table, first_row)
        except TextTooLong as error:
            return msgspec.structs.replace(summary, too_long=error.name), b""
        part = rows.compressed
        more = {"raw_bytes": rows.raw_bytes, "checksum": rows.checksum}
    return msgspec.structs.replace(summary, bytes=len(part), **more), part


def _import_rows(
    store: ObjectStore, bucket: str, plan: ExportPlan, task: ExportTask, tail: bytes
) -> Table:
    keys = ImportKeys(plan.order.import_job_id or "", plan.order.import_attempt or 0)
    span = Span(keys.all_product_table, task.chunk.start, task.chunk.end)
    values = pl.read_parquet(io.BytesIO(MAGIC + read_span(store, bucket, span) + tail))
    return with_exact_numbers(values, store, bucket, keys.all_products, task.chunk.first_row)


def _documents(products: Products, ids: Sequence[str]) -> Iterator[Document]:
    """In the order of the ids. A product that was deleted since is not among them."""
    for at in range(0, len(ids), IDS_IN_A_QUERY):
        term = Term((any_of(ID, ids[at : at + IDS_IN_A_QUERY]),), is_indexed=True)
        yield from products.find([term], Order(), limit=IDS_IN_A_QUERY)
