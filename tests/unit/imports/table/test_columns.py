"""Which record holds the headers, and which attribute each column feeds."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import Column, ColumnRole
from core.errors import FileRefused
from core.file_format import ReadingOptions
from core.imports.table.columns import HEADER_CANDIDATES, choose_header_row, match_columns
from core.outcomes import RefusalCode
from core.settings import Settings

DEFINITIONS = (
    AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT, is_required=True),
    AttributeDefinition("Product Name", AttributeType.SHORT_TEXT),
    AttributeDefinition("Description", AttributeType.LONG_TEXT),
    AttributeDefinition("Price", AttributeType.NUMBER, is_required=True),
    AttributeDefinition("Weight", AttributeType.MEASURE, unit="kg"),
)
SETTINGS = Settings()


def header_row(records: Sequence[Sequence[str]], header_row: int | None = None) -> int:
    return choose_header_row(records, DEFINITIONS, ReadingOptions(header_row=header_row))


def match(*headers: str) -> tuple[Column, ...]:
    return match_columns(headers, DEFINITIONS, SETTINGS).columns


def fed(*headers: str) -> list[tuple[str, str | None]]:
    return [(column.role.value, column.attribute) for column in match(*headers)]


def hints(*headers: str) -> list[str | None]:
    return [column.did_you_mean for column in match(*headers)]


# the header row


def test_the_first_record_is_the_header_row_of_an_ordinary_file() -> None:
    assert header_row([["ProductSKU", "Price"], ["1", "2"], ["3", "4"]]) == 0


def test_titles_remarks_and_blank_lines_above_the_header_are_skipped() -> None:
    records = [["Price list"], [""], ["all prices in Euro", ""], ["ProductSKU", "Price"], ["1"]]
    assert header_row(records) == 3


def test_the_earliest_of_equally_good_records_is_the_header_row() -> None:
    assert header_row([["x"], ["ProductSKU", "Price"], ["Price", "ProductSKU"]]) == 1


def test_a_repeated_name_counts_once() -> None:
    assert header_row([["Price", "Price", "Price"], ["ProductSKU", "Price"]]) == 1


def test_both_columns_of_a_measure_count_as_the_measure() -> None:
    assert header_row([["title"], ["WeightValue", "WeightUnit"], ["Price", "Weight"]]) == 2


def test_without_a_known_name_the_first_record_with_a_text_is_the_header_row() -> None:
    assert header_row([[], ["", " \u00a0"], ["a", "b"], ["c", "d"]]) == 2


def test_all_records_blank_give_the_first() -> None:
    assert header_row([[], ["", " "]]) == 0


def test_no_record_at_all_gives_the_first() -> None:
    assert header_row([]) == 0


def test_a_header_far_below_is_not_looked_for() -> None:
    records = [["title"], *[["x"]] * (HEADER_CANDIDATES - 1), ["ProductSKU", "Price"]]
    assert header_row(records) == 0


def test_the_caller_names_the_header_row_counting_from_one() -> None:
    assert header_row([["ProductSKU", "Price"], ["a", "b"]], header_row=2) == 1


def test_the_caller_may_name_a_row_below_those_that_are_looked_at() -> None:
    records = [["x"]] * 30
    assert header_row(records, header_row=30) == 29


@pytest.mark.parametrize("row", [3, 1_000_000, 2])
def test_a_named_header_row_that_is_missing_or_blank_is_refused(row: int) -> None:
    with pytest.raises(FileRefused) as refused:
        header_row([["Price"], [" "]], header_row=row)
    assert refused.value.code == RefusalCode.HEADER_ROW_MISSING
    assert f"Row {row:,}" in refused.value.message


@pytest.mark.parametrize("row", [0, -1])
def test_a_header_row_below_one_is_an_invalid_option(row: int) -> None:
    with pytest.raises(FileRefused) as refused:
        header_row([["Price"]], header_row=row)
    assert refused.value.code == RefusalCode.INVALID_OPTIONS


# the columns


def test_a_header_feeds_the_attribute_of_exactly_its_name() -> None:
    assert fed("Price", "price", "PRICE ") == [
        ("value", "Price"),
        ("ignored", None),
        ("ignored", None),
    ]


@pytest.mark.parametrize("header", [" Price", "Price\u00a0", "\ufeffPrice", "\ufeff Price\t"])
def test_blanks_around_a_header_do_not_matter(header: str) -> None:
    (column,) = match(header)
    assert (column.attribute, column.header) == ("Price", "Price")


def test_blanks_inside_a_header_matter_where_the_exact_one_stands_beside_it() -> None:
    assert fed("Product Name", "Product  Name")[1] == ("ignored", None)
    assert fed("Product  Name", "Price")[0] == ("value", "Product Name")


def test_columns_stand_in_file_order_with_their_positions() -> None:
    columns = match("x", "", "Price", "ProductSKU")
    assert [c.index for c in columns] == [0, 1, 2, 3]
    assert [c.header for c in columns] == ["x", "", "Price", "ProductSKU"]


def test_a_blank_header_has_a_role_of_its_own() -> None:
    assert fed("", " \u00a0")[0] == fed("", " \u00a0")[1] == ("blank", None)


def test_our_own_errors_column_is_known() -> None:
    assert fed("Price", "_errors")[1] == ("errors", None)


def test_a_value_and_a_unit_column_feed_a_measure() -> None:
    assert fed("WeightUnit", "WeightValue") == [
        ("measure_unit", "Weight"),
        ("measure_value", "Weight"),
    ]


def test_a_value_column_alone_feeds_a_measure() -> None:
    assert fed("WeightValue") == [("measure_value", "Weight")]


def test_a_unit_column_alone_is_ignored() -> None:
    assert fed("WeightUnit") == [("ignored", None)]


@pytest.mark.parametrize(
    "unit",
    [
        *("WeightUnit", "Weight Unit", "weight-unit", "weight_unit", "WEIGHTUNIT", "Weight.Unit"),
        *("Weight UOM", "weight_uom", "Weight units", "Unit of Weight", "Weight unit of measure"),
        *("Weight (Einheit)", "Weight unité", "weight-unidad"),
        *("Weight\u00a0unit", "weightUnit", "Weight (unit)", "Weight: Unit", "Weight [Unit]"),
    ],
)
@pytest.mark.parametrize("value", ["Weight", "WeightValue"])
def test_a_unit_column_goes_with_the_values_however_it_is_written(value: str, unit: str) -> None:
    pair = [("measure_value", "Weight"), ("measure_unit", "Weight")]
    assert fed(value, unit) == pair
    assert fed(unit, value) == pair[::-1]


def test_of_two_unit_columns_the_exact_one_is_read() -> None:
    assert fed("Weight", "weight unit", "WeightUnit")[1:] == [
        ("ignored", None),
        ("measure_unit", "Weight"),
    ]


def test_only_measures_are_fed_by_pairs() -> None:
    assert fed("PriceValue", "PriceUnit") == [("ignored", None)] * 2


def test_an_attribute_of_exactly_the_name_goes_before_a_measures_pair() -> None:
    definitions = (*DEFINITIONS, AttributeDefinition("WeightUnit", AttributeType.SHORT_TEXT))
    columns = match_columns(["WeightValue", "WeightUnit"], definitions, SETTINGS).columns
    assert [(c.role, c.attribute) for c in columns] == [
        (ColumnRole.MEASURE_VALUE, "Weight"),
        (ColumnRole.VALUE, "WeightUnit"),
    ]


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        (("Price", "x", "Price"), ('"Price"', "columns 1 and 3")),
        (("Price", " Price"), ('"Price"', "columns 1 and 2")),
        (("Weight", "WeightValue"), ('"Weight" and "WeightValue"', 'attribute "Weight"')),
        (("WeightValue", "WeightUnit", "WeightUnit"), ('"WeightUnit"', "columns 2 and 3")),
    ],
)
def test_two_columns_for_one_attribute_are_refused(
    headers: tuple[str, ...], named: tuple[str, ...]
) -> None:
    with pytest.raises(FileRefused) as refused:
        match(*headers)
    assert refused.value.code == RefusalCode.DUPLICATE_HEADER
    assert all(part in refused.value.message for part in named)


def test_a_repeated_header_that_feeds_nothing_is_merely_ignored() -> None:
    assert fed("note", "note", "WeightUnit", "WeightUnit") == [("ignored", None)] * 4


def test_required_attributes_without_a_column_are_named_in_the_order_of_their_definitions() -> None:
    assert match_columns(["x"], DEFINITIONS, SETTINGS).missing_required == ("ProductSKU", "Price")
    assert match_columns(["Price"], DEFINITIONS, SETTINGS).missing_required == ("ProductSKU",)


def test_a_required_measure_is_fed_by_its_value_column() -> None:
    definitions = [AttributeDefinition("W", AttributeType.MEASURE, unit="kg", is_required=True)]
    assert match_columns(["WValue"], definitions, SETTINGS).missing_required == ()
    assert match_columns(["WUnit"], definitions, SETTINGS).missing_required == ("W",)


def test_more_columns_than_the_limit_are_refused_with_both_numbers() -> None:
    with pytest.raises(FileRefused) as refused:
        match_columns(["a"] * 1201, DEFINITIONS, Settings(max_columns=1200))
    assert refused.value.code == RefusalCode.TOO_MANY_COLUMNS
    assert "1,201" in refused.value.message
    assert "1,200" in refused.value.message


# did you mean


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("productsku", "ProductSKU"),
        ("product-name", "Product Name"),
        ("PRODUCT_NAME", "Product Name"),
        ("ProductName", "Product Name"),
        ("Descripton", "Description"),
        ("weightvalue", "WeightValue"),
        ("Weigth", "Weight"),
        ("Warehouse", None),
        ("P" * 5_000_000, None),
    ],
)
def test_an_ignored_header_is_told_what_it_resembles(header: str, meant: str | None) -> None:
    assert hints(header) == [meant]


def test_an_attribute_that_has_its_column_is_not_suggested_again() -> None:
    assert hints("Price", "price") == [None, None]
    assert hints("Weight", "weightvalue", "weightunit") == [None, None, None]


def test_the_unit_beside_a_value_column_is_still_suggested() -> None:
    assert hints("WeightValue", "weight unt") == [None, "WeightUnit"]


def test_a_lone_unit_column_is_not_told_that_it_means_itself() -> None:
    assert hints("WeightUnit") == [None]


@given(st.lists(st.text(max_size=8) | st.sampled_from([d.name for d in DEFINITIONS]), max_size=9))
def test_whatever_the_headers_each_has_one_column_or_the_file_is_refused(
    headers: list[str],
) -> None:
    try:
        matched = match_columns(headers, DEFINITIONS, SETTINGS)
        columns, missing = matched.columns, matched.missing_required
    except FileRefused as refused:
        assert refused.code == RefusalCode.DUPLICATE_HEADER
        return
    assert [c.index for c in columns] == list(range(len(headers)))
    attributes = [c.attribute for c in columns if c.attribute]
    assert len(set(attributes)) == len(attributes)
    assert set(missing) == {"ProductSKU", "Price"} - set(attributes)
