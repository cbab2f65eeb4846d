"""Define, change and delete attributes, with the catalogue's indexes following.

The indexes of what shall be come first, so that a limit of the database or values that are not
unique are told before anything has changed. When that or the change itself fails, the indexes go
back to what stands; should even that be interrupted, the next change or `make indexes` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.attributes.definitions import Attribute
from core.attributes.repository import AttributeRepository, new_attribute
from core.attributes.requests import AttributeChanges, AttributeDraft
from core.products.indexes import sync_indexes

_Database = Database[dict[str, Any]]


def define_attribute(
    database: _Database, draft: AttributeDraft, actor: Actor, now: datetime
) -> Attribute:
    """Raises Conflict: as `AttributeRepository.add` and `sync_indexes`."""
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
    """Raises Conflict and NotFound: as `AttributeRepository.change` and `sync_indexes`."""
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
    sync_indexes(database, attributes.all())
    return removed


@contextmanager
def _indexes_for(database: _Database, wanted: Sequence[Attribute]) -> Iterator[None]:
    try:
        sync_indexes(database, wanted)
        yield
    except Exception:
        sync_indexes(database, AttributeRepository(database).all())
        raise
