"""The page that a list's query asks for, and the sentences for what cannot be read."""

from __future__ import annotations

import pytest

from core.errors import InvalidRequest
from core.query_parameters import (
    Page,
    ParameterFault,
    Parameters,
    pagination,
    read_page,
    refuse_query,
)


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ({}, Page(1, 10)),
        ({"page": ["", " 3 "], "limit": [""]}, Page(3, 10)),
        ({"page": ["2", "7"], "limit": ["100"]}, Page(2, 100)),
        ({"page": ["007"], "limit": ["101"]}, Page(7, 100)),
        ({"page": ["999999999"], "limit": ["999999999"]}, Page(999_999_999, 100)),
    ],
)
def test_the_first_value_counts_and_a_large_limit_is_read_as_the_largest(
    given: Parameters, page: Page
) -> None:
    faults: list[ParameterFault] = []
    assert read_page(given, faults) == page
    assert faults == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((odd, "“page” must be a whole number, 1 or more.") for odd in ("1.5", "-1", "+1", "٣")),
        ("0", "“page” must be 1 or more."),
        ("1000000000", "“page” must have at most 9 digits."),
        ("9" * 5000, "“page” must have at most 9 digits."),
    ],
)
def test_a_page_that_cannot_be_is_told_by_what_is_wrong_with_it(text: str, sentence: str) -> None:
    faults: list[ParameterFault] = []
    read_page({"page": [text]}, faults)
    assert faults == [ParameterFault("page", sentence)]


def test_a_refusal_names_every_parameter_and_its_sentence_the_first_five() -> None:
    refuse_query([])
    faults = [ParameterFault(f"p{n}", f"“p{n}” is bad.") for n in range(7)]
    with pytest.raises(InvalidRequest) as refused:
        refuse_query(faults)
    assert refused.value.code == "INVALID_QUERY"
    assert [detail["field"] for detail in refused.value.details] == [f"p{n}" for n in range(7)]
    assert str(refused.value).startswith("7 parameters must be corrected: “p0” is bad; “p1” is bad")
    assert str(refused.value).endswith("“p4” is bad; and 2 more.")


def test_pagination_tells_what_stands_before_and_behind_a_page() -> None:
    assert pagination(2, 10, 21) == {
        "currentPage": 2,
        "totalPages": 3,
        "totalItems": 21,
        "itemsPerPage": 10,
        "hasNextPage": True,
        "hasPrevPage": True,
    }
    assert pagination(3, 10, 21)["hasNextPage"] is False
    assert pagination(1, 10, 10, has_next=True)["hasNextPage"] is True
