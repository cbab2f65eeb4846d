"""Units: the exact symbol wins, case counts where it makes another unit, a column may hold them."""

from __future__ import annotations

import pytest

from tests.unit.attributes.rules.validation_kit import attribute, lines, validated_cells
from tests.unit.imports.values_kit import in_small_chunks

SKU = attribute("sku", "short_text", is_required=True)
WEIGHT = attribute("Weight", "measure", unit="kg")


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        *(("MB", "512 Mb"), ("Mb", "512 MB"), ("MB", "512 mb"), ("GB", "8 Gb"), ("kB", "8 kb")),
        *(("mW", "5 MW"), ("MW", "5 mW"), ("mV", "5 MV"), ("mA", "20 MA"), ("MHz", "5 mHz")),
        *(("mAh", "3000 MAh"), ("MPa", "5 mPa"), ("MΩ", "1 mΩ"), ("mW/m²", "5 MW/m²")),
        *(("Mbps", "5 MBps"), ("MB/s", "5 Mb/s"), ("MiB", "5 Mib")),
    ],
)
def test_another_case_that_makes_another_unit_is_a_fault(unit: str, text: str) -> None:
    outcome = validated_cells(attribute("x", "measure", unit=unit), text)

    (fault,) = lines(outcome.faults)
    assert fault["code"] == "NOT_A_MEASURE"
    assert f"which is another unit than {unit}: upper and lower case" in fault["message"]


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        *(("MB", "512 MB"), ("Mb", "512 Mb"), ("mW", "5 mW"), ("MW", "5 MW"), ("GB", "8 GB")),
        *(("kg", "2 KG"), ("kg", "2 Kg"), ("cm", "2 CM"), ("mm", "2 MM"), ("ml", "2 ML")),
        *(("mg", "2 MG"), ("GB", "8 gB"), ("mW", "5 mw"), ("kWh", "5 KWH"), ("l", "2 L")),
        *(("fl oz", "2 FL OZ"), ("fl oz", "2 fl\u00a0oz"), ("fl\u00a0oz", "2 fl oz")),
    ],
)
def test_the_own_unit_is_read_in_any_case_that_means_the_same(unit: str, text: str) -> None:
    outcome = validated_cells(attribute("x", "measure", unit=unit), text)

    number = int(text.split(maxsplit=1)[0])
    assert lines(outcome.products) == [{"x": {"value": number, "unit": unit}}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "unit", "stored"),
    [
        ("500", "g", {"value": 500, "unit": "g"}),
        ("2.5", "kg", {"value": 2.5, "unit": "kg"}),
        ("2.5", "KG", {"value": 2.5, "unit": "kg"}),
        ("2.5", "", {"value": 2.5, "unit": "kg"}),
        ("500 g", "", {"value": 500, "unit": "g"}),
        ("500 g", "g", {"value": 500, "unit": "g"}),
        ("2.5kg", "kg", {"value": 2.5, "unit": "kg"}),
        ("12", "oz", {"value": 12, "unit": "oz"}),
        ("12", "lb\u200b", {"value": 12, "unit": "lb"}),
        ("12\u00a0", "\u00a0lb", {"value": 12, "unit": "lb"}),
        ("", "", None),
    ],
)
@pytest.mark.parametrize("header", ["WeightUnit", "Weight Unit", "weight-unit", "weight_unit"])
def test_a_column_beside_the_values_has_their_unit(
    header: str, value: str, unit: str, stored: object
) -> None:
    result = in_small_chunks(f"sku,Weight,{header}\nA1,{value},{unit}\nA2,1,g\n", (SKU, WEIGHT))

    assert not result.faults
    assert result.products[0].get("Weight") == stored
    assert result.outcome.ignored_headers == ()


def test_a_unit_that_contradicts_the_one_beside_it_is_a_fault() -> None:
    result = in_small_chunks("sku,Weight,WeightUnit\nA1,12kg,g\nA2,3 g,kg\n", (SKU, WEIGHT))

    assert [fault["code"] for fault in result.faults] == ["NOT_A_MEASURE"] * 2


def test_a_unit_without_a_value_is_a_fault() -> None:
    result = in_small_chunks("sku,Weight,Weight Unit\nA1,,g\n", (SKU, WEIGHT))

    assert 'the unit "g" has no value' in result.messages[0]
