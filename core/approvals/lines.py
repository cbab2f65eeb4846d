"""The rows of an approval, one by one, in constant memory: the valid rows of an import, or the
lines of an enrichment's `suggestions.ndjson`.

A position is a row of an import, or a byte of a file; chunks range over positions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.jobs.orders import AcceptanceOrder, CommitOrder
from core.settings import Settings
from core.storage import EnrichmentKeys, ImportKeys, ObjectStore

_DECODER = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Line:
    end: int
    """The position behind it."""
    data: bytes
    """JSON, without a line feed."""


class Lines(ABC):
    """Raises ObjectMissing when the rows are no longer stored."""

    @abstractmethod
    def between(self, start: int, end: int | None = None) -> Iterator[Line]:
        """The rows from one position to another, or to the end."""


class ImportedRows(Lines):
    def __init__(self, store: ObjectStore, settings: Settings, order: CommitOrder) -> None:
        self._store = store
        self._settings = settings
        self._keys = ImportKeys(order.import_job_id, order.import_attempt)

    def between(self, start: int, end: int | None = None) -> Iterator[Line]:
        # loads polars, which lines of suggestions do not need
        from core.attributes.rules.tables import json_lines
        from core.imports.output.valid_rows import ValidRowsReader, read_valid_rows

        rows = read_valid_rows(self._store, self._settings.results_bucket, self._keys)
        reader = ValidRowsReader(self._store, self._settings, self._keys, rows)
        position = start
        for table in reader.tables(start, end):
            for data in json_lines(table).split(b"\n")[:-1]:
                position += 1
                yield Line(position, data)


class StoredLines(Lines):
    """Those of an NDJSON file: suggestions, or ids of products to delete."""

    def __init__(self, store: ObjectStore, settings: Settings, key: str) -> None:
        self._store = store
        self._bucket = settings.results_bucket
        self._block_bytes = settings.read_block_bytes
        self._key = key

    def between(self, start: int, end: int | None = None) -> Iterator[Line]:
        """JSON escapes line feeds, so each one ends a line. Raises ValueError for a file that is
        cut off."""
        if end is None:
            end = self._store.head(self._bucket, self._key).size
        rest, position = b"", start
        for offset in range(start, end, self._block_bytes):
            upto = min(offset + self._block_bytes, end)
            block = self._store.get_range(self._bucket, self._key, offset, upto)
            *whole, rest = (rest + block).split(b"\n")
            for data in whole:
                position += len(data) + 1
                yield Line(position, data)
        if rest or position != end:
            raise ValueError(f"{self._key} does not end with a whole line at byte {end}")


def suggestions_key(order: AcceptanceOrder) -> str:
    return EnrichmentKeys(order.enrichment_job_id, order.enrichment_attempt).all_suggestions


def lines_of(
    store: ObjectStore, settings: Settings, order: CommitOrder | AcceptanceOrder | None
) -> Lines:
    """Raises ValueError without an order."""
    if isinstance(order, CommitOrder):
        return ImportedRows(store, settings, order)
    if order is None:
        raise ValueError("an approval without an order")
    return StoredLines(store, settings, suggestions_key(order))


def is_among_rows(key: str, order: CommitOrder | AcceptanceOrder | None) -> bool:
    """Whether an object belongs to the rows of the order."""
    if isinstance(order, CommitOrder):
        rows = ImportKeys(order.import_job_id, order.import_attempt).all_valid_rows
        return key.startswith(rows)
    return order is not None and key == suggestions_key(order)


def fields_of(line: Line) -> dict[str, Any]:
    """Every field of the product, also those that are no attributes any more."""
    return _DECODER.decode(line.data)
