"""What is exported imports again without a fault and without a change, for all types."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from core.attributes.rules.tables import Table
from core.exports.documents import table_of
from tests.unit.exports.export_kit import (
    EVERY_TYPE,
    NAMES,
    ROWS,
    TRICKY_TEXTS,
    Imported,
    csv_of,
    ndjson_of,
    source_file,
    xlsx_of,
)


def again(data: bytes, file_name: str) -> list[dict[str, Any]]:
    with Imported(data, file_name) as imported:
        outcome = imported.outcome
        assert outcome.faults == 0, outcome
        assert outcome.ignored_headers == ()
        return imported.products()


def assert_all_import_again(tables: list[Table], products: list[dict[str, Any]]) -> None:
    assert ndjson_of(tables) == products
    filled = [product for product in products if product]
    assert again(csv_of(tables, NAMES), "f.csv") == filled
    assert again(csv_of(tables, NAMES, is_guarded=True), "g.csv") == filled
    assert again(xlsx_of(tables, NAMES), "f.xlsx") == filled


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_the_rows_of_an_import(rows: list[dict[str, str]]) -> None:
    with Imported(source_file(rows), "f.csv", chunk_target_bytes=200) as source:
        products = source.products()
        if not products:
            return
        tables = source.tables()
        assert_all_import_again(tables, products)
        assert pl.concat([table.values() for table in tables]).equals(
            pl.read_parquet(source.store.get("results", "results/job/1/products.parquet"))
        )


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_products_of_the_catalogue(rows: list[dict[str, str]]) -> None:
    with Imported(source_file(rows), "f.csv") as source:
        products = source.products()
    table, left_out = table_of(products, EVERY_TYPE)

    assert left_out.values == 0
    assert_all_import_again([table], products)


def test_every_text_that_a_spreadsheet_or_a_format_takes_for_something_else() -> None:
    numbers = ("9007199254740993", "0.30000000000000004", "1e15", "1e16", "-9223372036854775808")
    days = ("1900-02-28", "1900-03-01", "2024-02-29", "9999-12-31", "0001-01-01")
    rows = [
        {
            **dict.fromkeys(NAMES, ""),
            "=Name": text,
            "Long, text": text,
            "Html": text,
            "Price": numbers[at % 5],
            "Weight": f"{numbers[at % 5]} kg",
            "Born": days[at % 5],
            "Colour": "007",
            "Sizes": "+X;S",
        }
        for at, text in enumerate(TRICKY_TEXTS)
    ]
    with Imported(source_file(rows), "f.csv", chunk_target_bytes=400) as source:
        tables, products = source.tables(), source.products()

    assert len(products) == len(TRICKY_TEXTS)
    assert len(tables) > 3
    assert_all_import_again(tables, products)
