"""Who has a value that may occur once: read from the unique indexes of the products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pymongo.database import Database

from core.database import PRODUCTS, QUERY_MAX_MS, collection_of
from core.products.fields import ID


class UniqueValues:
    """The products, asked by the values of one attribute."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._products = collection_of(database, PRODUCTS)

    def count(self) -> int:
        """About how many products there are: from the collection's own books, at once."""
        return self._products.estimated_document_count(maxTimeMS=QUERY_MAX_MS)

    def having(self, attribute: str) -> Iterator[tuple[str, Any]]:
        """`_id` and value of every product that has one."""
        return self._pairs(attribute, {"$exists": True}, at_once=0)

    def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        """`_id` and value of the products with one of these values. The index is sparse, and
        DocumentDB only takes it where the query says that there is a value."""
        # all in one answer, which otherwise begins with a hundred and is asked for the rest
        at_once = len(values) + 1
        return self._pairs(attribute, {"$exists": True, "$in": list(values)}, at_once)

    def _pairs(
        self, attribute: str, condition: dict[str, Any], at_once: int
    ) -> Iterator[tuple[str, Any]]:
        """`at_once`: products in the first answer; 0 leaves it to the driver."""
        found = self._products.find({attribute: condition}, {attribute: 1}, batch_size=at_once)
        for product in found:
            yield product[ID], product[attribute]
