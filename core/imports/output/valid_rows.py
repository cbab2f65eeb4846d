"""The valid rows of an import: one Parquet file per chunk, or a few, which are never joined.

They are what approvals and exports read. `ValidRows` lists them; the files that people download
are made from them: at once while they are small, else when somebody exports them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import msgspec
import polars as pl
from polars.datatypes import DataType

from core.attributes.rules.tables import Table, json_lines
from core.concurrency import ordered_map
from core.imports.model import Part, ValidRows
from core.imports.output.parquet_files import MAGIC, MergedFooter, footer_of
from core.imports.output.result_file import Head
from core.imports.output.tables import (
    ROW_GROUP_ROWS,
    csv_header,
    csv_lines,
    guarded_texts,
    parquet_file,
    read_stored,
    texts_of,
)
from core.settings import Settings
from core.storage import ImportKeys, ObjectShorter, ObjectStore
from core.storage.content_types import CSV, NDJSON, PARQUET

PARTS_AT_ONCE = 2
"""Parts that are converted at once: more would only need more memory."""

ROWS_SHOWN_AT_ONCE = 4_000
"""Rows that become JSON at once while those that are shown are few of many."""


def read_valid_rows(store: ObjectStore, bucket: str, keys: ImportKeys) -> ValidRows:
    """Raises ObjectMissing."""
    return msgspec.json.decode(store.get(bucket, keys.valid_rows), type=ValidRows)


class ValidRowsReader:
    """Reads the parts of one attempt. Raises ObjectMissing and ObjectShorter."""

    def __init__(
        self, store: ObjectStore, settings: Settings, keys: ImportKeys, rows: ValidRows
    ) -> None:
        self._store = store
        self._bucket = settings.results_bucket
        self._keys = keys
        self.rows = rows

    def part(self, part: Part) -> Table:
        return read_stored(self.rows.names, self._data(part))

    def tables(self, first: int = 0, end: int | None = None) -> Iterator[Table]:
        """The rows from `first` to `end` (excluded), a row group or less at a time."""
        at = 0
        end = self.rows.count if end is None else end
        for part in self.rows.parts:
            lower, upper = max(first - at, 0), min(end - at, part.rows)
            at += part.rows
            if lower >= upper:
                continue
            data = self._data(part)
            while lower < upper:
                count = min(ROW_GROUP_ROWS - lower % ROW_GROUP_ROWS, upper - lower)
                yield read_stored(self.rows.names, data, lower, count)
                lower += count

    def head(self, limit: int) -> Head:
        """The first lines of JSON, up to a limit in bytes."""
        lines: list[bytes] = []
        left = limit
        for table in self.tables():
            for rows in table.cells.iter_slices(ROWS_SHOWN_AT_ONCE):
                lines.append(json_lines(Table(table.names, rows)))
                left -= len(lines[-1])
                if left < 0:
                    return Head.of(b"".join(lines), limit)
        return Head.of(b"".join(lines), limit)

    def _data(self, part: Part) -> bytes:
        key = self._keys.part(part.chunk, part.number)
        data = self._store.get(self._bucket, key)
        if len(data) != part.bytes:
            raise ObjectShorter(self._bucket, key, part.bytes)
        return data


def write_files(
    store: ObjectStore,
    bucket: str,
    keys: ImportKeys,
    reader: ValidRowsReader,
    kinds: Callable[[], dict[str, DataType]],
) -> None:
    """All valid rows as the files that people download. Each appears when it is complete. `kinds`
    are names and types of the columns; only a file without rows needs them."""
    names = reader.rows.names

    def converted(part: Part) -> tuple[bytes, bytes, bytes, bytes]:
        table = reader.part(part)
        texts = texts_of(table)
        return (
            json_lines(table),
            csv_lines(texts),
            csv_lines(guarded_texts(table, texts)),
            parquet_file(table.values()),
        )

    with ExitStack() as stack:
        ndjson, plain, safe, parquet = (
            stack.enter_context(store.writer(bucket, key, kind))
            for key, kind in (
                (keys.all_products, NDJSON),
                (keys.all_product_rows, CSV),
                (keys.all_guarded_rows, CSV),
                (keys.all_product_table, PARQUET),
            )
        )
        plain.write(csv_header(names, is_guarded=False))
        safe.write(csv_header(names, is_guarded=True))
        parts: Sequence[Part] = reader.rows.parts
        if not parts:
            parquet.write(parquet_file(pl.DataFrame(schema=kinds())))
            return
        footer = MergedFooter()
        parquet.write(MAGIC)
        for lines, rows, guarded_rows, table in ordered_map(converted, parts, PARTS_AT_ONCE):
            ndjson.write(lines)
            plain.write(rows)
            safe.write(guarded_rows)
            parquet.write(table[len(MAGIC) : footer.add(footer_of(table))])
        parquet.write(footer.finish())
