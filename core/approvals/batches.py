"""The progress of a chunk: what became of each bulk write, kept as soon as it is done.

A repeated task continues after the last batch that its first run finished, and uses the counts of
that run, whatever others have done to those products since. Only the batch in which the first run
failed is checked again; the marks of the products show what was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from core.approvals.model import Rejection
from core.products.changes import Outcome
from core.storage import CommitKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON


class BatchDone(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    start: int
    """The position at which the batch begins, or the one before ended."""
    end: int
    """The position behind its last row."""
    next_line: int
    outcomes: dict[Outcome, int]
    """Of the rows that are not rejected."""
    rejections: tuple[Rejection, ...]


class ChunkProgress:
    """Of one chunk of an attempt, from its first row."""

    def __init__(
        self, store: ObjectStore, bucket: str, keys: CommitKeys, chunk: int, start: int, line: int
    ) -> None:
        self._store, self._bucket, self._keys, self._chunk = store, bucket, keys, chunk
        self._count = 0
        self.position = start
        self.next_line = line
        self.outcomes: Counter[Outcome] = Counter()
        self.rejected = 0

    def take_up(self) -> Iterator[BatchDone]:
        """The batches of earlier tries, in order."""
        while (batch := self._stored()) is not None:
            self._add(batch)
            yield batch

    def keep(self, batch: BatchDone) -> None:
        key = self._keys.batch(self._chunk, self._count)
        self._store.put(self._bucket, key, msgspec.json.encode(batch), JSON)
        self._add(batch)

    def _stored(self) -> BatchDone | None:
        try:
            data = self._store.get(self._bucket, self._keys.batch(self._chunk, self._count))
        except ObjectMissing:
            return None
        batch = msgspec.json.decode(data, type=BatchDone)
        # two tries that ran side by side with batches of different sizes leave no gap this way
        return batch if batch.start == self.position else None

    def _add(self, batch: BatchDone) -> None:
        self._count += 1
        self.position, self.next_line = batch.end, batch.next_line
        self.outcomes.update(batch.outcomes)
        self.rejected += len(batch.rejections)
