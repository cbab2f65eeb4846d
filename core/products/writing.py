"""Writes products in bulk, without losing an update or overwriting an unseen change.

Every write of an existing product is conditional on the revision from which it was computed. After
a concurrent change the product is read and computed again, a few times; so two callers who change
different attributes of one product both succeed, and the hash always matches the content. Bulk
writes are unordered: a problem with one product does not affect others.

A bulk write only returns how many of its updates matched. If some did not, all its products are
read again, and those with the mark of this write (`marks.py`) are done, whatever others have
changed since: no write is made twice.

A new product continues the revisions of the deleted one with its id. The database cannot insert it
on the condition that no other was created and deleted meanwhile; so the notes of deletions are read
again afterwards, and a product that continues an older one is taken back and computed again. A
writer that is killed in between leaves such a product; so whoever recognises a product as created
by its own earlier try reads the notes as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from core import clock
from core.database import PRODUCTS, collection_of
from core.jobs.repository import JobRepository
from core.products.changes import Attempt, Computation, Outcome, ProductChange, WritePolicy
from core.products.deletions import Deletions
from core.products.documents import Document
from core.products.existing import ExistingProducts
from core.products.fields import ID, REVISION, FieldKind, keyed_kinds
from core.products.history.archive import HistoryArchive
from core.products.marks import as_seen, marks_of
from core.products.sizes import ProductLimits

MAX_ROUNDS = 5
"""So often a product that others keep changing is tried before it counts as a conflict."""

WRITTEN_AT_ONCE = 500
"""Changes in one message to the database: a small one with many indexes takes seconds for so many,
and an answer must come before the socket's time is over."""

_DUPLICATE_KEY = 11000
_TOO_LARGE = frozenset({10334, 17280, 17419, 17420})
"""A document over 16 MB, before or after an update, or an index entry over the limit: a matter of
the one product, however often it is tried."""

_Unclear = Mapping[str, str | None]
"""By id: products that a bulk write may have updated, with the newest mark that each had."""
_Now = Callable[[_Unclear], Computation]
"""Computes as of this moment."""


class ProductWriter:
    """Writes changes to the `products` collection. `kinds` are those of the attributes.

    With `marks_first` it expects products that stand unchanged and are named whole, as in a file
    that is approved again, and reads no more of them than tells that. It leaves off as soon as most
    products of a call differ. The outcomes are the same either way.

    `archive` takes what the history of a product no longer carries; without it, that is dropped.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        kinds: Mapping[str, FieldKind],
        *,
        limits: ProductLimits | None = None,
        marks_first: bool = False,
        archive: HistoryArchive | None = None,
    ) -> None:
        self._products = collection_of(database, PRODUCTS)
        self._existing = ExistingProducts(self._products)
        self._deletions = Deletions(database)
        self._jobs = JobRepository(database)
        self._limits = limits or ProductLimits()
        self._kinds = keyed_kinds(kinds)
        self._marks_first = marks_first
        self._archive = archive

    def write(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcome of each change, in order. No two changes may have one product id."""
        if len({change.product_id for change in changes}) != len(changes):
            raise ValueError("two changes of one product")
        compute = self._computing(policy)
        outcomes: dict[str, Outcome] = {}
        for at in range(0, len(changes), WRITTEN_AT_ONCE):
            outcomes |= self._write_some(changes[at : at + WRITTEN_AT_ONCE], compute)
        return [outcomes[change.product_id] for change in changes]

    def existing(self, ids: Sequence[str]) -> dict[str, Document]:
        """By id: the products that exist, as they are stored."""
        return self._existing.documents(list(dict.fromkeys(ids)))

    def dry_run(self, changes: Sequence[ProductChange], policy: WritePolicy) -> list[Outcome]:
        """The outcomes that `write` would have, without writing. What only the database can refuse
        (NOT_UNIQUE), and what others change meanwhile, is not foreseen."""
        computed = self._compute(changes, self._computing(policy)({}))
        found = [computed[change.product_id] for change in changes]
        return [each.outcome if isinstance(each, Attempt) else each for each in found]

    def _computing(self, policy: WritePolicy) -> _Now:
        token = uuid.uuid4().hex
        ordered_at = policy.order.at if policy.order else clock.now()
        has_older = cache(lambda: self._jobs.has_unfinished_commit(before=ordered_at))
        return lambda unclear: Computation(
            policy, self._kinds, self._limits, token, policy.now or clock.now(), unclear, has_older
        )

    def _write_some(self, changes: Sequence[ProductChange], now: _Now) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        pending = {change.product_id: change for change in changes}
        unclear: dict[str, str | None] = {}
        for _ in range(MAX_ROUNDS):
            computed = self._compute([*pending.values()], now(unclear))
            outcomes |= self._confirmed(_settled(computed))
            attempts = [c for c in computed.values() if isinstance(c, Attempt)]
            outcomes |= self._execute(attempts)
            unclear |= {
                a.product_id: a.newest_mark
                for a in attempts
                if a.product_id not in outcomes and isinstance(a.write, UpdateOne)
            }
            pending = {i: change for i, change in pending.items() if i not in outcomes}
            if not pending:
                return outcomes
        # products that the last round did write are done, the others are conflicts
        last = _settled(self._compute([*pending.values()], now(unclear)))
        return outcomes | dict.fromkeys(pending, Outcome.CONFLICT) | last

    def _compute(
        self, changes: Sequence[ProductChange], computation: Computation
    ) -> dict[str, Attempt | Outcome]:
        """By product id: the write that each change takes, or its outcome if it takes none."""
        if not self._marks_first:
            return self._compute_whole(changes, computation)
        computed: dict[str, Attempt | Outcome] = {}
        differing: list[ProductChange] = []
        missing: list[ProductChange] = []
        fingerprints = self._existing.fingerprints([change.product_id for change in changes])
        for change in changes:
            mark = fingerprints.get(change.product_id)
            found = None if mark is None else computation.by_mark(change, mark)
            if found is not None:
                computed[change.product_id] = found
            elif mark is None:
                missing.append(change)
            else:
                differing.append(change)
        self._marks_first = 2 * len(differing) <= len(fingerprints)
        computed |= self._compute_missing(missing, computation)
        return computed | self._compute_whole(differing, computation)

    def _compute_whole(
        self, changes: Iterable[ProductChange], computation: Computation
    ) -> dict[str, Attempt | Outcome]:
        by_id = {change.product_id: change for change in changes}
        documents = self._existing.documents([*by_id])
        computed: dict[str, Attempt | Outcome] = {
            i: computation.by_document(by_id[i], document) for i, document in documents.items()
        }
        missing = [change for i, change in by_id.items() if i not in documents]
        return computed | self._compute_missing(missing, computation)

    def _compute_missing(
        self, changes: Sequence[ProductChange], computation: Computation
    ) -> dict[str, Attempt | Outcome]:
        deletions = self._deletions.of([change.product_id for change in changes])
        return {
            change.product_id: computation.of_missing(change, deletions.get(change.product_id))
            for change in changes
        }

    def _execute(self, attempts: Sequence[Attempt]) -> dict[str, Outcome]:
        if not attempts:
            return {}
        if self._archive is not None:
            self._archive.put([part for a in attempts for part in a.to_archive])
        failed: dict[int, Mapping[str, Any]] = {}
        try:
            result = self._products.bulk_write([a.write for a in attempts], ordered=False)
            matched = result.matched_count
        except BulkWriteError as error:
            failed = {fault["index"]: fault for fault in error.details["writeErrors"]}
            matched = error.details["nMatched"]
            if error.details["writeConcernErrors"] or any(
                fault["code"] not in (_DUPLICATE_KEY, *_TOO_LARGE) for fault in failed.values()
            ):
                raise
        outcomes: dict[str, Outcome] = {}
        updates: list[str] = []
        for at, attempt in enumerate(attempts):
            if at not in failed:
                outcomes[attempt.product_id] = attempt.outcome
                if isinstance(attempt.write, UpdateOne):
                    updates.append(attempt.product_id)
            elif failed[at]["code"] in _TOO_LARGE:
                outcomes[attempt.product_id] = Outcome.PRODUCT_TOO_LARGE
            elif not _is_about_id(failed[at]):
                outcomes[attempt.product_id] = Outcome.NOT_UNIQUE
            # otherwise another caller created it first: the next round updates it
        created = {
            a.product_id: a.created
            for a in attempts
            if a.created is not None and a.product_id in outcomes
        }
        for product_id in self._taken_back(created):
            del outcomes[product_id]
        refused = [at for at in failed if isinstance(attempts[at].write, UpdateOne)]
        if refused or matched < len(updates):  # the next round recognises them by their marks
            for product_id in updates:
                del outcomes[product_id]
        return outcomes

    def _confirmed(self, settled: dict[str, Outcome]) -> dict[str, Outcome]:
        """Without the products that an earlier try created and that are taken back here."""
        created = [i for i, outcome in settled.items() if outcome is Outcome.CREATED]
        taken_back = self._taken_back(self._existing.fingerprints(created))
        return {i: outcome for i, outcome in settled.items() if i not in taken_back}

    def _taken_back(self, created: Mapping[str, Document]) -> list[str]:
        """The new products, of those given by id, that continue another deletion than the last one.
        A product that somebody has changed since its creation stays."""
        again = []
        for product_id, note in self._deletions.of([*created]).items():
            document = created[product_id]
            last = marks_of(document)[-1]
            is_newer = note[REVISION] < document[REVISION]
            # the note may be of this very product, which somebody is deleting
            if is_newer or last["did"] != Outcome.CREATED or last in marks_of(note):
                continue
            self._products.delete_one(as_seen(document))
            again.append(product_id)
        return again


def _settled(computed: Mapping[str, Attempt | Outcome]) -> dict[str, Outcome]:
    return {i: found for i, found in computed.items() if isinstance(found, Outcome)}


def _is_about_id(fault: Mapping[str, Any]) -> bool:
    pattern = fault.get("keyPattern")
    if pattern is not None:
        return set(pattern) == {ID}
    return "_id_" in str(fault.get("errmsg", ""))  # DocumentDB names the index in the message only
