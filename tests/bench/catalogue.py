"""A catalogue for benches: its products, its attributes with their indexes, its database server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo.database import Database

from core.actors import ANONYMOUS
from core.attributes.definitions import AttributeType
from core.attributes.repository import AttributeRepository
from core.attributes.requests import AttributeDraft
from core.clock import now
from core.database import connect, ensure_indexes
from core.products.indexes import sync_indexes
from core.settings import Settings
from infra.local.configuration import Port
from infra.local.engines import (
    choose_port,
    database_fault,
    embedded_uri,
    start_database,
    wait_until_well,
)

CHANGED_EVERY = 100
"""The price of one product in so many follows `price`, see `product`."""

T = AttributeType
DRAFTS = (
    AttributeDraft(name="SKU", type=T.SHORT_TEXT, is_required=True),
    AttributeDraft(name="ProductName", type=T.SHORT_TEXT, is_required=True),
    AttributeDraft(name="Brand", type=T.SINGLE_SELECT, options=("Acme", "Umbra", "Öko")),
    AttributeDraft(name="Price", type=T.NUMBER),
    AttributeDraft(name="Stock", type=T.NUMBER),
    AttributeDraft(name="Weight", type=T.MEASURE, unit="kg"),
    AttributeDraft(name="Colors", type=T.MULTIPLE_SELECT, options=("Red", "Blue", "Green")),
    AttributeDraft(name="Barcode", type=T.BARCODE),
    AttributeDraft(name="Launched", type=T.DATE),
    AttributeDraft(name="Available", type=T.BOOLEAN),
    AttributeDraft(name="Page", type=T.URL),
    AttributeDraft(name="Description", type=T.LONG_TEXT),
    AttributeDraft(name="Note", type=T.SHORT_TEXT, is_filterable=False, is_sortable=False),
    AttributeDraft(name="Origin", type=T.SHORT_TEXT, is_filterable=False, is_sortable=False),
    AttributeDraft(name="Material", type=T.SHORT_TEXT, is_filterable=False, is_sortable=False),
)
"""Fifteen columns with the default flags, but for three which are only stored."""


def product(number: int, price: int) -> dict[str, Any]:
    """Row `number` as an import leaves it, some 500 bytes. `price` shows in every hundredth row."""
    return {
        "SKU": f"SKU-{number:08}",
        "ProductName": f"Lamp {number % 9973} of series {number % 89}",
        "Brand": ("Acme", "Umbra", "Öko")[number % 3],
        "Price": (number % 9973) / 4 + (price if number % CHANGED_EVERY == 0 else 0),
        "Stock": number % 501,
        "Weight": {"value": number % 977 / 8, "unit": "kg"},
        "Colors": [["Red"], ["Blue", "Red"], ["Green"]][number % 3],
        "Barcode": f"{4_000_000_000_000 + number}",
        "Launched": f"20{number % 26:02}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "Available": number % 2 == 0,
        "Page": f"https://shop.example/products/{number}",
        "Description": f"Lamp {number}. " + "Gives a warm light, and lasts for many years. " * 3,
        "Note": f"note {number % 7919}",
        "Origin": ("Austria", "Portugal", "Vietnam")[number % 3],
        "Material": ("steel", "oak", "linen")[number % 3],
    }


def prepared(uri: str, name: str) -> Database[dict[str, Any]]:
    """A database with the attributes and all their indexes."""
    settings = Settings(mongodb_uri=uri, mongodb_database=name)
    database = connect(settings, socket_timeout_ms=None)
    ensure_indexes(database)
    attributes = AttributeRepository(database)
    for draft in DRAFTS:
        attributes.add(draft, ANONYMOUS, now())
    sync_indexes(database, attributes.all())
    return database


@contextmanager
def database_server(folder: Path) -> Iterator[str]:
    """The local stack's database server, on a port of its own; its URI."""
    state = folder / "server"
    port = choose_port(Port("MONGODB_PORT", 0, named=False))
    server = start_database(state, port)
    uri = embedded_uri(port)
    try:
        wait_until_well(server, lambda: database_fault(uri) is None, uri)
        yield uri
    finally:
        server.stop()
