"""A measure's own unit is accepted whatever it looks like, so stored values can be sent back."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.attributes.requests import read_draft
from core.attributes.rules.model import Column, ColumnRole
from core.errors import InvalidRequest
from core.products.validation import validate_items
from tests.unit.attributes.rules.validation_kit import (
    SETTINGS,
    attribute,
    lines,
    validated,
    validated_cells,
)

ODD_UNITS = ["(pc)", "#", "x2 pack", "pieces per shipping box", "%", "m 2", "@home", "[IU]"]


@pytest.mark.parametrize("unit", ODD_UNITS)
def test_values_in_the_own_unit_are_read_with_it_and_without(unit: str) -> None:
    amount = attribute("Amount", "measure", unit=unit)

    outcome = validated_cells(amount, f"2.5 {unit}", f"2.5 {unit.upper()}", "2.5")

    assert outcome.faults == b""
    stored = {"Amount": {"value": 2.5, "unit": unit}}
    assert lines(outcome.products) == [stored] * 3


@pytest.mark.parametrize("unit", ODD_UNITS)
def test_the_own_unit_may_stand_in_a_column_of_its_own(unit: str) -> None:
    amount = attribute("Amount", "measure", unit=unit)
    columns = (
        Column(index=0, header="AmountValue", role=ColumnRole.MEASURE_VALUE, attribute="Amount"),
        Column(index=1, header="AmountUnit", role=ColumnRole.MEASURE_UNIT, attribute="Amount"),
    )

    outcome = validated([["2.5", unit]], columns, (amount,))

    assert lines(outcome.products) == [{"Amount": {"value": 2.5, "unit": unit}}]


def test_another_attributes_odd_unit_is_still_a_fault() -> None:
    outcome = validated_cells(attribute("Amount", "measure", unit="(pc)"), "2.5 (kg)")

    (fault,) = lines(outcome.faults)
    assert fault["code"] == "NOT_A_MEASURE"
    assert 'such as "2.5 (pc)"' in fault["message"]


@settings(max_examples=60, deadline=None)
@given(
    unit=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    number=st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9)),
)
@example(unit="e3", number=2)
@example(unit="(pc)", number=2.5)
@example(unit="İ", number=1)
def test_what_is_stored_in_any_unit_that_can_be_defined_goes_back_the_same(
    unit: str, number: float
) -> None:
    # given an attribute that the API takes
    try:
        draft = read_draft({"name": "Amount", "type": "measure", "unit": unit})
    except InvalidRequest:
        assume(False)
        raise
    amount = attribute("Amount", "measure", unit=draft.unit)
    (stored,) = lines(validated_cells(amount, json.dumps(number)).products)

    # when its value comes back, as GET /products gives it and as products.csv does
    (item,) = validate_items([stored], [amount], SETTINGS, partial=True)
    written = f"{stored['Amount']['value']} {draft.unit}"
    (read,) = lines(validated_cells(amount, written).products)

    assert not item.faults
    assert item.values == read == stored
