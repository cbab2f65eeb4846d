"""The part of the history that is kept in S3: older entries, and large earlier values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from core.products.history.entries import Entry, ToArchive
from core.storage import ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.storage.keys import history_entries, history_values

WRITTEN_AT_ONCE = 16


class HistoryArchive:
    def __init__(self, store: ObjectStore, bucket: str) -> None:
        self._store, self._bucket = store, bucket

    def put(self, parts: Sequence[ToArchive]) -> None:
        """Safe to repeat."""
        if len(parts) < 2:
            for part in parts:
                self._put(part)
            return
        with ThreadPoolExecutor(min(WRITTEN_AT_ONCE, len(parts))) as pool:
            list(pool.map(self._put, parts))

    def entries(self, product_id: str) -> Iterator[Entry]:
        """The archived entries, the newest first."""
        keys = sorted(self._store.list_keys(self._bucket, history_entries(product_id, "")))
        for key in reversed(keys):
            stored: list[Entry] = msgspec.json.decode(self._store.get(self._bucket, key))
            yield from reversed(stored)

    def values(self, product_id: str, name: str) -> dict[str, Any] | None:
        """The earlier values of one entry; None if they are no longer stored."""
        try:
            data = self._store.get(self._bucket, history_values(product_id, name))
        except ObjectMissing:
            return None
        values: dict[str, Any] = msgspec.json.decode(data)
        return values

    def _put(self, part: ToArchive) -> None:
        key = history_values if part.is_values else history_entries
        data = msgspec.json.encode(part.content)
        self._store.put(self._bucket, key(part.product_id, part.name), data, JSON)
