"""One task of an export: reads the products of its chunk, and writes them as a part of the file.

Repeated, it writes another part; the summary, which is written last, names the one that counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec

from core.attributes.rules.tables import Table, json_lines, one_table
from core.exports.documents import LeftOut, table_of
from core.exports.model import ExportChunk, ExportPlan, ExportSummary, ExportTask, read_plan
from core.exports.sheets import TextTooLong, sheet_rows
from core.imports.output.parquet_files import TAIL_BYTES, footer_size
from core.imports.output.tables import csv_lines, guarded_texts, parquet_file, texts_of
from core.imports.output.valid_rows import ValidRowsReader, read_valid_rows
from core.jobs.orders import ExportFormat
from core.products.documents import Document
from core.products.fields import ID
from core.products.queries.conditions import Term, any_of
from core.products.queries.sorting import Order
from core.settings import Settings
from core.storage import ExportKeys, ImportKeys, ObjectStore
from core.storage.content_types import JSON

IDS_IN_A_QUERY = 500


class Products(Protocol):
    """The catalogue, as far as an export reads it."""

    def find(self, terms: Sequence[Term], order: Order, *, limit: int) -> list[Document]: ...


def export_part(
    store: ObjectStore, products: Products, settings: Settings, task: ExportTask
) -> ExportSummary:
    """Raises ObjectMissing and ObjectShorter if an input of the chunk is gone."""
    bucket = settings.results_bucket
    keys = ExportKeys(task.job_id, task.attempt)
    plan = read_plan(store, bucket, keys)
    left_out = LeftOut()
    if plan.order.import_job_id is not None:
        table = _import_rows(store, settings, plan, task.chunk)
    else:
        source = store.get(bucket, keys.source(plan.opening, task.chunk.index))
        ids = msgspec.json.decode(source, type=list[str])
        table, left_out = table_of(list(_documents(products, ids)), plan.definitions)
    key = keys.part(task.chunk.index, uuid.uuid4().hex[:12])
    summary = ExportSummary(
        index=task.chunk.index,
        key=key,
        rows=table.cells.height,
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
    if not table.cells.height:
        part = b""
    elif file_format is ExportFormat.CSV:
        texts = texts_of(table)
        part = csv_lines(guarded_texts(table, texts) if plan.order.guarded else texts)
    elif file_format is ExportFormat.NDJSON:
        part = json_lines(table)
    elif file_format is ExportFormat.PARQUET:
        part = parquet_file(table.values())
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
    store: ObjectStore, settings: Settings, plan: ExportPlan, chunk: ExportChunk
) -> Table:
    keys = ImportKeys(plan.order.import_job_id or "", plan.order.import_attempt or 0)
    rows = read_valid_rows(store, settings.results_bucket, keys)
    rows = msgspec.structs.replace(rows, parts=rows.parts[chunk.start : chunk.end])
    return one_table(list(ValidRowsReader(store, settings, keys, rows).tables()))


def _documents(products: Products, ids: Sequence[str]) -> Iterator[Document]:
    """In the order of the ids, without products that were deleted since."""
    for at in range(0, len(ids), IDS_IN_A_QUERY):
        term = Term((any_of(ID, ids[at : at + IDS_IN_A_QUERY]),), is_indexed=True)
        yield from products.find([term], Order(), limit=IDS_IN_A_QUERY)
