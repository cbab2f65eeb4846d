"""Reads what OpenEnrichment froze; needs neither the database nor the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from core.enrichment.job_model import (
    BatchContent,
    BatchSummary,
    EnrichmentAttributes,
    EnrichmentPlan,
    EnrichmentSelection,
)
from core.enrichment.model import EnrichedProduct
from core.storage import EnrichmentKeys, ObjectStore
from core.storage.content_types import JSON, NDJSON
from core.storage.enrichment_keys import order_key

_T = TypeVar("_T")


class EnrichmentFiles:
    """The files of one attempt. Every method that reads raises ObjectMissing."""

    def __init__(self, store: ObjectStore, bucket: str, keys: EnrichmentKeys) -> None:
        self.store = store
        self.bucket = bucket
        self.keys = keys

    def selection(self) -> EnrichmentSelection:
        return self._read(order_key(self.keys.job_id), EnrichmentSelection)

    def plan(self) -> EnrichmentPlan:
        return self._read(self.keys.plan, EnrichmentPlan)

    def attributes(self) -> EnrichmentAttributes:
        return self._read(self.keys.definitions, EnrichmentAttributes)

    def content(self, batch: int, opening: str) -> BatchContent:
        return self._read(self.keys.products(batch, opening), BatchContent)

    def summary(self, batch: int) -> BatchSummary:
        return self._read(self.keys.summary(batch), BatchSummary)

    def write(self, key: str, value: object) -> None:
        self.store.put(self.bucket, key, msgspec.json.encode(value), JSON)

    def write_if_absent(self, key: str, value: object) -> None:
        self.store.put_if_absent(self.bucket, key, msgspec.json.encode(value), JSON)

    def write_lines(self, key: str, products: Sequence[EnrichedProduct]) -> None:
        data = msgspec.json.Encoder().encode_lines(products)
        self.store.put(self.bucket, key, data, NDJSON)

    def lines(self, key: str) -> list[EnrichedProduct]:
        data = self.store.get(self.bucket, key)
        return msgspec.json.Decoder(EnrichedProduct).decode_lines(data)

    def _read(self, key: str, kind: type[_T]) -> _T:
        return msgspec.json.decode(self.store.get(self.bucket, key), type=kind)
