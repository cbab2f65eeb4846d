"""Finds the products that have a unique value, by the unique indexes of the products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pymongo.database import Database

from core.database import PRODUCTS, QUERY_MAX_MS, collection_of
from core.products.fields import ID


class UniqueValues:
    """Queries for products by the values of one attribute."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._products = collection_of(database, PRODUCTS)

    def count(self) -> int:
        """The approximate number of products, from the collection's metadata, without a scan."""
        return self._products.estimated_document_count(maxTimeMS=QUERY_MAX_MS)

    def having(self, attribute: str) -> Iterator[tuple[str, Any]]:
        """`_id` and value of every product that has a value."""
        return self._pairs(attribute, {"$exists": True}, at_once=0)

    def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        """`_id` and value of the products with one of these values. The index is sparse, and
        DocumentDB uses it only if the query states that the value exists."""
        # all in one response; by default the first holds a hundred, and the rest costs more calls
        at_once = len(values) + 1
        return self._pairs(attribute, {"$exists": True, "$in": list(values)}, at_once)

    def _pairs(
        self, attribute: str, condition: dict[str, Any], at_once: int
    ) -> Iterator[tuple[str, Any]]:
        """`at_once`: products in the first response; 0 uses the driver's default."""
        found = self._products.find({attribute: condition}, {attribute: 1}, batch_size=at_once)
        for product in found:
            yield product[ID], product[attribute]
