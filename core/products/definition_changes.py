"""Define, change and delete attributes, with the catalogue's indexes following.

The indexes of what shall be come first, so that a limit of the database or values that are not
unique are told before anything has changed. Once it has, or when it failed, the indexes follow what
stands: those that nobody asks for go. Others may change attributes at the same time, and the one
drops what the other has just made; so each looks again afterwards, and makes anew what is missing.
Should that be interrupted, the next change or `make indexes` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.attributes.definitions import Attribute
from core.attributes.repository import AttributeRepository, new_attribute
from core.attributes.requests import AttributeChanges, AttributeDraft
from core.products.indexes import create_missing, plan_indexes, sync_indexes

_Database = Database[dict[str, Any]]

MAX_LOOKS = 5
"""So often it is looked again whether others changed attributes meanwhile. Each of them looks too,
after his own change, so the last one always sees all."""


def define_attribute(
    database: _Database, draft: AttributeDraft, actor: Actor, now: datetime
) -> Attribute:
    """Raises Conflict: as `AttributeRepository.add` and `create_missing`."""
    attributes = AttributeRepository(database)
    wanted = [*attributes.all(), new_attribute(draft, actor, now)]
    with _indexes_for(database, wanted):
        return attributes.add(draft, actor, now)


def change_attribute(
    database: _Database,
    before: Attribute,
    changes: AttributeChanges,
    actor: Actor,
    now: datetime,
) -> Attribute:
    """Raises Conflict and NotFound: as `AttributeRepository.change` and `create_missing`."""
    attributes = AttributeRepository(database)
    after = msgspec.convert({**before.to_document(), **changes.given}, Attribute)
    wanted = [after if other.id == before.id else other for other in attributes.all()]
    with _indexes_for(database, wanted):
        return attributes.change(before, changes, actor, now)


def delete_attribute(database: _Database, identifier: str) -> Attribute:
    """Delete the definition; what products hold under its name stays, unseen by lists.

    Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
    attributes = AttributeRepository(database)
    removed = attributes.remove(identifier)
    _settle(database)
    return removed


@contextmanager
def _indexes_for(database: _Database, wanted: Sequence[Attribute]) -> Iterator[None]:
    try:
        building = create_missing(database, wanted)
        yield
    except Exception:
        _settle(database)
        raise
    _settle(database, building)


def _settle(database: _Database, building: AbstractSet[str] = frozenset()) -> None:
    """Have the indexes that the attributes ask for, and no others."""
    attributes = AttributeRepository(database)
    standing = attributes.all()
    for _ in range(MAX_LOOKS):
        sync_indexes(database, standing, building)
        before, standing = standing, attributes.all()
        if plan_indexes(standing) == plan_indexes(before):
            return
