"""Record ends by quote parity, and the certificate that parity is right."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_imports import csv_rows

from core.imports import boundaries
from core.imports.bitmaps import Words, bits_equal_to
from core.imports.boundaries import (
    BreachKind,
    RecordScanner,
    bit_positions,
    count_before,
    first_bit,
    last_bit,
    prefix_parity,
)

BITS = st.lists(st.booleans(), min_size=1, max_size=300)


def words_of(bits: list[bool]) -> Words:
    return bits_equal_to(pl.Series(bits, dtype=pl.UInt8), 1)


def scanned(
    text: str, pieces: int = 1_000, delimiter: str = ",", line_end: str = "\n"
) -> tuple[list[int], tuple[int, BreachKind] | None, bool]:
    """Record ends, the first breach, and whether a quote stays open, fed in pieces."""
    scanner = RecordScanner(delimiter, line_end)
    units = text.encode()
    ends: list[int] = []
    at = 0
    for start in range(0, len(units), pieces):
        for tile in scanner.scan(scanner.look(units[start : start + pieces])):
            found = bit_positions(tile.ends).tolist()
            assert tile.count() == tile.count_between(0, tile.units) == len(found)
            ends += [at + position for position in found]
            if tile.breach is not None:
                return ends, (at + tile.breach.position, tile.breach.kind), scanner.inside
            at += tile.units
    breach = scanner.finish()
    return (
        ends,
        None if breach is None else (len(units) + breach.position, breach.kind),
        scanner.inside,
    )


@given(bits=BITS, carry=st.booleans())
def test_prefix_parity_equals_counting_one_by_one(bits: list[bool], carry: bool) -> None:
    words = prefix_parity(words_of(bits), carry)
    got = np.unpackbits(words.view(np.uint8), bitorder="little")[: len(bits)].tolist()
    assert got == [(sum(bits[: i + 1]) + carry) % 2 for i in range(len(bits))]


@given(bits=BITS, data=st.data())
def test_bits_are_found_and_counted_across_words(bits: list[bool], data: st.DataObject) -> None:
    words = words_of(bits)
    at = [i for i, bit in enumerate(bits) if bit]
    places = data.draw(st.lists(st.integers(0, len(bits)), max_size=5))
    assert bit_positions(words).tolist() == at
    assert (first_bit(words), last_bit(words)) == ((at[0], at[-1]) if at else (None, None))
    assert count_before(words, np.array(places, np.intp)).tolist() == [
        sum(bits[:place]) for place in places
    ]


@pytest.mark.parametrize("pieces", [1, 2, 3, 63, 64, 65, 1_000])
def test_a_quoted_newline_never_splits_a_record(pieces: int) -> None:
    text = 'a,"x\n' + "y\n" * 70 + '"\n"",""""\n\n'
    ends, breach, inside = scanned(text, pieces)
    assert ends == [len(text) - 10, len(text) - 2, len(text) - 1]
    assert (breach, inside) == (None, False)


@pytest.mark.parametrize(
    ("text", "position", "kind"),
    [
        ('a,5" screen\n', 3, BreachKind.QUOTE),
        ('"a"b,c\n', 2, BreachKind.QUOTE),
        (' "a"\n', 1, BreachKind.QUOTE),
        ("a\rb\n", 1, BreachKind.LINE_END),
        ('"a"\rb\n', 3, BreachKind.LINE_END),
        ("a\nb\r", 3, BreachKind.LINE_END),
        ("x" * 63 + '"' + "y", 63, BreachKind.QUOTE),
        ('"' + "x" * 63 + '"y', 64, BreachKind.QUOTE),
    ],
)
@pytest.mark.parametrize("pieces", [1, 2, 64, 65, 1_000])
def test_the_certificate_breaks_where_the_text_does(
    text: str, position: int, kind: BreachKind, pieces: int
) -> None:
    assert scanned(text, pieces)[1] == (position, kind)


@pytest.mark.parametrize("pieces", [1, 2, 1_000])
def test_text_of_lone_carriage_returns_has_its_own_certificate(pieces: int) -> None:
    assert scanned('a\r"\n"\rb\r', pieces, line_end="\r") == ([1, 5, 7], None, False)
    assert scanned("a\rb\nc\r", pieces, line_end="\r")[1] == (3, BreachKind.LINE_END)


@given(text=st.text(st.sampled_from('a,;"\n\r'), max_size=400), line_end=st.sampled_from("\n\r"))
@settings(max_examples=300)
def test_a_run_in_tiles_says_what_a_run_in_one_says(text: str, line_end: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boundaries, "TILE_UNITS", 64)
        in_tiles = scanned(text, line_end=line_end)
    assert in_tiles == scanned(text, line_end=line_end)


@given(text=st.text(st.sampled_from('a,;"\n\r'), max_size=80), pieces=st.integers(1, 80))
@settings(max_examples=300)
def test_certified_text_ends_its_records_where_the_csv_module_does(text: str, pieces: int) -> None:
    ends, breach, inside = scanned(text, pieces)
    if breach is None and not inside:
        edges = [0, *(end + 1 for end in ends)]
        if edges[-1] < len(text):
            edges.append(len(text))
        parts = [text[a:b] for a, b in pairwise(edges)]
        assert [csv_rows(part) for part in parts] == [[row] for row in csv_rows(text)]
