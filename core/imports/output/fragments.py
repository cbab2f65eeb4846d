"""The fragments of the chunks, and the result file that each kind of fragment becomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Fault
from core.concurrency import ordered_map
from core.imports.model import ChunkSummary, Plan
from core.imports.output.parquet_files import MAGIC, TAIL_BYTES, MergedFooter
from core.imports.output.tables import parquet_file, schema_of
from core.settings import Settings
from core.storage import Assembly, ImportKeys, ObjectStore, Piece, Span, read_span
from core.storage.content_types import CSV, NDJSON, PARQUET


class Fragments:
    """The fragments of all chunks of an attempt, in the order of rows. Writes nothing."""

    def __init__(
        self,
        store: ObjectStore,
        settings: Settings,
        keys: ImportKeys,
        summaries: Sequence[ChunkSummary],
    ) -> None:
        self._store = store
        self._bucket = settings.results_bucket
        self._keys = keys
        self._summaries = summaries

    def products(self) -> Assembly:
        products = [_span(self._keys.products(s.index), s.product_bytes) for s in self._summaries]
        return Assembly(self._keys.all_products, NDJSON, products)

    def faults(self, of_the_file: Iterable[Fault]) -> Assembly:
        first = b"".join(msgspec.json.encode(fault) + b"\n" for fault in of_the_file)
        faults = [_span(self._keys.faults(s.index), s.fault_bytes) for s in self._summaries]
        return Assembly(self._keys.all_faults, NDJSON, [first, *faults])

    def rejected(self, header: bytes) -> Assembly:
        rejected = [_span(self._keys.rejected(s.index), s.rejected_bytes) for s in self._summaries]
        return Assembly(self._keys.all_rejected, CSV, [header, *rejected])

    def product_rows(self, header: bytes) -> Assembly:
        rows = [
            _span(self._keys.product_rows(s.index), s.product_row_bytes) for s in self._summaries
        ]
        return Assembly(self._keys.all_product_rows, CSV, [header, *rows])

    def product_table(self, plan: Plan) -> Assembly:
        """Reads the footers. Raises ObjectMissing and ObjectShorter."""
        filled = [s for s in self._summaries if s.product_table_bytes]
        key = self._keys.all_product_table
        if not filled:
            empty = pl.DataFrame(schema=schema_of(self._definitions(), plan))
            return Assembly(key, PARQUET, [parquet_file(empty)])
        merged = MergedFooter()
        pieces: list[Piece] = [MAGIC]
        for summary, footer in zip(filled, ordered_map(self._table_footer, filled), strict=True):
            end = merged.add(footer)
            pieces.append(Span(self._keys.product_table(summary.index), len(MAGIC), end))
        return Assembly(key, PARQUET, [*pieces, merged.finish()])

    def _table_footer(self, summary: ChunkSummary) -> bytes:
        end = summary.product_table_bytes - TAIL_BYTES
        start = end - summary.product_table_footer_bytes
        span = Span(self._keys.product_table(summary.index), start, end)
        return read_span(self._store, self._bucket, span)

    def _definitions(self) -> tuple[AttributeDefinition, ...]:
        data = self._store.get(self._bucket, self._keys.definitions)
        return msgspec.json.decode(data, type=tuple[AttributeDefinition, ...])


def _span(key: str, size: int) -> Span:
    return Span(key, 0, size)
