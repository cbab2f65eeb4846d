"""The products handler on a test's own database, and the attributes that its tests define."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import ANONYMOUS
from core.attributes.definitions import Attribute, AttributeType
from core.attributes.repository import AttributeRepository
from core.attributes.requests import AttributeDraft
from core.database import connect, ensure_indexes
from core.products.indexes import sync_indexes
from core.settings import Settings
from handlers import environment
from handlers.api.products import handler
from tests.api_calls import Context, Reply, event, reply_of

TYPES = AttributeType

DRAFTS = (
    AttributeDraft(name="ProductSKU", type=TYPES.SHORT_TEXT),
    AttributeDraft(name="ProductName", type=TYPES.SHORT_TEXT, is_required=True),
    AttributeDraft(name="Barcode", type=TYPES.SHORT_TEXT),
    AttributeDraft(name="Price", type=TYPES.NUMBER),
    AttributeDraft(name="Brand", type=TYPES.SINGLE_SELECT, options=("Acme", "Umbra", "Öko")),
    AttributeDraft(name="Colors", type=TYPES.MULTIPLE_SELECT, options=("Red", "Blue", "Green")),
    AttributeDraft(name="Net Weight", type=TYPES.MEASURE, unit="kg"),
    AttributeDraft(name="Description", type=TYPES.LONG_TEXT),
    AttributeDraft(name="Size [cm]", type=TYPES.NUMBER),
    AttributeDraft(name="Secret", type=TYPES.SHORT_TEXT, is_filterable=False, is_sortable=False),
)


@contextmanager
def private_database(uri: str) -> Iterator[Database[dict[str, Any]]]:
    """As the fixture `database`, for a module that only reads what it wrote once. It is left to
    end with its server: dropping a large one takes the engine longer than filling it."""
    settings = Settings(mongodb_uri=uri, mongodb_database=f"test_{uuid.uuid4().hex}")
    database = connect(settings, socket_timeout_ms=None)
    try:
        ensure_indexes(database)
        yield database
    finally:
        database.client.close()


@contextmanager
def wired(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, **limits: Any
) -> Iterator[None]:
    environment.forget()
    settings = Settings(auth_mode="none", cursor_secret="a secret of the tests", **limits)
    monkeypatch.setattr(environment, "database", lambda: database)
    monkeypatch.setattr(environment, "settings", lambda: settings)
    yield
    monkeypatch.undo()
    environment.forget()


def define(
    database: Database[dict[str, Any]], drafts: Sequence[AttributeDraft] = DRAFTS
) -> list[Attribute]:
    """Store the attributes, and the indexes that they ask for."""
    attributes = AttributeRepository(database)
    for draft in drafts:
        attributes.add(draft, ANONYMOUS, clock.now())
    sync_indexes(database, attributes.all())
    return attributes.all()


def ask(
    method: str,
    path: str = "/products",
    body: Any = None,
    query: Mapping[str, str | Sequence[str]] | None = None,
    **more: Any,
) -> Reply:
    """A call as a REST API makes it; `more` are further fields of the event."""
    call = event(method, path, body) | more
    if query is not None:
        several = {n: [v] if isinstance(v, str) else list(v) for n, v in query.items()}
        call["multiValueQueryStringParameters"] = several
        call["queryStringParameters"] = {name: values[-1] for name, values in several.items()}
    reply = reply_of(handler(call, Context()))
    assert reply.headers["access-control-allow-origin"] == "*"
    return reply


def approved(*products: Any, **more: Any) -> dict[str, Any]:
    reply = ask("POST", "/products/approve", {"products": list(products), **more})
    assert reply.status == 200, reply.text
    return reply.json


def listed(**query: str | Sequence[str]) -> dict[str, Any]:
    reply = ask("GET", query=query)
    assert reply.status == 200, reply.text
    return reply.json


def ids(**query: str | Sequence[str]) -> list[str]:
    return [product["_id"] for product in listed(**query)["data"]]


def one(product_id: str) -> dict[str, Any]:
    (found,) = listed(_id=product_id)["data"]
    product: dict[str, Any] = found
    return product
