"""Reads ahead: the next ranges are under way while a block is looked at."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from core.file_format import ReadingOptions, SourceFile
from core.imports.model import Plan
from core.imports.planning import plan_import
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys, ObjectStore
from core.storage import read_ahead as fetching
from core.storage.read_ahead import READS_IN_FLIGHT, fetch_blocks, fetch_range

BLOCK = 80_000
WAIT_SECONDS = 20
"""A read that waits so long in vain was not overlapped: the test fails instead of hanging."""
CSV = b"sku,name\n" + b"".join(b'%06d,"lamp, %d"\n' % (n, n) for n in range(60_000))


class SlowStore(FolderStore):
    """A store across a network: no read of a block ends before another one has begun."""

    is_remote = True

    def __init__(self, root: Path, block_bytes: int) -> None:
        super().__init__(root)
        self._block_bytes = block_bytes
        self._changed = threading.Condition()
        self._begun = self._ended = 0
        self.most_at_once = 0

    def get_range(
        self, bucket: str, key: str, start: int, end: int, version_id: str | None = None
    ) -> bytes:
        if end - start != self._block_bytes:  # the head of the file, or its last block
            return super().get_range(bucket, key, start, end, version_id)
        with self._changed:
            self._begun += 1
            mine = self._begun
            self.most_at_once = max(self.most_at_once, self._begun - self._ended)
            self._changed.notify_all()
            if mine == 1:
                assert self._changed.wait_for(lambda: self._begun > 1, WAIT_SECONDS)
        data = super().get_range(bucket, key, start, end, version_id)
        with self._changed:
            self._ended += 1
        return data


@pytest.fixture
def store(tmp_path: Path) -> SlowStore:
    store = SlowStore(tmp_path, BLOCK)
    store.put("uploads", "a.csv", CSV, "text/csv")
    return store


def planned(store: ObjectStore, **options: Any) -> Plan | Refusal:
    settings = Settings(uploads_bucket="uploads", results_bucket="results", read_block_bytes=BLOCK)
    source = SourceFile(bucket="uploads", key="a.csv", size=len(CSV), file_name="a.csv")
    keys = ImportKeys("job", 1)
    return plan_import(store, settings, keys, source, ReadingOptions(**options), ())


def test_blocks_come_in_order_and_never_more_at_once_than_fit(store: SlowStore) -> None:
    info = store.head("uploads", "a.csv")

    blocks = list(fetch_blocks(store, info, BLOCK, 7))

    assert b"".join(blocks) == CSV[7:]
    assert {len(block) for block in blocks[:-1]} == {BLOCK}
    assert 1 < store.most_at_once <= READS_IN_FLIGHT


def test_the_next_reads_go_on_while_a_block_is_looked_at(store: SlowStore) -> None:
    blocks = fetch_blocks(store, store.head("uploads", "a.csv"), BLOCK)
    next(blocks)

    # nobody asks for a block now, and still they arrive
    with store._changed:
        arrived = store._changed.wait_for(
            lambda: store._begun >= READS_IN_FLIGHT, timeout=WAIT_SECONDS
        )

    assert arrived
    assert isinstance(blocks, Generator)
    blocks.close()


@pytest.mark.parametrize(
    ("data", "options"),
    [
        pytest.param(CSV, {}, id="one pass"),
        pytest.param(CSV + b'1,a"b\n', {}, id="rewritten"),
        pytest.param(CSV.decode().encode("utf-16"), {}, id="in 16-bit units"),
        pytest.param(CSV.decode().encode("utf-32"), {}, id="transcoded"),
    ],
)
def test_every_way_of_planning_reads_ahead(
    store: SlowStore, data: bytes, options: dict[str, Any]
) -> None:
    store.put("uploads", "a.csv", data, "text/csv")

    plan = planned(store, **options)

    assert isinstance(plan, Plan)
    assert plan.row_count >= 60_000
    assert store.most_at_once > 1


def test_a_large_chunk_is_read_by_several_requests(
    store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "RANGE_BYTES", BLOCK)
    assert fetch_range(store, "uploads", "a.csv", 3, len(CSV), None) == CSV[3:]
    assert store.most_at_once > 1
    assert fetch_range(store, "uploads", "a.csv", 3, 9, None) == CSV[3:9]
