"""The compiled rules against a slow reference in plain Python."""

import json
import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column
from core.attributes.rules.types.number import NUMBER
from core.attributes.rules.values import validate_values
from core.file_format import OnFault
from tests.unit.attributes.rules.rules_reference import (
    is_blank,
    is_gtin,
    keep_row,
    parse_number,
    validate_row,
)
from tests.unit.attributes.rules.settings_kit import GTINS, Table, further_tables
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    CELLS,
    COLUMNS,
    MEASURE_TEXTS,
    NUMBER_TEXTS,
    PRICE,
    SETTINGS,
    WEIGHT,
    columns_for,
    lines,
    tables,
    validated,
    validated_cells,
)


def cut(value: str | None) -> str | None:
    return None if value is None else value[: SETTINGS.fault_value_max_characters]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(tables(len(COLUMNS)))
def test_products_and_faults_equal_the_reference(rows: list[list[str | None]]) -> None:
    hold_to_the_reference(rows, COLUMNS, ALL)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(tables(len(COLUMNS)))
def test_rows_without_their_faulty_values_equal_the_reference(
    rows: list[list[str | None]],
) -> None:
    hold_to_the_reference(rows, COLUMNS, ALL, OnFault.SKIP_VALUE)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(further_tables())
def test_further_types_and_settings_equal_the_reference(table: Table) -> None:
    hold_to_the_reference(table.rows, table.columns, table.definitions)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(further_tables())
def test_further_types_without_their_faulty_values_equal_the_reference(table: Table) -> None:
    hold_to_the_reference(table.rows, table.columns, table.definitions, OnFault.SKIP_VALUE)


def hold_to_the_reference(
    rows: list[list[str | None]],
    columns: tuple[Column, ...],
    definitions: tuple[AttributeDefinition, ...],
    on_fault: OnFault = OnFault.SKIP_ROW,
) -> None:
    by_name = {definition.name: definition for definition in definitions}
    products, faults, blank, kept = [], [], 0, set()
    for number, row in enumerate(rows, start=1):
        if is_blank(row, columns):
            blank += 1
            continue
        product, broken = validate_row(row, columns, by_name)
        if not broken:
            products.append(product)
        elif on_fault is OnFault.SKIP_VALUE and keep_row(row, product, broken, columns, by_name):
            products.append(product)
            kept.add(number)
        faults += [(number, b.column.header, b.code.value, cut(b.value)) for b in broken]

    outcome = validated(rows, columns, definitions, on_fault=on_fault)

    found = [(f["row"], f["column"], f["code"], f["value"]) for f in lines(outcome.faults)]
    assert found == faults
    assert lines(outcome.products) == products
    assert [list(p) for p in lines(outcome.products)] == [list(p) for p in products]  # key order
    assert (outcome.blank_rows, outcome.valid_rows) == (blank, len(products))
    assert outcome.invalid_rows == len({row for row, *_ in faults} - kept)
    assert outcome.rows_with_skipped_values == len(kept)
    assert {f["row"] for f in lines(outcome.faults) if f.get("rowKept")} == kept


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        NUMBER_TEXTS
        | st.text("0123456789.eE+-", max_size=8)
        | st.from_regex(NUMBER, fullmatch=True)
        | st.floats(allow_nan=False, allow_infinity=False).map(repr)
        | st.integers(-(2**65), 2**65).map(str),
        min_size=1,
        max_size=6,
    )
)
@example(["9223372036854775807", "9223372036854775808", "-9223372036854775809"])
@example(["1e308", "1.8e308", "-1e999", "99999999999999999999.0"])
def test_a_number_is_read_exactly_or_not_at_all(texts: list[str]) -> None:
    outcome = validated_cells(PRICE, *texts)

    expected = [parse_number(text) for text in texts]
    good = [n for n in expected if n is not None and not math.isinf(n)]
    stored = [product["Price"] for product in lines(outcome.products)]
    assert list(map(repr, stored)) == list(map(repr, good))  # the type and the sign of zero too
    blank = sum(text == "" for text in texts)
    assert outcome.invalid_rows == len(texts) - len(good) - blank


@settings(max_examples=40, deadline=None)
@given(st.lists(MEASURE_TEXTS, min_size=1, max_size=4))
def test_a_column_of_repeated_measures_reads_like_each_alone(texts: list[str]) -> None:
    together = validated_cells(WEIGHT, *texts, *texts, *texts)

    alone = [lines(validated_cells(WEIGHT, text).products) for text in texts]
    assert lines(together.products) == [p for products in alone for p in products] * 3


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=len(ALL), max_size=len(ALL)))
def test_a_single_record_is_judged_like_a_row_of_a_file(row: list[str | None]) -> None:
    columns = columns_for(*ALL)
    outcome = validated([row], columns, ALL)

    result = validate_values(
        {d.name: text for d, text in zip(ALL, row, strict=True)}, ALL, SETTINGS
    )

    if outcome.blank_rows:
        assert [fault.code for fault in result.faults] == ["REQUIRED_VALUE_MISSING"]
        return
    assert ([result.values] if not result.faults else []) == lines(outcome.products)
    in_file = [(f["column"], f["code"], f["value"]) for f in lines(outcome.faults)]
    assert [(f.column, f.code.value, f.value) for f in result.faults] == in_file


def test_the_grammar_of_numbers_is_ascii_and_has_no_special_names() -> None:
    refused = ["nan", "inf", "Infinity", "0x10", "1_000", "1 000", "١٢", "½", "1d5", "", ".", "e5"]

    assert not [text for text in refused if re.fullmatch(NUMBER, text)]
    assert validated_cells(PRICE, *refused).valid_rows == 0
    assert json.loads(validated_cells(PRICE, "0012").products) == {"Price": 12}


@settings(max_examples=25, deadline=None)
@given(further_tables())
def test_a_row_with_settings_is_judged_alike_alone_and_among_others(table: Table) -> None:
    together = validated(table.rows, table.columns, table.definitions)

    alone = [
        validated([row], table.columns, table.definitions, first_row=at)
        for at, row in enumerate(table.rows, 1)
    ]

    assert together.products == b"".join(outcome.products for outcome in alone)
    assert together.faults == b"".join(outcome.faults for outcome in alone)
    assert together.rejected == b"".join(outcome.rejected for outcome in alone)


@settings(max_examples=100, deadline=None)
@given(GTINS)
def test_of_the_ten_last_digits_exactly_one_makes_a_barcode(text: str) -> None:
    assert sum(is_gtin(text[:-1] + digit) for digit in "0123456789") == 1
