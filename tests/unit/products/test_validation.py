"""JSON values become what a cell would hold, and are validated by the rules of an import."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.products.validation import validate_items
from core.settings import Settings
from tests.unit.products.products_kit import attribute, one_of_each

SETTINGS = Settings()
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["value", "unit", "x"]), inner, max_size=3),
    ),
    max_leaves=4,
)
DEFINITIONS = [
    attribute("Name", is_required=True).definition(),
    attribute("Price", "number").definition(),
    attribute("Colors", "multiple_select", options=("Red", "Blue", "1")).definition(),
    attribute("Weight", "measure", unit="kg").definition(),
]


def validated(partial: bool = False, **values: Any) -> Any:
    return validate_items([values], DEFINITIONS, SETTINGS, partial=partial)[0]


@pytest.mark.parametrize(
    ("given_value", "stored"),
    [
        ({"Price": 10.5}, {"Price": 10.5}),
        ({"Price": "10.50"}, {"Price": 10.5}),
        ({"Price": 10}, {"Price": 10}),
        ({"Colors": ["Red", "Blue"]}, {"Colors": ["Red", "Blue"]}),
        ({"Colors": "Red;Blue"}, {"Colors": ["Red", "Blue"]}),
        ({"Colors": [1]}, {"Colors": ["1"]}),
        ({"Weight": "2.5 kg"}, {"Weight": {"value": 2.5, "unit": "kg"}}),
        ({"Weight": {"value": 2.5, "unit": "kg"}}, {"Weight": {"value": 2.5, "unit": "kg"}}),
        ({"Weight": {"value": "2.5"}}, {"Weight": {"value": 2.5, "unit": "kg"}}),
        ({"Weight": 2.5}, {"Weight": {"value": 2.5, "unit": "kg"}}),
        ({"Name": 12345}, {"Name": "12345"}),
        ({"Name": " Lamp "}, {"Name": "Lamp"}),
    ],
    ids=str,
)
def test_every_form_of_a_value_is_read(given_value: Any, stored: Any) -> None:
    assert validated(**({"Name": "x"} | given_value)).values == {"Name": "x"} | stored


@pytest.mark.parametrize(
    ("given_value", "code"),
    [
        ({"Price": "cheap"}, "NOT_A_NUMBER"),
        ({"Price": True}, "NOT_A_NUMBER"),
        ({"Price": float("nan")}, "NOT_A_NUMBER"),
        ({"Price": [1]}, "NOT_A_VALUE"),
        ({"Price": {"$gt": 1}}, "NOT_A_VALUE"),
        ({"Colors": ["Red", "Green"]}, "NOT_AN_OPTION"),
        ({"Colors": [["Red"]]}, "NOT_A_VALUE"),
        ({"Colors": ["Red;Blue"]}, "NOT_A_VALUE"),
        ({"Weight": {"value": 1, "unit": "kg", "x": 1}}, "NOT_A_VALUE"),
        ({"Weight": {"unit": "kg", "value": ""}}, "NOT_A_VALUE"),
        ({"Weight": "heavy"}, "NOT_A_MEASURE"),
        ({"Name": {"first": 1}}, "NOT_A_VALUE"),
        ({"Name": "\ud800"}, "NOT_A_VALUE"),
        ({"Name": "x" * 51}, "TEXT_TOO_LONG"),
        ({"Name": None}, "REQUIRED_VALUE_MISSING"),
    ],
    ids=ascii,
)
def test_a_wrong_value_is_one_fault_that_names_its_attribute(given_value: Any, code: str) -> None:
    (fault,) = validated(**({"Name": "x"} | given_value)).faults
    assert fault.code == code
    assert fault.column in given_value
    assert fault.column in fault.message


def test_a_change_may_leave_out_what_is_required_but_not_empty_it() -> None:
    assert validated(partial=True, Price=1).values == {"Price": 1}
    (fault,) = validated(partial=True, Name=" ", Price=1).faults
    assert (fault.column, fault.code) == ("Name", "REQUIRED_VALUE_MISSING")
    assert validated(partial=True, Price=None, Name="x").cleared == {"Price"}


def test_a_default_is_for_what_is_not_named() -> None:
    definitions = [attribute("State", default_value="draft").definition(), *DEFINITIONS]
    (item,) = validate_items([{"Name": "x"}], definitions, SETTINGS, partial=False)
    assert (item.values, item.defaults) == ({"Name": "x"}, {"State": "draft"})


@given(st.lists(st.one_of(JSON, st.dictionaries(st.sampled_from(["Name", "Price", "x"]), JSON)),
                max_size=4))  # fmt: skip
def test_any_json_is_values_or_faults(items: list[Any]) -> None:
    definitions = [*DEFINITIONS, *one_of_each().definitions]
    for item in validate_items(items, definitions, SETTINGS, partial=True):
        assert not (item.faults and item.values)
