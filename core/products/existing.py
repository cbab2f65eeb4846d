"""The existing products among those that a call writes.

An unchanged product is recognised by the hash of its values, so a mark is read first: some two
hundred bytes, however long its texts are. Whole documents are only read if something differs. If
most products differ, for example because a file has only some of the attributes, the marks are
skipped.
"""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.collection import Collection

from core.products.documents import Document
from core.products.fields import HASH, ID, KEYS, REVISION
from core.products.marks import WRITTEN

LOOKUP_IDS = 100
"""Ids in one query. The first answer of the database holds 101 documents, so that each query is one
round trip; and an engine that compares every found document with every requested id (SecantusDB
does) needs quadratic time: 500 at once take three times as long."""

_FINGERPRINT = dict.fromkeys((HASH, KEYS, REVISION, WRITTEN), 1)


class ExistingProducts:
    """Reads marks and documents of the `products` collection."""

    def __init__(self, products: Collection[Document]) -> None:
        self._products = products

    def fingerprints(self, ids: Sequence[str]) -> dict[str, Document]:
        """By id: hash, sort keys, revision and last writes of existing products."""
        return self._read(ids, _FINGERPRINT)

    def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """By id: existing products, complete."""
        return self._read(ids, None)

    def _read(self, ids: Sequence[str], fields: dict[str, int] | None) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for at in range(0, len(ids), LOOKUP_IDS):
            wanted = {ID: {"$in": [*ids[at : at + LOOKUP_IDS]]}}
            for document in self._products.find(wanted, fields):
                found[document[ID]] = document
        return found
