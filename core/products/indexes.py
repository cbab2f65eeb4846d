"""The indexes of the product list, which come and go with the attributes.

Every filterable or sortable attribute has one, over its path and `_id`: it finds, and it gives the
order with its ties broken. A list of options has a second one, since an index over lists cannot
order. A unique attribute has one of its own, over its value alone, that only holds products with a
value; of a list of options nothing can be unique. The fixed ones (`core/database.py`) and that of
`_id` come on top.

DocumentDB allows 64 indexes a collection.
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
"""Of one collection, that of `_id` included."""

_PREFIX = "attribute_"
"""Of the names of the indexes that this module makes, and may drop."""
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


def plan_indexes(attributes: Sequence[Attribute]) -> tuple[ProductIndex, ...]:
    """The indexes that these attributes ask for. Raises Conflict `TOO_MANY_INDEXES` when the
    database cannot have so many; nothing is changed then."""
    wanted: dict[str, ProductIndex] = {}
    for attribute in attributes:
        for index in _indexes_of(attribute):
            wanted.setdefault(index.name, index)
    available = MAX_INDEXES - 1 - len(INDEXES[PRODUCTS])
    if len(wanted) > available:
        raise Conflict(
            "TOO_MANY_INDEXES",
            f"The attributes would need {len(wanted)} indexes, and the database has room for "
            f"{available}; make some attributes neither filterable nor sortable. "
            "A multiple select that is both needs two.",
            [{"needed": len(wanted), "available": available}],
        )
    return tuple(wanted.values())


def _indexes_of(attribute: Attribute) -> Iterator[ProductIndex]:
    field = list_field(attribute)
    paths = [field.filter_path] if attribute.is_filterable else []
    paths += [field.sort_path] if attribute.is_sortable else []
    keys: tuple[tuple[str, int], ...]
    for path in dict.fromkeys(paths):
        keys = ((path, ASCENDING), (ID, ASCENDING))
        yield ProductIndex(_name(attribute.id, keys), keys)
    if attribute.is_unique and field.kind is not FieldKind.LIST:
        # the whole value: neither the beginning of a text nor a number without its unit
        parts = [f"{field.name}.value", f"{field.name}.unit"]
        whole = parts if field.kind is FieldKind.MEASURE else [field.name]
        keys = tuple((path, ASCENDING) for path in whole)
        yield ProductIndex(_name(attribute.id, keys), keys, is_unique=True)


def create_missing(
    database: Database[dict[str, Any]], attributes: Sequence[Attribute]
) -> frozenset[str]:
    """Create the indexes that are missing for these attributes, the unique ones first since they
    may be refused. Others are left alone, except where the limit leaves no room for both: so many
    of those that none of these attributes asks for go before.

    Call it before an attribute is stored with new flags, with the attributes as they would be: so
    the limit is told before anything has changed. Returns the names of the one that the database is
    still building when a socket's time is over, and of those that wait for it; the next change or
    `make indexes` creates these. Raises Conflict, see `plan_indexes`, and Conflict
    `NOT_UNIQUE` when products share a value that shall be unique.
    """
    work = _Work(database, attributes)
    _drop(work.products, work.obsolete[: work.in_the_way])
    return work.create()


def sync_indexes(
    database: Database[dict[str, Any]],
    attributes: Sequence[Attribute],
    building: AbstractSet[str] = frozenset(),
) -> IndexChanges:
    """As `create_missing`, and then drop what no attribute asks for any more. What is
    `building` is left alone.

    Safe to repeat and to interrupt. It drops what a caller who is at it at the same time has made
    for an attribute that he has not stored yet, or only just; `definition_changes.py` therefore
    looks again. Indexes of other names are left alone. Raises as `create_missing`.
    """
    work = _Work(database, attributes, building)
    _drop(work.products, work.obsolete[: work.in_the_way])
    work.create()
    _drop(work.products, work.obsolete[work.in_the_way :])
    return IndexChanges(created=tuple(work.missing), dropped=tuple(work.obsolete))


class _Work:
    """What is to be done for these attributes. Raises as `plan_indexes`."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        attributes: Sequence[Attribute],
        building: AbstractSet[str] = frozenset(),
    ) -> None:
        self._wanted = wanted = {index.name: index for index in plan_indexes(attributes)}
        self.products = collection_of(database, PRODUCTS)
        information = self.products.index_information()
        standing = {
            name: tuple((path, int(way)) for path, way in index["key"])
            for name, index in information.items()
            if name.startswith(_PREFIX)
        }
        obsolete = [n for n, keys in standing.items() if n not in wanted or wanted[n].keys != keys]
        obsolete.sort(key=lambda name: name not in wanted)  # a name that is needed is freed first
        missing = [n for n in wanted if n not in standing or n in obsolete]
        self.missing = [name for name in missing if name not in building]
        self.missing.sort(key=lambda name: not wanted[name].is_unique)
        self.obsolete = obsolete
        too_many = len(information) + len(missing) - MAX_INDEXES
        self.in_the_way = max(too_many, sum(name in wanted for name in obsolete), 0)
        """So many of the obsolete ones, the first, must go before the missing ones come."""

    def create(self) -> frozenset[str]:
        """Create what is missing; the names of the one that is still being built and of those that
        wait for it, since the database builds one of a collection at a time."""
        for at, name in enumerate(self.missing):
            if not _create(self.products, self._wanted[name]):
                return frozenset(self.missing[at:])
        return frozenset()


def _drop(products: Collection[dict[str, Any]], names: Sequence[str]) -> None:
    for name in names:
        try:
            products.drop_index(name)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:  # else somebody else has dropped it
                raise


def _create(products: Collection[dict[str, Any]], index: ProductIndex) -> bool:
    """False where it is still being built, which a large catalogue takes longer for than a socket
    waits: lists do without it until then (`repository.py`). A unique one must stand before anything
    relies on it."""
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
            "give each of them a value of its own first.",
            [{"field": "isUnique", "attribute": name}],
        ) from None
    return True


def _name(identifier: str, keys: tuple[tuple[str, int], ...]) -> str:
    """Readable where the attribute's id is plain, and unique by a hash of the keys in any case."""
    digest = hashlib.sha256(repr(keys).encode()).hexdigest()[:12]
    readable = f"{identifier}_" if _READABLE.fullmatch(identifier) else ""
    return f"{_PREFIX}{readable}{digest}"
