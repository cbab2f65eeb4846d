"""Value steps, from the file to the products, the faults and the list of changes."""

import json
from typing import Any

import pytest

from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.table.mapping_kit import imported

SKU = attribute("SKU", "short_text")
BRAND = attribute("Brand", "short_text")
COLOR = attribute("Color", "single_select", options=("Dark blue", "Red", "Öl", "öl"))
SIZES = attribute("Sizes", "multiple_select", options=("S", "M", "Extra large"))
WEIGHT = attribute("Weight", "measure", unit="kg")
HEAVY = attribute("Heavy", "measure", unit="kg", max=10)
VOLUME = attribute("Volume", "measure", unit="ml")
PRICE = attribute("Price", "number")
ALL = (SKU, BRAND, COLOR, SIZES, WEIGHT, HEAVY, VOLUME, PRICE)


def step(attribute: str, step: str, **more: Any) -> dict[str, Any]:
    return {"attribute": attribute, "step": step, **more}


def changed(
    header: str, cells: list[str], *steps: dict[str, Any], locale: Any = None, **more: Any
) -> tuple[list[Any], list[dict[str, Any]], list[dict[str, Any]], ImportOutcome]:
    """The values of the products, the changes, the faults and the outcome."""
    rows = [f"A{at};{cell}" for at, cell in enumerate(cells)]
    text = "\n".join([f"SKU;{header}", *rows]) + "\n"
    outcome, products, files = imported(
        text, definitions=ALL, steps=list(steps), locale=locale, **more
    )
    assert isinstance(outcome, ImportOutcome), outcome
    changes, faults = (
        [json.loads(line) for line in files[key].splitlines()]
        for key in (KEYS.all_changes, KEYS.all_faults)
    )
    name = header.split(";", maxsplit=1)[0]
    return [product.get(name) for product in products], changes, faults, outcome


def test_options_are_matched_in_any_case_and_each_change_is_listed() -> None:
    values, changes, faults, outcome = changed(
        "Color", ["dark BLUE", "Red", " red ", "blue"], step("Color", "ignore_case")
    )

    assert values == ["Dark blue", "Red", "Red"]
    assert changes[0] == {
        "row": 1,
        "column": "Color",
        "attribute": "Color",
        "before": "dark BLUE",
        "after": "Dark blue",
        "steps": ["ignore_case"],
    }
    assert [change["row"] for change in changes] == [1, 3]
    assert [fault["value"] for fault in faults] == ["blue"]
    notices = {notice.code.value: notice.message for notice in outcome.notices}
    assert '"Color" (ignore_case 2)' in notices["VALUES_CHANGED"]


def test_options_that_differ_in_case_alone_are_not_guessed() -> None:
    values, _, faults, _ = changed("Color", ["öl", "Öl", "ÖL"], step("Color", "ignore_case"))

    assert values == ["öl", "Öl"]
    assert faults[0]["value"] == "ÖL"


def test_synonyms_are_words_in_any_case() -> None:
    values, changes, _, _ = changed(
        "Color",
        ["navy", "MARINE", "rot", "red"],
        step("Color", "synonym", words=["Navy", "marine"], means="Dark blue"),
        step("Color", "synonym", words=["rot"], means="Red"),
        step("Color", "ignore_case"),
    )

    assert values == ["Dark blue", "Dark blue", "Red", "Red"]
    steps = [change["steps"] for change in changes]
    assert steps == [["synonym"], ["synonym"], ["synonym"], ["ignore_case"]]


def test_each_value_of_a_list_is_changed_by_itself() -> None:
    rows = ['"size: s; XL"', '"M;S"', '";;"']
    values, changes, _, _ = changed(
        "Sizes",
        rows,
        step("Sizes", "remove", prefix="size:"),
        step("Sizes", "synonym", words=["xl"], means="Extra large"),
        step("Sizes", "ignore_case"),
    )

    assert values == [["S", "Extra large"], ["M", "S"], None]
    assert [(c["row"], c["before"], c["after"], c["steps"]) for c in changes] == [
        (1, "size: s; XL", "S; Extra large", ["remove", "synonym", "ignore_case"])
    ]


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        (step("Brand", "remove", prefix="Brand:", suffix="(R)"), "Brand: Acme (R)", "Acme"),
        (step("Brand", "add", prefix="AC-", suffix="!"), "12", "AC-12!"),
        (step("Brand", "add", prefix="AC-"), "AC-12", "AC-12"),
        (step("Brand", "replace", text="$1", by="${0}\\"), "a$1b.*", "a${0}\\b.*"),
        (step("Brand", "replace", text=".", by=""), "a.b.c", "abc"),
        (step("Brand", "replace", text="gone"), "gone", None),
        (step("Brand", "upper_case"), "straße", "STRASSE"),
        (step("Brand", "lower_case"), "ACME", "acme"),
        (step("Brand", "synonym", words=["acme inc."], means="Acme"), "ACME Inc.", "Acme"),
        (step("Brand", "remove", prefix="a"), "", None),
        (step("Brand", "add", prefix="a"), "", None),
    ],
)
def test_texts(one: dict[str, Any], before: str, after: str | None) -> None:
    values, changes, _, _ = changed("Brand", [before], one)

    assert values == [after]
    assert [(c["before"], c["after"]) for c in changes] == (
        [(before, after)] if before and before != after else []
    )


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("500 g", 0.5),
        ("1 lb", 0.45359237),
        ("2,5 lbs", 1.133980925),
        ("16 OZ", 0.45359237),
        ("250000 mg", 0.25),
        ("0,3 kg", 0.3),
        ("7", 7),
        ("3 Kg", 3),
        ("1 st.", 6.35029318),
    ],
)
def test_units_are_converted_exactly(cell: str, value: float) -> None:
    values, *_ = changed("Weight", [cell, "1,5"], step("Weight", "convert"), locale="auto")

    assert values[0] == {"value": value, "unit": "kg"}


def test_what_cannot_be_exact_keeps_fifteen_digits_and_says_so() -> None:
    values, changes, _, outcome = changed(
        "Weight", ["1 kg", "0.45359237 kg"], step("Weight", "convert", unit="lb"), locale="auto"
    )

    assert values == [{"value": 2.20462262184878, "unit": "lb"}, {"value": 1, "unit": "lb"}]
    assert [change["steps"] for change in changes] == [["convert", "rounded"], ["convert"]]
    notices = {notice.code.value: notice.message for notice in outcome.notices}
    assert "convert 2, rounded 1" in notices["VALUES_CHANGED"]


def test_decimals_round_half_to_even_and_never_to_nothing() -> None:
    values, changes, faults, _ = changed(
        "Weight",
        ["125 g", "135 g", "4 g", "0 g", "1.234 kg"],
        step("Weight", "convert", decimals=2),
        locale={"decimalSign": "."},
    )

    assert [value["value"] for value in values] == [0.12, 0.14, 0, 1.234]
    assert changes[0]["steps"] == ["convert", "rounded"]
    assert faults[0]["message"].endswith('"4 g" is rounded to 0 kg by the step "convert".')


def test_pairs_of_columns_are_converted_together() -> None:
    values, changes, faults, _ = changed(
        "WeightValue;WeightUnit",
        ["500;g", "2;", ";", "3;pcs", "4 lb;"],
        step("Weight", "convert"),
        locale="auto",
    )
    outcome, products, _ = imported(
        "SKU;WeightValue;WeightUnit\nA;500;g\nB;4 lb;\n",
        definitions=ALL,
        steps=[step("Weight", "convert")],
        locale="auto",
    )

    assert [product["Weight"]["value"] for product in products] == [0.5, 1.81436948]
    assert isinstance(outcome, ImportOutcome)
    assert [(c["row"], c["column"], c["after"]) for c in changes] == [
        (1, "WeightValue", "0.5"),
        (1, "WeightUnit", "kg"),
        (5, "WeightValue", "1.81436948"),
        (5, "WeightUnit", "kg"),
    ]
    assert [(f["row"], f["column"], f["value"], f["code"]) for f in faults] == [
        (4, "WeightUnit", "pcs", "UNIT_NOT_COMPARABLE")
    ]
    assert len(values) == 4


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("Weight", "5 pcs", '"5 pcs" cannot be converted to kg: it is in no known unit of mass.'),
        ("Weight", "5 cm", '"5 cm" cannot be converted to kg: it is in no known unit of mass.'),
        ("Heavy", "5 pcs", '"5 pcs" cannot be converted to kg: it is in no known unit of mass.'),
        ("Volume", "5 fl oz", '"5 fl oz" is in a US or an imperial unit'),
        ("Heavy", "11000 g", '"11000 g" is too large; at most 10 kg'),
        ("Weight", "abc", '"abc" is not a number with a unit'),
    ],
)
def test_faults_quote_the_cell_of_the_file(header: str, cell: str, says: str) -> None:
    _, _, faults, _ = changed(header, [cell], step(header, "convert"), locale="auto")

    assert len(faults) == 1
    assert says in faults[0]["message"]
    assert faults[0]["value"] == cell


@pytest.mark.parametrize(("system", "value"), [("us", 29.5735295625), ("imperial", 28.4130625)])
def test_fluid_ounces_are_of_one_system(system: str, value: float) -> None:
    values, *_ = changed(
        "Volume", ["1 fl. oz."], step("Volume", "convert", system=system), locale="auto"
    )

    assert values == [{"value": value, "unit": "ml"}]


def test_what_a_step_leaves_of_a_number_is_read_by_the_locale() -> None:
    cells = ["1.450 Stk", "12,5", "1.450"]
    values, changes, _, _ = changed(
        "Price", cells, step("Price", "remove", suffix="Stk"), locale="auto"
    )

    assert values == [1450, 12.5, 1450]
    assert [(c["before"], c["after"]) for c in changes] == [("1.450 Stk", "1450")]


def test_rejected_rows_keep_the_cells_of_the_file() -> None:
    text = "SKU;Brand;Color\nA;acme;navy\nB;acme;pink\n"
    _, _, files = imported(
        text,
        definitions=ALL,
        steps=[step("Brand", "upper_case"), step("Color", "ignore_case")],
    )

    assert files[KEYS.all_rejected].decode().splitlines()[1].startswith("A;acme;navy;")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([step("Colour", "ignore_case")], 'name the attribute "Colour", which does not exist'),
        ([step("Brand", "ignore_case")], "values of the type short_text have no such step"),
        ([step("Price", "upper_case")], "values of the type number have no such step"),
        (
            [step("Color", "synonym", words=["navy"], means="Navy")],
            'give "Navy" as a meaning of words, which is no option of the attribute "Color"',
        ),
        (
            [step("Color", "synonym", words=["RED"], means="Dark blue")],
            'give the word "RED" another meaning, but it is an option of the attribute "Color"',
        ),
        (
            [step("Weight", "convert", unit="cm")],
            'convert the attribute "Weight" from kg to cm, which is a unit of another dimension',
        ),
    ],
)
def test_steps_that_do_not_fit_their_attributes_are_refused(
    steps: list[dict[str, Any]], says: str
) -> None:
    refusal, _, _ = imported("SKU\nA\n", definitions=ALL, steps=steps, locale="auto")

    assert isinstance(refusal, Refusal)
    assert refusal.code == "VALUE_STEPS_INVALID"
    assert says in refusal.message
