"""Record ends by quote parity, and the certificate that parity is right."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_imports import csv_rows

from core.imports import boundaries
from core.imports.bits import bit_positions
from core.imports.boundaries import BreachKind, RecordScanner


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
