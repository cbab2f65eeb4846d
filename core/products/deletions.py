"""The record of a deleted product: that it was deleted, and when.

An approval that was ordered earlier does not create the product again, and one that wrote it before
the deletion can recognise that. Revisions continue from the deleted product, so that a reader of
that one cannot change a new product with the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.database import DELETIONS, collection_of
from core.products.documents import Document
from core.products.fields import HISTORY, ID, REVISION
from core.products.marks import WRITTEN, marks_of


class Deletions:
    """The `deletions` collection: one note for each id, which the database drops after months."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._deletions = collection_of(database, DELETIONS)

    def note(self, product: Document, history: Sequence[Document], now: datetime) -> None:
        """Before the product goes: so it is never away without a note. `product` has at least its
        id, revision and last writes; `history` ends with its deletion. The note of a later state
        stays as it is."""
        note = {
            "at": now,
            HISTORY: [*history],
            REVISION: product.get(REVISION, 0),
            WRITTEN: {"ordered": now, "marks": marks_of(product)},
        }
        not_later = {ID: product[ID], REVISION: {"$lte": note[REVISION]}}
        with suppress(DuplicateKeyError):  # there is a later one, which is not found, and stays
            self._deletions.replace_one(not_later, note, upsert=True)

    def of(self, ids: Sequence[str]) -> dict[str, Document]:
        """By id: the notes of those that were deleted some time."""
        # one query for all of a batch: it finds next to none of them
        found = self._deletions.find({ID: {"$in": [*ids]}}) if ids else ()
        return {note[ID]: note for note in found}
