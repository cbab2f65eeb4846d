"""A supplier that reorders its columns changes nothing for a profile."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import PROFILE_DEFAULTS, Locale, MappingRule, ReadingOptions
from core.imports.recognition import fingerprint_of
from tests.unit.imports.values_kit import whole_import

HEADERS = ("Art.Nr.", "brand", "Model", "Preis", "Lager")
DEFINITIONS = (
    AttributeDefinition("SKU", AttributeType.SHORT_TEXT, is_required=True),
    AttributeDefinition("Name", AttributeType.SHORT_TEXT),
    AttributeDefinition("Brand", AttributeType.SHORT_TEXT),
    AttributeDefinition("Price", AttributeType.NUMBER),
)
OF_THE_PROFILE = PROFILE_DEFAULTS.overridden(
    ReadingOptions(
        delimiter=";",
        header_row=1,
        mapping=(
            MappingRule(headers=("Art.Nr.",), attribute="SKU"),
            MappingRule(headers=("Model",), attribute="Name"),
            MappingRule(headers=("Preis",), attribute="Price"),
        ),
        locale=Locale(decimal_sign=","),
    )
)
WORDS = st.sampled_from(["", "A-1", "A-2", "Stuhl", "n/a", "  Bank"])
PRICES = st.sampled_from(["", "1.299,50", "450,00", "12", "cheap"])
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, PRICES, WORDS), min_size=1, max_size=6)


def written(headers: Sequence[str], rows: Sequence[Sequence[str]], order: Sequence[int]) -> str:
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerows([record[at] for at in order] for record in (headers, *rows))
    return text.getvalue()


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, order=st.permutations(range(len(HEADERS))), chunk_bytes=st.integers(10, 80))
def test_columns_in_another_order_give_the_same_products_and_faults(
    rows: list[tuple[str, ...]], order: list[int], chunk_bytes: int
) -> None:
    first = whole_import(
        written(HEADERS, rows, range(len(HEADERS))), DEFINITIONS, options=OF_THE_PROFILE
    )
    other = whole_import(
        written(HEADERS, rows, order),
        DEFINITIONS,
        options=OF_THE_PROFILE,
        chunk_target_bytes=chunk_bytes,
    )

    assert other.products == first.products
    # those of a row are listed in the order of the columns
    assert sorted(map(str, other.faults)) == sorted(map(str, first.faults))
    assert other.outcome.valid_rows == first.outcome.valid_rows


@given(order=st.permutations(HEADERS))
def test_a_fingerprint_is_that_of_the_headers_in_any_order(order: list[str]) -> None:
    assert fingerprint_of([*order, "", "_errors"]) == fingerprint_of(HEADERS)
    assert fingerprint_of(order[1:]) != fingerprint_of(HEADERS)
    assert fingerprint_of([f" {header}\u00a0" for header in order]) == fingerprint_of(HEADERS)
