"""Values that may occur once: compared over the whole file, whatever the chunks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.file_format import OnFault, ReadingOptions
from core.imports.chunks import validate_chunk
from core.imports.model import Plan
from core.imports.planning import plan_import
from core.imports.uniqueness import repeats as repeats_module
from core.imports.uniqueness.revalidation import RevalidationChunk
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.uniqueness.unique_values_kit import (
    DEFINITIONS,
    NAMES,
    imported,
    limits,
    lines,
    stored,
    text_of,
)

CELLS = {
    "Code": st.sampled_from(["", "A", "a", " A", "B", 'q"', "b\\", "ä\n1", "too long"]),
    "Price": st.sampled_from(["", "1", "1.0", "1e0", "+1", "2.5", "2.50", "0", "-0", "x", "101"]),
    "Day": st.sampled_from(["", "2026-03-01", "2026-03-01 00:00:00", "2026-03-02", "March"]),
    "Gtin": st.sampled_from(["", "4006381333931", "96385074", "0012345678905", "1"]),
    "Note": st.sampled_from(["n", "", "line\nbreak", '"'] + ["n"] * 4),
}
TABLES = st.lists(st.tuples(*(CELLS[name] for name in NAMES)), max_size=12)


def compared(name: str, text: str) -> Any:
    """What two equal values have in common, of a cell that keeps its rules."""
    text = text.strip()
    if name == "Price":
        return Decimal(text)
    return text[:10] if name == "Day" else text


def expected_repeats(
    rows: Sequence[Sequence[str]], faulty: set[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """By row and column: the row with the same value. `faulty` are the cells against a rule."""
    found: dict[tuple[int, str], int] = {}
    for at, name in enumerate(NAMES[:4]):
        firsts: dict[Any, int] = {}
        for number, row in enumerate(rows, 1):
            if row[at].strip() and (number, name) not in faulty:
                value = compared(name, row[at])
                first = firsts.setdefault(value, number)
                if first != number:
                    found[number, name] = first
    return found


def without_flags(definitions: Sequence[AttributeDefinition]) -> list[AttributeDefinition]:
    return [
        msgspec.structs.replace(definition, is_unique=False, is_identifier=False)
        for definition in definitions
    ]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_repeats_are_those_that_a_plain_loop_finds(rows: list[tuple[str, ...]]) -> None:
    data = text_of(rows)
    _, plain = imported(data, without_flags(DEFINITIONS))
    rules = {(fault["row"], fault["column"]) for fault in lines(plain[2])}

    outcome, files = imported(data)

    found = {(f["row"], f["column"]): f for f in lines(files[2])}
    repeats = {cell: f for cell, f in found.items() if f["code"] == "NOT_UNIQUE_IN_FILE"}
    expected = expected_repeats(rows, rules)
    assert set(repeats) == set(expected)
    assert set(found) - set(repeats) == rules
    for cell, first in expected.items():
        assert f" is also in row {first}, and may occur only once." in repeats[cell]["message"]
    assert outcome.faults_by_code.get("NOT_UNIQUE_IN_FILE", 0) == len(expected)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(1, 300), st.sampled_from(OnFault))
def test_repeats_are_the_same_whatever_the_chunks(
    rows: list[tuple[str, ...]], chunk_bytes: int, on_fault: OnFault
) -> None:
    data = text_of(rows)

    whole = imported(data, on_fault=on_fault)
    chunked = imported(data, on_fault=on_fault, chunk_target_bytes=chunk_bytes, read_block_bytes=7)

    assert chunked == whole


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(TABLES, st.integers(1, 300), st.integers(1, 4), st.integers(1, 3))
def test_repeats_are_the_same_in_however_many_passes(
    rows: list[tuple[str, ...]], chunk_bytes: int, hashes: int, values: int
) -> None:
    data = text_of(rows)
    whole = imported(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats_module, "HASHES_AT_ONCE", hashes)
        patch.setattr(repeats_module, "VALUES_AT_ONCE", values)

        assert imported(data, chunk_target_bytes=chunk_bytes) == whole


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(TABLES, st.integers(1, 300))
def test_values_with_one_hash_are_no_repeats(rows: list[tuple[str, ...]], chunk_bytes: int) -> None:
    """All hashes collide, and only the values themselves tell."""
    data = text_of(rows)
    whole = imported(data)
    real = repeats_module._Values

    def colliding(chunk: Any, numbers: Any, texts: Any, hashes: Any) -> Any:
        return real(chunk, numbers, texts, hashes % 2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats_module, "_Values", colliding)

        assert imported(data, chunk_target_bytes=chunk_bytes) == whole


def test_the_first_row_stays_and_later_ones_name_it() -> None:
    rows = [("A", "", "", "", "x"), ("B", "", "", "", "x"), ("A", "", "", "", "x")]

    outcome, files = imported(text_of(rows))

    assert [product["Code"] for product in lines(files[1])] == ["A", "B"]
    assert lines(files[2]) == [
        {
            "row": 3,
            "column": "Code",
            "code": "NOT_UNIQUE_IN_FILE",
            "message": 'Row 3, column "Code": "A" is also in row 1, and may occur only once.',
            "value": "A",
        }
    ]
    assert b'""A"" is also in row 1' in files[3]
    assert (outcome.valid_rows, outcome.invalid_rows) == (2, 1)


def test_a_value_counts_though_something_else_is_wrong_with_its_row() -> None:
    rows = [("A", "", "", "", ""), ("A", "", "", "", "x"), ("A", "", "", "", "x")]

    _, files = imported(text_of(rows))

    assert [(f["row"], f["code"]) for f in lines(files[2])] == [
        (1, "REQUIRED_VALUE_MISSING"),
        (2, "NOT_UNIQUE_IN_FILE"),
        (3, "NOT_UNIQUE_IN_FILE"),
    ]
    assert all("row 1" in f["message"] for f in lines(files[2])[1:])


def test_a_value_against_its_own_rules_does_not_count() -> None:
    rows = [("", "101", "", "", "x"), ("", "101", "", "", "x")]

    _, files = imported(text_of(rows))

    assert [(f["row"], f["code"]) for f in lines(files[2])] == [(1, "TOO_LARGE"), (2, "TOO_LARGE")]


def test_a_repeated_value_is_skipped_unless_it_names_the_product() -> None:
    rows = [
        ("A", "1", "", "", "x"),
        ("B", "1.0", "", "", "x"),  # stays without its price
        ("A", "2", "", "", "x"),  # would become a product of another id
    ]

    _, files = imported(text_of(rows), on_fault=OnFault.SKIP_VALUE)

    assert lines(files[1]) == [
        {"Code": "A", "Price": 1, "Note": "x"},
        {"Code": "B", "Note": "x"},
    ]
    kept = {(f["row"], f["column"]): f.get("rowKept", False) for f in lines(files[2])}
    assert kept == {(2, "Price"): True, (3, "Code"): False}


def test_a_file_without_unique_attributes_leaves_nothing_to_compare() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, source = stored(folder, text_of([("A", "1", "", "", "x")] * 3))
        definitions = without_flags(DEFINITIONS)
        plan = plan_import(store, limits(), KEYS, source, ReadingOptions(), definitions)
        assert isinstance(plan, Plan)
        chunk = RevalidationChunk(index=0, start=0, end=0, first_row=1, rows=3)
        chunks = msgspec.json.decode(
            store.get("results", KEYS.chunks), type=list[RevalidationChunk]
        )
        validate_chunk(store, limits(), KEYS, plan, definitions, chunks[0])

        keys = list(store.list_keys("results", KEYS.work))

    assert chunk.repeats == chunk.taken == 0
    assert not [key for key in keys if "/unique/" in key]
