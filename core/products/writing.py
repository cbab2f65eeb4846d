"""Writing products: many at once, none lost, none written over unseen.

Every write of a product that exists is conditional on the revision that it was computed from. What
another writer changed meanwhile is read again and computed anew, a few times; so two callers who
change different attributes of one product both succeed, and the hash of the content is always that
of the content. Bulk writes are unordered: what is wrong with one product holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from core.database import PRODUCTS, collection_of
from core.products.changes import Attempt, Computation, Outcome, ProductChange, WritePolicy
from core.products.existing import ExistingProducts
from core.products.fields import ID, FieldKind, keyed_kinds

MAX_ROUNDS = 5
"""So often a product that others keep changing is tried before it counts as a conflict."""

WRITTEN_AT_ONCE = 500
"""Changes in one message to the database: a small one with many indexes takes seconds for so many,
and an answer must come before the socket's time is over."""

_DUPLICATE_KEY = 11000


class ProductWriter:
    """Writes changes to the `products` collection. `kinds` are those of the attributes.

    With `marks_first` it expects products that stand unchanged and are named whole, as in a file
    that is approved again, and reads no more of them than tells that. It leaves off as soon as most
    products of a call differ. The outcomes are the same either way.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        kinds: Mapping[str, FieldKind],
        *,
        marks_first: bool = False,
    ) -> None:
        self._products = collection_of(database, PRODUCTS)
        self._standing = ExistingProducts(self._products)
        self._kinds = keyed_kinds(kinds)
        self._marks_first = marks_first

    def write(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcome of each change, in order. No two changes may have one product id."""
        if len({change.product_id for change in changes}) != len(changes):
            raise ValueError("two changes of one product")
        computation = Computation(policy, self._kinds)
        outcomes: dict[str, Outcome] = {}
        for at in range(0, len(changes), WRITTEN_AT_ONCE):
            outcomes |= self._write_some(changes[at : at + WRITTEN_AT_ONCE], computation)
        return [outcomes[change.product_id] for change in changes]

    def _write_some(
        self, changes: Sequence[ProductChange], computation: Computation
    ) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        pending = {change.product_id: change for change in changes}
        for _ in range(MAX_ROUNDS):
            if not pending:
                break
            outcomes |= self._round([*pending.values()], computation)
            pending = {i: change for i, change in pending.items() if i not in outcomes}
        return outcomes | dict.fromkeys(pending, Outcome.CONFLICT)

    def dry_run(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcomes that `write` would have, without writing. What only the database can refuse
        (NOT_UNIQUE), and what others change meanwhile, is not foreseen."""
        computed = self._compute(changes, Computation(policy, self._kinds))
        found = [computed[change.product_id] for change in changes]
        return [each.outcome if isinstance(each, Attempt) else each for each in found]

    def _round(
        self, pending: Sequence[ProductChange], computation: Computation
    ) -> dict[str, Outcome]:
        """The outcomes that are certain; what is missing must be tried again."""
        computed = self._compute(pending, computation)
        attempts = [each for each in computed.values() if isinstance(each, Attempt)]
        outcomes = {i: each for i, each in computed.items() if isinstance(each, Outcome)}
        return outcomes | self._execute(attempts)

    def _compute(
        self, changes: Sequence[ProductChange], computation: Computation
    ) -> dict[str, Attempt | Outcome]:
        """By product id: the write that each change takes, or its outcome if it takes none."""
        if not self._marks_first:
            return self._compute_whole(changes, computation)
        computed: dict[str, Attempt | Outcome] = {}
        differing: list[ProductChange] = []
        fingerprints = self._standing.fingerprints([change.product_id for change in changes])
        for change in changes:
            mark = fingerprints.get(change.product_id)
            found = (
                computation.by_document(change, None)
                if mark is None
                else computation.by_mark(change, mark)
            )
            if found is None:
                differing.append(change)
            else:
                computed[change.product_id] = found
        self._marks_first = 2 * len(differing) <= len(fingerprints)
        return computed | self._compute_whole(differing, computation)

    def _compute_whole(
        self, changes: Iterable[ProductChange], computation: Computation
    ) -> dict[str, Attempt | Outcome]:
        by_id = {change.product_id: change for change in changes}
        documents = self._standing.documents([*by_id])
        return {i: computation.by_document(c, documents.get(i)) for i, c in by_id.items()}

    def _execute(self, attempts: Sequence[Attempt]) -> dict[str, Outcome]:
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

    def _lost(self, updates: Sequence[Attempt]) -> list[str]:
        """The products that do not stand as their update would have them: another writer was
        faster, or they are gone."""
        hashes = self._standing.hashes([attempt.product_id for attempt in updates])
        return [
            attempt.product_id
            for attempt in updates
            if attempt.product_id not in hashes
            or (attempt.new_hash is not None and hashes[attempt.product_id] != attempt.new_hash)
        ]


def _is_about_id(fault: Mapping[str, Any]) -> bool:
    pattern = fault.get("keyPattern")
    if pattern is not None:
        return set(pattern) == {ID}
    return "_id_" in str(fault.get("errmsg", ""))  # DocumentDB names the index in the message only
