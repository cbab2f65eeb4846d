"""Values that may occur once, and that products of the catalogue have."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.identity import product_id_of
from core.imports.uniqueness import catalogue as catalogue_module
from core.imports.uniqueness.catalogue import QUERIES_IN_FLIGHT, Owned
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.uniqueness.unique_values_kit import (
    PRICED,
    UNIQUE_PRICE,
    Shelf,
    imported_beside,
    lines,
    text_of,
)


def test_a_value_of_another_product_names_that_product() -> None:
    shelf = Shelf({"B": {"Code": "B", "Price": 10.0}})

    files = imported_beside(
        shelf, text_of([("A", "10", ""), ("C", "11", "")], PRICED), UNIQUE_PRICE
    )

    assert [product["Code"] for product in lines(files[1])] == ["C"]
    assert lines(files[2]) == [
        {
            "row": 1,
            "column": "Price",
            "code": "NOT_UNIQUE_IN_CATALOGUE",
            "message": 'Row 1, column "Price": "10" belongs to the product "B" of the catalogue, '
            "and may occur only once.",
            "value": "10",
        }
    ]


def test_the_product_that_the_row_is_about_is_no_other() -> None:
    shelf = Shelf({"A": {"Code": "A", "Price": 10, "Tag": 'say "hi"\\'}})

    files = imported_beside(shelf, text_of([("A", "10.0", 'say "hi"\\')], PRICED), UNIQUE_PRICE)

    assert lines(files[2]) == []


@pytest.mark.parametrize("chunk_bytes", [1, 1000])
def test_the_product_that_has_a_value_keeps_it_though_it_stands_below(chunk_bytes: int) -> None:
    shelf = Shelf({"B": {"Code": "B", "Price": 2}})
    rows = [("A", "2", ""), ("B", "2.0", "new"), ("B", "2", ""), ("C", "2e0", "")]

    files = imported_beside(
        shelf, text_of(rows, PRICED), UNIQUE_PRICE, chunk_target_bytes=chunk_bytes
    )

    assert lines(files[1]) == [{"Code": "B", "Price": 2.0, "Tag": "new"}]
    assert [(f["row"], f["column"], f["code"]) for f in lines(files[2])] == [
        (1, "Price", "NOT_UNIQUE_IN_CATALOGUE"),
        (3, "Code", "NOT_UNIQUE_IN_FILE"),
        (3, "Price", "NOT_UNIQUE_IN_CATALOGUE"),
        (4, "Price", "NOT_UNIQUE_IN_CATALOGUE"),
    ]
    reported = [f["message"] for f in lines(files[2]) if f["column"] == "Price"]
    assert all('belongs to the product "B" of the catalogue' in message for message in reported)


@pytest.mark.parametrize("code", ["0.5", "2.5e-7", "1e300"])
def test_the_product_of_an_odd_number_is_recognised(code: str) -> None:
    definitions = (
        attribute("Code", "number", is_identifier=True),
        attribute("Tag", "short_text", is_unique=True),
    )
    own = {"Code": json.loads(code), "Tag": "t"}
    shelf = Shelf({product_id_of(own, "Code"): own})
    data = text_of([("7", "t"), (code, "t")], ["Code", "Tag"])

    files = imported_beside(shelf, data, definitions)

    assert [(f["row"], f["code"]) for f in lines(files[2])] == [(1, "NOT_UNIQUE_IN_CATALOGUE")]


def test_a_cell_that_repeats_and_is_taken_has_one_fault() -> None:
    shelf = Shelf({"X": {"Price": 5}})

    files = imported_beside(shelf, text_of([("A", "5", ""), ("B", "5", "")], PRICED), UNIQUE_PRICE)

    assert [(f["row"], f["code"]) for f in lines(files[2])] == [
        (1, "NOT_UNIQUE_IN_CATALOGUE"),
        (2, "NOT_UNIQUE_IN_CATALOGUE"),
    ]


def test_a_product_known_only_by_its_content_is_recognised() -> None:
    definitions = (attribute("Tag", "short_text", is_unique=True), attribute("Note", "long_text"))
    own, other = {"Tag": "t", "Note": "n"}, {"Tag": "u", "Note": "n"}
    shelf = Shelf({product_id_of(own): own, "X": other})
    data = text_of([("t", "else"), ("t", "n"), ("u", "n")], ["Tag", "Note"])

    files = imported_beside(shelf, data, definitions, chunk_target_bytes=1)

    assert [(f["row"], f["code"]) for f in lines(files[2])] == [
        (1, "NOT_UNIQUE_IN_CATALOGUE"),
        (3, "NOT_UNIQUE_IN_CATALOGUE"),
    ]


def test_values_from_before_the_attribute_changed_its_type_equal_none() -> None:
    shelf = Shelf({"X": {"Price": "5", "Tag": 5}, "Y": {"Price": True, "Tag": ["t"]}})

    files = imported_beside(
        shelf, text_of([("A", "5", "5"), ("B", "1", "t")], PRICED), UNIQUE_PRICE
    )

    assert lines(files[2]) == []


def test_the_identifier_alone_is_not_looked_up() -> None:
    """Products that are older than the mark keep their ids, and no index keeps them apart."""
    shelf = Shelf({"older": {"Code": "A"}})

    files = imported_beside(shelf, text_of([("A", "", "")], PRICED), UNIQUE_PRICE)

    assert lines(files[2]) == []


def test_a_large_catalogue_is_asked_several_things_at_once() -> None:
    meeting = threading.Barrier(QUERIES_IN_FLIGHT, timeout=10)  # breaks unless so many meet

    class Busy(Shelf):
        def having_one_of(self, attribute: str, values: Sequence[Any]) -> Iterable[Owned]:
            meeting.wait()
            return super().having_one_of(attribute, values)

    count = 2 * QUERIES_IN_FLIGHT
    products = {str(n): {"Price": n, "Tag": f"t{n}"} for n in range(count)}
    data = text_of([("new", str(n), f"t{n}") for n in range(count)], PRICED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_module, "VALUES_AT_ONCE", 1)
        requested = imported_beside(Busy(products, size=10**9), data, UNIQUE_PRICE)

    assert requested == imported_beside(Shelf(products), data, UNIQUE_PRICE)
    reported = [f["code"] for f in lines(requested[2])].count("NOT_UNIQUE_IN_CATALOGUE")
    assert reported == 2 * count


PRODUCTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "Code": st.sampled_from("ABC"),
            "Price": st.sampled_from([0, 1, 1.5, 2.0, 1e300]),
            "Tag": st.sampled_from(["t", "u", 'q"\\', "ä\n"]),
        },
    ),
    max_size=5,
)
FILE_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "A", "B", "C"]),
        st.sampled_from(["", "0", "-0.0", "1", "15e-1", "2", "1e300", "x"]),
        st.sampled_from(["", "t", "u", 'q"\\', "ä\n"]),
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(FILE_ROWS, PRODUCTS, st.integers(1, 60), st.booleans())
def test_taken_values_are_those_that_a_plain_loop_finds(
    rows: list[tuple[str, ...]], products: list[dict[str, Any]], chunk_bytes: int, large: bool
) -> None:
    catalogue: dict[str, dict[str, Any]] = {}
    for values in products:  # as its unique indexes would let them in
        rivals = [v for i, v in catalogue.items() if i != product_id_of(values, "Code")]
        if values and not any(v.get(n) == values[n] for v in rivals for n in values if n in v):
            catalogue[product_id_of(values, "Code")] = values
    shelf = Shelf(catalogue, size=10**9 if large else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_module, "VALUES_AT_ONCE", 2)
        files = imported_beside(
            shelf, text_of(rows, PRICED), UNIQUE_PRICE, chunk_target_bytes=chunk_bytes
        )

    reported = {(f["row"], f["column"], f["code"]) for f in lines(files[2])}
    for code, expected in expected_faults(rows, catalogue).items():
        assert {(row, column) for row, column, c in reported if c == code} == expected, code
    valued = any(price not in ("", "x") or tag for _, price, tag in rows)
    assert not large or not catalogue or shelf.questions > 0 or not valued


def expected_faults(
    rows: list[tuple[str, ...]], catalogue: dict[str, dict[str, Any]]
) -> dict[str, set[tuple[int, str]]]:
    """By code: rows and columns. The values are put together first, and then shared out."""
    holders: dict[tuple[str, Any], list[tuple[int, str]]] = {}
    for number, row in enumerate(rows, 1):
        texts = {name: text for name, text in zip(PRICED, row, strict=True) if text and text != "x"}
        values = {n: float(t) if n == "Price" else t.strip() for n, t in texts.items()}
        for name, value in values.items():
            holders.setdefault((name, value), []).append((number, product_id_of(values, "Code")))
    in_file, in_catalogue = set(), set()
    for (name, value), held in holders.items():
        owner = next((i for i, v in catalogue.items() if v.get(name) == value), None)
        if name == "Code" or owner is None:
            in_file |= {(number, name) for number, _ in held[1:]}
            continue
        keeper = next((number for number, own in held if own == owner), None)
        in_catalogue |= {(number, name) for number, _ in held if number != keeper}
    return {"NOT_UNIQUE_IN_FILE": in_file, "NOT_UNIQUE_IN_CATALOGUE": in_catalogue}
