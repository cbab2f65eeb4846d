"""Finds the rows of a file that repeat a value of an earlier row, across chunks, in bounded memory.

First only a 64-bit hash of every value is held, and hashes that occur once are dropped. Then the
values of the remaining hashes are compared themselves, so that a collision of hashes is not a
fault. For each of them only its first row is held. Chunks are read in the order of rows.

Memory: 16 bytes per row of the file, up to `HASHES_AT_ONCE` (more rows need more passes), and some
50 bytes for each of at most `VALUES_AT_ONCE` repeated values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.concurrency import ordered_map
from core.imports.model import Chunk, ChunkSummary, NumbersInColumn, Plan
from core.imports.table.two_ways import columns_in_doubt
from core.imports.uniqueness.emitting import ROW, get_frame, put_frame
from core.imports.uniqueness.revalidation import RevalidationChunk, put_chunks
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore

POSITION, FIRST_ROW = "position", "first_row"
REPEATS_SCHEMA = {ROW: pl.UInt32, POSITION: pl.Int32, FIRST_ROW: pl.UInt32}

HASHES_AT_ONCE = 16_000_000
VALUES_AT_ONCE = 1_000_000

_Hashes = NDArray[np.uint64]


def find_repeats(
    store: ObjectStore, settings: Settings, keys: ImportKeys, plan: Plan
) -> tuple[RevalidationChunk, ...]:
    """Compare the values that the chunks wrote. Writes the repeats of each chunk that has some, and
    then the list of these chunks, and returns the list. A repetition writes the same. Raises
    ObjectMissing if a chunk wrote no values."""
    bucket = settings.results_bucket
    data = store.get(bucket, keys.chunks)
    chunks = msgspec.json.decode(data, type=tuple[Chunk, ...])
    search = _Search(store, bucket, keys, chunks)
    for position in plan.unique_columns:
        search.compare(position)
    in_doubt = _in_doubt(store, bucket, keys, chunks) if plan.number_columns else {}
    return put_chunks(store, bucket, keys.repeated, search.affected(in_doubt))


def _in_doubt(
    store: ObjectStore, bucket: str, keys: ImportKeys, chunks: Sequence[Chunk]
) -> dict[int, tuple[int, ...]]:
    """Chunks with numbers that read in two ways → their columns in which both readings occur. The
    chunks count the same in either pass, so a repetition gives the same result."""

    def numbers_of(chunk: Chunk) -> tuple[NumbersInColumn, ...]:
        summary = store.get(bucket, keys.summary(chunk.index))
        return msgspec.json.decode(summary, type=ChunkSummary).numbers

    counted = list(ordered_map(numbers_of, chunks))
    doubted = columns_in_doubt(numbers for of_chunk in counted for numbers in of_chunk)
    found = {
        chunk.index: tuple(n.column for n in of_chunk if n.two_ways and n.column in doubted)
        for chunk, of_chunk in zip(chunks, counted, strict=True)
    }
    return {index: columns for index, columns in found.items() if columns}


@dataclass(frozen=True, slots=True)
class _Values:
    chunk: Chunk
    rows: pl.Series
    texts: pl.Series
    hashes: _Hashes


class _Search:
    def __init__(
        self, store: ObjectStore, bucket: str, keys: ImportKeys, chunks: Sequence[Chunk]
    ) -> None:
        self._store = store
        self._bucket = bucket
        self._keys = keys
        self._chunks = chunks
        self._counts: dict[int, int] = {}
        """Repeats written so far, by chunk."""

    def compare(self, position: int) -> None:
        """Find the repeats of one column."""
        rows = sum(chunk.rows for chunk in self._chunks)
        passes = -(-rows // HASHES_AT_ONCE) or 1
        edges = [(2**64 * at) // passes for at in range(passes + 1)]
        for low, high in pairwise(edges):
            repeated, chunks = self._repeated_hashes(position, rows, low, high)
            for start in range(0, len(repeated), VALUES_AT_ONCE):
                self._locate(position, repeated[start : start + VALUES_AT_ONCE], chunks)

    def affected(self, in_doubt: Mapping[int, tuple[int, ...]]) -> list[RevalidationChunk]:
        """The chunks with repeats, and those with numbers `in_doubt`, in order."""
        return [
            RevalidationChunk(
                **msgspec.structs.asdict(chunk),
                repeats=self._counts.get(chunk.index, 0),
                in_doubt=in_doubt.get(chunk.index, ()),
            )
            for chunk in self._chunks
            if chunk.index in self._counts or chunk.index in in_doubt
        ]

    def _repeated_hashes(
        self, position: int, rows: int, low: int, high: int
    ) -> tuple[_Hashes, list[Chunk]]:
        """Hashes from `low` to below `high` that occur more than once, sorted, and the chunks that
        have such values."""
        found = np.empty(rows, dtype=np.uint64)
        repeated_within: list[_Hashes] = []
        ends: list[int] = []
        size = 0
        for values in self._values(position, self._chunks):
            hashes, counts = np.unique(values.hashes, return_counts=True)
            if high - low < 2**64:
                inside = (hashes >= np.uint64(low)) & (hashes <= np.uint64(high - 1))
                hashes, counts = hashes[inside], counts[inside]
            repeated_within.append(hashes[counts > 1])
            found[size : size + len(hashes)] = hashes
            size += len(hashes)
            ends.append(size)
        found = found[:size]
        ordered = np.sort(found)
        across = ordered[1:][ordered[1:] == ordered[:-1]]
        del ordered
        repeated = np.unique(np.concatenate([across, *repeated_within]))
        if not len(repeated):
            return repeated, []
        starts = [0, *ends[:-1]]
        chunks = [
            chunk
            for chunk, start, end in zip(self._chunks, starts, ends, strict=True)
            if _are_among(found[start:end], repeated).any()
        ]
        return repeated, chunks

    def _locate(self, position: int, hashes: _Hashes, chunks: Sequence[Chunk]) -> None:
        """Write the repeats of the values with these hashes, chunk by chunk."""
        firsts = _FirstRows(hashes)
        for values in self._values(position, chunks):
            mask = pl.Series(_are_among(values.hashes, hashes))
            rows, texts = values.rows.filter(mask), values.texts.filter(mask)
            first_rows = pl.Series(
                FIRST_ROW, firsts.of(rows, texts, values.hashes[mask.to_numpy()])
            )
            repeated = pl.DataFrame([rows, first_rows]).filter(rows != first_rows)
            if repeated.height:
                self._add(values.chunk, position, repeated)

    def _add(self, chunk: Chunk, position: int, repeated: pl.DataFrame) -> None:
        of_column = repeated.select(ROW, pl.lit(position).alias(POSITION), FIRST_ROW)
        frame = pl.DataFrame(of_column, schema_overrides=REPEATS_SCHEMA)
        key = self._keys.repeats(chunk.index)
        if chunk.index in self._counts:  # written for another column or in another pass
            frame = pl.concat([get_frame(self._store, self._bucket, key), frame])
        frame = frame.sort(ROW, POSITION)
        put_frame(self._store, self._bucket, key, frame)
        self._counts[chunk.index] = frame.height

    def _values(self, position: int, chunks: Sequence[Chunk]) -> Iterator[_Values]:
        """The values of a column in each of the chunks, in order."""
        column = str(position)

        def read(chunk: Chunk) -> tuple[Chunk, pl.DataFrame]:
            key = self._keys.unique_values(chunk.index)
            return chunk, get_frame(self._store, self._bucket, key, [ROW, column])

        for chunk, frame in ordered_map(read, chunks):
            present = frame.filter(pl.col(column).is_not_null())
            yield _Values(chunk, present[ROW], present[column], present[column].hash().to_numpy())


class _FirstRows:
    """The first rows of the values with certain hashes. Needs the rows of a file in order."""

    def __init__(self, hashes: _Hashes) -> None:
        self._hashes = hashes
        self._rows = np.zeros(len(hashes), dtype=np.uint32)
        self._at = np.full(len(hashes), -1, dtype=np.int64)
        """Place in `_texts`, by hash."""
        self._texts = pl.Series(dtype=pl.String)
        self._others: dict[str, int] = {}
        """First rows of values that share their hash with an earlier value."""

    def of(self, rows: pl.Series, texts: pl.Series, hashes: _Hashes) -> NDArray[np.uint32]:
        """For each row, the first row with the same value, which may be the row itself."""
        slots = np.searchsorted(self._hashes, hashes)
        used, where = np.unique(slots, return_index=True)
        is_new = self._at[used] < 0
        used, where = used[is_new], where[is_new]
        self._at[used] = len(self._texts) + np.arange(len(used))
        self._rows[used] = rows.to_numpy()[where]
        self._texts = pl.concat([self._texts, texts.gather(where)], rechunk=False)
        firsts = self._rows[slots]
        other = (self._texts.gather(self._at[slots]) != texts).arg_true()
        for at in other:
            firsts[at] = self._others.setdefault(texts[at], rows[at])
        return firsts


def _are_among(hashes: _Hashes, sorted_hashes: _Hashes) -> NDArray[np.bool_]:
    at = np.searchsorted(sorted_hashes, hashes)
    at[at == len(sorted_hashes)] = 0
    found: NDArray[np.bool_] = sorted_hashes[at] == hashes
    return found
