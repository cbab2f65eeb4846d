"""Each fault code, and the sentence that a person reads."""

import msgspec
import pytest

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Fault, FaultCode
from core.attributes.rules.options import OptionFinder
from core.imports.output.faults import missing_column
from core.settings import Settings
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLOR,
    COLUMNS,
    NAME,
    PRICE,
    SETTINGS,
    SIZES,
    WEIGHT,
    attribute,
    columns_for,
    lines,
    validated,
    validated_cells,
)


def only_fault(data: bytes) -> Fault:
    (line,) = data.splitlines()
    return msgspec.json.decode(line, type=Fault)


def sentence(definition: AttributeDefinition, text: str) -> str:
    return only_fault(validated_cells(definition, text).faults).message


def test_required_value_missing_when_a_required_cell_is_blank() -> None:
    outcome = validated([["\u00a0 ", "12"]], columns_for(NAME, PRICE), (NAME, PRICE))

    fault = only_fault(outcome.faults)
    assert (fault.row, fault.column, fault.value) == (1, "Name", None)
    assert fault.code is FaultCode.REQUIRED_VALUE_MISSING
    assert fault.message == 'Row 1, column "Name": the value is missing, and it is required.'


def test_required_column_missing_rejects_every_row_that_is_not_blank() -> None:
    rows = [["12"], [""], ["twelve"]]

    outcome = validated(rows, columns_for(PRICE), (PRICE, NAME), missing_required=["Name"])

    assert (outcome.valid_rows, outcome.invalid_rows, outcome.blank_rows) == (0, 2, 1)
    assert [fault["row"] for fault in lines(outcome.faults)] == [3]  # the file's is not repeated
    fault = missing_column("Name")
    assert fault.code is FaultCode.REQUIRED_COLUMN_MISSING
    assert (fault.row, fault.column) == (None, "Name")
    assert fault.message == 'The file has no column "Name", a required one.'


def test_text_too_long_counts_characters_not_bytes() -> None:
    outcome = validated_cells(NAME, "ü" * 50, "😀" * 50, "x" * 51)

    fault = only_fault(outcome.faults)
    assert (fault.row, fault.code) == (3, FaultCode.TEXT_TOO_LONG)
    assert fault.message.endswith('" has 51 characters, and at most 50 are allowed.')


def test_the_limit_of_short_texts_is_a_setting() -> None:
    settings = Settings(short_text_max_characters=3)

    outcome = validated([["four"]], columns_for(NAME), (NAME,), settings=settings)

    assert only_fault(outcome.faults).code is FaultCode.TEXT_TOO_LONG


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("12,50", "use a point for decimals, or import the file with locale auto"),
        (
            "1.234,50",
            "use a point for decimals and no separators between thousands, or import the file with "
            "locale auto",
        ),
        ("1,234,567.5", "leave out the separators between thousands"),
        ("€ 12.50", "write the number alone, without a sign for currency or unit"),
        (
            "\u22125",
            "write a negative number with a hyphen before it, such as -5; it holds "
            "U+2212 MINUS SIGN",
        ),
        ("\u20135", "write a negative number with a hyphen before it, such as -5"),
        ("(5.20)", "write a negative number with a hyphen before it, such as -5"),
        ("5-", "write a negative number with a hyphen before it, such as -5"),
        ("\uff11", "it holds U+FF11 FULLWIDTH DIGIT ONE"),
        ("12.50 EUR", "write the number alone, without a sign for currency or unit"),
    ],
)
def test_not_a_number_says_how_to_mend_it(text: str, advice: str) -> None:
    fault = only_fault(validated_cells(PRICE, text).faults)

    assert fault.code is FaultCode.NOT_A_NUMBER
    assert fault.message == f'Row 1, column "Price": "{text}" is not a number; {advice}.'


def test_not_a_number_gives_no_advice_where_there_is_none() -> None:
    assert sentence(PRICE, "tbd") == 'Row 1, column "Price": "tbd" is not a number.'


@pytest.mark.parametrize("text", ["9223372036854775808", "1e309", "-1e999"])
def test_number_out_of_range(text: str) -> None:
    assert only_fault(validated_cells(PRICE, text).faults).code is FaultCode.NUMBER_OUT_OF_RANGE
    measure = only_fault(validated_cells(WEIGHT, f"{text} kg").faults)
    assert measure.code is FaultCode.NUMBER_OUT_OF_RANGE


def test_a_number_out_of_range_is_told_what_the_range_is() -> None:
    assert validated_cells(PRICE, "9223372036854775807").faults == b""
    assert sentence(PRICE, "9223372036854775808") == (
        'Row 1, column "Price": "9223372036854775808" is too large; whole numbers go from '
        "-9223372036854775808 to 9223372036854775807, others up to 1.7e308."
    )


def test_not_an_option_asks_whether_the_nearest_was_meant() -> None:
    assert sentence(COLOR, "darkblue") == (
        'Row 1, column "Color": "darkblue" is not an option; did you mean "Dark Blue"? '
        'allowed: "Red", "Dark Blue", "The "Green"", "Grün".'
    )


def test_not_an_option_names_the_first_options_and_counts_the_others() -> None:
    many = attribute("Brand", "single_select", options=tuple(f"Maker {n}" for n in range(17)))

    assert sentence(many, "?").endswith(
        'allowed: "Maker 0", "Maker 1", "Maker 2", "Maker 3", "Maker 4" and 12 more.'
    )


def test_not_an_option_names_all_bad_parts_of_a_list_in_one_fault() -> None:
    fault = only_fault(validated_cells(SIZES, "S; Q ;M;;XXL;q1").faults)

    assert fault.code is FaultCode.NOT_AN_OPTION
    assert '"Q", "XXL", "q1" are not options; did you mean "XL"?' in fault.message
    assert fault.value == "S; Q ;M;;XXL;q1"


@pytest.mark.parametrize("text", ["heavy", "2,5 kg", "10 x 20 cm", "5 -kg", "2.5 " + "g" * 21])
def test_not_a_measure(text: str) -> None:
    assert only_fault(validated_cells(WEIGHT, text).faults).code is FaultCode.NOT_A_MEASURE


@pytest.mark.parametrize(
    ("value", "unit", "column"),
    [("", "cm", "LengthValue"), ("long", "cm", "LengthValue"), ("2", "3 cm", "LengthUnit")],
)
def test_a_fault_of_a_pair_names_the_column_to_look_at(value: str, unit: str, column: str) -> None:
    row = ["a name", unit, *[None] * 7, value]

    fault = only_fault(validated([row], COLUMNS, ALL).faults)

    assert (fault.code, fault.column) == (FaultCode.NOT_A_MEASURE, column)


def test_too_many_cells_is_a_fault_of_the_row() -> None:
    outcome = validated([["ok"], ["ok"]], columns_for(NAME), (NAME,), extra_cells={1: ("x", "y")})

    fault = only_fault(outcome.faults)
    assert (fault.row, fault.column, fault.code) == (2, None, FaultCode.TOO_MANY_CELLS)
    assert fault.message == (
        'Row 2: 2 cells more than there are columns: "x", "y"; '
        "look for a stray delimiter or a missing quote."
    )


def test_one_cell_has_one_fault_and_faults_follow_row_and_column() -> None:
    outcome = validated(
        [["x" * 60, "a"], [None, "b"]],
        columns_for(NAME, PRICE),
        (PRICE, NAME),
        extra_cells={1: ("c",)},
    )

    found = [(fault["row"], fault["column"], fault["code"]) for fault in lines(outcome.faults)]
    assert found == [
        (1, "Name", "TEXT_TOO_LONG"),
        (1, "Price", "NOT_A_NUMBER"),
        (2, None, "TOO_MANY_CELLS"),
        (2, "Name", "REQUIRED_VALUE_MISSING"),
        (2, "Price", "NOT_A_NUMBER"),
    ]


def test_a_long_value_is_cut_and_a_line_break_does_not_break_the_sentence() -> None:
    text = "wide\r\nand " + "long " * 100

    fault = only_fault(validated_cells(PRICE, text).faults)

    assert fault.value == text[: SETTINGS.fault_value_max_characters]
    assert '"wide and long' in fault.message
    assert '…" is not a number' in fault.message


def test_a_line_of_faults_equals_the_json_of_its_fault() -> None:
    texts = ['say "12"', "tab\there", "back\\slash", "\x1b[0m", "ünïcode \u2028", "x" * 300]

    data = validated_cells(PRICE, *texts).faults

    faults = [msgspec.json.decode(line, type=Fault) for line in data.splitlines()]
    assert b"".join(msgspec.json.encode(fault) + b"\n" for fault in faults) == data


def test_a_table_in_which_every_cell_is_wrong_costs_in_proportion() -> None:
    definitions = [attribute(f"N{at}", "number") for at in range(10)]
    rows = [[f"wrong {at}"] * 10 for at in range(2_000)]

    outcome = validated(rows, columns_for(*definitions), definitions)

    assert outcome.faults_by_code == {"NOT_A_NUMBER": 20_000}
    assert outcome.faults.count(b"\n") == 20_000
    assert outcome.rejected.count(b"\r\n") == 2_000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("red", "Red"),
        ("Rde", "Red"),
        ("Redd", "Red"),
        ("dark-blue", "Dark Blue"),
        ("Blue", "Blue"),
        ("Green", None),
        ("", None),
        ("--", None),
    ],
)
def test_the_nearest_option(text: str, meant: str | None) -> None:
    assert OptionFinder(["Red", "Dark Blue", "Blue"]).nearest(text) == meant
