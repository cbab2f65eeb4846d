"""Answers with products keep to what Lambda hands on, and say so when something is left out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.products.answer_sizes import fitting, size_in_answer
from tests.integration.products_api import DRAFTS, approved, ask, define, listed, wired

LAMBDA_BYTES = 6_291_456
STORIES = [AttributeDraft(name=f"Story {n}", type=AttributeType.LONG_TEXT) for n in range(4)]
STORY = 'Чайник\n"' * 110_000
"""Some 1.6 MB in UTF-8, and more within the JSON text of an answer."""


@pytest.fixture(autouse=True)
def api(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with wired(database, monkeypatch):
        define(database, [*(d for d in DRAFTS if d.name == "ProductSKU"), *STORIES])
        yield


def as_lambda_counts(body: Any) -> int:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return len(json.dumps({"body": text}, ensure_ascii=False).encode())


def test_a_page_ends_where_an_answer_does_and_its_cursor_goes_on() -> None:
    for number in range(5):
        approved({"ProductSKU": f"{number}", "Story 0": STORY})
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        page = listed(limit="100", **cursor)
        assert as_lambda_counts(page) < LAMBDA_BYTES
        assert all(product["Story 0"] == STORY for product in page["data"])
        seen += [product["_id"] for product in page["data"]]
        going_on = page["pagination"]["nextCursor"]
        assert page["pagination"].get("endsEarly", False) == (going_on is not None)
        assert ("ends early" in page["message"]) == (going_on is not None)
        if going_on is None:
            break
        cursor = {"cursor": going_on}

    assert seen == ["0", "1", "2", "3", "4"]
    assert cursor, "they took more than one page"


def test_a_product_that_no_answer_holds_is_shown_without_its_largest_values() -> None:
    approved({"ProductSKU": "A"})
    approved({"ProductSKU": "B", **{f"Story {n}": STORY + "!" * n for n in range(4)}})
    approved({"ProductSKU": "C"})

    page = listed()
    one = ask("GET", "/products/B").json

    assert [product["_id"] for product in page["data"]] == ["A", "B", "C"]
    assert page["omittedValues"] == one["omittedValues"]
    ((left_out),) = page["omittedValues"]
    assert left_out["_id"] == "B"
    assert left_out["fields"][0] == "Story 3"
    assert set(one["product"]) & set(left_out["fields"]) == set()
    assert one["product"]["Story 0"] == STORY
    assert as_lambda_counts(page) < LAMBDA_BYTES
    assert as_lambda_counts(one) < LAMBDA_BYTES


def test_what_fits_is_shown_whole() -> None:
    products = [{"_id": str(n), "Name": "ü" * n} for n in range(50)]
    whole = sum(size_in_answer(product) for product in products)

    assert fitting(products, whole).products == products
    assert fitting(products, whole - 1).products == products[:-1]
    assert fitting(products, whole).omitted == []
