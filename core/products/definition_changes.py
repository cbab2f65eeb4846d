"""Define, change and delete attributes, and keep the catalogue's indexes in step.

The new indexes are created first, so that values that are not unique are reported before anything
has changed. After the change, or after its failure, the indexes are synchronised with the stored
attributes, and unused ones are dropped. Concurrent changes may drop each other's new indexes, so
each change checks again afterwards, and creates what is missing. If that is interrupted, the next
change or `make indexes` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from core.actors import Actor
from core.attributes.definitions import Attribute
from core.attributes.repository import AttributeRepository, new_attribute
from core.attributes.requests import AttributeChanges, AttributeDraft
from core.audit import AuditAction, note
from core.errors import Conflict
from core.products.indexes import (
    create_missing,
    plan_indexes,
    sync_indexes,
    without_index,
)
from core.products.repository import ProductRepository
from core.wording import counted

_Database = Database[dict[str, Any]]

MAX_CHECKS = 5
"""How often to check for concurrent changes of attributes. Each of them checks too, after its own
change, so the last one always sees all attributes."""


@dataclass(frozen=True, slots=True)
class Defined:
    attribute: Attribute
    has_index: bool
    """For every list that its flags allow."""

    @property
    def note(self) -> str:
        """What a message about it adds."""
        return "" if self.has_index else f" {WITHOUT_INDEX}"


WITHOUT_INDEX = (
    "The database's indexes are all in use, so lists filter and sort by it without one, which "
    "takes longer the larger the catalogue is."
)


def define_attribute(
    database: _Database, draft: AttributeDraft, actor: Actor, now: datetime
) -> Defined:
    """Raises Conflict: as `AttributeRepository.add` and `create_missing`."""
    attributes = AttributeRepository(database)
    needed = [*attributes.all(), new_attribute(draft, actor, now)]
    with _indexes_for(database, needed):
        added = attributes.add(draft, actor, now)
    action = AuditAction.ATTRIBUTE_CREATED
    note(database, action, added.id, actor, now, after=_reported(added))
    return _defined(added, needed)


def define_attributes(
    database: _Database, drafts: Sequence[AttributeDraft], actor: Actor, now: datetime
) -> list[Defined | Conflict]:
    """Define several attributes; the result of each, in their order.

    One that must be unique is defined by itself, since its index may be refused. The indexes of the
    others cannot be, so all are created at the end.
    """
    attributes = AttributeRepository(database)
    results: list[Defined | Conflict] = []
    added: dict[int, Attribute] = {}
    for draft in drafts:
        try:
            if draft.is_unique:
                results.append(define_attribute(database, draft, actor, now))
                continue
            added[len(results)] = attribute = attributes.add(draft, actor, now)
            results.append(Defined(attribute, has_index=True))
        except Conflict as conflict:
            results.append(conflict)
            continue
        action = AuditAction.ATTRIBUTE_CREATED
        note(database, action, attribute.id, actor, now, after=_reported(attribute))
    if added:
        _sync(database)
        stored = attributes.all()
        for at, attribute in added.items():
            results[at] = _defined(attribute, stored)
    return results


def change_attribute(
    database: _Database,
    before: Attribute,
    changes: AttributeChanges,
    actor: Actor,
    now: datetime,
    *,
    as_read: bool = False,
) -> Defined:
    """Raises Conflict and NotFound: as `AttributeRepository.change` and `create_missing`."""
    attributes = AttributeRepository(database)
    after = msgspec.convert({**before.to_document(), **changes.given}, Attribute)
    needed = [after if other.id == before.id else other for other in attributes.all()]
    with _indexes_for(database, needed):
        changed = attributes.change(before, changes, actor, now, as_read=as_read)
    action = AuditAction.ATTRIBUTE_CHANGED
    note(
        database, action, before.id, actor, now, before=_reported(before), after=_reported(changed)
    )
    return _defined(changed, needed)


def _defined(attribute: Attribute, all_attributes: Sequence[Attribute]) -> Defined:
    return Defined(attribute, has_index=attribute.name not in without_index(all_attributes))


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    attribute: Attribute
    products: int | None
    """Products with a value of it; None if counting them takes too long."""
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        """As REST answers it."""
        verb = "would be" if self.dry_run else "was"
        if self.products is None:
            affected = "the products with a value of it are too many to be counted in time"
        else:
            held = "holds" if self.products == 1 else "hold"
            affected = f"{counted(self.products, 'product')} {held} a value of it"
        shown: dict[str, Any] = {
            "message": f"Attribute “{self.attribute.name}” {verb} deleted; {affected}, and "
            "products keep their values."
        }
        if self.products is not None:
            shown["productsWithValue"] = self.products
        return {**shown, "dryRun": True} if self.dry_run else shown


def delete_attribute(
    database: _Database, identifier: str, actor: Actor, now: datetime, *, dry_run: bool
) -> Deletion:
    """Delete the definition. Products keep their values of it, but lists do not show them. A dry
    run only counts those products.

    Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
    attributes = AttributeRepository(database)
    attribute = attributes.get(identifier)
    products = ProductRepository(database).count_with(attribute.name)
    if not dry_run:
        attribute = attributes.remove(identifier)
        _sync(database)
        action = AuditAction.ATTRIBUTE_DELETED
        note(database, action, attribute.id, actor, now, before=_reported(attribute))
    return Deletion(attribute=attribute, products=products, dry_run=dry_run)


def _reported(attribute: Attribute) -> dict[str, Any]:
    """As the audit shows it: who and when are in the entry."""
    reported = attribute.to_json()
    for name in ("createdAt", "createdBy", "updatedAt", "updatedBy", "revision"):
        reported.pop(name, None)
    return reported


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
