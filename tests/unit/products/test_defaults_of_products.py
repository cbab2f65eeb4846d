"""Where the default of an attribute fills a value of a product, and where it does not."""

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.products.validation import validate_items
from core.settings import Settings

NAME = AttributeDefinition("Name", AttributeType.SHORT_TEXT)
STOCK = AttributeDefinition("Stock", AttributeType.NUMBER, default_value="7")
SETTINGS = Settings()


def test_an_empty_value_of_an_approved_product_becomes_the_default() -> None:
    items = [{"Name": "a", "Stock": empty} for empty in ("", None, " ")]

    validated = validate_items(items, (NAME, STOCK), SETTINGS, partial=False)

    assert [item.values["Stock"] for item in validated] == [7, 7, 7]
    assert not any(item.cleared for item in validated)


def test_a_value_that_is_not_named_is_the_default_of_a_new_product_alone() -> None:
    (validated,) = validate_items([{"Name": "a"}], (NAME, STOCK), SETTINGS, partial=False)

    assert validated.values == {"Name": "a"}
    assert validated.defaults == {"Stock": 7}


def test_a_change_that_empties_a_value_is_not_given_the_default() -> None:
    (validated,) = validate_items(
        [{"Name": "a", "Stock": ""}], (NAME, STOCK), SETTINGS, partial=True
    )

    assert validated.values == {"Name": "a"}
    assert validated.defaults == {}
    assert validated.cleared == {"Stock"}


def test_a_change_may_not_empty_a_required_value_although_it_has_a_default() -> None:
    required = AttributeDefinition(
        "Stock", AttributeType.NUMBER, is_required=True, default_value="7"
    )

    (validated,) = validate_items([{"Stock": None}], (required,), SETTINGS, partial=True)

    assert [fault.code for fault in validated.faults] == ["REQUIRED_VALUE_MISSING"]
