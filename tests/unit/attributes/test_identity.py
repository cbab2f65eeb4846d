"""The id of a product and the hash of its content do not depend on how its values are written."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attributes.identity import ID_MAX_BYTES, content_hash, product_id_of

VALUES = st.dictionaries(
    st.text(min_size=1, max_size=6),
    st.one_of(
        st.text(max_size=6),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.text(max_size=3), max_size=3),
        st.fixed_dictionaries({"value": st.floats(-1e6, 1e6), "unit": st.just("kg")}),
    ),
    max_size=5,
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ProductName": "Lamp", "Barcode": "0012", "SKU": "S", "ProductSKU": "P"}, "P"),
        ({"ProductName": "Lamp", "Barcode": "0012", "SKU": "S"}, "S"),
        ({"ProductName": "Lamp", "Barcode": "0012"}, "0012"),
        ({"ProductName": "Lamp"}, "Lamp"),
        ({"SKU": 10}, "10"),
        ({"SKU": 10.0}, "10"),
        ({"SKU": 0.5}, "0.5"),
        ({"ProductSKU": "..", "ProductName": "dots cannot stand in a URL"},
         "dots cannot stand in a URL"),
    ],
)  # fmt: skip
def test_the_first_identifying_value_is_the_id(values: dict[str, Any], expected: str) -> None:
    assert product_id_of(values) == expected


def test_a_marked_attribute_goes_before_all_others() -> None:
    values = {"ProductSKU": "P", "Article": "A"}
    assert product_id_of(values, identifier="Article") == "A"
    assert product_id_of({"ProductSKU": "P"}, identifier="Article") == "P"


def test_a_value_too_long_for_an_index_gives_a_short_id_that_is_as_stable() -> None:
    long = "ñ" * ID_MAX_BYTES
    assert product_id_of({"SKU": long}) == product_id_of({"SKU": long})
    assert len(product_id_of({"SKU": long})) == 36
    assert product_id_of({"SKU": long}) != product_id_of({"SKU": long + "x"})


def test_what_the_caller_calls_it_only_counts_for_an_id_made_of_content() -> None:
    made = product_id_of({"Color": "Red"})
    assert uuid.UUID(made).version == 5
    assert product_id_of({"Color": "Blue"}, known_id=made) == made
    assert product_id_of({"Color": "Blue"}, known_id="mine") != "mine"
    assert product_id_of({"Color": "Blue"}, known_id=str(uuid.uuid4())) == product_id_of(
        {"Color": "Blue"}
    )
    assert product_id_of({"SKU": "S"}, known_id=made) == "S"


@given(VALUES)
def test_order_and_spelling_of_numbers_do_not_matter(values: dict[str, Any]) -> None:
    reordered = {
        name: float(v) if isinstance(v, int) and abs(v) < 2**53 else v
        for name, v in reversed(values.items())
    }
    assert content_hash(reordered) == content_hash(values)
    assert product_id_of(reordered) == product_id_of(values)


@given(VALUES, VALUES)
def test_different_content_has_a_different_hash(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert (content_hash(one) == content_hash(two)) == (one == two)
