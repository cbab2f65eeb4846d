"""Numbers that read in two ways, in columns that show which way is not meant, or do not."""

from __future__ import annotations

import pytest

from core.attributes.definitions import AttributeDefinition
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.values_kit import in_small_chunks

SKU = attribute("sku", "short_text", is_required=True)
PRICE = attribute("price", "number")
WEIGHT = attribute("price", "measure", unit="kg")


def file_of(cells: list[str], delimiter: str = ";") -> str:
    rows = [f'A{at}{delimiter}"{cell}"' for at, cell in enumerate(cells, start=1)]
    return "\n".join([f"sku{delimiter}price", *rows, ""])


@pytest.mark.slow
@pytest.mark.parametrize("definition", [PRICE, WEIGHT], ids=["number", "measure"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize(
    ("doubtful", "other"),
    [
        *(
            ("1.450", "1.299,00"),
            ("1.450", "12,50"),
            ("999.000", "1.234.567,89"),
            ("10.500", "0,5"),
        ),
        *(("-1.450", "12,5"), ("+1.450", "1'299,00"), ("1.450", "0,125"), ("100.100", ",5")),
        *(("1.450", "1234,5678"), ("2.000", "-3,99")),
    ],
)
def test_beside_a_decimal_comma_it_is_a_fault_wherever_that_stands(
    definition: AttributeDefinition, delimiter: str, doubtful: str, other: str
) -> None:
    for cells in ([other, "5", "7", doubtful], [doubtful, "5", "7", other]):
        result = in_small_chunks(file_of(cells, delimiter), (SKU, definition))

        reported = [m for m in result.messages if f'"{doubtful}" reads in two ways' in m]
        assert len(reported) == 1
        plain = doubtful.replace(".", "")
        assert f"write {plain} if the point separates thousands, or {doubtful}0 if" in reported[0]
        assert len(result.products) == 2


@pytest.mark.parametrize(
    "cells",
    [
        ["1.450", "12.5"],
        ["1.450", "2.250"],
        ["1.450", "1299"],
        ["1.450", "1,299"],
        ["0.125", "12,50"],
        ["1.45", "12,50"],
        ["1.4500", "12,50"],
        ["1450", "1.299,00"],
        ["1234.500", "1,5"],
        ["1.450", "n/a"],
    ],
)
def test_without_such_a_sign_it_is_a_decimal_point(cells: list[str]) -> None:
    result = in_small_chunks(file_of(cells, ","), (SKU, PRICE))

    assert result.products[0]["price"] == float(cells[0])
    assert "NUMBERS_READ_TWO_WAYS" not in result.notices


def test_what_another_column_shows_does_not_matter() -> None:
    data = 'sku,price,size\nA1,1.450,"12,50"\nA2,2.450,"1,5"\n'

    result = in_small_chunks(data, (SKU, PRICE, attribute("size", "short_text")))

    assert [p["price"] for p in result.products] == [1.45, 2.45]


def test_the_advice_leads_to_the_values_that_it_names() -> None:
    result = in_small_chunks(file_of(["1450", "1.4500", "1.299,00"]), (SKU, PRICE))

    assert [p["price"] for p in result.products] == [1450, 1.45]


@pytest.mark.parametrize("cells", [["1.995"], ["1.995", "995"], ["1.995", "2.490", ""]])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_whole_column_gets_a_notice_and_is_not_clean(delimiter: str, cells: list[str]) -> None:
    result = in_small_chunks(file_of(cells, delimiter), (SKU, PRICE))

    told = result.notices["NUMBERS_READ_TWO_WAYS"]
    if "2.490" in cells:
        assert 'in column "price" read in two ways; the first is 1.995 in row 1. They were' in told
    else:
        assert 'The number 1.995 in column "price" reads in two ways (row 1). It was' in told
    assert not result.outcome.clean


@pytest.mark.parametrize("cells", [["1.995", "0.500"], ["1.995", "12.5"], ["995"], ["19.95"]])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_column_that_shows_its_point_gets_none(delimiter: str, cells: list[str]) -> None:
    result = in_small_chunks(file_of(cells, delimiter), (SKU, PRICE))

    assert not result.notices
    assert result.outcome.clean


def test_points_between_thousands_leave_no_other_point_without_a_word() -> None:
    comma = in_small_chunks(file_of(["1.995", "1.234.567", "5,"]), (SKU, PRICE))
    plain = in_small_chunks(file_of(["1.995", "1.234.567"]), (SKU, PRICE))

    assert [p.get("price") for p in comma.products] == []
    assert '"1.995" reads in two ways' in comma.messages[0]
    assert "NUMBERS_READ_TWO_WAYS" in plain.notices
