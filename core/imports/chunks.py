"""One chunk of an import: read its rows, validate them, write the fragments.

A pure function of object version, plan and definitions, and in the second pass of the repeated
values: run twice, it writes the same bytes to the same keys. The summary is written last, so its
presence means that the chunk is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.compilation import RuleBook, compile_rules
from core.attributes.rules.invisibles import made_visible
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.skipping import rows_mask, skip_values
from core.attributes.rules.tables import Table, table_of
from core.attributes.rules.whitespace import trimmed
from core.file_format import OnFault
from core.imports.model import (
    ChangedCells,
    Chunk,
    ChunkSummary,
    NotedCells,
    NumbersInColumn,
    Part,
    Plan,
)
from core.imports.output.faults import count_by_code, fault_lines, too_many_cells
from core.imports.output.formula_guard import is_our_own, unguarded
from core.imports.output.rejected import delimiter_of, rejected_lines
from core.imports.output.tables import stored
from core.imports.read_cells import read_cells
from core.imports.reading import RowBatch, read_chunk
from core.imports.steps.changes import all_counts, change_lines, counts_of
from core.imports.table.mapping import joined, with_constants
from core.imports.table.noted_cells import merged_notes, noted_cells
from core.imports.table.odd_rows import found_rows
from core.imports.table.two_ways import added_up, numbers_in, with_doubts
from core.imports.uniqueness.emitting import put_values, unique_values
from core.imports.uniqueness.faults import KnownRepeats, known_repeats, with_repeats
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore
from core.storage.content_types import CSV, JSON, NDJSON, PARQUET

_NOT_READ = (ColumnRole.IGNORED, ColumnRole.LEFT_OUT, ColumnRole.BLANK)
CELLS_AT_ONCE = 1_000_000
"""Bounds the memory of a chunk of many tiny cells, all wrong: a fault is far larger than a cell."""


def validate_chunk(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    plan: Plan,
    definitions: Sequence[AttributeDefinition],
    chunk: Chunk,
) -> ChunkSummary:
    """Read and validate one chunk; write its fragments and then its summary to the results
    bucket."""
    book = compile_rules(with_constants(definitions, plan.constants), plan.read_columns, settings)
    known = known_repeats(store, settings.results_bucket, keys, chunk)
    in_doubt = chunk.in_doubt if isinstance(chunk, RevalidationChunk) else ()
    batch = read_chunk(store, settings.results_bucket, keys, plan, chunk)
    tally = _Tally()
    with ExitStack() as stack:

        def sink(key: str, content_type: str) -> _CountingSink:
            writer = store.writer(settings.results_bucket, key, content_type)
            return _CountingSink(stack.enter_context(writer).write)

        faults = sink(keys.faults(chunk.index), NDJSON)
        rejected = sink(keys.rejected(chunk.index), CSV)
        changes = sink(keys.changes(chunk.index), NDJSON) if plan.value_steps else None
        parts: list[Part] = []
        for rows in _slices(batch):
            outcome = validate_rows(rows, plan, book, settings, known, in_doubt)
            if outcome.valid is not None:
                data = stored(outcome.valid)
                key = keys.part(chunk.index, len(parts))
                store.put(settings.results_bucket, key, data, PARQUET)
                parts.append(
                    Part(
                        chunk=chunk.index,
                        number=len(parts),
                        rows=outcome.valid_rows,
                        bytes=len(data),
                    )
                )
            faults.write(outcome.faults)
            rejected.write(outcome.rejected)
            if changes is not None:
                changes.write(outcome.changes)
            tally.add(outcome)
    if plan.unique_columns:
        key = keys.unique_values(chunk.index)
        put_values(store, settings.results_bucket, key, tally.unique_values)
    summary = ChunkSummary(
        index=chunk.index,
        rows=batch.frame.height,
        blank_rows=tally.blank_rows,
        valid_rows=tally.valid_rows,
        invalid_rows=tally.invalid_rows,
        faults=sum(tally.faults_by_code.values()),
        faults_by_code=dict(sorted(tally.faults_by_code.items())),
        short_rows=len(batch.short_rows),
        first_short_row=batch.first_row + min(batch.short_rows) if batch.short_rows else None,
        unread_columns=tuple(sorted(tally.unread_columns)),
        fault_bytes=faults.size,
        rejected_bytes=rejected.size,
        parts=tuple(parts),
        rows_with_skipped_values=tally.rows_with_skipped_values,
        noted=merged_notes(tally.noted),
        repeats=chunk.repeats if isinstance(chunk, RevalidationChunk) else 0,
        taken=chunk.taken if isinstance(chunk, RevalidationChunk) else 0,
        odd_rows=found_rows(batch.odd, batch.first_row),
        in_doubt=in_doubt,
        numbers=added_up(tally.numbers),
        change_bytes=changes.size if changes is not None else 0,
        changes=all_counts(tally.changes),
    )
    store.put(
        settings.results_bucket, keys.summary(chunk.index), msgspec.json.encode(summary), JSON
    )
    return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOutcome:
    """What came out of some rows: the valid ones, fragments as bytes, and counts."""

    valid: Table | None
    """None if no row is valid."""
    faults: bytes
    rejected: bytes
    blank_rows: int
    valid_rows: int
    invalid_rows: int
    rows_with_skipped_values: int
    faults_by_code: Mapping[str, int]
    unread_columns: frozenset[int]
    unique_values: pl.DataFrame | None
    """None if no column has unique values."""
    noted: tuple[NotedCells, ...] = ()
    numbers: tuple[NumbersInColumn, ...] = ()
    changes: bytes = b""
    """A fragment, as `faults`."""
    changed: tuple[ChangedCells, ...] = ()


def validate_rows(
    batch: RowBatch,
    plan: Plan,
    book: RuleBook,
    settings: Settings,
    known: KnownRepeats | None = None,
    in_doubt: Sequence[int] = (),
) -> RowsOutcome:
    """Validate rows in memory and write their fragments. `in_doubt` are the columns in which
    numbers with two readings are faults."""
    texts, extra_cells = batch.frame, batch.extra_cells
    if is_our_own(plan.columns):
        texts, extra_cells = texts.select(unguarded(pl.all())), _unguarded_extras(extra_cells)
    read = joined(texts, plan.columns, plan.constants)
    cells_read = read_cells(read, plan, book)
    validation = book.validate(cells_read.frame, batch.doubts)
    blank = _blank_rows(texts, plan.columns, validation.is_valued(), extra_cells)
    faults = validation.faults
    longest = settings.fault_value_max_characters
    faults = cells_read.with_faults(faults, read, plan.original_headers, longest)
    numbers = tuple(numbers_in(validation, faults, plan, batch.first_row))
    if in_doubt:
        faults = with_doubts(faults, validation, in_doubt, settings.fault_value_max_characters)
    if extra_cells:
        beyond = too_many_cells(extra_cells, settings.fault_value_max_characters)
        faults = pl.concat([beyond, faults]).sort("row", "position", maintain_order=True)
    if blank.any() and faults.height:
        faults = faults.filter(~blank[faults["row"]])
    unique = None
    if plan.unique_columns:
        unique = unique_values(validation, faults, plan, batch.first_row)
    if known is not None:
        faults = with_repeats(faults, known, validation, batch.first_row, settings)
    changes = cells_read.changes(read)
    cells, fields = validation.cells, validation.products()
    kept = rows_mask(len(blank), ())
    if plan.missing_required:
        invalid = ~blank
    else:
        invalid = rows_mask(len(blank), faults["row"].unique())
        if plan.on_fault is OnFault.SKIP_VALUE and faults.height:
            skipping = skip_values(validation, faults, plan.read_columns)
            cells, fields, kept = skipping.cells, skipping.fields, skipping.kept
            invalid &= ~kept
    # nothing but ignored cells, and nothing required: an empty object would be no product either
    blank |= ~(validation.is_valued() | invalid)
    valid = ~(blank | invalid)
    return RowsOutcome(
        valid=table_of(cells, fields, valid) if valid.any() else None,
        faults=fault_lines(faults, batch.first_row, kept),
        rejected=rejected_lines(
            texts,
            columns=plan.columns,
            invalid=invalid,
            faults=faults,
            missing_required=plan.missing_required,
            extra_cells=extra_cells,
            delimiter=delimiter_of(plan),
        ),
        blank_rows=int(blank.sum()),
        valid_rows=int(valid.sum()),
        invalid_rows=int(invalid.sum()),
        rows_with_skipped_values=int(kept.sum()),
        faults_by_code=count_by_code(faults),
        unread_columns=_columns_with_data(texts, plan.columns),
        unique_values=unique,
        numbers=numbers,
        noted=noted_cells((*validation.noted, *cells_read.noted), batch.first_row, longest),
        changes=change_lines(
            changes, plan.columns, plan.original_headers, batch.first_row, longest
        ),
        changed=counts_of(changes),
    )


def _slices(batch: RowBatch) -> Iterator[RowBatch]:
    rows = max(1, CELLS_AT_ONCE // max(1, batch.frame.width))
    if batch.frame.height <= rows:
        yield batch
        return
    for start in range(0, batch.frame.height, rows):
        yield RowBatch(
            frame=batch.frame.slice(start, rows),
            first_row=batch.first_row + start,
            extra_cells={
                row - start: cells
                for row, cells in batch.extra_cells.items()
                if start <= row < start + rows
            },
            short_rows=(),  # counted from the whole batch
            doubts=batch.doubts,
        )


def _unguarded_extras(extra_cells: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    cells = [cell for of_row in extra_cells.values() for cell in of_row]
    guarded = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    plain = iter(guarded.select(unguarded(pl.col("cell"))).to_series())
    return {row: tuple(islice(plain, len(of_row))) for row, of_row in extra_cells.items()}


def _blank_rows(
    texts: pl.DataFrame,
    columns: Sequence[Column],
    is_valued: pl.Series,
    extra_cells: Mapping[int, Sequence[str]],
) -> pl.Series:
    """True for rows without a text in any column, ignored ones included. The other columns are only
    checked for rows without a value in the columns that are read."""
    candidates = (~is_valued).arg_true()
    others = [str(c.index) for c in columns if c.role in _NOT_READ]
    if len(candidates) and others:
        empty = texts.select(others)[candidates].select(
            pl.all_horizontal(trimmed(made_visible(pl.all())).is_null()).alias("empty")
        )
        candidates = candidates.filter(empty["empty"])
    blank = pl.repeat(value=False, n=texts.height, dtype=pl.Boolean, eager=True)
    blank = blank.scatter(candidates, values=True)
    return blank.scatter(sorted(extra_cells), values=False) if extra_cells else blank


def _columns_with_data(texts: pl.DataFrame, columns: Sequence[Column]) -> frozenset[int]:
    """The columns without a header that contain a text."""
    headless = [str(c.index) for c in columns if c.role is ColumnRole.BLANK]
    if not headless:
        return frozenset()
    found = texts.select(trimmed(pl.col(headless)).is_not_null().any())
    return frozenset(int(name) for name in headless if found[name].item())


@dataclass(slots=True)
class _Tally:
    blank_rows: int = 0
    valid_rows: int = 0
    invalid_rows: int = 0
    rows_with_skipped_values: int = 0
    faults_by_code: Counter[str] = field(default_factory=Counter)
    unread_columns: set[int] = field(default_factory=set)
    unique_values: list[pl.DataFrame] = field(default_factory=list)
    noted: list[NotedCells] = field(default_factory=list)
    numbers: list[NumbersInColumn] = field(default_factory=list)
    changes: list[ChangedCells] = field(default_factory=list)

    def add(self, outcome: RowsOutcome) -> None:
        self.blank_rows += outcome.blank_rows
        self.valid_rows += outcome.valid_rows
        self.invalid_rows += outcome.invalid_rows
        self.rows_with_skipped_values += outcome.rows_with_skipped_values
        self.faults_by_code.update(outcome.faults_by_code)
        self.unread_columns |= outcome.unread_columns
        self.noted += outcome.noted
        self.numbers += outcome.numbers
        self.changes += outcome.changed
        if outcome.unique_values is not None:
            self.unique_values.append(outcome.unique_values)


class _CountingSink:
    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.size = 0

    def write(self, data: bytes) -> None:
        if data:
            self._write(data)
            self.size += len(data)
