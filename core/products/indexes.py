"""The indexes of the product list, which follow the attributes.

A filterable or sortable attribute has an index over its path and `_id`, which finds products and
gives their order, including ties. A list of options has a second index, since an index over lists
gives no order. A unique attribute has a separate sparse index over its value alone; a list of
options cannot be unique. The fixed indexes (`core/database.py`) and that of `_id` are added to
these.

The limit of the database does not limit the attributes: the unique ones come first, since nothing
else keeps values unique, then the identifier, then the others in the order of their creation. Those
for which no index is left are filtered and sorted without one, within the time limit of a query.

DocumentDB allows 64 indexes per collection.
Source: Amazon DocumentDB developer guide, "Quotas and limits".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import NetworkTimeout, OperationFailure

from core.attributes.definitions import Attribute
from core.database import INDEXES, PRODUCTS, collection_of
from core.errors import Conflict
from core.products.fields import ID, FieldKind, list_field

MAX_INDEXES = 64
"""Of one collection, including that of `_id`."""

_PREFIX = "attribute_"
"""Of the names of the indexes that this module creates and may drop."""
_READABLE = re.compile(r"[a-z0-9_]{1,40}")
_INDEX_NOT_FOUND = 27
_DUPLICATE_KEY = 11000


@dataclass(frozen=True, slots=True)
class ProductIndex:
    name: str
    keys: tuple[tuple[str, int], ...]
    is_unique: bool = False
    """Holds only products with a value."""


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """Names of indexes."""

    created: tuple[str, ...]
    dropped: tuple[str, ...]


def plan_indexes(
    attributes: Sequence[Attribute], fixed: int = 1 + len(INDEXES[PRODUCTS])
) -> tuple[ProductIndex, ...]:
    """The indexes of these attributes, as many as there is room for beside the `fixed` ones. Raises
    Conflict `TOO_MANY_INDEXES`, without any change, if the unique ones alone exceed it."""
    available = MAX_INDEXES - fixed
    wanted = _wanted(attributes)
    unique = sum(index.is_unique for index in wanted)
    if unique > available:
        raise Conflict(
            "TOO_MANY_INDEXES",
            f"{unique} attributes would be unique. Each needs an index, and the database allows "
            f"{available}; make some of them not unique.",
            [{"needed": unique, "available": available}],
        )
    return tuple(wanted[:available])


def without_index(attributes: Sequence[Attribute]) -> tuple[str, ...]:
    """Names of those that lists filter or sort by without an index, since none was left."""
    planned = {index.name for index in plan_indexes(attributes)}
    return tuple(
        attribute.name
        for attribute in attributes
        if any(index.name not in planned for index in _indexes_of(attribute))
    )


def _wanted(attributes: Sequence[Attribute]) -> list[ProductIndex]:
    """All that the attributes could use, the most important first."""
    first = sorted(attributes, key=lambda attribute: not attribute.is_identifier)
    wanted = {index.name: index for attribute in first for index in _indexes_of(attribute)}
    return sorted(wanted.values(), key=lambda index: not index.is_unique)


def _indexes_of(attribute: Attribute) -> Iterator[ProductIndex]:
    field = list_field(attribute)
    paths = [field.filter_path] if attribute.is_filterable else []
    paths += [field.sort_path] if attribute.is_sortable else []
    keys: tuple[tuple[str, int], ...]
    for path in dict.fromkeys(paths):
        keys = ((path, ASCENDING), (ID, ASCENDING))
        yield ProductIndex(_name(attribute.id, keys), keys)
    if attribute.is_unique and field.kind is not FieldKind.LIST:
        # the whole value: not only the beginning of a text, or a number without its unit
        parts = [f"{field.name}.value", f"{field.name}.unit"]
        whole = parts if field.kind is FieldKind.MEASURE else [field.name]
        keys = tuple((path, ASCENDING) for path in whole)
        yield ProductIndex(_name(attribute.id, keys), keys, is_unique=True)


def create_missing(
    database: Database[dict[str, Any]], attributes: Sequence[Attribute]
) -> frozenset[str]:
    """Create the missing indexes of these attributes, the unique ones first, since they may be
    refused. Other indexes stay. Only if the limit does not allow both, as many obsolete ones as
    necessary are dropped first.

    Call it before an attribute is stored with new flags, with the attributes as they will be, so
    that the limit is reported before anything has changed. Returns the name of the index that the
    database is still building after the socket's time-out, and the names of those that wait for it;
    the next change or `make indexes` creates them. Raises Conflict as `plan_indexes`, and Conflict
    `NOT_UNIQUE` if products share a value that must be unique.
    """
    work = _Work(database, attributes)
    _drop(work.products, work.obsolete[: work.drop_first])
    return work.create()


def sync_indexes(
    database: Database[dict[str, Any]],
    attributes: Sequence[Attribute],
    building: AbstractSet[str] = frozenset(),
) -> IndexChanges:
    """As `create_missing`; then drop the indexes that no attribute needs. Those in `building` stay.

    Safe to repeat and to interrupt. It may drop an index that a concurrent caller has created for
    an attribute that is not stored yet; therefore `definition_changes.py` checks again. Indexes
    without the prefix stay. Raises as `create_missing`.
    """
    work = _Work(database, attributes, building)
    _drop(work.products, work.obsolete[: work.drop_first])
    work.create()
    _drop(work.products, work.obsolete[work.drop_first :])
    return IndexChanges(created=tuple(work.missing), dropped=tuple(work.obsolete))


class _Work:
    """The necessary changes for these attributes. Raises as `plan_indexes`."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        attributes: Sequence[Attribute],
        building: AbstractSet[str] = frozenset(),
    ) -> None:
        self.products = collection_of(database, PRODUCTS)
        information = self.products.index_information()
        fixed = sum(not name.startswith(_PREFIX) for name in information)
        self._needed = needed = {index.name: index for index in plan_indexes(attributes, fixed)}
        existing = {
            name: tuple((path, int(way)) for path, way in index["key"])
            for name, index in information.items()
            if name.startswith(_PREFIX)
        }
        obsolete = [n for n, keys in existing.items() if n not in needed or needed[n].keys != keys]
        obsolete.sort(key=lambda name: name not in needed)  # those whose names are reused first
        missing = [n for n in needed if n not in existing or n in obsolete]
        self.missing = [name for name in missing if name not in building]
        self.missing.sort(key=lambda name: not needed[name].is_unique)
        self.obsolete = obsolete
        too_many = len(information) + len(missing) - MAX_INDEXES
        self.drop_first = max(too_many, sum(name in needed for name in obsolete), 0)
        """How many of the first obsolete indexes must be dropped before others are created."""

    def create(self) -> frozenset[str]:
        """Create the missing indexes. Returns the name of the one that is still being built, and of
        those that wait for it: the database builds one index of a collection at a time."""
        for at, name in enumerate(self.missing):
            if not _create(self.products, self._needed[name]):
                return frozenset(self.missing[at:])
        return frozenset()


def _drop(products: Collection[dict[str, Any]], names: Sequence[str]) -> None:
    for name in names:
        try:
            products.drop_index(name)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:  # dropped by a concurrent caller
                raise


def _create(products: Collection[dict[str, Any]], index: ProductIndex) -> bool:
    """False if the index is still being built, which for a large catalogue takes longer than the
    socket's time-out; lists work without it until then (`repository.py`). A unique index must be
    complete before anything relies on it."""
    options: dict[str, Any] = {"unique": True, "sparse": True} if index.is_unique else {}
    try:
        products.create_index([*index.keys], name=index.name, background=True, **options)
    except NetworkTimeout:
        if index.is_unique:
            raise
        return False
    except OperationFailure as error:
        if not index.is_unique or error.code != _DUPLICATE_KEY:
            raise
        name = index.keys[0][0].removesuffix(".value")
        raise Conflict(
            "NOT_UNIQUE",
            f"Some products have the same value of “{name}”, so it cannot be made unique; "
            "give each of them a different value first.",
            [{"field": "isUnique", "attribute": name}],
        ) from None
    return True


def _name(identifier: str, keys: tuple[tuple[str, int], ...]) -> str:
    """Unique by a hash of the keys, and readable if the attribute's id is plain."""
    digest = hashlib.sha256(repr(keys).encode()).hexdigest()[:12]
    readable = f"{identifier}_" if _READABLE.fullmatch(identifier) else ""
    return f"{_PREFIX}{readable}{digest}"
