"""What a product shall become, and the one write that makes it so.

Computed from the product as it stands, or from its mark, without the database: `writing.py` reads
and writes. An update is conditional on the revision that it was computed from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import InsertOne, UpdateOne

from core.actors import Actor
from core.attributes.identity import content_hash, id_text, identifying_value
from core.products.documents import Document, attribute_values
from core.products.fields import (
    CREATED_AT,
    CREATED_BY,
    HASH,
    ID,
    IMPORT_SOURCE,
    KEYS,
    REVISION,
    UPDATED_AT,
    UPDATED_BY,
    FieldKind,
    sort_keys,
)

Write = InsertOne[Document] | UpdateOne


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Changed since the caller read it, or by others again and again."""
    NOT_FOUND = "not_found"
    IDENTIFIER_CHANGED = "identifier_changed"
    """The attribute that gives the product its id would get another value."""
    NOT_UNIQUE = "not_unique"
    """Another product has a value that may occur only once."""


OTHER_IDENTIFIER = (
    "The product of this id has another value in the attribute that gives products their id."
)
"""What a person is told of IDENTIFIER_CHANGED, where products are approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """What one product shall become. Attributes that are not named keep their values."""

    product_id: str
    values: Mapping[str, Any]
    cleared: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Values that a new product gets beside `values`."""
    revision: int | None = None
    """Only if the product still has this revision."""
    expected: Mapping[str, Any] = field(default_factory=dict)
    """Only if these attributes still have these values (None: none at all), or the new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePolicy:
    """How a call writes."""

    actor: Actor
    now: datetime
    creates: bool
    """Products that do not exist are made; otherwise they are NOT_FOUND."""
    import_source: str | None = None
    """Noted in every product that the call writes."""
    touches_unchanged: bool = False
    """Note time, actor and source in products whose content is as it was, too."""
    identifier: str | None = None
    """The attribute that gives products their id, if one is marked: its value stays. Of a product
    without it, the identifying value (`identity.py`) stays that gave it its id."""


@dataclass(frozen=True, slots=True)
class Attempt:
    change: ProductChange
    write: Write
    outcome: Outcome
    """If the write succeeds."""
    new_hash: str | None
    """Of an update that is conditional on the revision."""

    @property
    def product_id(self) -> str:
        return self.change.product_id


@dataclass(frozen=True, slots=True)
class Computation:
    """How every change of a call is computed. `kinds` are those of the attributes."""

    policy: WritePolicy
    kinds: Mapping[str, FieldKind]

    def by_mark(self, change: ProductChange, mark: Document) -> Attempt | Outcome | None:
        """What is certain from the mark of a product (`standing.py`): that the values which the
        change names are all that it has, or that its revision is another. None: read it whole."""
        if change.revision is not None and change.revision != mark.get(REVISION):
            return Outcome.CONFLICT
        if mark.get(HASH) != content_hash(change.values):
            return None
        if mark.get(KEYS, {}) != sort_keys(change.values, self.kinds):
            return None
        return self._unchanged(change, mark)

    def by_document(self, change: ProductChange, document: Document | None) -> Attempt | Outcome:
        """What is certain from the product itself; None stands for one that does not exist."""
        if document is None:
            return self._creation(change) if self.policy.creates else Outcome.NOT_FOUND
        if change.revision is not None and change.revision != document.get(REVISION):
            return Outcome.CONFLICT
        before = attribute_values(document)
        if any(before.get(n) not in (v, change.values.get(n)) for n, v in change.expected.items()):
            return Outcome.CONFLICT
        after = {name: v for name, v in before.items() if name not in change.cleared}
        after |= change.values
        if _changes_identifier(change.product_id, before, after, self.policy.identifier):
            return Outcome.IDENTIFIER_CHANGED
        new_hash = content_hash(after)
        keys = sort_keys(after, self.kinds)
        same_keys = keys == document.get(KEYS, {})  # not when an attribute got another type
        if new_hash == document.get(HASH) and same_keys:
            return self._unchanged(change, document)
        changed = {n: v for n, v in change.values.items() if n not in before or before[n] != v}
        if not same_keys:
            changed[KEYS] = keys
        update: dict[str, Any] = {
            "$set": self._noted() | changed | {HASH: new_hash},
            "$inc": {REVISION: 1},
        }
        removed = change.cleared & before.keys()
        if removed:
            update["$unset"] = dict.fromkeys(sorted(removed), "")
        as_seen = {ID: change.product_id, REVISION: document.get(REVISION)}
        return Attempt(change, UpdateOne(as_seen, update), Outcome.UPDATED, new_hash)

    def _unchanged(self, change: ProductChange, standing: Document) -> Attempt | Outcome:
        if not self.policy.touches_unchanged:
            return _earlier_outcome(standing, self.policy)
        touch = UpdateOne({ID: change.product_id}, {"$set": self._noted()})
        return Attempt(change, touch, Outcome.UNCHANGED, None)

    def _noted(self) -> dict[str, Any]:
        noted = {UPDATED_AT: self.policy.now, UPDATED_BY: self.policy.actor.id}
        if self.policy.import_source is not None:
            noted[IMPORT_SOURCE] = self.policy.import_source
        return noted

    def _creation(self, change: ProductChange) -> Attempt:
        values = {**change.defaults, **change.values}
        document = {
            ID: change.product_id,
            **values,
            CREATED_AT: self.policy.now,
            REVISION: 1,
            CREATED_BY: self.policy.actor.id,
            HASH: content_hash(values),
            KEYS: sort_keys(values, self.kinds),
            **self._noted(),
        }
        return Attempt(change, InsertOne(document), Outcome.CREATED, None)


def _earlier_outcome(document: Document, policy: WritePolicy) -> Outcome:
    """Of a product that stands as the change would have it. One that carries the very time of this
    writing was written by it before, in a try that broke off: it counts as it did then."""
    if document.get(UPDATED_AT) != policy.now:
        return Outcome.UNCHANGED
    return Outcome.CREATED if document.get(CREATED_AT) == policy.now else Outcome.UPDATED


def _changes_identifier(
    product_id: str, before: Mapping[str, Any], after: Mapping[str, Any], identifier: str | None
) -> bool:
    if identifier is not None and identifier in before:
        return identifier not in after or id_text(after[identifier]) != id_text(before[identifier])
    if identifier is not None and identifier in after:
        return False  # it is marked, and filled in only now
    return identifying_value(before, None) == product_id != identifying_value(after, None)
