"""The policies for faulty rows that an upload may choose."""

import json
from typing import Any

import msgspec
import pytest

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, ColumnRole, Fault
from core.file_format import OnFault, ReadingOptions
from core.imports.model import ImportOutcome, Plan
from core.imports.output.limits import too_many_faulty_rows
from core.outcomes import RefusalCode
from tests.unit.attributes.rules.validation_kit import (
    COLOR,
    LENGTH,
    NAME,
    PRICE,
    attribute,
    columns_for,
    lines,
    plan_of,
    validated,
)
from tests.unit.imports.import_kit import KEYS, files_of_import

KEEP: dict[str, Any] = {"on_fault": OnFault.SKIP_VALUE}


def test_only_the_faulty_values_are_left_out_and_each_fault_says_so() -> None:
    rows = [["Chair", "ten", "Red"], ["Desk", "5", "Pink"], ["", "x", "Red"], ["Sofa", "7", "Red"]]

    outcome = validated(rows, columns_for(NAME, PRICE, COLOR), (NAME, PRICE, COLOR), **KEEP)

    assert lines(outcome.products) == [
        {"Name": "Chair", "Color": "Red"},
        {"Name": "Desk", "Price": 5},
        {"Name": "Sofa", "Price": 7, "Color": "Red"},
    ]
    faults = lines(outcome.faults)
    assert [(f["row"], f["column"], f.get("rowKept")) for f in faults] == [
        (1, "Price", True),
        (2, "Color", True),
        (3, "Name", None),
        (3, "Price", None),
    ]
    assert faults[0]["message"] == (
        'Row 1, column "Price": "ten" is not a number; only this value was left out.'
    )
    assert (outcome.valid_rows, outcome.invalid_rows, outcome.rows_with_skipped_values) == (3, 1, 2)
    assert outcome.rejected.decode().splitlines() == [
        ',x,Red,"column ""Name"": the value is missing, and it is required; '
        'column ""Price"": ""x"" is not a number"'
    ]
    for line in outcome.faults.splitlines():
        assert msgspec.json.encode(msgspec.json.decode(line, type=Fault)) == line


def test_a_row_of_which_nothing_is_left_is_rejected() -> None:
    outcome = validated(
        [["ten", ""], ["x", "Pink"]], columns_for(PRICE, COLOR), (PRICE, COLOR), **KEEP
    )

    assert (outcome.products, outcome.invalid_rows) == (b"", 2)
    assert len(outcome.rejected.splitlines()) == 2


def test_a_lost_value_gets_no_default_and_a_default_alone_is_no_product() -> None:
    stock = attribute("Stock", "number", default_value="1")
    both = (PRICE, stock)

    outcome = validated([["5", "many"], ["ten", ""]], columns_for(*both), both, **KEEP)

    assert lines(outcome.products) == [{"Price": 5}]
    assert outcome.invalid_rows == 1


def test_a_row_with_too_many_cells_is_rejected_whatever_the_policy() -> None:
    outcome = validated([["Chair"]], columns_for(NAME), (NAME,), extra_cells={0: ("x",)}, **KEEP)

    assert (outcome.valid_rows, outcome.invalid_rows) == (0, 1)


def test_without_a_required_column_no_row_stays() -> None:
    outcome = validated(
        [["ten", "Red"]],
        columns_for(PRICE, COLOR),
        (PRICE, COLOR),
        missing_required=["Name"],
        **KEEP,
    )

    assert (outcome.valid_rows, outcome.invalid_rows) == (0, 1)
    assert "rowKept" not in lines(outcome.faults)[0]


def test_a_fault_of_the_unit_column_costs_the_measure() -> None:
    roles = (
        ("Name", ColumnRole.VALUE, "Name"),
        ("LengthValue", ColumnRole.MEASURE_VALUE, "Length"),
        ("LengthUnit", ColumnRole.MEASURE_UNIT, "Length"),
    )
    columns = tuple(
        Column(index=at, header=header, role=role, attribute=name)
        for at, (header, role, name) in enumerate(roles)
    )

    outcome = validated([["Rope", "5", "3 3"]], columns, (NAME, LENGTH), **KEEP)

    assert lines(outcome.products) == [{"Name": "Rope"}]
    assert lines(outcome.faults)[0]["column"] == "LengthUnit"


@pytest.mark.parametrize(
    ("definitions", "row", "stays"),
    [
        # the id would be another one, and the product a second one
        (("Code!", "Price"), ["x" * 51, "5"], False),
        (("SKU", "Price"), ["x" * 51, "5"], False),
        (("SKU", "Barcode", "Price"), ["", "x" * 51, "5"], False),
        # an earlier value gives the id
        (("SKU", "Barcode", "Price"), ["A1", "x" * 51, "5"], True),
        (("Code!", "SKU"), ["A1", "x" * 51], True),
    ],
)
def test_a_value_that_gives_the_id_is_never_left_out(
    definitions: tuple[str, ...], row: list[str], stays: bool
) -> None:
    held: tuple[AttributeDefinition, ...] = tuple(
        PRICE
        if name == "Price"
        else attribute(name.rstrip("!"), "short_text", is_identifier=name.endswith("!"))
        for name in definitions
    )

    outcome = validated([row], columns_for(*held), held, **KEEP)

    assert bool(outcome.valid_rows) is stays


def imported(data: str, **policy: Any) -> tuple[ImportOutcome, dict[str, Any], Plan]:
    outcome, (plan, result) = files_of_import(
        data.encode(), (NAME, PRICE), (KEYS.plan, KEYS.result), ReadingOptions(**policy)
    )
    return outcome, json.loads(result), msgspec.json.decode(plan, type=Plan)


def test_the_sentence_and_the_counts_tell_of_kept_rows_and_the_import_is_not_clean() -> None:
    outcome, result, plan = imported("Name,Price\nA,ten\nB,5\n,6\n", **KEEP)

    assert outcome.message == (
        "2 of 3 rows are valid; 2 rows have 2 faults; 1 row was kept without the faulty values."
    )
    assert result["counts"]["rowsWithSkippedValues"] == outcome.rows_with_skipped_values == 1
    assert imported("Name,Price\nA,ten\n", **KEEP)[0].clean is False
    assert imported("Name,Price\nA,10\n", **KEEP)[0].clean is True
    assert plan.on_fault is OnFault.SKIP_VALUE


@pytest.mark.parametrize(
    ("percent", "refused"), [(None, False), (0, True), (49.9, True), (50, False), (100, False)]
)
@pytest.mark.parametrize("on_fault", OnFault)
def test_more_faulty_rows_than_allowed_refuse_the_file_whether_they_stay_or_not(
    percent: float | None, refused: bool, on_fault: OnFault
) -> None:
    data = "Name,Price\nA,ten\n\nB,5\n"  # the blank row does not count

    outcome, _, _ = imported(data, on_fault=on_fault, max_faulty_rows_percent=percent)

    assert (outcome.refusal is not None) is refused
    if outcome.refusal:
        assert outcome.refusal.code is RefusalCode.TOO_MANY_FAULTY_ROWS
        assert outcome.refusal.message.startswith("1 of 2 rows (50%) has faults, and at most ")


def test_a_file_without_rows_is_not_refused_for_its_faults() -> None:
    assert imported("Name,Price\n", max_faulty_rows_percent=0)[0].refusal is None


def test_the_limit_is_exact_and_the_share_is_never_told_as_the_limit() -> None:
    plan = plan_of(columns_for(NAME), max_faulty_rows_percent=0.07)

    # 0.07 as a double is a little more than 7/100 of a percent
    assert too_many_faulty_rows(plan, faulty_rows=7, rows=10_000) is None
    refusal = too_many_faulty_rows(plan, faulty_rows=70_001, rows=100_000_000)
    assert refusal is not None
    assert (
        "70,001 of 100,000,000 rows (0.08%) have faults, and at most 0.07% may" in refusal.message
    )


def test_a_missing_required_column_is_named_where_it_made_all_rows_faulty() -> None:
    outcome, _, _ = imported("Price\n5\n", max_faulty_rows_percent=10)

    assert outcome.refusal is not None
    assert 'the file has no column "Name"' in outcome.refusal.message


def test_a_plan_of_before_there_were_policies_skips_rows_without_a_limit() -> None:
    old = msgspec.to_builtins(plan_of(columns_for(NAME)))
    del old["onFault"], old["maxFaultyRowsPercent"]

    plan = msgspec.convert(old, Plan)

    assert (plan.on_fault, plan.max_faulty_rows_percent) == (OnFault.SKIP_ROW, None)
