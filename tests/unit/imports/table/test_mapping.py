"""A mapping, other headers of attributes and loose headers, from the file to the products."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.file_format import HeaderMatching
from core.imports.mapping_rules import MAPPING_MAX_BYTES
from core.imports.model import ImportOutcome
from core.imports.reading_options import option_faults
from core.outcomes import Refusal
from core.schemas import field_faults
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.table.mapping_kit import (
    ALL,
    SKU,
    imported,
)


def notices(outcome: ImportOutcome | Refusal) -> dict[str, str]:
    assert isinstance(outcome, ImportOutcome), outcome
    return {notice.code.value: notice.message for notice in outcome.notices}


def test_a_mapping_names_joins_leaves_out_and_gives_constants() -> None:
    outcome, products, _ = imported(
        "Nr,Brand,Model,Gewicht,Note,Price\nA1,Acme,X,2.5,secret,5\nA2,,Y,,,\n,,,,,\n",
        [
            {"headers": ["Nr"], "attribute": "SKU"},
            {"headers": ["Model", "Brand"], "attribute": "Product Name", "joinedBy": " / "},
            {"headers": ["Gewicht"], "attribute": "Weight"},
            {"headers": ["Note"]},
            {"constant": "Red", "attribute": "Color"},
        ],
    )

    assert products == [
        {
            "SKU": "A1",
            "Product Name": "X / Acme",
            "Weight": {"value": 2.5, "unit": "kg"},
            "Price": 5,
            "Color": "Red",
        },
        {"SKU": "A2", "Product Name": "Y", "Color": "Red"},
    ]
    assert isinstance(outcome, ImportOutcome)
    assert outcome.clean, "a column that was left out on purpose is no ignored one"
    assert outcome.blank_rows == 1, "a constant alone makes no product"


def test_the_other_headers_of_an_attribute_are_matched_and_reported() -> None:
    outcome, products, _ = imported("Art.Nr.,Price ($),other\nA1,5,x\n")

    assert products == [{"SKU": "A1", "Price": 5}]
    assert '"Art.Nr." as "SKU", "Price ($)" as "Price"' in notices(outcome)["HEADERS_MATCHED"]


def test_loose_headers_differ_in_case_blanks_hyphens_and_underscores_only() -> None:
    text = "art.nr.,product-NAME,PRI CE,weight_value,weightUnit,colour\nA1,Chair,5,2,g,Red\n"

    exact, _, _ = imported(text)
    loose, products, _ = imported(text, headers=HeaderMatching.LOOSE)

    assert "NO_MATCHING_COLUMN" in notices(exact)
    assert products == [
        {
            "SKU": "A1",
            "Product Name": "Chair",
            "Price": 5,
            "Weight": {"value": 2, "unit": "g"},
        }
    ]
    assert isinstance(loose, ImportOutcome)
    assert loose.ignored_headers == ("colour",)


def test_a_name_goes_before_other_spellings_of_it() -> None:
    outcome, products, _ = imported("SKU,Art.Nr.,sku\nA1,x,y\n", headers=HeaderMatching.LOOSE)

    assert products == [{"SKU": "A1"}]
    assert isinstance(outcome, ImportOutcome)
    assert outcome.ignored_headers == ("Art.Nr.", "sku")


CODE = attribute("Code", "short_text", headers=("Art.Nr.",))


def test_a_header_that_two_attributes_answer_to_is_refused() -> None:
    refusal, _, _ = imported("Art.Nr.,Price\nA1,5\n", definitions=(*ALL, CODE))

    assert isinstance(refusal, Refusal)
    assert refusal.code == "AMBIGUOUS_HEADER"
    assert 'The header "Art.Nr." belongs to the attributes "Code" and "SKU"' in refusal.message


def test_a_mapping_says_which_of_two_attributes_is_meant() -> None:
    mapping = [{"headers": ["Art.Nr."], "attribute": "SKU"}]

    _, products, _ = imported("Art.Nr.,Price\nA1,5\n", mapping, definitions=(*ALL, CODE))

    assert products == [{"SKU": "A1", "Price": 5}]


def test_a_loose_spelling_that_two_attributes_share_is_read_for_neither() -> None:
    alike = tuple(attribute(name, "short_text") for name in ("Item No", "Item-No"))

    outcome, _, _ = imported(
        "SKU,item_no\nA1,5\n", definitions=(*ALL, *alike), headers=HeaderMatching.LOOSE
    )

    assert isinstance(outcome, ImportOutcome)
    assert outcome.ignored_headers == ("item_no",)


@pytest.mark.parametrize(
    ("text", "mapping", "code", "says"),
    [
        (
            "Nr,SKU\nA,B\n",
            [{"headers": ["Nr"], "attribute": "SKU"}],
            "DUPLICATE_HEADER",
            'both feed the attribute "SKU"',
        ),
        (
            "SKU,Color\nA,Red\n",
            [{"constant": "Red", "attribute": "Color"}],
            "DUPLICATE_HEADER",
            'the header "Color" (column 2) feeds it too',
        ),
        (
            "SKU\nA\n",
            [{"headers": ["x"], "attribute": "Gone"}],
            "MAPPING_INVALID",
            'names the attribute "Gone", which does not exist',
        ),
        (
            "SKU\nA\n",
            [{"constant": "x", "attribute": "Gone"}],
            "MAPPING_INVALID",
            'names the attribute "Gone", which does not exist',
        ),
        (
            "SKU\nA\n",
            [{"constant": "kg", "attribute": "WeightUnit"}],
            "MAPPING_INVALID",
            '"WeightUnit", which is a part of a measure',
        ),
        (
            "SKU\nA\n",
            [{"constant": "Pink", "attribute": "Color"}],
            "MAPPING_INVALID",
            'The constant "Pink" of the mapping for the attribute "Color" does not fit',
        ),
        (
            "SKU,Nr,Nr,Typ\nA,1,2,3\n",
            [{"headers": ["Nr", "Typ"], "attribute": "Product Name"}],
            "DUPLICATE_HEADER",
            "of which the mapping joins one",
        ),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused(
    text: str, mapping: list[dict[str, Any]], code: str, says: str
) -> None:
    refusal, _, _ = imported(text, mapping)

    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert says in refusal.message


def test_a_constant_cannot_be_unique() -> None:
    unique = attribute("Code", "short_text", is_unique=True)

    refusal, _, _ = imported(
        "SKU\nA\n", [{"constant": "x", "attribute": "Code"}], definitions=(SKU, unique)
    )

    assert isinstance(refusal, Refusal)
    assert "no two products may share it" in refusal.message


def test_headers_of_the_mapping_that_the_file_lacks_are_named() -> None:
    outcome, products, _ = imported(
        "SKU,Brand\nA,Acme\n",
        [{"headers": ["Brand", "Model"], "attribute": "Product Name"}, {"headers": ["Gone"]}],
    )

    assert products == [{"SKU": "A", "Product Name": "Acme"}]
    assert notices(outcome)["MAPPED_HEADER_MISSING"].endswith(': "Model".')


def test_rejected_rows_uploaded_again_with_the_same_mapping_are_rejected_again() -> None:
    mapping = [
        {"headers": ["Nr"], "attribute": "SKU"},
        {"headers": ["a", "b"], "attribute": "Price", "joinedBy": "."},
    ]
    first, products, files = imported("Nr,b,a\nA,5,1\nB,x,1\n", mapping)

    assert products == [{"SKU": "A", "Price": 1.5}]
    again, _, files_again = imported(files[KEYS.all_rejected].decode("utf-8-sig"), mapping)

    assert files_again[KEYS.all_rejected] == files[KEYS.all_rejected]
    assert isinstance(first, ImportOutcome)
    assert isinstance(again, ImportOutcome)
    assert again.faults_by_code == first.faults_by_code == {"NOT_A_NUMBER": 1}


CELLS = st.sampled_from(["", " ", "a", "Red", "1", "1.5", "x"])


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[CELLS] * 4), max_size=6), st.integers(1, 60))
def test_chunked_equals_unchunked(rows: list[tuple[str, ...]], chunk_bytes: int) -> None:
    lines = [",".join(row) for row in [("Nr", "a", "b", "price"), *rows]]
    mapping: list[dict[str, Any]] = [
        {"headers": ["Nr"], "attribute": "SKU"},
        {"headers": ["a", "b"], "attribute": "Product Name"},
        {"constant": "Blue", "attribute": "Color"},
    ]
    text = "\n".join(lines) + "\n"

    whole = imported(text, mapping, headers=HeaderMatching.LOOSE)
    chunked = imported(text, mapping, headers=HeaderMatching.LOOSE, chunk_bytes=chunk_bytes)

    assert chunked == whole


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"attribute": "A"}, "needs “headers” or a “constant”"),
        ({"headers": ["x"], "constant": "y", "attribute": "A"}, "not both"),
        ({"constant": "y"}, "needs the “attribute”"),
        ({"constant": " ", "attribute": "A"}, "is blank"),
        ({"headers": ["x"], "attribute": "A", "joinedBy": "-"}, "needs several “headers”"),
        ({"headers": ["x", " x"], "attribute": "A"}, "names the header “ x” twice"),
        ({"headers": [" "], "attribute": "A"}, "is blank"),
        ({"headers": ["y"], "attribute": "Twice"}, "both feed the attribute “Twice”"),
        ({"headers": ["y" * 40] * 900}, f"{MAPPING_MAX_BYTES:,} bytes"),
    ],
)
def test_a_rule_without_sense_is_refused_with_the_request(rule: Any, says: str) -> None:
    body = {"options": {"mapping": [{"headers": ["z"], "attribute": "Twice"}, rule]}}

    assert says in " ".join(fault.message for fault in option_faults(body))


def test_the_shape_of_a_mapping_is_that_of_the_schema() -> None:
    good = {"mapping": [{"headers": ["a", "b"], "attribute": "A", "joinedBy": ""}]}

    assert not field_faults("reading-options", good)
    assert not option_faults({"options": good})
    shapes: tuple[Any, ...] = ([{"header": "x"}], [{"headers": []}], ["x"], {"a": "b"})
    for bad in shapes:
        assert field_faults("reading-options", {"mapping": bad})
