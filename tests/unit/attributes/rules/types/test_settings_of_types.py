"""The settings of an attribute as applied to its cells: limits, bounds, patterns, defaults."""

import json
import time
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.types.pattern import pattern_fault
from core.attributes.rules.values import validate_values
from core.settings import Settings
from tests.unit.attributes.rules.validation_kit import (
    SETTINGS,
    attribute,
    columns_for,
    lines,
    validated,
    validated_cells,
)


def faults(definition: AttributeDefinition, *texts: str | None) -> list[tuple[str, str]]:
    """Code of each fault and what is said."""
    start = f'column "{definition.name}": '
    return [
        (found["code"], found["message"].partition(start)[2])
        for found in lines(validated_cells(definition, *texts).faults)
    ]


def products(definition: AttributeDefinition, *texts: str | None) -> list[object]:
    return [p.get(definition.name) for p in lines(validated_cells(definition, *texts).products)]


@pytest.mark.parametrize("kind", ["short_text", "long_text", "rich_text"])
def test_a_text_may_be_given_a_limit_of_its_own_in_characters(kind: str) -> None:
    text = attribute("A", kind, max_length=3)

    assert products(text, "😀😀😀") == ["😀😀😀"]
    assert faults(text, "😀😀😀😀") == [
        ("TEXT_TOO_LONG", '"😀😀😀😀" has 4 characters, and at most 3 are allowed.')
    ]


def test_a_limit_never_widens_what_the_type_allows() -> None:
    text = attribute("A", "short_text", max_length=60)

    assert [code for code, _ in faults(text, "x" * 51)] == ["TEXT_TOO_LONG"]


def test_bounds_are_themselves_allowed() -> None:
    price = attribute("Price", "number", min=0.5, max=10)

    assert products(price, "0.5", "10", "10.0") == [0.5, 10, 10.0]
    assert faults(price, "0.49", "10.01", "-9223372036854775808") == [
        ("TOO_SMALL", '"0.49" is too small; at least 0.5 is allowed.'),
        ("TOO_LARGE", '"10.01" is too large; at most 10 is allowed.'),
        ("TOO_SMALL", '"-9223372036854775808" is too small; at least 0.5 is allowed.'),
    ]


def test_bounds_of_a_measure_hold_for_its_own_unit() -> None:
    weight = attribute("Weight", "measure", unit="kg", min=0, max=30)

    assert products(weight, "30 KG", "0") == [
        {"value": 30, "unit": "kg"},
        {"value": 0, "unit": "kg"},
    ]
    assert faults(weight, "30.5", "-1 kg", "500 g") == [
        ("TOO_LARGE", '"30.5" is too large; at most 30 kg is allowed.'),
        ("TOO_SMALL", '"-1 kg" is too small; at least 0 kg is allowed.'),
        ("UNIT_NOT_COMPARABLE", '"500 g" is not in kg, for which the bounds hold; convert it.'),
    ]


def test_a_measure_without_bounds_takes_any_unit_and_still_counts_its_decimals() -> None:
    weight = attribute("Weight", "measure", unit="kg", decimals=1)

    assert products(weight, "500 g", "2.50 lb") == [
        {"value": 500, "unit": "g"},
        {"value": 2.5, "unit": "lb"},
    ]
    assert [code for code, _ in faults(weight, "2.55 lb")] == ["TOO_MANY_DECIMALS"]


def test_zeros_at_the_end_are_no_decimals() -> None:
    price = attribute("Price", "number", decimals=2)

    good = ["1", "1.5", "1.50", "1.500000", "0.1", "123456789.12", "1e3", "120e-2", "-0.01"]
    assert faults(price, *good) == []
    assert faults(price, "1.505", "1e-3") == [
        ("TOO_MANY_DECIMALS", '"1.505" has 3 decimals, and at most 2 are allowed.'),
        ("TOO_MANY_DECIMALS", '"1e-3" has 3 decimals, and at most 2 are allowed.'),
    ]
    assert faults(attribute("Stock", "number", decimals=0), "0.5") == [
        ("TOO_MANY_DECIMALS", '"0.5" has 1 decimal, and none is allowed.')
    ]


def test_decimals_are_counted_where_doubles_are_coarse() -> None:
    fine = attribute("A", "number", decimals=12)

    good = ["4503599627.370497", "123456.789012345678", "9007199254740993.5", "1e300"]
    assert faults(fine, *good) == []
    assert [code for code, _ in faults(fine, "0.1234567890123")] == ["TOO_MANY_DECIMALS"]


def test_a_pattern_must_match_the_whole_value() -> None:
    code = attribute("Code", "short_text", pattern="[A-Z]{2}[0-9]+|none")

    assert products(code, "AB12", " none ") == ["AB12", "none"]
    assert faults(code, "AB", "xAB12", "AB12x", "nonesuch") == [
        ("PATTERN_MISMATCH", f'"{text}" does not match the pattern "[A-Z]{{2}}[0-9]+|none".')
        for text in ("AB", "xAB12", "AB12x", "nonesuch")
    ]


def test_one_wrong_cell_is_one_fault_the_first_rule_names_it() -> None:
    code = attribute("Code", "short_text", pattern="[a-z]+", max_length=3)

    assert [found for found, _ in faults(code, "ABCD", "AB")] == [
        "TEXT_TOO_LONG",
        "PATTERN_MISMATCH",
    ]


def test_a_pattern_that_explodes_elsewhere_costs_nothing_here() -> None:
    evil = attribute("A", "long_text", pattern="(a+)+b|(a|a)*c|(.*.*)*d")
    assert pattern_fault(evil.pattern or "") is None

    started = time.perf_counter()
    reported = faults(evil, "a" * 100_000)

    assert [code for code, _ in reported] == ["PATTERN_MISMATCH"]
    assert time.perf_counter() - started < 5  # a backtracking engine needs longer than the sun has


def test_a_default_stands_in_for_an_empty_cell_and_for_nothing_else() -> None:
    name = attribute("Name", "short_text")
    stock = attribute("Stock", "number", default_value="7", is_required=True)
    rows: list[list[str | None]] = [
        ["a", ""],
        ["b", None],
        ["c", " \u00a0"],
        ["d", "0"],
        ["e", "x"],
    ]

    outcome = validated(rows, columns_for(name, stock), (name, stock))

    assert [p["Stock"] for p in lines(outcome.products)] == [7, 7, 7, 0]
    assert outcome.faults_by_code == {"NOT_A_NUMBER": 1}
    assert "e,x" in outcome.rejected.decode()


def test_a_blank_row_stays_blank_whatever_the_defaults() -> None:
    name = attribute("Name", "short_text", is_required=True)
    active = attribute("Active", "boolean", default_value="true")

    outcome = validated(
        [["", " "], [None, None], ["a", ""]], columns_for(name, active), (name, active)
    )

    assert (outcome.blank_rows, outcome.valid_rows, outcome.invalid_rows) == (2, 1, 0)
    assert json.loads(outcome.products) == {"Name": "a", "Active": True}


def test_a_cell_of_separators_alone_is_empty_to_a_default_too() -> None:
    name = attribute("Name", "short_text")
    sizes = attribute("Sizes", "multiple_select", options=("S", "M"), default_value="S; M")

    outcome = validated([["a", " ; ;"], ["b", "M"]], columns_for(name, sizes), (name, sizes))

    assert [p["Sizes"] for p in lines(outcome.products)] == [["S", "M"], ["M"]]


def test_a_default_with_signs_that_json_escapes_arrives_whole() -> None:
    name = attribute("Name", "short_text")
    note = attribute("Note", "long_text", default_value='say "hi"\\\n\tthen go')

    outcome = validated([["a", None]], columns_for(name, note), (name, note))

    assert json.loads(outcome.products)["Note"] == 'say "hi"\\\n\tthen go'


def test_a_record_of_rest_gets_its_defaults_by_the_same_rules() -> None:
    price = attribute("Price", "number", min=1)
    unit = attribute("Weight", "measure", unit="kg", default_value="2 kg")

    assert validate_values({"Price": "5"}, [price, unit], SETTINGS).values == {
        "Price": 5,
        "Weight": {"value": 2, "unit": "kg"},
    }
    (fault,) = validate_values({"Price": "0"}, [price, unit], SETTINGS).faults
    assert fault.message == 'Attribute "Price": "0" is too small; at least 1 is allowed.'


def test_long_texts_and_lists_have_limits_that_are_settings() -> None:
    limits = Settings(long_text_max_characters=5, max_list_values=3)

    def reported(kind: str, text: str, **more: Any) -> list[tuple[str, str]]:
        result = validate_values({"A": text}, [attribute("A", kind, **more)], limits)
        return [(fault.code, fault.message.partition('"A": ')[2]) for fault in result.faults]

    assert reported("long_text", "ääääää") == [
        ("TEXT_TOO_LONG", '"ääääää" has 6 characters, and at most 5 are allowed.')
    ]
    assert [code for code, _ in reported("rich_text", "ääääää")] == ["TEXT_TOO_LONG"]
    assert reported("long_text", "äääää") == []
    options = tuple("abcd")
    assert reported("multiple_select", "a; b; c; d", options=options) == [
        ("TOO_MANY_VALUES", "the list has 4 values, and at most 3 are allowed.")
    ]
    assert reported("multiple_select", "a; b; c", options=options) == []
    assert reported("multiple_select", ";;;;", options=options) == [], "it is empty"
