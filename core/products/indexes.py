"""The indexes of the product list, which come and go with the attributes.

Every filterable or sortable attribute has one, over its path and `_id`: it finds, and it gives the
order with its ties broken. A list of options has a second one, since an index over lists cannot
order. The fixed ones (`core/database.py`) and that of `_id` come on top.

DocumentDB allows 64 indexes a collection.
Source: Amazon DocumentDB developer guide, "Quotas and limits".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import OperationFailure

from core.attributes.definitions import Attribute
from core.database import INDEXES, PRODUCTS
from core.errors import Conflict
from core.products.fields import ID, list_field
from core.products.repository import collection_of

MAX_INDEXES = 64
"""Of one collection, that of `_id` included."""

_PREFIX = "attribute_"
"""Of the names of the indexes that this module makes, and may drop."""
_READABLE = re.compile(r"[a-z0-9_]{1,40}")
_INDEX_NOT_FOUND = 27


@dataclass(frozen=True, slots=True)
class ProductIndex:
    name: str
    path: str

    @property
    def keys(self) -> list[tuple[str, int]]:
        return [(self.path, ASCENDING), (ID, ASCENDING)]


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """Names of indexes."""

    created: tuple[str, ...]
    dropped: tuple[str, ...]


def plan_indexes(attributes: Sequence[Attribute]) -> tuple[ProductIndex, ...]:
    """The indexes that these attributes ask for. Raises Conflict `TOO_MANY_INDEXES` when the
    database cannot have so many; nothing is changed then."""
    paths: dict[str, str] = {}
    for attribute in attributes:
        field = list_field(attribute)
        if attribute.is_filterable:
            paths.setdefault(field.filter_path, attribute.id)
        if attribute.is_sortable:
            paths.setdefault(field.sort_path, attribute.id)
    available = MAX_INDEXES - 1 - len(INDEXES[PRODUCTS])
    if len(paths) > available:
        raise Conflict(
            "TOO_MANY_INDEXES",
            f"The attributes would need {len(paths)} indexes, and the database has room for "
            f"{available}; make some attributes neither filterable nor sortable. "
            "A multiple select that is both needs two.",
            [{"needed": len(paths), "available": available}],
        )
    return tuple(ProductIndex(_name(identifier, path), path) for path, identifier in paths.items())


def sync_indexes(
    database: Database[dict[str, Any]], attributes: Sequence[Attribute]
) -> IndexChanges:
    """Drop the indexes that no attribute asks for any more and create those that are missing.

    Safe to repeat, to interrupt and to run twice at once. Indexes of other names are left alone.
    Raises Conflict, see `plan_indexes`. Call it before an attribute is stored with new flags (with
    the attributes as they would be): so the limit is told before anything has changed.
    """
    wanted = {index.name: index for index in plan_indexes(attributes)}
    products = collection_of(database)
    standing = {
        name: list(dict(information["key"]).items())
        for name, information in products.index_information().items()
        if name.startswith(_PREFIX)
    }
    obsolete = [n for n, keys in standing.items() if n not in wanted or wanted[n].keys != keys]
    for name in obsolete:  # first, to stay under the limit
        try:
            products.drop_index(name)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:  # else somebody else has dropped it
                raise
    missing = [n for n in wanted if n not in standing or n in obsolete]
    for name in missing:
        # one by one: DocumentDB builds one index of a collection at a time
        products.create_index(wanted[name].keys, name=name, background=True)
    return IndexChanges(created=tuple(missing), dropped=tuple(obsolete))


def _name(identifier: str, path: str) -> str:
    """Readable where the attribute's id is plain, and unique by a hash of the path in any case."""
    digest = hashlib.sha256(path.encode()).hexdigest()[:12]
    readable = f"{identifier}_" if _READABLE.fullmatch(identifier) else ""
    return f"{_PREFIX}{readable}{digest}"


def planned_by_path(attributes: Sequence[Attribute]) -> Mapping[str, ProductIndex]:
    """By the path that each index begins with."""
    return {index.path: index for index in plan_indexes(attributes)}
