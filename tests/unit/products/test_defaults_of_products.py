"""Where the default of an attribute stands in for a value of a product, and where it does not."""

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.products.validation import validate_items
from core.settings import Settings

NAME = AttributeDefinition("Name", AttributeType.SHORT_TEXT)
STOCK = AttributeDefinition("Stock", AttributeType.NUMBER, default_value="7")
SETTINGS = Settings()


def test_an_empty_value_of_an_approved_product_becomes_the_default() -> None:
    items = [{"Name": "a", "Stock": empty} for empty in ("", None, " ")]

    judged = validate_items(items, (NAME, STOCK), SETTINGS, partial=False)

    assert [item.values["Stock"] for item in judged] == [7, 7, 7]
    assert not any(item.cleared for item in judged)


def test_a_value_that_is_not_named_is_the_default_of_a_new_product_alone() -> None:
    (judged,) = validate_items([{"Name": "a"}], (NAME, STOCK), SETTINGS, partial=False)

    assert judged.values == {"Name": "a"}
    assert judged.defaults == {"Stock": 7}


def test_a_change_that_empties_a_value_is_not_given_the_default() -> None:
    (judged,) = validate_items([{"Name": "a", "Stock": ""}], (NAME, STOCK), SETTINGS, partial=True)

    assert judged.values == {"Name": "a"}
    assert judged.defaults == {}
    assert judged.cleared == {"Stock"}


def test_a_change_may_not_empty_a_required_value_although_it_has_a_default() -> None:
    required = AttributeDefinition(
        "Stock", AttributeType.NUMBER, is_required=True, default_value="7"
    )

    (judged,) = validate_items([{"Stock": None}], (required,), SETTINGS, partial=True)

    assert [fault.code for fault in judged.faults] == ["REQUIRED_VALUE_MISSING"]
