"""The valid rows as CSV and as Parquet: what was imported, for people and for analysts."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.attributes.value_types import value_type
from core.file_format import OnFault, ReadingOptions
from core.imports.output.parquet_files import MergedFooter, footer_of, read_footer
from core.imports.output.parquet_files import _encoded as encoded
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLUMNS,
    attribute,
    columns_for,
    tables,
    text_of,
    validated,
)
from tests.unit.imports.import_kit import KEYS, files_of_import

KINDS = (
    attribute("Name", "short_text"),
    attribute("Price", "number"),
    attribute("Stock", "number", decimals=0, min=0, max=1_000_000),
    attribute("Weight", "measure", unit="kg"),
    attribute("Sizes", "multiple_select", options=("S", "M", 'L"')),
    attribute("Born", "date"),
    attribute("Sold", "boolean"),
    attribute("Code", "barcode"),
    attribute("Seen", "datetime"),
)
ROWS: list[list[str | None]] = [
    [
        "=1+1",
        "2.50",
        "7",
        "2.50",
        "S; M;S",
        "2026-03-01 00:00:00",
        "YES",
        "04006381333931",
        "2026-03-01 12:30",
    ],
    ['say "hi",\nthen', "1e3", None, "3 g", 'L"', None, "0", None, "2026-03-01T01:00:00.5+02:00"],
    ["Hat", "9007199254740993", "1000000", None, ";", "0001-01-01", None, None, None],
]


def imported(
    data: bytes, definitions: tuple[AttributeDefinition, ...], **limits: Any
) -> dict[str, bytes]:
    """The files of valid rows that an import leaves, by their ending."""
    keys = (KEYS.all_products, KEYS.all_product_rows, KEYS.all_product_table)
    _, files = files_of_import(data, definitions, keys, ReadingOptions(delimiter=","), **limits)
    return {key.rpartition(".")[2]: file for key, file in zip(keys, files, strict=True)}


def products_of(table: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet file as an import writes products, doubles aside."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in pl.read_parquet(table).to_dicts()
    ]


def selected(query: str) -> list[Any]:
    relation = duckdb.sql(query)
    assert relation is not None
    return relation.fetchall()


def as_stored(value: Any, kind: object) -> Any:
    """A value of JSON as a column of this type can hold it: whole numbers of more than 53 bits lose
    some of them in a double."""
    if isinstance(kind, pl.Struct):
        return {field.name: as_stored(value[field.name], field.dtype) for field in kind.fields}
    return float(value) if kind == pl.Float64 else value


def test_a_number_is_the_same_in_all_files_however_it_was_written() -> None:
    kinds = (
        attribute("Stock", "number", decimals=0, min=-1e15, max=1e15),
        attribute("Price", "number"),
        attribute("Weight", "measure", unit="kg"),
    )
    data = b"Stock,Price,Weight\n-0,-0,-0\n1e3,-0.0,-0.0\n5.0,-0e5,-0.0 kg\n-1e15,1e3,1e3\n,-7,0\n"

    files = imported(data, kinds)

    lines = files["ndjson"].decode().splitlines()
    assert lines == [
        '{"Stock":0,"Price":0,"Weight":{"value":0,"unit":"kg"}}',
        '{"Stock":1000,"Price":-0.0,"Weight":{"value":-0.0,"unit":"kg"}}',
        '{"Stock":5,"Price":-0.0,"Weight":{"value":-0.0,"unit":"kg"}}',
        '{"Stock":-1000000000000000,"Price":1000.0,"Weight":{"value":1000.0,"unit":"kg"}}',
        '{"Price":-7,"Weight":{"value":0,"unit":"kg"}}',
    ]
    assert files["csv"].decode().splitlines()[2] == "1000,-0.0,-0.0 kg"
    table = products_of(files["parquet"])
    assert table == [json.loads(line) for line in lines]
    assert [str(row["Price"]) for row in table] == ["0.0", "-0.0", "-0.0", "1000.0", "-7.0"]
    assert [str(row["Weight"]["value"]) for row in table][:2] == ["0.0", "-0.0"]


def test_cells_read_as_a_person_writes_them() -> None:
    outcome = validated(ROWS, columns_for(*KINDS), KINDS)

    assert outcome.product_rows.decode() == (
        "=1+1,2.5,7,2.5 kg,S;M,2026-03-01,true,04006381333931,2026-03-01T12:30:00Z\r\n"
        '"say ""hi"",\nthen",1000.0,,3 g,"L""",,false,,2026-02-28T23:00:00.500Z\r\n'
        "Hat,9007199254740993,1000000,,,0001-01-01,,,\r\n"
    )


def test_analysts_get_typed_columns() -> None:
    outcome = validated(ROWS, columns_for(*KINDS), KINDS)

    table = pl.read_parquet(outcome.product_table)
    assert table.schema == {
        "Name": pl.String,
        "Price": pl.Float64,
        "Stock": pl.Int64,
        "Weight": pl.Struct({"value": pl.Float64, "unit": pl.String}),
        "Sizes": pl.List(pl.String),
        "Born": pl.Date,
        "Sold": pl.Boolean,
        "Code": pl.String,
        "Seen": pl.Datetime("ms", "UTC"),
    }
    weight = {"value": 2.5, "unit": "kg"}
    assert table.row(0) == (
        *("=1+1", 2.5, 7, weight, ["S", "M"]),
        *(date(2026, 3, 1), True, "04006381333931"),
        datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    )
    assert table["Weight"].to_list() == [weight, {"value": 3.0, "unit": "g"}, None]
    assert table["Sizes"].to_list() == [["S", "M"], ['L"'], None]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, pl.Float64),
        ({"decimals": 0}, pl.Float64),  # 1e300 has no decimals, and is no 64-bit integer
        ({"decimals": 0, "min": 0}, pl.Float64),
        ({"decimals": 2, "min": 0, "max": 9}, pl.Float64),
        ({"decimals": 0, "min": -5, "max": 10**15}, pl.Int64),
    ],
)
def test_the_definition_decides_whether_a_number_is_an_integer(
    settings: dict[str, Any], kind: type[pl.DataType]
) -> None:
    assert value_type(attribute("N", "number", **settings)) == kind


def test_a_skipped_value_stands_in_no_file() -> None:
    outcome = validated(
        [["Hat", "x"], ["Tie", "2"]],
        columns_for(*KINDS[:2]),
        KINDS[:2],
        on_fault=OnFault.SKIP_VALUE,
    )

    assert outcome.product_rows == b"Hat,\r\nTie,2\r\n"
    assert pl.read_parquet(outcome.product_table).rows() == [("Hat", None), ("Tie", 2.0)]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(tables(len(COLUMNS), max_rows=6), st.integers(20, 400))
def test_the_csv_imported_again_gives_the_same_products(
    rows: list[list[str | None]], chunk_bytes: int
) -> None:
    first = imported(text_of(rows, []), ALL, chunk_target_bytes=chunk_bytes)

    again = imported(first["csv"], ALL)

    assert again["ndjson"] == first["ndjson"]
    assert again["csv"] == first["csv"]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(tables(len(COLUMNS), max_rows=6), st.integers(20, 400))
@example([["a", *[None] * 8, str(2**63 - 1)]], 20)
def test_all_files_tell_the_same_products_whatever_the_chunks(
    rows: list[list[str | None]], chunk_bytes: int
) -> None:
    whole = imported(text_of(rows, []), ALL)
    chunked = imported(text_of(rows, []), ALL, chunk_target_bytes=chunk_bytes, read_block_bytes=16)

    schema = pl.read_parquet(whole["parquet"]).schema
    reported = [
        {name: as_stored(value, schema[name]) for name, value in json.loads(line).items()}
        for line in whole["ndjson"].split(b"\n")
        if line
    ]
    assert products_of(chunked["parquet"]) == reported == products_of(whole["parquet"])
    assert pl.read_parquet(chunked["parquet"]).schema == schema
    assert chunked["csv"] == whole["csv"]


def test_duckdb_reads_the_row_groups_of_many_chunks(tmp_path: Path) -> None:
    text = io.StringIO("Name,Price,Stock,Weight,Sizes,Born\n")
    text.seek(0, io.SEEK_END)
    for at in range(3_000):
        text.write(f"Hat {at},{at / 2},{at},{at % 7 or ''},S;M,2026-01-{at % 28 + 1:02}\n")
    made = imported(text.getvalue().encode(), KINDS, chunk_target_bytes=5_000)["parquet"]
    assert len(read_footer(footer_of(made)).row_groups) > 15
    file = tmp_path / "products.parquet"
    file.write_bytes(made)

    rows = selected(
        f"""select count(*), sum(Price), sum(Stock), sum(Weight.value), max(Weight.unit),
        sum(len(Sizes)), max(Born), count(*) filter (Name = 'Hat 2999')
        from '{file}'"""  # a path of our own
    )

    assert rows == [
        (
            *(3_000, sum(at / 2 for at in range(3_000)), sum(range(3_000))),
            *(sum(at % 7 for at in range(3_000)), "kg", 6_000, date(2026, 1, 28), 1),
        )
    ]
    assert selected(f"select Name from '{file}' where Stock = 1234") == [("Hat 1234",)]


def test_without_a_valid_row_the_columns_are_there(tmp_path: Path) -> None:
    made = imported(b"Name,Price,Weight\n,x,\n", KINDS)

    assert made["csv"] == b"Name,Price,Weight\r\n"
    table = pl.read_parquet(made["parquet"])
    assert (table.height, table.columns) == (0, ["Name", "Price", "Weight"])
    assert table.schema["Weight"] == pl.Struct({"value": pl.Float64, "unit": pl.String})


def test_a_footer_survives_reading_and_writing_to_the_byte() -> None:
    footer = footer_of(validated(ROWS, columns_for(*KINDS), KINDS).product_table)

    assert encoded(read_footer(footer)) == footer


def test_files_of_different_columns_do_not_become_one() -> None:
    one = validated([["a"]], columns_for(KINDS[0]), KINDS[:1]).product_table
    other = validated([["1"]], columns_for(KINDS[1]), (KINDS[1],)).product_table

    merged = MergedFooter()
    merged.add(footer_of(one))
    with pytest.raises(ValueError, match="different columns"):
        merged.add(footer_of(other))
