"""One chunk: what it writes, in which order, and what its summary counts."""

from pathlib import Path

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.tables import Table, json_lines
from core.imports import chunks
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ChunkSummary, Part
from core.imports.output.tables import read_stored
from core.imports.reading import RowBatch
from core.storage import FolderStore, ImportKeys
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLUMNS,
    NAME,
    PRICE,
    SETTINGS,
    batch_of,
    columns_for,
    plan_of,
)

KEYS = ImportKeys("job", 1)
CHUNK = Chunk(index=3, start=0, end=0, first_row=11, rows=4)
ROWS: list[list[str | None]] = [["Hat", "12"], [None, None], ["Cap", "12,5"], ["Tie", "3.50"]]


class RecordingStore(FolderStore):
    """Remembers the order in which objects appear."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.puts: list[str] = []

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        super().put(bucket, key, data, content_type)
        self.puts.append(key)


@pytest.fixture
def store(tmp_path: Path) -> RecordingStore:
    return RecordingStore(tmp_path)


def stored_part(store: FolderStore, names: tuple[str, ...], part: Part) -> Table:
    return read_stored(names, store.get("results", KEYS.part(part.chunk, part.number)))


def reading(monkeypatch: pytest.MonkeyPatch, batch: RowBatch) -> None:
    """Let the chunk's rows be these."""
    monkeypatch.setattr(chunks, "read_chunk", lambda *_: batch)


def test_a_chunk_leaves_fragments_and_a_summary_that_measures_them(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(monkeypatch, batch_of(ROWS, 2, first_row=11, short_rows=(2, 3)))
    columns = columns_for(NAME, PRICE)

    summary = validate_chunk(store, SETTINGS, KEYS, plan_of(columns), (NAME, PRICE), CHUNK)

    faults = store.get("results", KEYS.faults(3))
    rejected = store.get("results", KEYS.rejected(3))
    part = store.get("results", KEYS.part(3, 0))
    assert pl.read_parquet(part).rows() == [("Hat", None, 12), ("Tie", 3.5, None)]
    assert b'"row":13' in faults
    assert rejected.startswith(b'Cap,"12,5",')
    assert summary == ChunkSummary(
        index=3,
        rows=4,
        blank_rows=1,
        valid_rows=2,
        invalid_rows=1,
        faults=1,
        faults_by_code={"NOT_A_NUMBER": 1},
        short_rows=2,
        first_short_row=13,
        unread_columns=(),
        fault_bytes=len(faults),
        rejected_bytes=len(rejected),
        parts=(Part(chunk=3, number=0, rows=2, bytes=len(part)),),
    )
    stored = store.get("results", KEYS.summary(3))
    assert msgspec.json.decode(stored, type=ChunkSummary) == summary
    assert list(store.list_keys("results", "")) == sorted(
        [KEYS.part(3, 0), KEYS.faults(3), KEYS.rejected(3), KEYS.summary(3)]
    )


def test_the_summary_appears_only_when_the_fragments_are_there(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(monkeypatch, batch_of(ROWS, 2))

    def fail(*_: object) -> None:
        raise OSError("storage is away")

    monkeypatch.setattr(chunks, "validate_rows", fail)
    with pytest.raises(OSError, match="away"):
        validate_chunk(
            store, SETTINGS, KEYS, plan_of(columns_for(NAME, PRICE)), (NAME, PRICE), CHUNK
        )

    assert list(store.list_keys("results", "")) == []


def test_running_a_chunk_again_writes_the_same_bytes(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(monkeypatch, batch_of(ROWS, 2))
    plan = plan_of(columns_for(NAME, PRICE))

    def run() -> dict[str, bytes]:
        validate_chunk(store, SETTINGS, KEYS, plan, (NAME, PRICE), CHUNK)
        return {key: store.get("results", key) for key in store.list_keys("results", "")}

    assert run() == run()


def test_a_column_without_header_is_reported_only_when_a_cell_holds_a_text(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank_cell, text_cell = ["Hat", *[None] * 9], ["Hat", *[None] * 9]
    blank_cell[6], text_cell[6] = "\u00a0", "!"
    plan = plan_of(COLUMNS)

    found = []
    for rows in ([blank_cell], [blank_cell, text_cell]):
        reading(monkeypatch, batch_of(rows, 10))
        found.append(validate_chunk(store, SETTINGS, KEYS, plan, ALL, CHUNK).unread_columns)

    assert found == [(), (6,)]


def test_a_row_with_a_text_in_an_ignored_column_is_not_blank(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = [None] * 4 + ["Acme"] + [None] * 5
    reading(monkeypatch, batch_of([row, [None] * 10], 10))

    summary = validate_chunk(store, SETTINGS, KEYS, plan_of(COLUMNS), ALL, CHUNK)

    assert (summary.blank_rows, summary.invalid_rows) == (1, 1)
    assert summary.faults_by_code == {"REQUIRED_VALUE_MISSING": 1}


def test_a_row_of_nothing_but_ignored_cells_is_no_product(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an optional attribute and an ignored column, and a row with a text in the latter only
    columns = (*columns_for(PRICE), Column(index=1, header="Note", role=ColumnRole.IGNORED))
    reading(monkeypatch, batch_of([["5", "a"], [None, "b"]], 2))

    summary = validate_chunk(store, SETTINGS, KEYS, plan_of(columns), (PRICE,), CHUNK)

    assert (summary.valid_rows, summary.blank_rows, summary.faults) == (1, 1, 0)
    (part,) = summary.parts
    assert json_lines(stored_part(store, (PRICE.name,), part)) == b'{"Price":5}\n'


def test_many_cells_are_judged_in_slices_that_leave_no_trace(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batch_of(ROWS * 5, 2, first_row=11, extra_cells={7: ("x",), 19: ("y", "")})
    reading(monkeypatch, batch)
    plan = plan_of(columns_for(NAME, PRICE))

    def run(cells_at_once: int, slices: int) -> tuple[ChunkSummary, list[bytes]]:
        monkeypatch.setattr(chunks, "CELLS_AT_ONCE", cells_at_once)
        summary = validate_chunk(store, SETTINGS, KEYS, plan, (NAME, PRICE), CHUNK)
        assert len(summary.parts) == slices  # of one with rows: nothing else tells of them
        names = (NAME.name, PRICE.name)
        rows = b"".join(json_lines(stored_part(store, names, part)) for part in summary.parts)
        keys = (KEYS.faults(3), KEYS.rejected(3))
        return replace(summary, parts=()), [rows, *(store.get("results", key) for key in keys)]

    assert run(1_000_000, 1) == run(6, 6) == run(1, 8)
