"""Define, change and delete attributes, and keep the catalogue's indexes in step.

The new indexes are created first, so that a limit of the database, or values that are not unique,
are reported before anything has changed. After the change, or after its failure, the indexes are
synchronised with the stored attributes, and unused ones are dropped. Concurrent changes may drop
each other's new indexes, so each change checks again afterwards, and creates what is missing. If
that is interrupted, the next change or `make indexes` does it.
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

MAX_CHECKS = 5
"""How often to check for concurrent changes of attributes. Each of them checks too, after its own
change, so the last one always sees all attributes."""


def define_attribute(
    database: _Database, draft: AttributeDraft, actor: Actor, now: datetime
) -> Attribute:
    """Raises Conflict: as `AttributeRepository.add` and `create_missing`."""
    attributes = AttributeRepository(database)
    needed = [*attributes.all(), new_attribute(draft, actor, now)]
    with _indexes_for(database, needed):
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
    needed = [after if other.id == before.id else other for other in attributes.all()]
    with _indexes_for(database, needed):
        return attributes.change(before, changes, actor, now)


def delete_attribute(database: _Database, identifier: str) -> Attribute:
    """Delete the definition. Products keep their values of it, but lists do not show them.

    Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
    attributes = AttributeRepository(database)
    removed = attributes.remove(identifier)
    _sync(database)
    return removed


@contextmanager
def _indexes_for(database: _Database, needed: Sequence[Attribute]) -> Iterator[None]:
    try:
        building = create_missing(database, needed)
        yield
    except Exception:
        _sync(database)
        raise
    _sync(database, building)


def _sync(database: _Database, building: AbstractSet[str] = frozenset()) -> None:
    """Synchronise the indexes with the stored attributes."""
    attributes = AttributeRepository(database)
    stored = attributes.all()
    for _ in range(MAX_CHECKS):
        sync_indexes(database, stored, building)
        before, stored = stored, attributes.all()
        if plan_indexes(stored) == plan_indexes(before):
            return
