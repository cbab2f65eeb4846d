"""Record ends by quote parity, and the certificate that parity is right."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.text import boundaries
from core.imports.text.bits import bit_positions
from core.imports.text.boundaries import BreachKind, RecordScanner
from tests.unit.imports.text.text_imports import csv_rows


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


@dataclass
class Reference:
    """What the scanner must say of a text, found unit by unit."""

    ends: list[int] = field(default_factory=list)
    breach: int | None = None
    is_quote: bool = False
    carriage_returns: bool = False
    open_at: int | None = None


def one_by_one(text: str, delimiter: str, line_end: str) -> Reference:
    found = Reference()
    borders = {delimiter, line_end, '"'}
    for at, unit in enumerate(text):
        before, after = text[at - 1 : at] if at else line_end, text[at + 1 : at + 2]
        if unit == '"':
            opens = found.open_at is None
            found.open_at = at if opens else None
            broken = before not in borders if opens else after not in {"", "\n", "\r", *borders}
            found.is_quote = True
        elif found.open_at is None and unit in "\n\r":
            found.carriage_returns |= unit == "\r"
            ends = unit == line_end
            found.ends += [at] if ends else []
            broken = not ends and (line_end == "\r" or after != "\n")
            found.is_quote = False
        else:
            continue
        if broken:
            found.breach = at
            return found
    return found


@pytest.mark.parametrize("unit", ["u1", "<u2", ">u2"])
@given(
    text=st.text(st.sampled_from('ab\t\x01;"\n\r\u00e9'), min_size=1, max_size=400),
    delimiter=st.sampled_from(";\t\x01|"),
    line_end=st.sampled_from("\n\r"),
    pieces=st.integers(1, 150),
)
@settings(max_examples=150)
def test_the_scanner_says_what_is_found_unit_by_unit(
    unit: str, text: str, delimiter: str, line_end: str, pieces: int
) -> None:
    expected = one_by_one(text, delimiter, line_end)
    dtype = np.dtype(unit)
    codes = np.array([ord(c) for c in text]).astype(dtype)
    scanner = RecordScanner(delimiter, line_end, dtype)
    ends: list[int] = []
    breach, carriage_returns, open_at, at = None, False, None, 0
    for start in range(0, len(codes), pieces):
        tiles = scanner.scan(scanner.look(codes[start : start + pieces].tobytes()))
        for tile in tiles:
            if tile.breach is not None:
                breach = breach or (at + tile.breach.position, tile.breach.kind)
            ends += [at + end for end in bit_positions(tile.ends).tolist()]
            carriage_returns |= tile.carriage_returns
            open_at = at + tile.last_opening if tile.last_opening is not None else open_at
            at += tile.units
        if breach is not None:
            break
    ended = None if breach else scanner.finish()
    if ended is not None:
        breach = (at + ended.position, ended.kind)
    if expected.breach is not None:
        kind = BreachKind.QUOTE if expected.is_quote else BreachKind.LINE_END
        assert breach == (expected.breach, kind)
        assert [end for end in ends if end < expected.breach] == expected.ends
        return
    assert breach is None
    assert ends == expected.ends
    assert carriage_returns == (expected.carriage_returns or line_end == "\r")
    assert (open_at if scanner.inside else None) == expected.open_at


@pytest.mark.parametrize("unit", ["u1", "<u2", ">u2"])
@pytest.mark.parametrize("before", ["", "a", "a\n\r\t", '"a\n'])
def test_the_first_nul_is_seen_wherever_it_stands(unit: str, before: str) -> None:
    dtype = np.dtype(unit)
    codes = np.array([ord(c) for c in f"{before}\0b\0\n"]).astype(dtype)
    look = RecordScanner(",", "\n", dtype).look(codes.tobytes())
    assert look.nul == len(before)
