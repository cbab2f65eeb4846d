"""Reads the products of the catalogue that an enrichment works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo.database import Database

from core.enrichment.job_model import EnrichmentAttributes
from core.enrichment.model import EnrichableProduct
from core.products.documents import Document, attribute_values
from core.products.fields import ID, REVISION, Catalogue
from core.products.queries.conditions import Term, any_of
from core.products.queries.sorting import Order, phases_after
from core.products.repository import ProductRepository

PAGE = 500
"""Products read from the database at once."""


def attributes_of(catalogue: Catalogue) -> EnrichmentAttributes:
    descriptions = {a.name: a.description for a in catalogue.attributes if a.description}
    return EnrichmentAttributes(definitions=catalogue.definitions, descriptions=descriptions)


class ProductReader:
    def __init__(self, database: Database[dict[str, Any]], catalogue: Catalogue) -> None:
        self._products = ProductRepository(database)
        self._names = frozenset(catalogue.names)

    def documents(self, ids: Sequence[str]) -> dict[str, Document]:
        """The products with these ids that exist, by id."""
        found: dict[str, Document] = {}
        for at in range(0, len(ids), PAGE):
            term = Term((any_of(ID, ids[at : at + PAGE]),), is_indexed=True)
            page = self._products.find([term], Order(), limit=PAGE)
            found |= {document[ID]: document for document in page}
        return found

    def matching(self, terms: Sequence[Term]) -> Iterator[Document]:
        """Every product that the filters find, by id, page by page. Each page is one range of an
        index, so the last page costs as little as the first."""
        order = Order()
        page = self._products.find(terms, order, limit=PAGE)
        yield from page
        while len(page) == PAGE:
            (phase,) = phases_after(order, (page[-1][ID],), terms)
            page = self._products.find(terms, order, phase=phase, limit=PAGE)
            yield from page

    def ids(self, terms: Sequence[Term]) -> list[str]:
        """The ids of all products that the filters find, in order."""
        return self._products.ids(terms)

    def count(self, terms: Sequence[Term]) -> int:
        return self._products.count(terms)

    def enrichable(self, document: Mapping[str, Any]) -> EnrichableProduct:
        """The product's revision, and its values of attributes that exist."""
        values = {n: v for n, v in attribute_values(document).items() if n in self._names}
        return EnrichableProduct(id=document[ID], revision=document.get(REVISION, 0), values=values)
