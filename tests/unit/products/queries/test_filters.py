"""Whatever a client writes into the query, no operator of its own reaches the database."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeType
from core.attributes.rules.types.datetime import moment_text
from core.clock import to_milliseconds
from core.errors import InvalidRequest
from core.products.fields import KINDS, Catalogue, FieldKind, moment_key, sort_keys
from core.products.listing import read_list_request
from core.products.queries.conditions import query_of
from tests.unit.products.products_kit import attribute, one_of_each

EACH = one_of_each()
OPERATORS = frozenset(
    {"$and", "$or", "$eq", "$in", "$nin", "$ne", "$gt", "$gte", "$lt", "$lte"}
    | {"$regex", "$options", "$elemMatch"}
)
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *("$where", "$ne", '{"$gt": ""}', "[$ne]", "a,b", "1,2", "2.5 kg", "true", ".*", "^a"),
            *("2026-03-01", "-1e3", "$5", "1e400", "\0", "a" * 2_000, "(?i)x", "_id", "\\Q.\\E"),
        ]
    ),
)
NAMES = st.one_of(
    st.text(max_size=10),
    st.builds(
        lambda name, operator: f"{name}{operator}",
        st.sampled_from([*AttributeType, "_id", "createdAt", "$where", "_hash", "measure.value"]),
        st.sampled_from(
            [
                *("", "[eq]", "[in]", "[ne]", "[gt]", "[gte]", "[lt]", "[lte]", "[contains]"),
                *("[startswith]", "[exists]", "[$ne]", "[]", "[regex]"),
            ]
        ),
    ),
    st.sampled_from(["q", "sortBy", "sortOrder", "page", "limit", "fields", "cursor"]),
)


def operators(query: Any) -> Iterator[str]:
    if isinstance(query, dict):
        for name, inner in query.items():
            if name.startswith("$"):
                yield name
            yield from operators(inner)
    elif isinstance(query, list):
        for inner in query:
            yield from operators(inner)


def leaves(query: Any) -> Iterator[Any]:
    if isinstance(query, dict):
        for inner in query.values():
            yield from leaves(inner)
    elif isinstance(query, list):
        for inner in query:
            yield from leaves(inner)
    else:
        yield query


@settings(max_examples=300)
@given(st.dictionaries(NAMES, st.lists(WORDS, min_size=1, max_size=2), max_size=3))
@example({"short_text[contains]": ["(a+)+$"]})
@example({"short_text": ["$where"]})
def test_a_query_is_refused_or_made_of_our_own_operators(parameters: dict[str, list[str]]) -> None:
    try:
        request = read_list_request(parameters, EACH)
    except InvalidRequest as refusal:
        assert refusal.details
        return
    query = query_of(request.terms)
    assert set(operators(query)) <= OPERATORS
    for value in leaves(query):
        assert value is None or isinstance(value, bool | int | float | str | datetime)
        assert not isinstance(value, str) or "$" not in value
    paths = [path for path, _ in request.order.specification]
    assert not any("$" in path or "\0" in path for path in paths)


@given(st.text(min_size=1, max_size=20), st.text(max_size=30))
def test_contains_means_the_characters_and_nothing_else(part: str, text: str) -> None:
    try:
        request = read_list_request({"short_text[contains]": [part]}, EACH)
    except InvalidRequest:
        return
    pattern = query_of(request.terms)["short_text"]["$regex"]
    wanted = part.strip().strip("\ufeff")
    assert bool(re.search(pattern, text + wanted)) is True
    assert bool(re.search(pattern, text)) is (wanted in text)


def test_values_are_read_by_the_type_and_not_by_their_look() -> None:
    def condition(name: str, text: str) -> Any:
        return query_of(read_list_request({name: [text]}, EACH).terms)

    assert condition("short_text", "0012345") == {"short_text": "0012345"}
    assert condition("barcode", "0012345") == {"barcode": "0012345"}
    assert condition("number", "0012345") == {"number": 12345}
    assert condition("number", "10.50") == {"number": 10.5}
    assert condition("boolean", "true") == {"boolean": True}
    assert condition("short_text", "true") == {"short_text": "true"}
    assert condition("date[gte]", "2026-03-01") == {"date": {"$gte": "2026-03-01"}}
    assert condition("datetime[gte]", "2026-03-01") == {
        "_keys.datetime": {"$gte": "2026-03-01T00:00:00"}
    }
    assert condition("datetime[lte]", "2026-03-01T02:00:00.5+02:00") == {
        "_keys.datetime": {"$lt": "2026-03-01T00:00:00.501"}
    }
    assert condition("datetime", "2026-03-01") == {
        "_keys.datetime": {"$gte": "2026-03-01T00:00:00", "$lt": "2026-03-02T00:00:00"}
    }
    assert condition("measure[lt]", "2.5") == {"measure.value": {"$lt": 2.5}}
    assert condition("measure", "2.5 KG") == {"measure.value": 2.5, "measure.unit": "kg"}


@pytest.mark.parametrize(
    ("own", "written", "searched"),
    [
        ("mW", "mW", "mW"),
        ("mW", "MW", None),
        ("MB", "mb", None),
        ("MB", "Mb", None),
        ("MB", "MB", "MB"),
        ("ms", "mS", None),
        ("µS", "µs", None),
        ("kg", "KG", "kg"),
        ("mm", "MM", "mm"),
        ("m 2", "M 2", "m 2"),
        ("kg", "g", "g"),
        ("kg", "G", "G"),
    ],
)
@pytest.mark.parametrize("operator", ["", "[gte]", "[in]"])
def test_a_unit_in_another_case_is_the_own_one_only_where_it_means_the_same(
    own: str, written: str, searched: str | None, operator: str
) -> None:
    catalogue = Catalogue((attribute("It", "measure", unit=own),))
    if searched is None:
        with pytest.raises(InvalidRequest, match=f"is in {written}, which is another unit than"):
            read_list_request({f"It{operator}": [f"5 {written}"]}, catalogue)
    else:
        request = read_list_request({f"It{operator}": [f"5 {written}"]}, catalogue)
        assert query_of(request.terms)["It.unit"] == searched


def test_every_type_of_attribute_can_be_listed() -> None:
    assert set(KINDS) == set(AttributeType)


@pytest.mark.parametrize("text", ["US$", "5 $", "$5", "$", "Acme,US$", "$where"])
@pytest.mark.parametrize(
    "parameter", ["short_text", "short_text[contains]", "long_text", "_id", "q"]
)
def test_a_dollar_is_refused_wherever_it_stands(parameter: str, text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"holds a \$, which is not allowed in a filter"):
        read_list_request({parameter: [text]}, EACH)


def test_an_attribute_whose_name_looks_like_an_operator_is_found_by_its_name() -> None:
    catalogue = Catalogue((attribute("Size [in]", "number"), attribute("Size ", "number")))
    request = read_list_request({"Size [in]": ["5"]}, catalogue)
    assert query_of(request.terms) == {"Size [in]": 5}


TIMES = st.datetimes(timezones=st.just(UTC)).map(to_milliseconds)


@given(TIMES, TIMES)
@example(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, microsecond=1_000, tzinfo=UTC))
def test_the_keys_of_times_sort_like_the_times(one: datetime, other: datetime) -> None:
    def stored(time: datetime) -> str:
        text = pl.select(moment_text(pl.lit(time, dtype=pl.Datetime("ms", "UTC")))).item()
        return sort_keys({"at": text}, {"at": FieldKind.MOMENT})["at"]

    assert stored(one) == moment_key(one)
    assert (stored(one) < stored(other)) is (one < other)
