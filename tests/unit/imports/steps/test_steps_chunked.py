"""Chunked equals unchunked with value steps, and converted numbers are the exact ones."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.model import ImportOutcome
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.table.mapping_kit import imported

pytestmark = pytest.mark.slow  # whole imports of random files

ALL = (
    attribute("SKU", "short_text"),
    attribute("Color", "single_select", options=("Dark blue", "Red")),
    attribute("Sizes", "multiple_select", options=("S", "M", "L")),
    attribute("Weight", "measure", unit="kg"),
    attribute("Length", "measure", unit="cm", max=100),
    attribute("Price", "number"),
)
STEPS: list[dict[str, Any]] = [
    {"attribute": "SKU", "step": "add", "prefix": "A-"},
    {"attribute": "SKU", "step": "replace", "text": "x", "by": ""},
    {"attribute": "Color", "step": "synonym", "words": ["navy"], "means": "Dark blue"},
    {"attribute": "Color", "step": "ignore_case"},
    {"attribute": "Sizes", "step": "ignore_case"},
    {"attribute": "Weight", "step": "convert"},
    {"attribute": "Length", "step": "remove", "suffix": "long"},
    {"attribute": "Length", "step": "convert", "decimals": 1},
    {"attribute": "Price", "step": "remove", "suffix": "each"},
]
HEADER = ("SKU", "Color", "Sizes", "Weight", "LengthValue", "LengthUnit", "Price")
CELLS = (
    st.sampled_from(["", "x", "A-1", "1\u200b", " 2 "]),
    st.sampled_from(["", "NAVY", "red", "Red", "pink", "dark\u00a0blue"]),
    st.sampled_from(["", "s,M", "m", ",", "q,l"]),
    st.sampled_from(["", "1 lb", "1.5 kg", "2,5 g", "1.450 g", "3 pcs", "n/a", "-"]),
    st.sampled_from(["", "1", "2.54 long", "1000", "12 in"]),
    st.sampled_from(["", "in", "mm", "kg", "CM", '"']),
    st.sampled_from(["", "1.5 each", "2", "each", "$3 each"]),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*CELLS), max_size=6), st.integers(1, 3), st.integers(1, 80))
def test_chunked_equals_unchunked(
    rows: list[tuple[str, ...]], times: int, chunk_bytes: int
) -> None:
    """Rows that come again are read once, as long as they are in one chunk."""
    rows *= times
    lines = [
        "|".join(cell.replace(",", ";") if at == 2 else cell for at, cell in enumerate(row))
        for row in [HEADER, *rows]
    ]
    text = "\n".join(lines) + "\n"
    more: dict[str, Any] = {"definitions": ALL, "steps": STEPS, "locale": "auto"}

    whole = imported(text, **more)
    chunked = imported(text, **more, chunk_bytes=chunk_bytes)

    assert chunked == whole


GRAMS = {
    "g": Fraction(1),
    "kg": Fraction(1000),
    "mg": Fraction(1, 1000),
    "lb": Fraction("453.59237"),
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals("0.0001", "9999999", places=4), st.sampled_from([*GRAMS, "LBS", "KG"])
        ),
        min_size=1,
    ),
    st.sampled_from(list(GRAMS)),
)
def test_converted_numbers_are_the_exact_ones(
    weights: list[tuple[Decimal, str]], wanted: str
) -> None:
    """To 15 significant digits, and exactly where the changes do not say `rounded`."""
    text = "SKU,Weight\n" + "".join(f"A,{number:f} {unit}\n" for number, unit in weights)
    step = {"attribute": "Weight", "step": "convert", "unit": wanted}

    outcome, products, files = imported(
        text, definitions=ALL, steps=[step], locale={"decimalSign": "."}
    )

    assert isinstance(outcome, ImportOutcome)
    assert not outcome.faults
    lines = map(json.loads, files[KEYS.all_changes].splitlines())
    changes = {line["row"]: line for line in lines}
    for row, (number, written) in enumerate(weights, 1):
        unit = written.lower().removesuffix("s")
        exact = Fraction(number) * GRAMS[unit] / GRAMS[wanted]
        read = products[row - 1]["Weight"]
        assert read["unit"] == wanted
        if row not in changes:
            assert unit == wanted
            continue
        after = Fraction(changes[row]["after"].split()[0])
        assert abs(after - exact) <= abs(exact) * Fraction(5, 10**15)
        assert (after == exact) is ("rounded" not in changes[row]["steps"])
        assert read["value"] == float(after)
