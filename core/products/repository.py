"""Reading the `products` collection, and deleting from it. Writing: `writing.py`.

Only what Amazon DocumentDB 5.0 has. A hint names the index that gives a list its order wherever no
filter can be found by an index: left to themselves, engines read the whole collection for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo.cursor import Cursor
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from core import clock
from core.actors import Actor
from core.database import PRODUCTS, QUERY_MAX_MS, IndexKeys, collection_of, found_by
from core.errors import NotFound
from core.products.changes import Outcome
from core.products.deletions import Deletions
from core.products.documents import HIDDEN, Document, attribute_values
from core.products.existing import LOOKUP_IDS
from core.products.fields import HISTORY, ID, REVISION
from core.products.history.archive import HistoryArchive
from core.products.history.entries import appended, new_entry
from core.products.marks import Order as WriteOrder
from core.products.marks import as_seen
from core.products.queries.conditions import Condition, Term, query_of
from core.products.queries.sorting import ASCENDING, Order

COUNT_MAX_MS = 5_000
"""For a count that is only informative: the rest of the response must not wait longer."""


class ProductRepository:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._products = collection_of(database, PRODUCTS)
        self._deletions = Deletions(database)

    def get(self, product_id: str) -> Document:
        """Raises NotFound `PRODUCT_NOT_FOUND`."""
        found = self._products.find_one({ID: product_id}, HIDDEN)
        if found is None:
            raise _not_found(product_id)
        return found

    def present(self, ids: Sequence[str]) -> int:
        """How many of these products exist."""
        return sum(
            self._products.count_documents({ID: {"$in": [*ids[at : at + LOOKUP_IDS]]}})
            for at in range(0, len(ids), LOOKUP_IDS)
        )

    def delete_by_job(
        self, product_id: str, actor: Actor, archive: HistoryArchive, order: WriteOrder
    ) -> Outcome:
        """DELETED, also if an earlier try of the job did it; CHANGED_SINCE or NOT_FOUND."""
        try:
            return self.delete(product_id, actor, archive, order)
        except NotFound:
            note = self._deletions.of([product_id]).get(product_id, {})
            ours = any(entry.get("job") == order.id for entry in note.get(HISTORY, ())[-1:])
            return Outcome.DELETED if ours else Outcome.NOT_FOUND

    def delete(
        self,
        product_id: str,
        actor: Actor,
        archive: HistoryArchive,
        order: WriteOrder | None = None,
    ) -> Outcome:
        """Delete the product, and leave a note of it, so that an approval that was ordered before
        does not bring it back. The note goes first: without it a product is never away. It
        describes the product as it was deleted: one that was written to since is read again, and
        left as it is by a job that was ordered before.
        Raises NotFound `PRODUCT_NOT_FOUND`."""
        while found := self._products.find_one({ID: product_id}):
            if order is not None and order.gives_way_to(found):
                return Outcome.CHANGED_SINCE
            now = clock.now()
            entry, parts = new_entry(
                product_id,
                revision=found.get(REVISION, 0),
                at=now,
                by=actor.id,
                did="deleted",
                job_id=order.id if order else None,
                before=attribute_values(found),
            )
            history = found.get(HISTORY, [])
            kept, older = appended(product_id, history, entry)
            archive.put([*parts, *older])
            self._deletions.note(found, [*history, entry][-kept:], now)
            if self._products.delete_one(as_seen(found)).deleted_count:
                return Outcome.DELETED
        raise _not_found(product_id)

    def count(self, terms: Sequence[Term]) -> int:
        if not terms:
            # from the collection's own books, at once, where counting would read every entry
            return self._products.estimated_document_count(maxTimeMS=QUERY_MAX_MS)
        return self._products.count_documents(query_of(terms), maxTimeMS=QUERY_MAX_MS)

    def count_with(self, attribute: str) -> int | None:
        """Products with a value of the attribute; None if counting takes too long, since not every
        attribute has an index."""
        try:
            return self._products.count_documents(
                {attribute: {"$exists": True}}, maxTimeMS=COUNT_MAX_MS
            )
        except ExecutionTimeout:
            return None

    def ids(
        self, terms: Sequence[Term], *, phase: Sequence[Condition] = (), limit: int = 0
    ) -> list[str]:
        """Of the products that the filters find, in order; of nothing else anything is sent. A
        limit of 0 means all, and `phase` narrows them to those behind a position."""
        cursor = (
            self._products.find(query_of(terms, phase), {ID: 1})
            .sort(ID, ASCENDING)
            .limit(limit)
            .max_time_ms(QUERY_MAX_MS)
        )
        hint = hint_for(terms, Order(), phase)
        return [document[ID] for document in (cursor if hint is None else cursor.hint(hint))]

    def find(
        self,
        terms: Sequence[Term],
        order: Order,
        *,
        phase: Sequence[Condition] = (),
        skip: int = 0,
        limit: int,
    ) -> list[Document]:
        """Products in order, with the fields that a position in the list needs. `phase` limits the
        list to a range after a position."""
        cursor = self.cursor(terms, order, phase=phase).skip(skip).limit(limit)
        hint = hint_for(terms, order, phase)
        return cursor.to_list() if hint is None else found_by(hint, cursor)

    def cursor(
        self, terms: Iterable[Term], order: Order, *, phase: Sequence[Condition] = ()
    ) -> Cursor[Document]:
        return (
            self._products.find(query_of(terms, phase), HIDDEN)
            .sort(order.specification)
            .max_time_ms(QUERY_MAX_MS)
        )


def hint_for(terms: Sequence[Term], order: Order, phase: Sequence[Condition]) -> IndexKeys | None:
    """The keys of the index to read, or None where the database chooses better: it knows how many
    products each filter finds. A phase of one key is a range that every engine recognises."""
    if any(term.is_indexed for term in terms):
        return None
    if phase and not terms and len(order.keys) == 1 and order.keys[0].path != ID:
        return None
    first = order.all_keys[0].path
    return [(ID, ASCENDING)] if first == ID else [(first, ASCENDING), (ID, ASCENDING)]


def _not_found(product_id: str) -> NotFound:
    return NotFound("PRODUCT_NOT_FOUND", f"There is no product with the id “{product_id[:200]}”.")
