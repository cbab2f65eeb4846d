"""Writing products: many at once, none lost, none written over unseen.

Every write of a product that exists is conditional on the revision that it was computed from. What
another writer changed meanwhile is read again and computed anew, a few times; so two callers who
change different attributes of one product both succeed, and the hash of the content is always that
of the content. Bulk writes are unordered: what is wrong with one product holds up no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from core.actors import Actor
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
from core.products.identity import content_hash, id_text, identifying_value
from core.products.repository import collection_of

MAX_ROUNDS = 5
"""So often a product that others keep changing is tried before it counts as a conflict."""

_DUPLICATE_KEY = 11000

_Write = InsertOne[Document] | UpdateOne


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


class ProductWriter:
    """Writes changes to the `products` collection. `kinds` are those of the attributes."""

    def __init__(self, database: Database[dict[str, Any]], kinds: Mapping[str, FieldKind]) -> None:
        self._products = collection_of(database)
        self._kinds = kinds

    def write(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcome of each change, in order. No two changes may have one product id."""
        outcomes: dict[str, Outcome] = {}
        pending = {change.product_id: change for change in changes}
        if len(pending) != len(changes):
            raise ValueError("two changes of one product")
        for _ in range(MAX_ROUNDS):
            if not pending:
                break
            outcomes |= self._round(pending, policy)
            pending = {i: change for i, change in pending.items() if i not in outcomes}
        outcomes |= dict.fromkeys(pending, Outcome.CONFLICT)
        return [outcomes[change.product_id] for change in changes]

    def foretell(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcomes that `write` would have, without writing. What only the database can refuse
        (NOT_UNIQUE), and what others change meanwhile, is not foreseen."""
        standing = self._standing([change.product_id for change in changes])
        found = (
            self._attempt(change, standing.get(change.product_id), policy) for change in changes
        )
        return [each.outcome if isinstance(each, _Attempt) else each for each in found]

    def _standing(self, ids: Sequence[str]) -> dict[str, Document]:
        return {found[ID]: found for found in self._products.find({ID: {"$in": [*ids]}})}

    def _round(
        self, pending: Mapping[str, ProductChange], policy: WritePolicy
    ) -> dict[str, Outcome]:
        """The outcomes that are certain; what is missing must be tried again."""
        standing = self._standing([*pending])
        outcomes: dict[str, Outcome] = {}
        attempts: list[_Attempt] = []
        for change in pending.values():
            found = self._attempt(change, standing.get(change.product_id), policy)
            if isinstance(found, _Attempt):
                attempts.append(found)
            else:
                outcomes[change.product_id] = found
        return outcomes | self._execute(attempts)

    def _attempt(
        self, change: ProductChange, document: Document | None, policy: WritePolicy
    ) -> _Attempt | Outcome:
        if document is None:
            return self._creation(change, policy) if policy.creates else Outcome.NOT_FOUND
        if change.revision is not None and change.revision != document.get(REVISION):
            return Outcome.CONFLICT
        before = attribute_values(document)
        after = {name: v for name, v in before.items() if name not in change.cleared}
        after |= change.values
        if _changes_identifier(change.product_id, before, after, policy.identifier):
            return Outcome.IDENTIFIER_CHANGED
        noted = {UPDATED_AT: policy.now, UPDATED_BY: policy.actor.id}
        if policy.import_source is not None:
            noted[IMPORT_SOURCE] = policy.import_source
        new_hash = content_hash(after)
        keys = sort_keys(after, self._kinds)  # other ones when an attribute got another type
        if new_hash == document.get(HASH) and keys == document.get(KEYS, {}):
            if not policy.touches_unchanged:
                return _earlier_outcome(document, policy)
            touch = UpdateOne({ID: change.product_id}, {"$set": noted})
            return _Attempt(change, touch, Outcome.UNCHANGED, None)
        changed = {n: v for n, v in change.values.items() if n not in before or before[n] != v}
        update: dict[str, Any] = {
            "$set": noted | changed | {HASH: new_hash, KEYS: keys},
            "$inc": {REVISION: 1},
        }
        removed = change.cleared & before.keys()
        if removed:
            update["$unset"] = dict.fromkeys(sorted(removed), "")
        as_seen = {ID: change.product_id, REVISION: document.get(REVISION)}
        return _Attempt(change, UpdateOne(as_seen, update), Outcome.UPDATED, new_hash)

    def _creation(self, change: ProductChange, policy: WritePolicy) -> _Attempt:
        values = {**change.defaults, **change.values}
        document = {
            ID: change.product_id,
            **values,
            CREATED_AT: policy.now,
            UPDATED_AT: policy.now,
            REVISION: 1,
            CREATED_BY: policy.actor.id,
            UPDATED_BY: policy.actor.id,
            HASH: content_hash(values),
            KEYS: sort_keys(values, self._kinds),
        }
        if policy.import_source is not None:
            document[IMPORT_SOURCE] = policy.import_source
        return _Attempt(change, InsertOne(document), Outcome.CREATED, None)

    def _execute(self, attempts: Sequence[_Attempt]) -> dict[str, Outcome]:
        if not attempts:
            return {}
        failed: dict[int, Mapping[str, Any]] = {}
        try:
            result = self._products.bulk_write([a.write for a in attempts], ordered=False)
            matched = result.matched_count
        except BulkWriteError as error:
            failed = {fault["index"]: fault for fault in error.details["writeErrors"]}
            matched = error.details["nMatched"]
            if any(fault["code"] != _DUPLICATE_KEY for fault in failed.values()):
                raise
        outcomes: dict[str, Outcome] = {}
        for at, attempt in enumerate(attempts):
            if at not in failed:
                outcomes[attempt.product_id] = attempt.outcome
            elif not _is_about_id(failed[at]):
                outcomes[attempt.product_id] = Outcome.NOT_UNIQUE
            # else another caller created it first: what is left is an update, next round
        updates = [a for a in attempts if isinstance(a.write, UpdateOne)]
        updates = [a for a in updates if a.product_id in outcomes]
        if matched < sum(outcomes[a.product_id] is not Outcome.NOT_UNIQUE for a in updates):
            for lost in self._lost(updates):
                outcomes.pop(lost, None)
        return outcomes

    def _lost(self, updates: Sequence[_Attempt]) -> list[str]:
        """The products that do not stand as their update would have them: another writer was
        faster, or they are gone."""
        ids = [attempt.product_id for attempt in updates]
        now = {d[ID]: d.get(HASH) for d in self._products.find({ID: {"$in": ids}}, {HASH: 1})}
        return [
            attempt.product_id
            for attempt in updates
            if attempt.product_id not in now
            or (attempt.new_hash is not None and now[attempt.product_id] != attempt.new_hash)
        ]


@dataclass(frozen=True, slots=True)
class _Attempt:
    change: ProductChange
    write: _Write
    outcome: Outcome
    """If the write succeeds."""
    new_hash: str | None
    """Of an update that is conditional on the revision."""

    @property
    def product_id(self) -> str:
        return self.change.product_id


def _earlier_outcome(document: Document, policy: WritePolicy) -> Outcome:
    """Of a product that stands as the change would have it. One that carries the very time of this
    writing was written by it before, in a try that broke off: it counts as it did then."""
    if document.get(UPDATED_AT) != policy.now:
        return Outcome.UNCHANGED
    return Outcome.CREATED if document.get(CREATED_AT) == policy.now else Outcome.UPDATED


def _changes_identifier(
    own_id: str, before: Mapping[str, Any], after: Mapping[str, Any], identifier: str | None
) -> bool:
    if identifier is not None and identifier in before:
        return identifier not in after or id_text(after[identifier]) != id_text(before[identifier])
    if identifier is not None and identifier in after:
        return False  # it is marked, and filled in only now
    return identifying_value(before, None) == own_id != identifying_value(after, None)


def _is_about_id(fault: Mapping[str, Any]) -> bool:
    pattern = fault.get("keyPattern")
    if pattern is not None:
        return set(pattern) == {ID}
    return "_id_" in str(fault.get("errmsg", ""))  # DocumentDB names the index in the message only
