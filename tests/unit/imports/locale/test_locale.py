"""Numbers, dates and words as suppliers write them, from the file to the products."""

import json
import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.locale.numbers import number_format, numbers_seen, read_numbers
from core.imports.model import ColumnFormat, ImportOutcome, ValueKind
from core.imports.reading_options import option_faults
from core.outcomes import Refusal
from core.schemas import field_faults
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.locale.locale_kit import SKU, table
from tests.unit.imports.locale.locale_kit import read as read_column
from tests.unit.imports.table.mapping_kit import imported

PRICE = attribute("Price", "number")
WEIGHT = attribute("Weight", "measure", unit="kg")
DAY = attribute("Day", "date")
NEW = attribute("New", "boolean")
COLOR = attribute("Color", "single_select", options=("Red", "N/A"))
ALL = (SKU, PRICE, WEIGHT, DAY, NEW, COLOR)
BY_NAME = {definition.name: definition for definition in ALL}


def read(
    header: str, *cells: str, locale: Any = "auto", **more: Any
) -> tuple[list[Any], ImportOutcome | Refusal, list[dict[str, Any]]]:
    return read_column(BY_NAME[header], *cells, locale=locale, **more)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["129,90", "1.450", "-1.299,00", "7", "1.234.567"], [129.9, 1450, -1299.0, 7, 1234567]),
        (["129.90", "1,450", "1,299.00", "7", "0.450"], [129.9, 1450, 1299.0, 7, 0.45]),
        (["1.450", "12.5"], [1.45, 12.5]),
        (["1 299,5", "1\u202f000", "12\u00a0000,25"], [1299.5, 1000, 12000.25]),
        (["1'299.50", "2’000"], [1299.5, 2000]),
        (["$95.00", "$1,200", "-$5.5"], [95.0, 1200, -5.5]),
        (["AED 15", "aed 1 000"], [15, 1000]),
        (["15 000 Fcfa", "500 FCFA"], [15000, 500]),
        (["12,50 €", "EUR 3"], [12.5, 3]),
        (["N/A", "-", "5"], [None, None, 5]),
        (["1e3", "2.5"], [1000.0, 2.5]),
    ],
)
def test_numbers_are_read_as_their_column_writes_them(cells: list[str], values: list[Any]) -> None:
    assert read("Price", *cells)[0] == values


def test_measures_keep_their_units() -> None:
    values, _, _ = read("Weight", "1,5 kg", "2.000 g", "0,25", "7kg")

    assert values == [
        {"value": 1.5, "unit": "kg"},
        {"value": 2000, "unit": "g"},
        {"value": 0.25, "unit": "kg"},
        {"value": 7, "unit": "kg"},
    ]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["13/02/2026", "01/02/2026"], ["2026-02-13", "2026-02-01"]),
        (["2/13/2026", "01/02/2026"], ["2026-02-13", "2026-01-02"]),
        (
            ["1. März 2026", "3 Feb 2026", "Feb. 4, 2026"],
            ["2026-03-01", "2026-02-03", "2026-02-04"],
        ),
        (["2026/3/1", "2026-03-02T00:00:00Z"], ["2026-03-01", "2026-03-02"]),
        (["02.02.2026", "2026-01-05"], ["2026-02-02", "2026-01-05"]),
    ],
)
def test_dates_are_read_in_the_order_of_their_column(cells: list[str], values: list[str]) -> None:
    assert read("Day", *cells)[0] == values


@pytest.mark.parametrize(
    ("header", "cells", "quoted"),
    [
        ("Price", ["5", "1.450", "2.300"], '"1.450"'),
        ("Price", ["1,450", "2.300"], '"2.300" and "1,450"'),
        ("Weight", ["1.450 kg"], '"1.450 kg"'),
        ("Day", ["01/02/2026", "03/03/2026"], '"01/02/2026"'),
    ],
)
def test_a_column_that_nothing_decides_is_asked_about(
    header: str, cells: list[str], quoted: str
) -> None:
    _, refusal, _ = read(header, *cells)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "LOCALE_UNDECIDED"
    assert f'"{header}"' in refusal.message
    assert quoted in refusal.message
    option = '"dateOrder": "day_first"' if header == "Day" else '"decimalSign": ","'
    assert f'{{"locale": {{{option}}}}}' in refusal.message


def test_what_is_given_decides() -> None:
    comma, point = {"decimalSign": ","}, {"decimalSign": "."}

    assert read("Price", "1.450", locale=comma)[0] == [1450]
    assert read("Price", "1.450", locale=point)[0] == [1.45]
    assert read("Day", "01/02/2026", locale={"dateOrder": "month_first"})[0] == ["2026-01-02"]


def test_a_cell_that_does_not_fit_its_column_is_a_fault_and_never_another_number() -> None:
    values, _, faults = read("Price", "12.50", "1.450", "12,50", locale={"decimalSign": ","})

    assert values == [1450, 12.5]
    assert [(f["row"], f["code"], f["value"]) for f in faults] == [(1, "NOT_A_NUMBER", "12.50")]
    assert "the decimal sign of the column is a comma" in faults[0]["message"]


def test_a_column_with_both_signs_reads_certain_cells_and_faults_the_others() -> None:
    values, _, faults = read("Price", "12.50", "12,50", "1.450", "1,450", "3")

    assert values == [12.5, 12.5, 3]
    assert [(f["row"], f["code"]) for f in faults] == [(3, "NOT_A_NUMBER"), (4, "NOT_A_NUMBER")]
    assert "reads in two ways" in faults[0]["message"]


@pytest.mark.parametrize(
    ("cells", "given", "sign", "reads"),
    [
        (["1.125", "2.375"], None, "strictly", None),
        (["1.125", "12,50"], None, None, [None, "12.50"]),
        (["1.125", "1,450"], ",", None, [None, None]),
        (["12.5", "12,50"], ",", None, ["12.5", "12.50"]),
        (["1.125", "1,450"], ".", ".", ["1.125", "1450"]),
        (["$5", "1.125"], None, ".", ["5", "1.125"]),
    ],
)
def test_numbers_of_a_workbook_are_never_read_by_commas_of_its_texts(
    cells: list[str], given: str | None, sign: str | None, reads: list[str | None] | None
) -> None:
    texts = pl.Series(cells)
    seen = numbers_seen(texts, ValueKind.NUMBER)

    form = number_format(seen, 0, ValueKind.NUMBER, given, in_workbook=True)

    if sign == "strictly":
        assert form is None
    else:
        assert isinstance(form, ColumnFormat)
        assert form.decimal_sign == sign
        assert read_numbers(texts, form)["read"].to_list() == reads


def test_several_currencies_are_not_dropped() -> None:
    values, _, faults = read("Price", "$5.50", "7 EUR", "8")

    assert values == [8]
    assert [f["value"] for f in faults] == ["$5.50", "7 EUR"]


def test_faults_quote_the_cell_as_it_is_in_the_file() -> None:
    limited = attribute("Price", "number", max=1000)
    outcome, _, files = imported(
        table("Price", "1.299,50", "12,5"), definitions=(SKU, limited), locale="auto"
    )
    (fault,) = [json.loads(line) for line in files[KEYS.all_faults].splitlines()]

    assert isinstance(outcome, ImportOutcome)
    assert fault["value"] == "1.299,50"
    assert fault["message"].startswith('Row 1, column "Price": "1.299,50" is ')
    assert b"1.299,50" in files[KEYS.all_rejected]


def test_words_for_truth_and_nothing() -> None:
    assert read("New", "Y", "n", "JA", "no", "k.A.")[0] == [True, False, True, False, None]
    words = {"trueWords": ["X"], "falseWords": ["o"], "emptyWords": ["no rating", "n/a"]}
    assert read("New", "x", "O", "No Rating", locale=words)[0] == [True, False, None]
    assert read("Color", "Red", "N/A", "no rating", locale=words)[0] == ["Red", "N/A", None]


def test_the_job_says_what_was_read_and_how() -> None:
    _, outcome, _ = read("Price", "12,50 €", "n/a")

    assert isinstance(outcome, ImportOutcome)
    notices = {notice.code.value: notice.message for notice in outcome.notices}
    assert '"Price" with a decimal comma, without the currency EUR' in notices["LOCALE_READ"]
    assert notices["WORDS_READ_AS_EMPTY"] == (
        'The cell in row 2, column "Price", holds "n/a" and was read as empty.'
    )


def test_nothing_is_said_about_columns_without_a_value_to_rewrite() -> None:
    for header, cell in (("Day", "soon"), ("Day", "2026-03-01"), ("Price", "cheap"), ("New", "1")):
        _, outcome, _ = read(header, cell, "x")

        assert isinstance(outcome, ImportOutcome)
        assert "LOCALE_READ" not in {notice.code for notice in outcome.notices}


def test_without_a_locale_the_strict_reading_stays() -> None:
    values, _, faults = read("Price", "12,50", "n/a", "5", locale=None)

    assert values == [5]
    assert len(faults) == 2


POINT, COMMA = (".", ","), (",", ".")


def written(number: Decimal, style: tuple[str, str], grouped: bool) -> str:
    decimal, group = style
    text = f"{number:,}" if grouped else str(number)
    return text.translate(str.maketrans(".,", decimal + group))


NUMBERS = st.decimals(-99_999_999, 99_999_999, places=2) | st.decimals(0, 9_999, places=3)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(NUMBERS | st.integers(-9_999, 9_999).map(Decimal), st.booleans()), min_size=1
    ),
    st.sampled_from([POINT, COMMA]),
    st.sampled_from(["", "$", "EUR "]),
    st.integers(20, 200),
)
def test_no_number_is_ever_another_one(
    numbers: list[tuple[Decimal, bool]], style: tuple[str, str], currency: str, chunk_bytes: int
) -> None:
    """Of a column that is written in one way: read right, or asked about."""
    cells = [currency + written(number, style, grouped) for number, grouped in numbers]

    values, outcome, faults = read("Price", *cells, chunk_bytes=chunk_bytes)

    if isinstance(outcome, Refusal):
        assert outcome.code == "LOCALE_UNDECIDED"
        cores = [cell.removeprefix(currency).lstrip("-") for cell in cells]
        assert all(re.fullmatch(r"\d+|[1-9]\d{0,2}[.,]\d{3}", core) for core in cores)
    else:
        assert not faults
        assert values == [pytest.approx(float(number)) for number, _ in numbers]


DAYS = st.dates().filter(lambda day: day.year >= 1000)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(DAYS, min_size=1, max_size=8),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y"]),
)
def test_no_date_is_ever_another_one(days: list[Any], style: str) -> None:
    values, outcome, faults = read("Day", *(day.strftime(style) for day in days))

    if isinstance(outcome, Refusal):
        assert style in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y")
        assert all(day.day <= 12 for day in days)
    else:
        assert not faults
        assert values == [day.isoformat() for day in days]


CELLS = st.sampled_from(
    ["", "-", "1,5", "1.5", "1.450", "2,300", "7", "$3", "4 EUR", "x", "n/a", "13/02/2026", "y"]
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[CELLS] * 4), max_size=6), st.integers(1, 80))
def test_chunked_equals_unchunked(rows: list[tuple[str, ...]], chunk_bytes: int) -> None:
    lines = [";".join(row) for row in [("Price", "Weight", "Day", "New"), *rows]]
    text = "\n".join(lines) + "\n"

    whole = imported(text, definitions=ALL, locale="auto")
    chunked = imported(text, definitions=ALL, locale="auto", chunk_bytes=chunk_bytes)

    assert chunked == whole


def test_the_shape_of_a_locale_is_that_of_the_schema() -> None:
    for good in ("auto", {"decimalSign": ","}, {"emptyWords": ["x"], "dateOrder": "day_first"}):
        assert not field_faults("reading-options", {"locale": good})
        assert not option_faults({"options": {"locale": good}})
    shapes: tuple[Any, ...] = ("de", {"decimalSign": ";"}, {"words": []}, {"trueWords": "x"}, 5)
    for bad in shapes:
        assert field_faults("reading-options", {"locale": bad}), bad
    twice = {"trueWords": ["x"], "falseWords": ["X "]}
    assert "both in “trueWords” and in “falseWords”" in str(
        option_faults({"options": {"locale": twice}})
    )
