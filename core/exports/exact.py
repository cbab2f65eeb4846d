"""Whole numbers beyond 2^53, which the doubles of `products.parquet` only come near to.

They are rare, so the other file of the same rows, `products.ndjson`, is only read when there are
some: up to the rows in question, in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import polars as pl

from core.exports.tables import EXACT_DOUBLE, Table
from core.storage import ObjectInfo, ObjectStore, read_blocks

BLOCK_BYTES = 8 * 1024 * 1024


def with_exact_numbers(
    values: pl.DataFrame, store: ObjectStore, bucket: str, key: str, first_row: int
) -> Table:
    """The table of the rows from `first_row`; `key` is that of the same products as NDJSON. Raises
    ObjectMissing when it is needed and gone."""
    names = [name for name in values.columns if _holds_large_numbers(values[name])]
    if not names:
        return Table(values)
    lines = islice(_lines(store, store.head(bucket, key)), first_row, first_row + values.height)
    decoder = msgspec.json.Decoder(dict[str, Any])
    found: dict[str, list[int | None]] = {name: [] for name in names}
    for line in lines:
        product = decoder.decode(line)
        for name in names:
            value = product.get(name)
            number = value.get("value") if isinstance(value, dict) else value
            found[name].append(number if isinstance(number, int) else None)
    return Table(values, {name: pl.Series(name, whole, pl.Int64) for name, whole in found.items()})


def _holds_large_numbers(column: pl.Series) -> bool:
    numbers = column
    if isinstance(column.dtype, pl.Struct):
        numbers = column.struct.field("value")
    elif column.dtype != pl.Float64:
        return False
    return bool((numbers.abs() >= EXACT_DOUBLE).any())


def _lines(store: ObjectStore, info: ObjectInfo) -> Iterator[bytes]:
    rest = b""
    for block in read_blocks(store, info, BLOCK_BYTES):
        lines: Sequence[bytes] = (rest + block).split(b"\n")
        rest = lines[-1]
        yield from lines[:-1]
    if rest:
        yield rest
