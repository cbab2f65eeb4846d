"""Every list query of the contract over a catalogue of real size: what the database reads for it.

The engine of the tests reports the plan (`explain`) but differs from MongoDB in two ways: it reads
all matches of a plan before it cuts the page, and it reports a SORT stage wherever a query has both
a filter and an order of two keys, whether or not the index gives that order. So the plan's index is
taken from `explain`, and whether it gives the order is decided by the rule of MongoDB's documents
(equality, sort, range): fields that a filter fixes drop out of the index and out of the order, and
what is left of the order must be how the index goes on, or its exact reverse.

The documents that a page reads are printed: as the engine counts them where a filter is found by
its index; where the index gives the order of all products, a page ends the reading ("to the page's
end": of a filter like `ne` those are the products before the last one shown).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.cursors import CursorSigner
from core.database import PRODUCTS, ensure_indexes
from core.products.documents import Document
from core.products.fields import Catalogue, kinds_of, sort_keys
from core.products.indexes import sync_indexes
from core.products.listing import list_products, read_list_request, value_at
from core.products.queries.conditions import Condition, Term, query_of
from core.products.queries.sorting import Order, phases_after
from core.products.repository import ProductRepository, hint_for
from core.settings import Settings
from tests.integration.products_api import define, private_database

SIZE = int(os.environ.get("PRODUCTS_AT_SIZE", "50000"))
SIGNER = CursorSigner(Settings(cursor_secret="of the tests"))
LONG = "All of these descriptions begin with the very same words, for much longer than a key is. "

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)

DRAFTS = (
    AttributeDraft(name="ProductSKU", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Price", type=AttributeType.NUMBER),
    AttributeDraft(name="Brand", type=AttributeType.SINGLE_SELECT, options=("Acme", "Umbra")),
    AttributeDraft(name="Colors", type=AttributeType.MULTIPLE_SELECT, options=("Red", "Blue")),
    AttributeDraft(name="Weight", type=AttributeType.MEASURE, unit="kg"),
    AttributeDraft(name="Description", type=AttributeType.LONG_TEXT),
)


@dataclass(frozen=True)
class Shop:
    database: Database[dict[str, Any]]
    catalogue: Catalogue


def product(n: int) -> Document:
    values: dict[str, Any] = {
        "ProductSKU": f"{n:07}",
        "Price": n % 997 / 4,
        "Brand": f"Brand {n % 500}",
        "Weight": {"value": n % 89, "unit": "kg"},
        "Description": LONG + str(n % 300),
    }
    if n % 3 != 1:
        values["Colors"] = [["Red"], ["Blue", "Red"]][n % 2]
    return {"_id": f"{n:07}", **values, "createdAt": FIRST_DAY + timedelta(minutes=n)}


def stored(document: Document, catalogue: Catalogue) -> Document:
    return document | {"_keys": sort_keys(document, kinds_of(catalogue.attributes))}


@pytest.fixture(scope="module")
def shop(mongodb_uri: str) -> Iterator[Shop]:
    with private_database(mongodb_uri) as database:
        attributes = define(database, DRAFTS)
        shop = Shop(database, Catalogue(tuple(attributes)))
        database["products"].drop_indexes()  # built at the end, which is faster
        for start in range(0, SIZE, 2_000):
            database["products"].insert_many(
                [
                    stored(product(n), shop.catalogue)
                    for n in range(start, min(start + 2_000, SIZE))
                ],
                ordered=False,
            )
        ensure_indexes(database)
        sync_indexes(database, attributes)
        yield shop


@dataclass(frozen=True)
class Reading:
    """How one query of a page is read."""

    stages: tuple[str, ...]
    index: tuple[tuple[str, int], ...]
    """Keys of the index; empty for a scan of the collection."""
    examined: int | None
    """Documents, as the engine counts them; None where the end of the page ends the reading."""
    order: tuple[tuple[str, int], ...]
    fixed: frozenset[str]

    @property
    def is_scan(self) -> bool:
        return "COLLSCAN" in self.stages

    @property
    def is_ordered_by_index(self) -> bool:
        keys = [key for key in self.index if key[0] not in self.fixed]
        order = [key for key in self.order if key[0] not in self.fixed]
        going_on = keys[: len(order)]
        return order in (going_on, [(path, -way) for path, way in going_on])


def readings(shop: Shop, behind: Document | None, **query: str) -> list[Reading]:
    """One for the first page; for what follows a product, one for each phase."""
    request = read_list_request({n: [v] for n, v in query.items()}, shop.catalogue)
    if behind is None:
        return [reading(shop, request.terms, request.order, ())]
    behind = stored(behind, shop.catalogue)
    position = [value_at(behind, key.path) for key in request.order.all_keys]
    phases = phases_after(request.order, position, request.terms)
    return [reading(shop, request.terms, request.order, phase) for phase in phases]


def reading(shop: Shop, terms: Sequence[Term], order: Order, phase: Sequence[Condition]) -> Reading:
    hint = hint_for(terms, order, phase)
    filters = query_of(terms, phase)
    query: dict[str, Any] = {"find": PRODUCTS, "filter": filters, "limit": 11}
    query["sort"] = dict(order.specification)
    if hint is not None:
        query["hint"] = dict(hint)
    finds = any(term.is_indexed for term in terms)
    verbosity = "executionStats" if finds else "queryPlanner"  # the former executes the query
    plan = shop.database.command("explain", query, verbosity=verbosity)
    stages = tuple(_stages(plan["queryPlanner"]["winningPlan"]))
    return Reading(
        stages=tuple(stage["stage"] for stage in stages),
        index=tuple(
            (path, int(way))
            for stage in stages
            for path, way in stage.get("keyPattern", {}).items()
        ),
        examined=plan["executionStats"]["totalDocsExamined"] if finds else None,
        order=tuple(order.specification),
        fixed=frozenset(p for p, test in filters.items() if not isinstance(test, Mapping)),
    )


def _stages(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in [*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])]:
        yield from _stages(inner)


def tell(capsys: pytest.CaptureFixture[str], what: str, found: Sequence[Reading]) -> None:
    with capsys.disabled():
        for one in found:
            index = ", ".join(path for path, _ in one.index)
            order = "by the index" if one.is_ordered_by_index else "sorted"
            read = "to the page's end" if one.examined is None else f"{one.examined:,}"
            print(f"\n  {what[:60]:<60} {index:<22} read: {read:<18} {order}", end="")


ORDERED = [
    {},
    {"Brand": "Brand 7"},
    {"Price": "12.5"},
    {"Colors": "Blue"},
    {"Weight": "5"},
    {"_id": "0000007"},
    {"Price[ne]": "3"},
    {"Brand[ne]": "Brand 1,Brand 2"},
    {"Description[contains]": "words"},
    {"q": "brand 77"},
    *({"sortBy": name} for name in ("ProductSKU", "Price", "Brand", "Colors", "Weight")),
    *({"sortBy": f"-{name}"} for name in ("ProductSKU", "Price", "Brand", "Colors", "Weight")),
    {"sortBy": "Description"},
    {"sortBy": "createdAt"},
    {"sortBy": "-updatedAt"},
    {"sortBy": "importSource"},
    {"sortBy": "brand"},
    {"Price": "12.5", "sortBy": "Price"},
    {"Price[gte]": "240", "sortBy": "Price"},
    {"Price[gte]": "240", "Price[lt]": "241", "sortBy": "-Price"},
    {"Brand[startswith]": "Brand 49", "sortBy": "Brand"},
    {"Price[ne]": "3", "sortBy": "Brand"},
]
"""An index finds the products, or gives the order, or both: nothing is sorted in memory."""

FOUND = [
    {"Brand": "Brand 7,Brand 8"},
    {"Description[eq]": LONG + "7"},
    {"Price[gt]": "248"},
    {"Price[gte]": "248", "Price[lte]": "248.5"},
    {"Weight[lt]": "1"},
    {"Brand[startswith]": "Brand 49"},
    {"Brand[exists]": "false"},
    {"Colors[exists]": "false"},
    {"createdAt[gte]": "2026-03-02", "createdAt[lt]": "2026-03-03"},
    {"Brand": "Brand 7", "sortBy": "Price"},
    {"Price[gt]": "248", "sortBy": "-Brand"},
    {"Brand": "Brand 7", "sortBy": "Colors", "sortOrder": "desc"},
    {"sortBy": "Brand,Price", "sortOrder": "asc,desc"},
]
"""An index finds the products; no index over one field could also give this order."""


@pytest.mark.parametrize("query", ORDERED, ids=str)
def test_an_index_gives_the_order(
    shop: Shop, query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = readings(shop, None, **query)
    tell(capsys, str(query), found)
    assert [one.is_scan for one in found] == [False]
    assert [one.is_ordered_by_index for one in found] == [True]


@pytest.mark.parametrize("query", FOUND, ids=str)
def test_an_index_finds_the_products(
    shop: Shop, query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = readings(shop, None, **query)
    tell(capsys, str(query), found)
    assert [one.is_scan for one in found] == [False]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"Brand": "Brand 7"},
        {"sortBy": "Price"},
        {"sortBy": "-Brand"},
        {"sortBy": "Colors"},
        {"sortBy": "-Weight"},
        {"sortBy": "Description"},
        {"Price": "12.5", "sortBy": "-Price"},
        {"Price[gte]": "200", "sortBy": "Price"},
    ],
    ids=str,
)
def test_behind_a_cursor_every_phase_is_a_range_of_an_index(
    shop: Shop, query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = readings(shop, product(SIZE // 2), **query)
    tell(capsys, f"cursor {query}", found)
    assert not any(one.is_scan for one in found)
    assert all(one.is_ordered_by_index for one in found)


def test_a_page_deep_in_the_list_is_the_one_that_counting_leads_to(shop: Shop) -> None:
    products = ProductRepository(shop.database)
    page = SIZE // 100
    request = read_list_request({"page": [str(page)], "limit": ["100"]}, shop.catalogue)
    answer = list_products(request, shop.catalogue, products, SIGNER)
    assert [p["_id"] for p in answer["data"]] == [f"{n:07}" for n in range(SIZE - 100, SIZE)]
    assert answer["pagination"]["totalItems"] == SIZE
    assert answer["pagination"]["hasNextPage"] is False
