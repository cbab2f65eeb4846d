"""Some values of the catalogue, to compare those of a file with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.database import Database

from core.database import PRODUCTS, QUERY_MAX_MS, collection_of
from core.products.fields import ID

SAMPLED_PRODUCTS = 200
LONGEST = 100
"""Characters of a value; longer ones are prose, which no two products share."""


def sampled_values(
    database: Database[dict[str, Any]], names: Sequence[str]
) -> dict[str, frozenset[str]]:
    """Texts of some products, by attribute."""
    fields = dict.fromkeys(names, 1)
    products = collection_of(database, PRODUCTS).find({}, {ID: 1, **fields})
    found: dict[str, set[str]] = {name: set() for name in names}
    for product in products.limit(SAMPLED_PRODUCTS).max_time_ms(QUERY_MAX_MS):
        for name in names:
            value = product.get(name)
            texts = value if isinstance(value, list) else [value]
            found[name] |= {t for t in texts if isinstance(t, str) and len(t) <= LONGEST}
    return {name: frozenset(texts) for name, texts in found.items()}
