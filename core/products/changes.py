"""The new state of a product, and the single write for it.

Computed from the stored product, or from its mark, without the database: `writing.py` reads and
writes. An update is conditional on the revision from which it was computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import InsertOne, UpdateOne

from core.actors import Actor
from core.attributes.identity import canonical_json, digest, id_text, identifying_value
from core.products.documents import Document, attribute_values
from core.products.fields import (
    CREATED_AT,
    CREATED_BY,
    HASH,
    HISTORY,
    ID,
    IMPORT_SOURCE,
    KEYS,
    REVISION,
    UPDATED_AT,
    UPDATED_BY,
    FieldKind,
    sort_keys,
)
from core.products.history.entries import ToArchive, appended, changed_values, new_entry
from core.products.marks import (
    MARKS,
    MARKS_KEPT,
    ORDERED,
    WRITTEN,
    Order,
    as_seen,
    hides_writes,
    marks_of,
    new_mark,
    newest_mark,
    ordered_of,
    own_outcome,
)
from core.products.sizes import ProductLimits

Write = InsertOne[Document] | UpdateOne


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    CONFLICT = "conflict"
    """Changed since the caller read it, or by others again and again."""
    NOT_FOUND = "not_found"
    IDENTIFIER_CHANGED = "identifier_changed"
    """The attribute that gives the product its id would get another value."""
    NOT_UNIQUE = "not_unique"
    """Another product has a value that may occur only once."""
    CHANGED_SINCE = "changed_since"
    """Written by somebody else after the order that this write is for."""
    DELETED_SINCE = "deleted_since"
    """Deleted after the order that this write is for."""
    PRODUCT_TOO_LARGE = "product_too_large"
    TOO_MANY_ATTRIBUTES = "too_many_attributes"


OTHER_IDENTIFIER = (
    "The product of this id has another value in the attribute that gives products their id."
)
"""The sentence for IDENTIFIER_CHANGED in approvals."""


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
    row: int | None = None
    """The line of the file with the change, for an order (`WritePolicy.order`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePolicy:
    """How a call writes."""

    actor: Actor
    creates: bool
    now: datetime | None = None
    """The time that is written; None for the time of each write itself."""
    order: Order | None = None
    """The writing job; None for a call, which writes at once."""
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
    product_id: str
    write: Write
    outcome: Outcome
    """If the write succeeds."""
    to_archive: tuple[ToArchive, ...] = ()
    """What has to lie in S3 before the write."""
    created: Document | None = None
    """The new product, of an insert."""
    newest_mark: str | None = None
    """Of the product that an update is for, as it was read."""


@dataclass(frozen=True, slots=True)
class Computation:
    """How the changes of a call are computed at one moment. `kinds` are those of the attributes;
    `token` marks the writes of a call, those of an order have its own marks. `unclear` are the
    products that the call may have updated already, with the newest mark that each had then.
    `has_older_orders` tells whether an approval that was ordered earlier has not ended."""

    policy: WritePolicy
    kinds: Mapping[str, FieldKind]
    limits: ProductLimits
    token: str
    now: datetime
    unclear: Mapping[str, str | None]
    has_older_orders: Callable[[], bool]

    def by_mark(self, change: ProductChange, mark: Document) -> Attempt | Outcome | None:
        """The outcome as far as the mark of a product (`existing.py`) determines it: the change was
        already written, its values are exactly those of the product, or the revision differs. None:
        the whole product has to be read."""
        done = self._done(change, mark)
        if done is not None:
            return done
        if change.revision is not None and change.revision != mark.get(REVISION):
            return Outcome.CONFLICT
        if mark.get(HASH) != digest(canonical_json(change.values)):
            return None
        if mark.get(KEYS, {}) != sort_keys(change.values, self.kinds):
            return None
        return self._unchanged(change, mark)

    def by_document(self, change: ProductChange, document: Document) -> Attempt | Outcome:
        """The outcome, or the write, for the whole product."""
        before = attribute_values(document)
        known = self._done(change, document) or self._unlike_expected(change, document, before)
        if known is not None:
            return known
        after = {name: v for name, v in before.items() if name not in change.cleared}
        after |= change.values
        if _changes_identifier(change.product_id, before, after, self.policy.identifier):
            return Outcome.IDENTIFIER_CHANGED
        content = canonical_json(after)
        new_hash = digest(content)
        keys = sort_keys(after, self.kinds)
        same_keys = keys == document.get(KEYS, {})  # not when an attribute got another type
        if new_hash == document.get(HASH) and same_keys:
            return self._unchanged(change, document)
        refused = self._gives_way(document) or self._over_limits(after, content, before)
        if refused is not None:
            return refused
        changed = {n: v for n, v in change.values.items() if n not in before or before[n] != v}
        if not same_keys:
            changed[KEYS] = keys
        update = self._noted(change, Outcome.UPDATED)
        update["$set"] |= changed | {HASH: new_hash}
        update["$inc"] = {REVISION: 1}
        removed = change.cleared & before.keys()
        if removed:
            update["$unset"] = dict.fromkeys(sorted(removed), "")
        earlier = changed_values(before, after)
        to_archive: list[ToArchive] = []
        if earlier:  # not when only the sort keys differ
            entry, to_archive = self._entry(
                change, document.get(REVISION, 0) + 1, Outcome.UPDATED, earlier
            )
            kept, older = appended(change.product_id, document.get(HISTORY, ()), entry)
            update["$push"][HISTORY] = {"$each": [entry], "$slice": -kept}
            to_archive += older
        return self._update(change, document, update, Outcome.UPDATED, to_archive)

    def of_missing(self, change: ProductChange, deletion: Document | None) -> Attempt | Outcome:
        """The outcome, or the write, for a product that does not exist; `deletion` is the record of
        its last deletion, if any."""
        if deletion is not None:
            done = self._done(change, deletion)
            if done is not None:
                return done
            order = self.policy.order
            if self.policy.creates and order is not None and order.gives_way_to(deletion):
                return Outcome.DELETED_SINCE
        if not self.policy.creates:
            return Outcome.NOT_FOUND
        return self._creation(change, deletion)

    def _done(self, change: ProductChange, remembered: Document) -> Outcome | None:
        """The outcome of this change if it was already written: by a run that failed later, or by a
        bulk write with an unclear result. CONFLICT if that can no longer be told."""
        did = own_outcome(remembered, self._by(change))
        if did is not None:
            return Outcome(did)
        tried = change.product_id in self.unclear
        if tried and hides_writes(remembered, self.unclear[change.product_id]):
            return Outcome.CONFLICT
        return None

    def _unlike_expected(
        self, change: ProductChange, document: Document, before: Mapping[str, Any]
    ) -> Outcome | None:
        if change.revision is not None and change.revision != document.get(REVISION):
            return Outcome.CONFLICT
        if any(before.get(n) not in (v, change.values.get(n)) for n, v in change.expected.items()):
            return Outcome.CONFLICT
        return None

    def _gives_way(self, document: Document) -> Outcome | None:
        order = self.policy.order
        gives_way = order is not None and order.gives_way_to(document)
        return Outcome.CHANGED_SINCE if gives_way else None

    def _by(self, change: ProductChange) -> str:
        order = self.policy.order
        return self.token if order is None else order.mark(change.row or 0)

    def _over_limits(
        self, after: Mapping[str, Any], content: bytes, before: Mapping[str, Any]
    ) -> Outcome | None:
        if self.limits.too_large(after, content):
            return Outcome.PRODUCT_TOO_LARGE
        if len(after) > max(self.limits.attributes, len(before)):
            return Outcome.TOO_MANY_ATTRIBUTES
        return None

    def _unchanged(self, change: ProductChange, existing: Document) -> Attempt | Outcome:
        touch = self._noted(change, Outcome.UNCHANGED)
        if not self.policy.touches_unchanged:
            ordered = ordered_of(existing)
            stands = ordered is not None and ordered >= self._ordered_at
            if stands or not self.has_older_orders():
                return Outcome.UNCHANGED
            # only the order, so that the earlier one does not overwrite what this one confirmed
            touch = {"$max": {ORDERED: self._ordered_at}, "$push": touch["$push"]}
        return self._update(change, existing, touch, Outcome.UNCHANGED)

    def _entry(
        self, change: ProductChange, revision: int, did: Outcome, before: Mapping[str, Any]
    ) -> tuple[Document, list[ToArchive]]:
        """The entry of this write in the product's history."""
        return new_entry(
            change.product_id,
            revision=revision,
            at=self.now,
            by=self.policy.actor.id,
            did=did.value,
            job_id=self.policy.order.id if self.policy.order else None,
            before=before,
        )

    def _update(
        self,
        change: ProductChange,
        seen: Document,
        update: Document,
        outcome: Outcome,
        to_archive: Sequence[ToArchive] = (),
    ) -> Attempt:
        write = UpdateOne(as_seen(seen), update)
        mark = newest_mark(seen)
        return Attempt(change.product_id, write, outcome, tuple(to_archive), newest_mark=mark)

    def _noted(self, change: ProductChange, outcome: Outcome) -> Document:
        """The part of every update with the author and the time. Times never move back, neither
        because of another clock, nor because an order overwrites a later change."""
        mark = new_mark(self._by(change), outcome.value)
        return {
            "$set": self._signed(),
            "$max": {UPDATED_AT: self.now, ORDERED: self._ordered_at},
            "$push": {MARKS: {"$each": [mark], "$slice": -MARKS_KEPT}},
        }

    @property
    def _ordered_at(self) -> datetime:
        return self.now if self.policy.order is None else self.policy.order.at

    def _signed(self) -> Document:
        signed = {UPDATED_BY: self.policy.actor.id}
        if self.policy.import_source is not None:
            signed[IMPORT_SOURCE] = self.policy.import_source
        return signed

    def _creation(self, change: ProductChange, deletion: Document | None) -> Attempt | Outcome:
        values = {**change.defaults, **change.values}
        content = canonical_json(values)
        refused = self._over_limits(values, content, {})
        if refused is not None:
            return refused
        gone = deletion or {}
        marks = [*marks_of(gone), new_mark(self._by(change), Outcome.CREATED.value)]
        revision = gone.get(REVISION, 0) + 1
        entry, _ = self._entry(change, revision, Outcome.CREATED, {})
        history = gone.get(HISTORY, [])
        kept, older = appended(change.product_id, history, entry)
        document = {
            ID: change.product_id,
            **values,
            CREATED_AT: self.now,
            UPDATED_AT: self.now,
            # revisions and marks continue those of a deleted product: a client that read or wrote
            # that one must not match this one
            REVISION: revision,
            CREATED_BY: self.policy.actor.id,
            HASH: digest(content),
            KEYS: sort_keys(values, self.kinds),
            WRITTEN: {
                "ordered": max(self._ordered_at, ordered_of(gone) or self._ordered_at),
                "marks": marks[-MARKS_KEPT:],
            },
            HISTORY: [*history, entry][-kept:],
            **self._signed(),
        }
        write = InsertOne(document)
        return Attempt(change.product_id, write, Outcome.CREATED, tuple(older), document)


def _changes_identifier(
    product_id: str, before: Mapping[str, Any], after: Mapping[str, Any], identifier: str | None
) -> bool:
    if identifier is not None and identifier in before:
        return identifier not in after or id_text(after[identifier]) != id_text(before[identifier])
    if identifier is not None and identifier in after:
        return False  # it is marked, and filled in only now
    return identifying_value(before, None) == product_id != identifying_value(after, None)
